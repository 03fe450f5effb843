/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of a mount (--log), summed up for its page: what each rule did, when, and to whom. */
#ifndef TOOLS_REPORT_LOG_DATA_H
#define TOOLS_REPORT_LOG_DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event of a rule, for the picture. */
struct log_point {
	double time;  /* seconds since 1970 */
	uint32_t row; /* index into rows */
};

struct log_values {
	double *values; /* ns */
	size_t count;
};

/* An action of a rule, summed over its events. */
struct log_row {
	char *rule, *action;
	uint64_t events, errors, cut_short;
	double first, last;             /* seconds since 1970 */
	struct log_values asked, given; /* durations; only actions that wait have them */
};

/* How often rules acted on an operation of a process. */
struct log_process {
	int64_t pid;
	char *operation;
	uint64_t events;
};

/* What a power cut undid. */
struct log_loss {
	char *path;
	bool is_name; /* the name of a file, not bytes of it */
	uint64_t bytes;
};

struct log_data {
	json_t *mounts; /* array of the lines that begin a mount */
	struct log_row *rows;
	struct log_process *processes;
	struct log_loss *losses;
	struct log_point *points;
	size_t row_count, process_count, loss_count, point_count;
	uint64_t events, damaged; /* events of rules; lines that are neither mounts nor events */
	bool seeds_differ;        /* not all mounts have the same seed */
};

/* Whether a path can be such a log: it exists and is not a directory. */
bool log_data_is_log(const char *path);

/* Reads a log. data: zeroed by the caller. Counts other lines as damaged. Returns 0; -EINVAL not a
 * log; other -errno; reported. Call log_data_release() also on error. */
int log_data_load(struct log_data *data, const char *path);
void log_data_release(struct log_data *data);

/* The quantile p (0 to 1) of values, in ns; sorts them. 0 without values. */
double log_quantile(struct log_values *values, double p);

#endif
