/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/stale_aim.h"

enum stale_outcome stale_outcome(const struct stale_meanwhile *meanwhile)
{
	bool there = meanwhile->order && !meanwhile->gone;
	bool made = meanwhile->order >= STALE_SHIFT && meanwhile->order <= STALE_ORDER_MAX &&
		    meanwhile->seen && !meanwhile->locked;

	if (there)
		return STALE_REFUSED;
	if (!made || !meanwhile->gone)
		return STALE_ADDED;
	return meanwhile->shadow ? STALE_ALL : STALE_NODE;
}

/* The shift of the root of a tree with that page only. */
static unsigned int root_shift(uint64_t page)
{
	unsigned int shift = 0;

	while (page >> shift >= STALE_SLOTS)
		shift += STALE_SHIFT;
	return shift;
}

/* The shift of the lowest node that covers both pages. */
static unsigned int common_shift(uint64_t page, uint64_t other)
{
	unsigned int shift = 0;

	while (page >> shift >> STALE_SHIFT != other >> shift >> STALE_SHIFT)
		shift += STALE_SHIFT;
	return shift;
}

bool stale_slots(unsigned int order, uint64_t page, uint64_t kept, struct stale_slots *slots)
{
	unsigned int shift;

	if (order < STALE_SHIFT || order > STALE_ORDER_MAX)
		return false;
	if (kept == STALE_NO_PAGE) {
		shift = root_shift(page);
	} else {
		shift = common_shift(page, kept);
		if (!shift)
			return false;
		shift -= STALE_SHIFT;
	}
	*slots = (struct stale_slots){
		.first = page >> shift >> STALE_SHIFT << STALE_SHIFT << shift,
		.pages = 1ULL << shift,
		.own = (unsigned int)(page >> shift) % STALE_SLOTS,
	};
	return true;
}

int stale_slot_of(const struct stale_slots *slots, uint64_t page)
{
	uint64_t slot = (page - slots->first) / slots->pages;

	return page >= slots->first && slot < STALE_SLOTS ? (int)slot : -1;
}
