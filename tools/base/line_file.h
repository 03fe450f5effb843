/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of lines, such as events.jsonl: each is there at once, and whole. What cannot be written,
 * as on a full disk, is counted; from then on nothing is written, so what is there has no gaps.
 */
#ifndef TOOLS_BASE_LINE_FILE_H
#define TOOLS_BASE_LINE_FILE_H

#include <stdint.h>

struct line_file {
	int fd;        /* negative: none, and lines go nowhere */
	uint64_t lost; /* lines; not those that nobody read any more (EPIPE) */
	int error;     /* -errno of the first that was not written; 0: none */
};

#define LINE_FILE_NONE ((struct line_file){ .fd = -1 })

/* flags: of open(2), O_TRUNC or O_APPEND; the file is made if it is not there. Returns 0 or -EIO
 * (reported). */
int line_file_open(struct line_file *file, const char *path, int flags);

/* line: without its newline, which is put in place of its NUL and taken back. */
void line_file_put(struct line_file *file, char *line);

/* What was lost stays known. */
void line_file_close(struct line_file *file);

#endif
