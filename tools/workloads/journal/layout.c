/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/layout.h"

#include <string.h>

bool layout_touches(const struct journal_layout *layout, uint64_t offset)
{
	const struct layout_hole *holes = layout->holes.items;
	uint64_t first = offset / LAYOUT_REGION * LAYOUT_REGION, end = first + LAYOUT_REGION;

	/* One byte more on either side, since bytes beside a hole count. */
	for (size_t i = 0; i < layout->holes.count; i++)
		if (holes[i].offset <= end && holes[i].offset + holes[i].length >= first)
			return offset < layout->size;
	return false;
}

uint64_t layout_bytes(const struct journal_layout *layout)
{
	uint64_t bytes = 0;

	for (uint64_t at = 0; at < layout->size; at += LAYOUT_REGION)
		bytes += layout_touches(layout, at) ? LAYOUT_REGION : 0;
	return bytes;
}

bool layout_holds(const struct journal_layout *layout, uint64_t offset, uint64_t length)
{
	const struct layout_hole *holes = layout->holes.items;

	if (!layout_touches(layout, offset))
		return false;
	for (size_t i = 0; i < layout->holes.count; i++)
		if (holes[i].offset <= offset &&
		    holes[i].offset + holes[i].length >= offset + length)
			return false;
	return true;
}

uint64_t layout_exposed(const struct journal_layout *layout, const struct layout_hole *hole,
			enum aim_shape shape)
{
	enum { PAGE = 4096, ORDER = 9, PAGES = 1 << ORDER };

	_Static_assert(PAGES * PAGE == LAYOUT_REGION, "a region is a folio");
	/* Whole folios between its ends are dropped, not split. */
	uint64_t first = hole->offset / PAGE, last = (hole->offset + hole->length - 1) / PAGE;
	const uint64_t folios[] = { first / PAGES * PAGES, last / PAGES * PAGES };
	uint64_t count = 0;

	for (size_t i = 0; i < (folios[0] == folios[1] ? 1 : 2); i++) {
		uint64_t begin = first > folios[i] ? first - folios[i] : 0;
		uint64_t end = last - folios[i] < PAGES ? last - folios[i] + 1 : PAGES;
		const struct aim_punch punch = {
			.order = ORDER,
			.first = (unsigned int)begin,
			.count = (unsigned int)(end - begin),
		};
		bool exposed[PAGES];

		if (aim_exposed(shape, &punch, exposed) <= 0)
			continue;
		for (uint64_t page = 0; page < PAGES; page++)
			count += exposed[page] &&
				 layout_holds(layout, (folios[i] + page) * PAGE, PAGE);
	}
	return count;
}

void layout_fill(const struct journal_layout *layout, struct payload_owner owner, uint64_t offset,
		 char *to, size_t length)
{
	const struct layout_hole *holes = layout->holes.items;

	payload_fill(to, owner, offset, length);
	for (size_t i = 0; i < layout->holes.count; i++) {
		uint64_t first = holes[i].offset, end = first + holes[i].length;

		first = first < offset ? offset : first;
		end = end > offset + length ? offset + length : end;
		if (first < end)
			memset(to + (first - offset), 0, end - first);
	}
}

int layout_write(const struct journal_layout *layout, struct payload_owner owner,
		 struct windows *windows)
{
	enum { PIECE = 4096 };
	void *to;

	for (uint64_t at = 0; at < layout->size; at += PIECE) {
		size_t length = layout->size - at < PIECE ? layout->size - at : PIECE;
		int r;

		/* Empty pages are not written. */
		if (!layout_holds(layout, at, length))
			continue;
		r = windows_at(windows, at, length, &to);
		if (r)
			return r;
		layout_fill(layout, owner, at, to, length);
	}
	return 0;
}
