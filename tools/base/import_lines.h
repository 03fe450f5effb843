/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file of any size line by line, in bounded memory and at memory speed. A line longer than
 * IMPORT_LINE_MAX is cut and marked. Holes in the rest of such a line are skipped, not read.
 */
#ifndef TOOLS_BASE_IMPORT_LINES_H
#define TOOLS_BASE_IMPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limit, in bytes, for a file that cannot seek, such as a pipe, and so may never end. */
#define IMPORT_PIPE_MAX ((uint64_t)1 << 30)

enum { IMPORT_LINE_MAX = 64 << 10, IMPORT_BUFFER_SIZE = 1 << 20 };

struct import_lines {
	int fd;
	char *buffer;      /* IMPORT_BUFFER_SIZE bytes, and room for a cut line */
	size_t at, filled; /* offsets in the buffer: of the next line, of the end of the data */
	bool ended;
	uint64_t bytes;  /* read so far, without skipped holes */
	uint64_t most;   /* limit of `bytes` */
	uint64_t number; /* of the last line returned, from 1 */
	int error;       /* 0, -errno of read(2), or -EFBIG: more than `most` bytes */
};

struct import_line {
	char *text;    /* a NUL replaces its newline; valid until the next call */
	size_t length; /* in bytes; some of them may be NUL */
	bool cut;      /* longer than IMPORT_LINE_MAX: the rest is lost */
	bool last;     /* the file ends without a newline after it */
};

/* Prepares to read `fd`, which stays the caller's, from its offset. Returns 0 or -ENOMEM
 * (reported). */
int import_lines_open(struct import_lines *lines, int fd);

/* Gets the next line. Returns false at the end of the file or on an error, which sets `error`. */
bool import_lines_next(struct import_lines *lines, struct import_line *line);

/* Frees the buffer; the descriptor stays open. */
void import_lines_close(struct import_lines *lines);

#endif
