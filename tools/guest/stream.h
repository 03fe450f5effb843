/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes out of a guest while it runs: its console, and the run's events, one line each. What
 * has come is here even when the guest dies the next moment. The guest may send anything, as fast
 * as it can: a line, what is taken at a time and what is kept are bounded, and memory files forget
 * what was taken.
 */
#ifndef TOOLS_GUEST_STREAM_H
#define TOOLS_GUEST_STREAM_H

#include "tools/base/line_file.h"
#include "tools/machine/kernel_report.h"
#include "tools/scenario/race.h"
#include "tools/verdict/schedule_result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* A memory file that QEMU appends to, read line by line. */
struct stream_lines {
	int fd;
	off_t read;      /* offset of the line in the making */
	off_t forgotten; /* up to there it is a hole */
	char *line;
	size_t size;
};

/* What is a hit whatever becomes of the guest: a type of event each. */
enum stream_evidence_kind {
	STREAM_WRONG_BYTES,
	STREAM_CAPTURE,
	STREAM_MISPLACED,
	STREAM_VIOLATION,
	STREAM_EVIDENCE,
};

extern const struct stream_evidence_type {
	const char *type; /* of the event */
	const char *kind; /* among the hits */
	const char *did;  /* what punches did: "5 of 9 punches ..." */
	bool of_splits;   /* evidence of a race in the split of a folio, and of no other */
	bool alone;       /* of no punch: `did` is about the events themselves */
} stream_evidence_types[STREAM_EVIDENCE];

struct stream {
	struct stream_lines console, events;
	struct line_file events_file; /* gets the events; the caller's */
	FILE *console_file;           /* gets the console, or NULL; the caller's */
	/* Gets each event that is no sign of life, or NULL; set by the caller after
	 * stream_init(). */
	void (*event)(void *context, const json_t *event);
	void *context;
	const struct race *race; /* of the scenario, or NULL; set by the caller, likewise */
	struct kernel_reports reports;
	bool job_began;
	bool arrives;   /* the archive begins at events.read */
	uint64_t ended; /* CLOCK_MONOTONIC ns at which the guest had sent all of it; 0: not yet */
	uint64_t heard; /* CLOCK_MONOTONIC ns of the last sign of life */
	/* Of the run, by its events. */
	json_t *begin;  /* NULL before it has begun */
	json_t *hits;   /* the first 100 */
	json_t *result; /* what result.json of the archive holds, or NULL */
	bool unsaved;   /* something of the archive could not be written here */
	char phase[64];
	uint64_t last; /* number of an event */
	uint64_t punches;
	struct stream_evidence {
		uint64_t seen;    /* events */
		uint64_t punches; /* with one at least */
		uint64_t last;    /* of them; 0: none */
	} evidence[STREAM_EVIDENCE];
	uint64_t split, not_split;      /* punches, as far as the kernel counts */
	uint64_t slowest;               /* punch, ns */
	uint64_t storm_began;           /* CLOCK_MONOTONIC ns, here; 0: it has not */
	int64_t began;                  /* CLOCK_MONOTONIC ns in the guest; negative: not yet */
	int64_t first_punch, first_hit; /* of evidence; ns since the run began; negative: none */
	double reported; /* seconds in the log of its kernel, of the first report that is a hit;
			    negative: none, or the log has no times */
};

/* console, events: of QEMU's ports; they stay the caller's. Returns 0 or -errno (reported). */
int stream_init(struct stream *stream, int console, int events);

void stream_release(struct stream *stream);

/* Takes what has come since, or as much of it as is taken at a time. Returns whether there may be
 * more. */
bool stream_poll(struct stream *stream);

/* Adds an event of our own behind those that have come. step: as event_step_json() has it. */
void stream_add_step(struct stream *stream, const struct schedule_step *step);

/* Gives back the memory of a memory file up to an offset, when that is worth a call. forgotten:
 * where it was done up to; 0 at first. */
void stream_forget(int fd, off_t *forgotten, off_t end);

/* The memory that a memory file takes, bytes. */
uint64_t stream_held(int fd);

/*
 * Unpacks the archive that ends the events, as unpack_archive(); its result goes to `result`.
 * Returns the job's exit code; -ENODATA when the archive is not whole: the guest died before it was
 * through; -EFBIG (reported) when it is too large.
 */
int stream_unpack(struct stream *stream, const char *directory);

#endif
