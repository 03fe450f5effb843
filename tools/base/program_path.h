/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds external programs. */
#ifndef TOOLS_BASE_PROGRAM_PATH_H
#define TOOLS_BASE_PROGRAM_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Searches for a program in the directories of PATH, then in /usr/sbin and /sbin, which the PATH of
 * an ordinary user may lack. A name with a slash is the path itself. path: gets the program's path,
 * cut to `size` bytes. Returns whether there is one that may be executed.
 */
bool program_path(const char *name, char *path, size_t size);

#endif
