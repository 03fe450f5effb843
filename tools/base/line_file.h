/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of lines, such as events.jsonl. Each line is written at once and whole. After the first
 * failed write, as on a full disk, nothing more is written and lost lines are counted. So the file
 * has no gaps.
 *
 * The reader of a pipe is waited for, until SIGINT, SIGTERM or SIGHUP is pending (-ECANCELED).
 */
#ifndef TOOLS_BASE_LINE_FILE_H
#define TOOLS_BASE_LINE_FILE_H

#include <stdint.h>

struct line_file {
	int fd;        /* negative: no file; lines are dropped */
	uint64_t lost; /* lines not written; a pipe without a reader (EPIPE) counts none */
	int error;     /* -errno of the first failed write; 0: none */
};

#define LINE_FILE_NONE ((struct line_file){ .fd = -1 })

/* Opens the file, and creates it if missing. flags: of open(2), O_TRUNC or O_APPEND. Returns 0 or
 * -EIO (reported). */
int line_file_open(struct line_file *file, const char *path, int flags);

/* Writes a line and a newline. line: without newline; its NUL is replaced during the call. */
void line_file_put(struct line_file *file, char *line);

/* Closes the file. `lost` and `error` keep their values. */
void line_file_close(struct line_file *file);

#endif
