/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are small enough to be had whole. */
#ifndef INJECTOR_BASE_TEXT_FILE_H
#define INJECTOR_BASE_TEXT_FILE_H

#include <stddef.h>

/*
 * Reads all of a file, one of /proc as well. text: the caller's, to be freed; a NUL follows it.
 * size: of it in bytes without that, or NULL. Returns 0 or -errno (not reported), and then text is
 * NULL.
 */
int text_file_read(const char *path, char **text, size_t *size);

/* Gives a text to a file that is there, in one call: one command to the kernel, where it is one of
 * /proc or /sys. Returns 0; -EIO it took less; -errno (not reported). */
int text_file_write(const char *path, const char *text);

#endif
