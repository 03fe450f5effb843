/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a guest's run: that of the run itself or, if the guest died, one made from its
 * events and its console. */
#ifndef TOOLS_GUEST_OUTCOME_H
#define TOOLS_GUEST_OUTCOME_H

#include "tools/guest/stream.h"
#include "tools/verdict/verdict.h"

/* How the guest ended. */
enum guest_end {
	GUEST_DONE,      /* it brought its result back */
	GUEST_DIED,      /* its kernel stopped */
	GUEST_HUNG,      /* it gave no sign of life */
	GUEST_TIMED_OUT, /* still running at the limit */
	GUEST_BROKEN,    /* QEMU failed */
	GUEST_DAMAGED,   /* its snapshot has changed since it was made */
	GUEST_FLOODED,   /* it sent more than the limit */
	GUEST_STOPPED,   /* by SIGINT, SIGTERM or SIGHUP to this program */
};

struct guest_facts {
	const char *title;  /* of the scenario; NULL: there is none */
	const char *kernel; /* guest_kernel.name */
	const char *release;
	enum expectation expected;
	const char *accelerator;
	unsigned int cpus, memory, boots;
	bool restored; /* the last start was from a snapshot, without booting */
	double boot_seconds, silent_seconds; /* until the job began, negative: it did not; since a
						sign of life */
	enum guest_end end;
};

/* Writes why there is no result: "guest died: Kernel panic - ..."; "" for GUEST_DONE. Returns text,
 * which holds `size` bytes. */
const char *outcome_death(const struct guest_facts *facts, const struct stream *stream, char *text,
			  size_t size);

/* Returns the verdict of a guest that died: a hit if its events are evidence of one
 * (stream_evidence_types[]) or its kernel reports a wrong folio, else an error. */
enum verdict outcome_verdict(const struct stream *stream);

/* Makes the result of a run whose guest ended without one, with the keys of any result; unknown
 * values are null. Returns a new object. */
json_t *outcome_result(const struct guest_facts *facts, const struct stream *stream);

/* Adds the group `guest`, the host's name and the time to a result. */
void outcome_add_guest(json_t *result, const struct guest_facts *facts,
		       const struct stream *stream);

/* Adds the events that could not be written on the host to `events_lost` of a result. */
void outcome_add_lost(json_t *result, const struct stream *stream);

/* Turns a result into an error with that reason, unless it is a hit. Returns whether it did. */
bool outcome_spoil(json_t *result, const char *why);

/* Returns whether the error of a run is due to its kernel: the result is from a guest, and QEMU did
 * not fail. result: may be NULL. */
bool outcome_is_of_kernel(const json_t *result);

/* Prints a result of outcome_result(), or a spoiled one, in words. */
void outcome_print(FILE *to, const json_t *result);

#endif
