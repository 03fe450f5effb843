/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which breakpoints are set, and how a processor gets past one. */
#include "tools/conduct/conductor_parts.h"

/* The addresses to stop at from now on. */
static unsigned int wanted_breaks(const struct conductor *c, uint64_t *wanted)
{
	/* Between iterations the files are made, by the same code. */
	bool closed = c->plan.has_marks && !c->state.open && !c->state.under_way;
	unsigned int count = 0;

	for (unsigned int i = 0; i < c->plan.point_count; i++) {
		const struct plan_point *point = &c->plan.points[i];
		bool returns = point->point->kind == POINT_RETURN;
		bool watched = passage_watches(&c->plan, &c->state, i);

		for (unsigned int k = 0; k < point->count && count < BREAKS_MAX - 1; k++)
			if ((returns && !closed) || watched)
				wanted[count++] = point->address[k];
		if (returns && watched && c->entered[i].comes_back)
			wanted[count++] = c->entered[i].comes_back;
	}
	for (unsigned int cpu = 0; cpu < c->config.cpus && count < BREAKS_MAX; cpu++)
		if (c->serving >> cpu & 1)
			wanted[count++] = c->standing[cpu];
	return count + inspector_breaks(&c->inspector, wanted + count, BREAKS_MAX - count);
}

static bool is_among(const uint64_t *addresses, unsigned int count, uint64_t address)
{
	for (unsigned int i = 0; i < count; i++)
		if (addresses[i] == address)
			return true;
	return false;
}

int conductor_set_breaks(struct conductor *c)
{
	uint64_t wanted[BREAKS_MAX];
	unsigned int count = wanted_breaks(c, wanted);
	int r = 0;

	for (unsigned int i = 0; i < c->break_count && !r;) {
		if (is_among(wanted, count, c->breaks[i])) {
			i++;
			continue;
		}
		r = gdb_stub_break(&c->stub, c->breaks[i], false);
		c->breaks[i] = c->breaks[--c->break_count];
	}
	for (unsigned int i = 0; i < count && !r; i++) {
		if (is_among(c->breaks, c->break_count, wanted[i]))
			continue;
		r = gdb_stub_break(&c->stub, wanted[i], true);
		if (!r)
			c->breaks[c->break_count++] = wanted[i];
	}
	return r;
}

/* A processor that stands at a breakpoint would stop there again. */
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
