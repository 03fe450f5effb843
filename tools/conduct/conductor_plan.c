/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the plan from the symbols that the run has written to its page. */
#include "tools/conduct/conductor_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ns, for an answer of the stub: on a busy host QEMU may get no processor for seconds. */
static const uint64_t PATIENCE = 30000000000;

static int read_code(void *context, uint64_t address, void *into, size_t size)
{
	struct conductor *c = context;

	return gdb_stub_read(&c->stub, address, into, size);
}

/* Makes one plan for each schedule of a series. The points have the same numbers in all of them. */
static int make_plans(struct conductor *c, const struct kernel_text *text, char *why, size_t size)
{
	const struct series *series = c->config.series;
	struct plan *points = &c->plan;
	int r = plan_watch(points, series->points, series->point_count, text, why, size);

	c->plans = calloc(series->count, sizeof(*c->plans));
	if (!c->plans)
		return -ENOMEM;
	for (size_t i = 0; i < series->count && !r; i++) {
		c->plans[i] = *points;
		r = plan_make(&c->plans[i], &series->schedules[i], text, why, size);
	}
	c->plan = c->plans[0];
	return r;
}

/* Finds the marks of readers. Scripted threads have other marks, and a program has none. */
static void find_marks(struct conductor *c, const struct kernel_text *text)
{
	static const struct code_point mark = { .kind = POINT_STEP,
						.function = CODE_MARK_FUNCTION,
						.offset = UINT64_MAX };
	char why[512];
	int r;

	if (c->config.schedule.thread_count || c->is_program)
		return;
	r = code_point_resolve(&mark, text, c->marks, PLAN_ADDRESSES, why, sizeof(why));
	c->mark_count = r > 0 ? (unsigned int)r : 0;
}

static int make_plan(struct conductor *c, char *why, size_t size)
{
	enum { SIZE = sizeof(((struct schedule_page *)NULL)->symbols) };
	char *lines = calloc(1, SIZE + 1);
	struct kernel_text text = { .isa = c->config.isa, .read = read_code, .context = c };
	uint64_t inspect = 0;
	int r;

	if (!lines)
		return -ENOMEM;
	r = gdb_stub_read_physical(&c->stub, c->page + FIELD(symbols), lines, SIZE);
	if (r)
		return free(lines), r;
	text.symbols = c->symbols = kernel_symbols_parse(lines);
	if (!c->symbols)
		return -ENOMEM;
	r = c->config.series ? make_plans(c, &text, why, size)
			     : plan_make(&c->plan, &c->config.schedule, &text, why, size);
	if (!r)
		r = gdb_stub_read_physical(&c->stub, c->page + FIELD(inspect), &inspect,
					   sizeof(inspect));
	if (!r)
		r = inspector_open(&c->inspector, &c->stub, inspect, &c->config.inspect, &text, why,
				   size);
	for (unsigned int i = 0; i < c->plan.hold_count; i++)
		c->has_begin |= !c->plan.points[c->plan.holds[i].at].count;
	if (!r)
		find_marks(c, &text);
	passage_reset(&c->plan, &c->state, conductor_cpus(c));
	return r;
}

int conductor_take_up(struct conductor *c)
{
	char why[sizeof(((struct schedule_page *)NULL)->why)] = "";
	uint64_t magic[2] = { 0 };
	int r = gdb_stub_open(&c->stub, c->config.stub, c->config.isa, PATIENCE), wrong;

	if (!r)
		r = gdb_stub_read_physical(&c->stub, c->page, magic, sizeof(magic));
	if (!r && memcmp(magic, c->magic, sizeof(magic)) != 0)
		r = -EPROTO;
	if (r)
		return r;
	wrong = make_plan(c, why, sizeof(why));
	if (!wrong)
		return conductor_write_field(c, FIELD(attached), 1);
	if (!*why)
		snprintf(why, sizeof(why), "%s", strerror(-wrong));
	r = gdb_stub_write_physical(&c->stub, c->page + FIELD(why), why, sizeof(why));
	if (!r)
		r = conductor_write_field(c, FIELD(failed), 1);
	return r ? r : -ECANCELED;
}
