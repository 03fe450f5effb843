/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole numbers of the command line: digits and nothing else, within bounds. scanf(3) takes "-1"
 * for an unsigned number, and wraps or stops at what does not fit. */
#ifndef TOOLS_BASE_NUMBER_H
#define TOOLS_BASE_NUMBER_H

#include <argp.h>
#include <stdint.h>

/* Returns 0, or -EINVAL, and then number is as it was; not reported. */
int number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *number);

/* The number that an option gives; where it is none, argp_error() says what is allowed and ends the
 * program. option: its long name. */
uint64_t number_option(struct argp_state *state, const char *option, const char *text,
		       uint64_t least, uint64_t most);

#endif
