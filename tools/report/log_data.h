/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of a mount (--log), as its page has it: what each rule did, when, and to whom. */
#ifndef TOOLS_REPORT_LOG_DATA_H
#define TOOLS_REPORT_LOG_DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What rules did at one time, for the picture. */
struct log_point {
	double time; /* seconds since 1970 */
	uint32_t row;
};

struct log_values {
	double *values; /* ns */
	size_t count;
};

/* An action of a rule. */
struct log_row {
	char *rule, *action;
	uint64_t events, errors, cut_short;
	double first, last;             /* seconds since 1970 */
	struct log_values asked, given; /* of those that wait */
};

/* How often a process was met by operations. */
struct log_process {
	int64_t pid;
	char *operation;
	uint64_t events;
};

/* What a power cut took. */
struct log_loss {
	char *path;
	bool is_name;
	uint64_t bytes;
};

struct log_data {
	json_t *mounts; /* array: the lines that begin a mount */
	struct log_row *rows;
	struct log_process *processes;
	struct log_loss *losses;
	struct log_point *points;
	size_t row_count, process_count, loss_count, point_count;
	uint64_t events, damaged; /* lines */
	bool seeds_differ;
};

/* Whether a path is that of such a log, and no directory. */
bool log_data_is_log(const char *path);

/* Reads it. data: zeroed. Lines that are no JSON are counted. Returns 0; -EINVAL it is no log;
 * another -errno; reported. Release with log_data_release() also on error. */
int log_data_load(struct log_data *data, const char *path);
void log_data_release(struct log_data *data);

/* Of values in ns, the quantile p; they are put in order. 0 without any. */
double log_quantile(struct log_values *values, double p);

#endif
