/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs helper scripts for guests, which call other programs to fetch packages and pack files. They
 * are beside this file, or where `cmake --install` puts them. */
#ifndef TOOLS_GUEST_SCRIPT_H
#define TOOLS_GUEST_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_ARGUMENTS_MAX = 256 };

/*
 * Runs the script `name` and calls `line` with each line of its output, without newline. arguments:
 * up to SCRIPT_ARGUMENTS_MAX, NULL-terminated. The script writes its errors to standard error, and
 * is killed when the caller dies. Returns 0 or -errno, by error_of_exit_code() (reported).
 */
int script_run(const char *name, const char *const *arguments,
	       void (*line)(void *context, const char *text), void *context);

/* Finds a script, or a program for the guest that was built with them. path: gets its path, cut to
 * `size` bytes; if there is none, the last path that was tried. Returns false with errno set if
 * there is none. */
bool script_seek(const char *name, char *path, size_t size);

/* The same. Returns 0 or -errno (reported). */
int script_find(const char *name, char *path, size_t size);

/* Gets the directory of the user's cache, ${XDG_CACHE_HOME:-~/.cache}/foliostorm. Returns path,
 * which holds `size` bytes. */
const char *script_cache(char *path, size_t size);

#endif
