/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where programs of others are. */
#ifndef TOOLS_BASE_PROGRAM_PATH_H
#define TOOLS_BASE_PROGRAM_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks for a program in the directories of PATH, then in those of administrators, which the PATH
 * of others may lack; a name with a slash is the path itself. path: of the program where it was
 * found, cut to `size` bytes.
 */
bool program_path(const char *name, char *path, size_t size);

#endif
