/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that a punch leaves of a folio: each split halves the part with its page, down to that
 * page. */
#include "injector/storm/aim.h"

#include <errno.h>
#include <limits.h>

/* The order of the part with `page`, after the folio has been split at page `at`. */
static unsigned int order_beside(unsigned int page, unsigned int at)
{
	return page == at ? 0
			  : (unsigned int)(sizeof(page) * CHAR_BIT - 1) -
				    (unsigned int)__builtin_clz(page ^ at);
}

static unsigned int first_of(unsigned int page, unsigned int order)
{
	return page >> order << order;
}

int aim_part(const struct aim_punch *punch, unsigned int page, unsigned int *order)
{
	unsigned int end = punch->first + punch->count, pages = 1U << punch->order;
	unsigned int first;

	if (aim_exposed(AIM_BATCHED, punch, NULL) < 0 || page >= pages)
		return -EINVAL;
	*order = punch->order;
	if (punch->count == pages)
		return 0;
	*order = order_beside(page, punch->first);
	first = first_of(page, *order);
	if (end < pages && first_of(end, *order) == first)
		*order = order_beside(page, end);
	return (int)first_of(page, *order);
}
