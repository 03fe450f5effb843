/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report needs of a run's directory: result.json as it is, and events.jsonl in one pass,
 * line by line, into counts of fixed size. So a run of any length takes the same memory.
 */
#ifndef TOOLS_REPORT_REPORT_DATA_H
#define TOOLS_REPORT_REPORT_DATA_H

#include "tools/report/report_timeline.h"

#include <jansson.h>
#include <limits.h>

enum {
	REPORT_BINS = 256,  /* of time; each as long as is needed for all to fit */
	REPORT_PAGES = 512, /* of a folio: the largest that scenarios have */
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
	/* Gets each event as well, or NULL; set by the caller before it loads. */
	void (*each)(void *context, const char *type, const struct event_line *event);
	void *context;
	char directory[PATH_MAX];
	json_t *result;   /* of result.json; NULL: the run did not get so far */
	json_t *identity; /* the result, or what the event `begin` says; never NULL */
	bool has_events;
	bool cut; /* the last line is not whole: the run was killed */
	uint64_t lines, punches, punches_hit, hits, captures;
	uint64_t split_by_failure[2]; /* that succeeded, that failed */
	uint64_t last_hit;            /* punch */
	int64_t last_ns;
	int64_t bin_ns; /* how long a bin is */
	struct report_bin bins[REPORT_BINS];
	/* Pages of a folio, counted from its start: [read][got] how often, where both are in it. */
	uint32_t served[REPORT_PAGES][REPORT_PAGES];
	uint32_t wrong[REPORT_PAGES]; /* reads of the page that were wrong in any way */
	uint64_t served_elsewhere;    /* got no page of the folio */
	struct report_timeline timeline;
	json_t *first_hits; /* events, the first 20 */
	json_t *steps;      /* events, the first REPORT_STEPS */
	char *kernel_lines[REPORT_KERNEL_LINES];
	size_t kernel_line_count;
	struct report_rule rules[REPORT_RULES];
	size_t rule_count;
};

/*
 * Reads a directory. data: zeroed by the caller, but for `each`; release with report_data_release()
 * also on error. Returns 0; -ENOENT no run is there; -EINVAL a file of it is damaged or something
 * else: reported with file and line.
 */
int report_data_load(struct report_data *data, const char *directory);

void report_data_release(struct report_data *data);

#endif
