/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	uint64_t value;

	if (!*text || text[strspn(text, "0123456789")])
		return -EINVAL;
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno || value < least || value > most)
		return -EINVAL;
	*number = value;
	return 0;
}

uint64_t number_option(struct argp_state *state, const char *option, const char *text,
		       uint64_t least, uint64_t most)
{
	uint64_t number = least;

	if (number_parse(text, least, most, &number))
		argp_error(state, "--%s %s: allowed: %" PRIu64 " to %" PRIu64, option, text, least,
			   most);
	return number;
}
