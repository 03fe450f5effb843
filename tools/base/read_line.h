/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads lines of files of any origin, of which one line may be terabytes long. */
#ifndef TOOLS_BASE_READ_LINE_H
#define TOOLS_BASE_READ_LINE_H

#include <stdio.h>

/* Bytes of the longest line; the event `begin`, with the text of a scenario, may be that long. */
enum { READ_LINE_MAX = 64 << 20 };

/*
 * Reads the next line and its newline, as getline(3) does: *line is grown, and freed by the caller.
 * Returns its length; 0 at the end of the file; -EFBIG a longer line; -ENOMEM; other -errno of the
 * file; not reported.
 */
ssize_t read_line(char **line, size_t *size, FILE *file);

#endif
