/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets breakpoints, and steps processors past them. */
#include "tools/conduct/conductor_parts.h"

#include <errno.h>

struct wanted {
	unsigned int count;
	uint64_t addresses[BREAKS_MAX];
};

static bool is_among(const uint64_t *addresses, unsigned int count, uint64_t address)
{
	for (unsigned int i = 0; i < count; i++)
		if (addresses[i] == address)
			return true;
	return false;
}

/* A full list may lack addresses: see conductor_set_breaks(). */
static void want(struct wanted *wanted, uint64_t address)
{
	if (wanted->count < BREAKS_MAX)
		wanted->addresses[wanted->count++] = address;
}

/* Returns whether the thread with this role waits in user space for the passage to begin. Its calls
 * do not matter until then, and other threads call functions such as filemap_get_entry() often. */
static bool is_at_begin(const struct conductor *c, enum plan_role role)
{
	return role == PLAN_READ && c->has_begin && !c->state.under_way;
}

/* Returns whether a passage may begin, because the reader has arrived. Before that, only others
 * reach its points, for example when the files are made. */
static bool may_begin(const struct conductor *c)
{
	if (c->is_program)
		return !c->has_begin || c->parked;
	return !c->mark_count || c->has_come;
}

/* Finds the addresses to stop at from now on. */
static void find_wanted(const struct conductor *c, struct wanted *wanted)
{
	bool idle = !c->state.under_way && !may_begin(c);
	/* Between iterations the files are made, which executes the same code. */
	bool closed = idle || (c->plan.has_marks && !c->state.open && !c->state.under_way);

	wanted->count = 0;
	for (unsigned int i = 0; i < c->plan.point_count; i++) {
		const struct plan_point *point = &c->plan.points[i];
		bool returns = point->point->kind == POINT_RETURN;
		bool watched = !idle && passage_watches(&c->plan, &c->state, i);

		for (unsigned int k = 0; k < point->count; k++)
			if ((returns && !closed && !is_at_begin(c, point->role)) || watched)
				want(wanted, point->address[k]);
		if (returns && watched && c->entered[i].comes_back)
			want(wanted, c->entered[i].comes_back);
	}
	for (unsigned int i = 0; i < c->mark_count && !c->state.under_way; i++)
		want(wanted, c->marks[i]);
	for (unsigned int cpu = 0; cpu < c->config.cpus; cpu++)
		if (c->serving >> cpu & 1)
			want(wanted, c->standing[cpu]);
	wanted->count += inspector_breaks(&c->inspector, wanted->addresses + wanted->count,
					  BREAKS_MAX - wanted->count);
}

int conductor_set_breaks(struct conductor *c)
{
	struct wanted wanted;
	int r = 0;

	find_wanted(c, &wanted);
	if (wanted.count == BREAKS_MAX)
		return -ENOSPC;
	for (unsigned int i = 0; i < c->break_count && !r;) {
		if (is_among(wanted.addresses, wanted.count, c->breaks[i])) {
			i++;
			continue;
		}
		r = gdb_stub_break(&c->stub, c->breaks[i], false);
		c->breaks[i] = c->breaks[--c->break_count];
	}
	for (unsigned int i = 0; i < wanted.count && !r; i++) {
		if (is_among(c->breaks, c->break_count, wanted.addresses[i]))
			continue;
		r = gdb_stub_break(&c->stub, wanted.addresses[i], true);
		if (!r)
			c->breaks[c->break_count++] = wanted.addresses[i];
	}
	return r;
}

/* A processor that is resumed at a breakpoint would stop there again. */
int conductor_step_over(struct conductor *c)
{
	int r = 0;

	for (unsigned int cpu = 0; cpu < c->config.cpus && !r; cpu++) {
		if ((conductor_held(c) | c->serving) >> cpu & 1)
			continue;
		if (is_among(c->breaks, c->break_count, c->standing[cpu]))
			r = gdb_stub_step(&c->stub, cpu);
		c->standing[cpu] = 0;
	}
	return r;
}
