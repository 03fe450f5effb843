/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A first look at all lines of a log, before any is understood: how wide they are, and with that
 * where they were folded; whether some are too long to be handed out whole; and the parts of
 * pstore.
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
	LOG_LONG = 16 << 10, /* bytes of a line that is broken rather */
};

struct log_part {
	unsigned int dump, number; /* of "Panic#1 Part3" */
	off_t begin;
};

struct log_survey {
	uint64_t widths[LOG_WIDTHS]; /* lines of each width; the last: and wider */
	uint64_t lines;              /* that are not empty */
	bool long_lines;
	bool newlines; /* log_parts_newlines(), of any line */
	/* How lines begin, of those that were first to have a slot. */
	struct {
		char text[LOG_BEGIN];
		uint64_t count;
	} begins[LOG_BEGINS];
	struct log_part parts[LOG_PARTS];
	size_t part_count;
};

/* Reads the file, and leaves it at its start. Returns 0 or -errno (reported, with `path`). */
int log_survey_make(struct log_survey *survey, int fd, const char *path);

/*
 * At how many bytes lines were folded; 0: it is not known. hard: set to whether also within words,
 * as terminals do. Returns 0 or -errno (reported).
 */
int log_survey_fold(const struct log_survey *survey, int fd, const char *path, size_t *fold,
		    bool *hard);

#endif
