/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations as text, to print a failure and to repeat it: a line for the program's setting, such
 * as "names 1", a line for each operation, and comments after #. */
#ifndef TESTS_HOSTILE_SCRIPT_H
#define TESTS_HOSTILE_SCRIPT_H

#include "tests/hostile/operation.h"

/* Reads a file of at most `most` operations and their *count. *value is set if the file has a line
 * of the setting. Returns 0, or -1 (reported). */
int script_read(const char *path, const char *setting, unsigned int *value,
		struct operation *operations, size_t most, size_t *count);

/* Prints the operations that suffice for a failure. why: its reason. */
void script_print(const char *why, const char *setting, unsigned int value,
		  const struct operation *operations, size_t count);

#endif
