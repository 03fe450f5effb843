/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log as its kernel wrote it, out of what people and their tools made of it: colours, JSON of
 * collectors, HTML, mail's quotes and lines wrapped by any of them are undone. What stands before
 * the kernel's part of a line stays (kernel_line.h finds that part), and is learned: where the
 * lines of a log have a prefix, one without it continues the line before.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_TEXT_H
#define TOOLS_IMPORT_IMPORTERS_LOG_TEXT_H

#include "tools/import/importers/log_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_TEXT_LINE = 4096, LOG_TEXT_SHAPE = 96, LOG_TEXT_REPORT = 600, LOG_TEXT_JOINED = 1000 };

struct log_text {
	/* Takes a line, ended by a NUL, which it may change; marked: the kernel's part of it was
	 * found. */
	void (*take)(void *context, char *line, uint64_t number, bool marked);
	void *context;
	size_t fold;       /* of log_file.h; 0: it is not known */
	bool hard;         /* the same */
	bool reversed;     /* its lines are, and within each of them what it has of JSON is not */
	uint64_t not_text; /* bytes that no text has */
	/* What follows is its own. */
	char pending[LOG_TEXT_LINE]; /* a line that may go on, or "" */
	uint64_t number;             /* of it */
	size_t width;                /* of its last part, as it was */
	size_t wrapped;              /* width of the last part that went on; 0: none did */
	unsigned int even;           /* how many before it were as wide */
	char shape[LOG_TEXT_SHAPE];  /* of the prefix, see log_text.c */
	char broken[LOG_TEXT_LINE];  /* of a line in quoted-printable, what has come */
	size_t broken_length;
	struct log_parts parts;
};

/* Takes the next line, without its newline; its bytes are changed. log: zeroed but for `take`. */
void log_text_line(struct log_text *log, char *text, size_t length, uint64_t number);

/* After the last line. */
void log_text_end(struct log_text *log);

#endif
