/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/live.h"
#include "injector/base/units.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { ITEM_SIZE = 96 };

struct items {
	char text[PROGRESS_ITEMS_MAX][ITEM_SIZE];
	const char *item[PROGRESS_ITEMS_MAX];
	size_t count;
};

static void __attribute__((format(printf, 2, 3))) add(struct items *items, const char *format, ...)
{
	va_list args;

	if (items->count == PROGRESS_ITEMS_MAX)
		return;
	va_start(args, format);
	vsnprintf(items->text[items->count], ITEM_SIZE, format, args);
	va_end(args);
	items->item[items->count] = items->text[items->count];
	items->count++;
}

static double seconds(uint64_t nanoseconds)
{
	return (double)nanoseconds / 1e9;
}

static void add_phase(struct items *items, const struct live_facts *facts)
{
	const char *where = facts->where ? facts->where : "", *colon = facts->where ? ": " : "";

	if (!facts->elapsed && facts->folios)
		add(items, "%s%s%s: %" PRIu64 " of %" PRIu64 " folios", where, colon, facts->phase,
		    facts->ready, facts->folios);
	else if (!facts->elapsed)
		add(items, "%s%s%s", where, colon, facts->phase);
	else if (facts->duration)
		add(items, "%s%s%s: %.1f of %.1f s", where, colon, facts->phase,
		    seconds(facts->elapsed), seconds(facts->duration));
	else
		add(items, "%s%s%s: %.1f s", where, colon, facts->phase, seconds(facts->elapsed));
	if (facts->elapsed && facts->elapsed < facts->duration)
		add(items, "%.0f s left", seconds(facts->duration - facts->elapsed));
}

static void add_count(struct items *items, const char *name, int64_t count)
{
	if (count >= 0)
		add(items, "%s %" PRId64, name, count);
}

static void add_counts(struct items *items, const struct live_facts *facts)
{
	if (facts->punches >= 0)
		add(items, "punches %" PRId64 " (%.1f/s)", facts->punches,
		    (double)facts->punches / seconds(facts->elapsed));
	if (facts->punches > 0 && facts->punches_hit >= 0)
		add(items, "hit %" PRId64 " (%.1f %%)", facts->punches_hit,
		    100.0 * (double)facts->punches_hit / (double)facts->punches);
	else
		add_count(items, "hit", facts->punches_hit);
	add_count(items, "exposures", facts->exposures);
	add_count(items, "captures", facts->captures);
	add_count(items, "reads", facts->reads);
	add_count(items, "operations", facts->operations);
	if (facts->split >= 0 && facts->split + facts->not_split > 0)
		add(items, "splits %" PRId64 " of %" PRId64 " (%.0f %%)", facts->split,
		    facts->split + facts->not_split,
		    100.0 * (double)facts->split / (double)(facts->split + facts->not_split));
}

void live_show(struct progress *progress, const struct live_facts *facts)
{
	struct items items = { .count = 0 };
	char took[32];

	if (!progress_is_time(progress))
		return;
	add_phase(&items, facts);
	if (facts->elapsed)
		add_counts(&items, facts);
	if (facts->elapsed && facts->slowest)
		add(&items, "slowest %s %s", facts->slowest,
		    units_format_duration(facts->slowest_ns, took, sizeof(took)));
	progress_items(progress, items.item, items.count);
}
