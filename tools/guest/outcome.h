/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's run comes to: the run's own result, or, where the guest died, what its events and
 * its console tell. */
#ifndef TOOLS_GUEST_OUTCOME_H
#define TOOLS_GUEST_OUTCOME_H

#include "tools/guest/stream.h"
#include "tools/verdict/verdict.h"

/* How the guest ended. */
enum guest_end {
	GUEST_DONE,      /* it brought its result back */
	GUEST_DIED,      /* its kernel stopped */
	GUEST_HUNG,      /* no sign of life any more */
	GUEST_TIMED_OUT, /* still running at the limit */
	GUEST_BROKEN,    /* QEMU failed */
	GUEST_DAMAGED,   /* its snapshot is not what was kept */
	GUEST_FLOODED,   /* it sent more than is taken */
	GUEST_STOPPED,   /* by SIGINT, SIGTERM or SIGHUP to this program */
};

struct guest_facts {
	const char *kernel; /* as asked for */
	const char *release;
	enum expectation expected;
	const char *accelerator;
	unsigned int cpus, memory, boots;
	bool restored; /* from a snapshot, instead of booting, the last time */
	double boot_seconds, silent_seconds; /* negative: it did not get so far */
	enum guest_end end;
};

/* Why there is no result, in words: "the guest died: Kernel panic - ...". Returns text, which holds
 * `size` bytes. */
const char *outcome_death(const struct guest_facts *facts, const struct stream *stream, char *text,
			  size_t size);

/* What the death means: a hit where events have evidence of one (stream_evidence_types[]) or the
 * kernel reports a wrong folio, else an error. */
enum verdict outcome_verdict(const struct stream *stream);

/* The result of a run whose guest ended without one, with the keys of any result; what is not known
 * is null. The caller's. */
json_t *outcome_result(const struct guest_facts *facts, const struct stream *stream);

/* Adds the group `guest` to a result, and where and when it was. */
void outcome_add_guest(json_t *result, const struct guest_facts *facts,
		       const struct stream *stream);

/* Adds to `events_lost` of a result those that could not be written here. */
void outcome_add_lost(json_t *result, const struct stream *stream);

/* Makes an error of a result that is no hit. */
void outcome_spoil(json_t *result, const char *why);

/* Whether a run's error is that of the kernel it was on: a guest's that did not boot, or died.
 * result: or NULL. */
bool outcome_is_of_kernel(const json_t *result);

/* Such a result in words. */
void outcome_print(FILE *to, const json_t *result);

#endif
