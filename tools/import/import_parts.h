/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merges the parts of a log that `strace -ff -o NAME` writes: NAME.PID for each thread, or a
 * directory of such files. */
#ifndef TOOLS_IMPORT_IMPORT_PARTS_H
#define TOOLS_IMPORT_IMPORT_PARTS_H

#include <stddef.h>

enum { IMPORT_PARTS_MAX = 1024 };

/*
 * Merges parts into one log in an unnamed temporary file, ordered by time. A line without a PID
 * gets the number at the end of its part's name. Times of `strace -r` count from the start of each
 * part; all parts are assumed to start together. paths: `count` files or directories, of which all
 * numbered files are taken. directory: of the temporary file, or -1, see scratch_file(). parts: set
 * to the number of parts. Returns a descriptor at its start, which the caller closes; -EINVAL no
 * parts or too many; other -errno; all reported.
 */
int import_parts_merge(const char *const *paths, size_t count, int directory, size_t *parts);

#endif
