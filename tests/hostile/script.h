/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations as text, in which a failure is printed and made again: a line for a setting of the
 * program, "names 1", one for each operation, and comments after #. */
#ifndef TESTS_HOSTILE_SCRIPT_H
#define TESTS_HOSTILE_SCRIPT_H

#include "tests/hostile/operation.h"

/* Reads a file of at most `most` operations. setting: its name; value: gets it where the file has
 * it. Returns 0, or -1 (reported). */
int script_read(const char *path, const char *setting, unsigned int *value,
		struct operation *operations, size_t most, size_t *count);

/* Prints the operations that are enough for a failure, whose reason is `why`. */
void script_print(const char *why, const char *setting, unsigned int value,
		  const struct operation *operations, size_t count);

#endif
