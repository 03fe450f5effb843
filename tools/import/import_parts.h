/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of one log, as `strace -ff -o NAME` leaves them: NAME.PID for each thread, or a directory
 * of such files. */
#ifndef TOOLS_IMPORT_IMPORT_PARTS_H
#define TOOLS_IMPORT_IMPORT_PARTS_H

#include <stddef.h>

enum { IMPORT_PARTS_MAX = 1024 };

/*
 * Merges parts into one log, in a file without a name: by their times, each line with the number
 * that its part's name ends in, where it does not begin with one itself. Times of `strace -r` count
 * from each part's begin, and all parts are taken to begin together. paths: of `count` files or
 * directories, of which all files are taken. directory: for the file without a name; -1: it is
 * memory. parts: set to how many there were. Returns a descriptor at its start, which is the
 * caller's; -EINVAL where there is no part, or too many; other -errno; all reported.
 */
int import_parts_merge(const char *const *paths, size_t count, int directory, size_t *parts);

#endif
