/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens what is written: results, logs, records, pages. Nothing that another user put in the way is
 * written through, as fs.protected_symlinks, fs.protected_regular and fs.protected_fifos demand of
 * sticky directories, but in every directory that others may write to: that belongs to another
 * user than root and the caller, or that a group or all may write to.
 *
 * - A symbolic link is followed in a directory of root's or the caller's that nobody else may write
 *   to; in a sticky one only where it is root's or the caller's; otherwise it is refused.
 * - A file that is there already is written to in a directory that others may write to only if it
 *   is root's or the caller's and has one name.
 *
 * Files hold the data of customers: they are made with mode 0600, directories with 0700.
 */
#ifndef TOOLS_BASE_OPEN_OUTPUT_H
#define TOOLS_BASE_OPEN_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

/*
 * Opens a file, and makes it if it is not there. flags: O_WRONLY or O_RDWR, with O_TRUNC, O_APPEND
 * or O_EXCL, which refuses a regular file that is there. Returns a descriptor or -errno (reported);
 * -EPERM what others may have put there.
 */
int open_output(const char *path, int flags);

/* The same as a stream that is written from the beginning; NULL (reported). */
FILE *open_output_stream(const char *path);

/* The directory of a path, an O_PATH descriptor, and the name in it that is not followed. Returns
 * -errno (reported). */
int open_output_parent(const char *path, char name[NAME_MAX + 1]);

/* A directory, for reading. Returns a descriptor or -errno (reported). */
int open_output_directory(const char *path);

/* Makes a directory. Returns a descriptor as above, also of one that was there; made: whether it
 * was not, or NULL. */
int make_output_directory(const char *path, bool *made);

/* Makes a directory and those on the way to it. path: is changed meanwhile. Returns 0 or -EIO
 * (reported). */
int make_output_path(char *path);

/* What an error of these means for the path: -EINVAL another path would do; -EIO it would not, as
 * with no descriptor or no memory left. */
int output_error(int error);

/*
 * Looks at what is at a path, and touches nothing. Returns 0 and the status; -ENOENT it can be
 * made; as output_error(): it can be neither opened nor made, and `why`, which holds `size` bytes,
 * says why.
 */
int look_at_output(const char *path, struct stat *status, char *why, size_t size);

#endif
