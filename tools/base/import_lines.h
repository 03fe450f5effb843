/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a file of any size, in bounded memory and at memory speed: a large buffer that is read
 * into, and handed out line by line. A line longer than IMPORT_LINE_MAX is cut, and says so. Holes
 * in the rest of such a line are passed over, not read.
 */
#ifndef TOOLS_BASE_IMPORT_LINES_H
#define TOOLS_BASE_IMPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of what cannot seek, as a pipe, and so may have no end, more is not read. */
#define IMPORT_PIPE_MAX ((uint64_t)1 << 30)

enum { IMPORT_LINE_MAX = 64 << 10, IMPORT_BUFFER_SIZE = 1 << 20 };

struct import_lines {
	int fd;
	char *buffer;      /* of IMPORT_BUFFER_SIZE, and more */
	size_t at, filled; /* of the buffer: read up to; there */
	bool ended;
	uint64_t bytes;  /* read so far, which holes are not */
	uint64_t most;   /* bytes that may be read */
	uint64_t number; /* of the line that was handed out last, from 1 */
	int error;       /* -errno of reading; -EFBIG: it is more than may be read */
};

struct import_line {
	char *text;    /* ended by a NUL instead of its newline; valid until the next call */
	size_t length; /* which may hold more NULs */
	bool cut;      /* it was longer than IMPORT_LINE_MAX: the rest is gone */
	bool last;     /* the file ends without a newline behind it */
};

/* Returns 0 or -ENOMEM (reported). */
int import_lines_open(struct import_lines *lines, int fd);

/* The next line. Returns false at the end, or when the file cannot be read: see `error`. */
bool import_lines_next(struct import_lines *lines, struct import_line *line);

/* Frees the buffer; the file stays open. */
void import_lines_close(struct import_lines *lines);

#endif
