/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helpers of a guest that are scripts, because what they do is done by programs: fetching
 * packages, packing files. They lie beside this file, or where `cmake --install` puts them. */
#ifndef TOOLS_GUEST_SCRIPT_H
#define TOOLS_GUEST_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs the script `name` with `arguments` (ended by NULL) and hands each line of its output to
 * `line`, without its newline. What it has to complain of goes to standard error. Returns 0,
 * or -errno, which it or this has reported: see error_of_exit_code(). It is killed when the caller
 * dies.
 */
int script_run(const char *name, const char *const *arguments,
	       void (*line)(void *context, const char *text), void *context);

/* Looks for a script, or a program for the guest that was built beside them. path: cut to `size`
 * bytes; gets the last place where there is none. Returns whether there is one; if not, errno is
 * set. */
bool script_seek(const char *name, char *path, size_t size);

/* The same. Returns 0 or -errno (reported). */
int script_find(const char *name, char *path, size_t size);

/* The directory of the user's cache, ${XDG_CACHE_HOME:-~/.cache}/foliostorm. Returns path, which
 * holds `size` bytes. */
const char *script_cache(char *path, size_t size);

#endif
