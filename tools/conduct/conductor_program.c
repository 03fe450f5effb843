/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stops a program in a role in user space, where it reads a page that the punch will expose. */
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "tools/conduct/conductor_parts.h"

#include <string.h>

static int end_watch(struct conductor *c)
{
	int r = 0;

	for (int i = 0; i < SCHEDULE_MAPPINGS && !r; i++) {
		if (c->watch[i])
			r = gdb_stub_watch(&c->stub, c->watch[i], c->watch_size, false);
		c->watch[i] = 0;
	}
	return r;
}

static bool is_watched(const struct conductor *c)
{
	for (int i = 0; i < SCHEDULE_MAPPINGS; i++)
		if (c->watch[i])
			return true;
	return false;
}

int conductor_on_watch(struct conductor *c, unsigned int cpu)
{
	struct gdb_registers registers;
	int r;

	if (cpu != c->reader || !is_watched(c))
		return 0;
	/* Another program than the one that was to return to its stop, and was killed. */
	c->serving &= ~(1ULL << cpu);
	r = conductor_see_where(c, cpu, &registers);
	if (!r)
		r = end_watch(c);
	c->caught = c->watched;
	c->parked = 1ULL << cpu;
	c->parked_since = conductor_clock(c);
	c->parked_at = units_now();
	return r ? r : conductor_write_field(c, FIELD(there), c->caught);
}

int conductor_look_for_end(struct conductor *c)
{
	uint64_t over = 0;
	int r = gdb_stub_read_physical(&c->stub, c->page + FIELD(over), &over, sizeof(over));

	c->over = over;
	return r;
}

int conductor_look_for_program(struct conductor *c)
{
	struct offer offer;
	int r = conductor_look_for_end(c);

	if (!r)
		r = c->over ? end_watch(c) : conductor_read_offer(c, &offer);
	if (r || c->over || !offer.waiting || offer.waiting == c->caught ||
	    (offer.waiting == c->watched && !memcmp(offer.address, c->watch, sizeof(c->watch))))
		return r;
	r = end_watch(c);
	c->watched = offer.waiting;
	c->watch_size = (offer.last + 1 - offer.page) * page_size();
	for (int i = 0; i < SCHEDULE_MAPPINGS && !r; i++) {
		c->watch[i] = offer.address[i];
		if (c->watch[i])
			r = gdb_stub_watch(&c->stub, c->watch[i], c->watch_size, true);
	}
	return r;
}
