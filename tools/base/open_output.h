/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens output: results, logs, records, pages. Nothing is written through a link or file that
 * another user may have planted. The sysctls fs.protected_symlinks, fs.protected_regular and
 * fs.protected_fifos protect sticky directories this way; here it holds for every shared directory:
 * one that neither root nor the caller owns, or that is writable by all or by a group that is not
 * the caller's.
 *
 * - A symbolic link is followed in a directory that is not shared. In a shared sticky directory of
 *   root or the caller, it is followed if root or the caller owns it. Otherwise it is refused.
 * - An existing file in a shared directory is written to only if root or the caller owns it and it
 *   has one hard link.
 *
 * Files may hold customers' data: they are created with mode 0600, directories with 0700.
 */
#ifndef TOOLS_BASE_OPEN_OUTPUT_H
#define TOOLS_BASE_OPEN_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

/*
 * Opens a file, and creates it if missing. flags: O_WRONLY or O_RDWR, with O_TRUNC, O_APPEND, or
 * O_EXCL, which refuses an existing regular file. Returns a descriptor or -errno (reported);
 * -EPERM: another user may have planted it.
 */
int open_output(const char *path, int flags);

/* Opens and truncates a file as a stream, which the caller closes; NULL on failure (reported). */
FILE *open_output_stream(const char *path);

/* Returns an O_PATH descriptor of the directory of a path, or -errno (reported). name: gets the
 * last component, which is not followed. */
int open_output_parent(const char *path, char name[NAME_MAX + 1]);

/* Opens a directory for reading. Returns a descriptor or -errno (reported). */
int open_output_directory(const char *path);

/* The same, and creates the directory if missing. made: gets whether it was created; may be
 * NULL. */
int make_output_directory(const char *path, bool *made);

/* Creates a directory and its missing parents. path: modified during the call. Returns 0 or -EIO
 * (reported). */
int make_output_path(char *path);

/* Classifies an error of these functions: -EINVAL: another path may work; -EIO: none would, as when
 * descriptors or memory run out. Returns 0 for 0. */
int output_error(int error);

/*
 * Checks whether a path can be opened or created, and changes nothing. Returns 0 with `status` set:
 * it can be opened; -ENOENT: it can be created; -EINVAL or -EIO, as output_error(): neither, and
 * `why`, of `size` bytes, gets the reason.
 */
int look_at_output(const char *path, struct stat *status, char *why, size_t size);

#endif
