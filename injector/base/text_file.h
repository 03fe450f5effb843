/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are small enough to be had whole. */
#ifndef INJECTOR_BASE_TEXT_FILE_H
#define INJECTOR_BASE_TEXT_FILE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Reads all of a file, one of /proc as well. text: the caller's, to be freed; a NUL follows it.
 * size: of it in bytes without that, or NULL. Returns 0 or -errno (not reported), and then text is
 * NULL.
 */
int text_file_read(const char *path, char **text, size_t *size);

/* Gives a text to a file that is there, in one call: one command to the kernel, where it is one of
 * /proc or /sys. Returns 0; -EIO it took less; -errno (not reported). */
int text_file_write(const char *path, const char *text);

/* Writes all of it, in as many calls as that takes. Returns 0; -ENOSPC where nothing more is taken;
 * -errno (not reported). */
int write_whole(int fd, const void *data, size_t size);

/*
 * Opens a regular file to read it. Others may have put anything under its name: this does not wait
 * for the other end of a FIFO, and gives no device without an end. Returns a descriptor; -EINVAL
 * not a regular file; other -errno.
 */
int text_file_open(const char *path);

/* The same as a stream; NULL with errno set. */
FILE *text_file_stream(const char *path);

/* What such an error means, in words. */
const char *text_file_error(int error);

#endif
