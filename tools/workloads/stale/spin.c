/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/stale/spin.h"

void stale_spin_begin(struct stale_spin *spin, const struct stale_look *look)
{
	*spin = (struct stale_spin){ .last = *look };
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool stale_spin_goes_on(struct stale_spin *spin, const struct stale_look *look, uint64_t patience)
{
	if (look->accesses != spin->last.accesses) {
		stale_spin_begin(spin, look);
		return false;
	}
	spin->still += least(look->time - spin->last.time, STALE_SPIN_LOOK);
	spin->used += least(look->used - spin->last.used, STALE_SPIN_LOOK);
	spin->last = *look;
	return spin->still >= patience && spin->used >= spin->still / 2;
}
