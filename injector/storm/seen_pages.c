/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/seen_pages.h"

#include <errno.h>

void seen_pages_add(struct seen_pages *seen, unsigned int order, unsigned int at, uint32_t parts)
{
	uint32_t before = atomic_fetch_or(&seen->parts[(1U << order) + at], parts);

	if ((before | parts) != before && atomic_load(&seen->version))
		atomic_fetch_add(&seen->version, 1);
}

void seen_pages_use(struct seen_pages *seen)
{
	uint32_t model = 0;

	atomic_compare_exchange_strong(&seen->version, &model, 1);
}

static uint32_t parts_at(const struct seen_pages *seen, unsigned int order, unsigned int at)
{
	return atomic_load(&seen->parts[(1U << order) + at]);
}

static bool is_in(const struct seen_pages *seen, unsigned int order, unsigned int at,
		  unsigned int page)
{
	return parts_at(seen, order, at) >> split_part_of(order, 0, at, page) & 1;
}

bool seen_pages_has(const struct seen_pages *seen, const struct aim_punch *punch, unsigned int page)
{
	unsigned int first = 0;
	int order;

	if (!atomic_load(&seen->version))
		return false;
	if (is_in(seen, punch->order, punch->first, page))
		return true;
	order = aim_second_split(punch, &first);
	return order >= 0 && page >= first && page - first < 1U << order &&
	       is_in(seen, (unsigned int)order, punch->first + punch->count - first, page - first);
}

unsigned int seen_pages_of(const struct seen_pages *seen, const struct aim_punch *punch,
			   bool *pages)
{
	unsigned int count = 0;

	for (unsigned int page = 0; page < 1U << punch->order; page++) {
		pages[page] = punch->count && page - punch->first >= punch->count &&
			      seen_pages_has(seen, punch, page);
		count += pages[page];
	}
	return count;
}

int seen_pages_plan(const struct seen_pages *seen, unsigned int order, unsigned int count,
		    uint64_t value)
{
	const unsigned int room = (1U << order) - count;
	struct aim_punch punch = { .order = order, .count = count };
	unsigned int places = 0, most = 0, best = 0;
	bool pages[AIM_PAGES_MAX];

	if (!atomic_load(&seen->version))
		return -ENODATA;
	for (punch.first = 0; punch.first <= room; punch.first++) {
		unsigned int exposed;

		if (!parts_at(seen, order, punch.first))
			continue;
		places++;
		exposed = seen_pages_of(seen, &punch, pages);
		if (exposed > most) {
			most = exposed;
			best = punch.first;
		}
	}
	return places < SEEN_PLACES || !most ? (int)(value % (room + 1)) : (int)best;
}
