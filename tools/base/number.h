/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole numbers of the command line: digits only, within bounds. scanf(3) accepts "-1" for an
 * unsigned number, and wraps or clamps a number that does not fit. */
#ifndef TOOLS_BASE_NUMBER_H
#define TOOLS_BASE_NUMBER_H

#include <argp.h>
#include <stdint.h>

/* Reads a number from `least` to `most`. number: set on success only. Returns 0 or -EINVAL (not
 * reported). */
int number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *number);

/* Returns the number that an option gives; otherwise argp_error() prints the allowed range and
 * exits. option: its long name. */
uint64_t number_option(struct argp_state *state, const char *option, const char *text,
		       uint64_t least, uint64_t most);

#endif
