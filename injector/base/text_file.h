/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes files that fit into memory. */
#ifndef INJECTOR_BASE_TEXT_FILE_H
#define INJECTOR_BASE_TEXT_FILE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Reads a whole file, also in /proc. text: allocated, with a NUL at its end; the caller frees it;
 * NULL on error. size: its bytes without the NUL; may be NULL. Returns 0 or -errno (not reported).
 */
int text_file_read(const char *path, char **text, size_t *size);

/* Writes a text to an existing file with one write(2), as files of /proc and /sys require. Returns
 * 0; -EIO a short write; -errno (not reported). */
int text_file_write(const char *path, const char *text);

/* Writes all `size` bytes, with as many calls as that needs. Returns 0; -ENOSPC write(2) returned
 * 0; -errno (not reported). */
int write_whole(int fd, const void *data, size_t size);

/*
 * Opens a regular file for reading. Its name may lead to anything: this neither blocks on a FIFO
 * nor opens an endless device. Returns a descriptor; -EISDIR; -EINVAL not a regular file; -errno.
 * Not reported.
 */
int text_file_open(const char *path);

/* The same as a stream; returns NULL with errno set on error. */
FILE *text_file_stream(const char *path);

/* The text of an error of these two functions (negative errno), a constant string. */
const char *text_file_error(int error);

#endif
