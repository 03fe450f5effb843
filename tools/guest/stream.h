/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what a guest sends while it runs: its console, and the run's events, one line each. Bytes
 * that it has sent are not lost if it dies. The guest is not trusted: lines, the amount read at a
 * time and the amount kept are bounded, and the memory files give back what was read.
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
	off_t read;      /* offset of the next line */
	off_t forgotten; /* the file is a hole up to here */
	char *line;      /* the buffer, `size` bytes */
	size_t size;
	off_t from; /* offset of the first of the `held` bytes in it */
	size_t held;
};

/* Kinds of evidence of a hit, valid even if the guest dies. Each is a type of event. */
enum stream_evidence_kind {
	STREAM_WRONG_BYTES,
	STREAM_CAPTURE,
	STREAM_MISPLACED,
	STREAM_VIOLATION,
	STREAM_EVIDENCE,
};

extern const struct stream_evidence_type {
	const char *type; /* of the event */
	const char *kind; /* of the hit */
	const char *did;  /* predicate of "5 of 9 punches" */
	bool of_splits;   /* evidence only of a race in the split of a folio */
	bool alone;       /* not of a punch: `did` describes the events themselves */
} stream_evidence_types[STREAM_EVIDENCE];

struct stream {
	struct stream_lines console, events;
	struct line_file events_file; /* gets the events; the caller's */
	FILE *console_file;           /* gets the console, or NULL; the caller's */
	/* Called with each event but signs of life, or NULL; set by the caller after
	 * stream_init(). */
	void (*event)(void *context, const json_t *event);
	void *context;
	const struct race *race; /* of the scenario, or NULL; set by the caller, likewise */
	struct kernel_reports reports;
	bool job_began;
	bool arrives;   /* the archive begins at events.read */
	off_t arrived;  /* its end so far */
	uint64_t ended; /* end of the job, CLOCK_MONOTONIC ns; 0: not yet */
	uint64_t heard; /* last sign of life, CLOCK_MONOTONIC ns */
	/* From the events of the run. */
	json_t *begin;  /* the first event; NULL: not yet */
	json_t *hits;   /* the first 100 of each kind */
	json_t *result; /* result.json of the archive, or NULL */
	bool unsaved;   /* some part could not be saved on the host */
	char phase[64];
	uint64_t last; /* number of the last event */
	uint64_t punches;
	struct stream_evidence {
		uint64_t seen;    /* events */
		uint64_t punches; /* with at least one event */
		uint64_t last;    /* number of the last such punch; 0: none */
	} evidence[STREAM_EVIDENCE];
	uint64_t split, not_split;      /* punches that did, did not split; from the events */
	uint64_t slowest;               /* duration of the slowest punch, ns */
	uint64_t storm_began;           /* CLOCK_MONOTONIC ns of the host; 0: not yet */
	int64_t began;                  /* CLOCK_MONOTONIC ns of the guest; negative: not yet */
	int64_t first_punch, first_hit; /* ns since the run began; negative: none */
	double reported; /* first report of its kernel that is a hit, in seconds of the kernel log;
			    negative: none, or the log has no times */
};

/* Initializes a stream. console, events: files of QEMU's ports, which stay the caller's. Returns 0
 * or -errno (reported). Call stream_release() in any case. */
int stream_init(struct stream *stream, int console, int events);

void stream_release(struct stream *stream);

/* Reads new lines, up to a limit. Returns whether there may be more. */
bool stream_poll(struct stream *stream);

/* Adds an event of the host after those received. step: see event_step_json(). */
void stream_add_step(struct stream *stream, const struct schedule_step *step);

/* Gives back the memory of a memory file up to the offset `end`, at least 1 MiB at a time.
 * forgotten: the offset up to which this was done; 0 at first. */
void stream_forget(int fd, off_t *forgotten, off_t end);

/* Returns the memory that a memory file takes, in bytes. */
uint64_t stream_held(int fd);

/*
 * Unpacks the archive after the events with unpack_archive(), and sets `result`. Returns the job's
 * exit code; -ENODATA: the archive is not complete, as the guest died; -EFBIG: it is too large
 * (reported).
 */
int stream_unpack(struct stream *stream, const char *directory);

#endif
