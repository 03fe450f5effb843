/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of a report on a run's directory: result.json, and events.jsonl read once, line by line,
 * into counts of fixed size. So memory does not depend on the length of the run.
 */
#ifndef TOOLS_REPORT_REPORT_DATA_H
#define TOOLS_REPORT_REPORT_DATA_H

#include "tools/report/report_timeline.h"

#include <jansson.h>
#include <limits.h>

enum {
	REPORT_BINS = 256,  /* of time; all are doubled until the run fits */
	REPORT_PAGES = 512, /* of the largest folio */
	REPORT_KERNEL_LINES = 100,
	REPORT_RULES = 256,
	REPORT_STEPS = 1024,
};

struct report_bin {
	uint64_t punches, punches_hit, captures;
};

struct report_rule {
	char name[32];
	uint64_t actions, cut_short;
};

struct report_data {
	/* Called for each event; or NULL. Set by the caller before loading. */
	void (*each)(void *context, const char *type, const struct event_line *event);
	void *context;
	char directory[PATH_MAX];
	json_t *result;   /* NULL: the run has not written it */
	json_t *identity; /* the result, or the event `begin`; never NULL after success */
	bool has_events;
	bool cut; /* the last line is incomplete: the run was killed */
	uint64_t lines, punches, punches_hit, hits, captures;
	uint64_t split_by_failure[2]; /* splits that succeeded; that failed */
	uint64_t last_hit;            /* its punch */
	int64_t last_ns;
	int64_t bin_ns; /* duration of a bin */
	struct report_bin bins[REPORT_BINS];
	/* [read][got]: wrong reads per pair of pages, from the start of the folio, if both are in
	 * it. */
	uint32_t served[REPORT_PAGES][REPORT_PAGES];
	uint32_t wrong[REPORT_PAGES]; /* wrong reads per page */
	uint64_t served_elsewhere;    /* wrong reads that got no page of the folio */
	struct report_timeline timeline;
	json_t *first_hits; /* the first 20 events `hit` */
	json_t *steps;      /* the first REPORT_STEPS events `step` */
	char *kernel_lines[REPORT_KERNEL_LINES];
	size_t kernel_line_count;
	struct report_rule rules[REPORT_RULES];
	size_t rule_count;
};

/*
 * Reads a directory. data: zeroed by the caller, except `each` and `context`. Returns 0; -ENOENT
 * there is no run; -EINVAL a file is damaged or of another kind; other -errno; reported with file
 * and line. Call report_data_release() also on error.
 */
int report_data_load(struct report_data *data, const char *directory);

/* Frees all that was loaded. */
void report_data_release(struct report_data *data);

#endif
