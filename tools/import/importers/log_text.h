/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restores a log as its kernel wrote it. Undoes colours, JSON of log collectors, HTML, quotes of
 * mail, and wrapped lines. Keeps the text before the kernel's part of a line (kernel_line.h finds
 * that part) and learns its form: if lines have a prefix, one without it continues the previous
 * line.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_TEXT_H
#define TOOLS_IMPORT_IMPORTERS_LOG_TEXT_H

#include "tools/import/importers/log_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_TEXT_LINE = 4096, LOG_TEXT_SHAPE = 96, LOG_TEXT_REPORT = 600, LOG_TEXT_JOINED = 1000 };

struct log_text {
	/* Takes a NUL-terminated line, and may modify it. number: of its first line in the log.
	 * marked: the kernel's part was found. */
	void (*take)(void *context, char *line, uint64_t number, bool marked);
	void *context;
	size_t fold;       /* see struct log_file; 0: unknown */
	bool hard;         /* see struct log_file */
	bool reversed;     /* the lines are in reverse, but JSON within a line is not */
	uint64_t not_text; /* bytes that are not text */
	/* Private: */
	char pending[LOG_TEXT_LINE]; /* a line that may continue, or "" */
	uint64_t number;             /* of it */
	size_t width;                /* original width of its last part */
	size_t wrapped;              /* width of the last continued part; 0: none */
	unsigned int even;           /* number of parts of that width */
	char shape[LOG_TEXT_SHAPE];  /* of the prefix, see log_text.c */
	char broken[LOG_TEXT_LINE];  /* beginning of a quoted-printable line */
	size_t broken_length;
	struct log_parts parts;
};

/* Takes the next line, without its newline; modifies it. log: zeroed except take, context, fold,
 * hard, reversed. */
void log_text_line(struct log_text *log, char *text, size_t length, uint64_t number);

/* Call after the last line: hands out what is pending. */
void log_text_end(struct log_text *log);

#endif
