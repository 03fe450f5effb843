/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A first pass over a log. It measures the widths of lines, and so where they were folded; whether
 * lines are too long to be taken whole; and the parts of pstore.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_SURVEY_H
#define TOOLS_IMPORT_IMPORTERS_LOG_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	LOG_WIDTHS = 256,
	LOG_BEGIN = 3,
	LOG_BEGINS = 64,
	LOG_PARTS = 1024,
	LOG_LONG = 16 << 10, /* bytes; longer lines are broken */
};

struct log_part {
	unsigned int dump, number; /* of "Panic#1 Part3" */
	off_t begin;
};

struct log_survey {
	uint64_t widths[LOG_WIDTHS]; /* lines of each width; the last counts all wider ones */
	uint64_t lines;              /* that are not empty */
	bool long_lines;
	bool newlines; /* log_parts_newlines() of any line */
	/* Frequent first bytes of lines; a hash table whose slots keep their first text. */
	struct {
		char text[LOG_BEGIN];
		uint64_t count;
	} begins[LOG_BEGINS];
	struct log_part parts[LOG_PARTS];
	size_t part_count;
};

/* Surveys the file, and rewinds it. Returns 0 or -errno (reported, with `path`). */
int log_survey_make(struct log_survey *survey, int fd, const char *path);

/*
 * Determines the width in bytes at which lines were folded. fold: 0: unknown. hard: set if lines
 * were folded within words too, as terminals do. Returns 0 or -errno (reported).
 */
int log_survey_fold(const struct log_survey *survey, int fd, const char *path, size_t *fold,
		    bool *hard);

#endif
