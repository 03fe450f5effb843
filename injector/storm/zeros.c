/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/zeros.h"
#include "injector/base/page_size.h"
#include "injector/storm/target.h"

#include <errno.h>
#include <string.h>

static const char *page_of(const char *data, unsigned int page)
{
	return data + (size_t)page * page_size();
}

static bool is_zeros(const char *page)
{
	return !*page && !memcmp(page, page + 1, page_size() - 1);
}

unsigned int zeros_shown(enum aim_shape shape, const struct aim_punch *punch, const char *data,
			 bool *shown)
{
	unsigned int served[AIM_SERVED_MAX], count = 0;
	bool wanted[AIM_PAGES_MAX];

	memset(shown, 0, sizeof(*shown) << punch->order);
	if (aim_preferred(shape, punch, wanted) <= 0)
		return 0;
	for (unsigned int page = 0; page < 1U << punch->order; page++) {
		int n = wanted[page] ? aim_served(shape, punch, page, served) : 0;

		for (int i = 0; i < n && !shown[page]; i++)
			shown[page] = memcmp(page_of(data, page), page_of(data, served[i]),
					     page_size()) != 0;
		count += shown[page];
	}
	return count;
}

int zeros_best(enum aim_shape shape, unsigned int order, unsigned int count, const char *data,
	       unsigned int *differing)
{
	unsigned int zeros = 0, most = 0, best = 0;
	bool shown[AIM_PAGES_MAX];

	if (order > AIM_ORDER_MAX || !count)
		return -EINVAL;
	for (unsigned int page = 0; page < 1U << order; page++) {
		struct aim_punch punch = { .order = order, .count = count };
		unsigned int differ;

		/* Pages of zeros in a row, including this one. */
		zeros = is_zeros(page_of(data, page)) ? zeros + 1 : 0;
		if (zeros < count)
			continue;
		punch.first = page + 1 - count;
		differ = zeros_shown(shape, &punch, data, shown);
		if (differ > most) {
			most = differ;
			best = punch.first;
		}
	}
	if (differing)
		*differing = most;
	return most ? (int)best : -ENODATA;
}
