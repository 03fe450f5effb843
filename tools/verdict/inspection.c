/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/inspection.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/verdict/run_result.h"

#include <inttypes.h>
#include <stdio.h>

static void add_pages(struct inspection *inspection, const struct gate_event *split, uint32_t last)
{
	for (uint32_t part = last; part <= split->order; part++) {
		uint32_t first = split_part_first(split->order, last, split->split_at, part);
		uint32_t order = split_part_order(split->order, last, part);

		for (uint32_t page = 0; page < 1U << order && split->misplaced >> part & 1; page++)
			inspection->misplaced[first + page] = true;
	}
}

/*
 * Whether a shape agrees with what was seen of a split. If it was seen in part, the shape may
 * expose other pages as well; but if it exposes any besides the part with the split's page, one of
 * them must have been seen.
 */
static bool agrees(const struct gate_event *split, uint32_t last, enum aim_shape shape)
{
	uint32_t exposed = split_exposed_parts(shape, split->order, last, split->split_at);
	uint32_t others = ~(1U << split->order);

	if (split->inspected)
		return split->misplaced == exposed;
	return !(split->misplaced & ~exposed) && (split->misplaced & others || !(exposed & others));
}

static void compare(struct inspection *inspection, const struct gate_event *split, uint32_t last)
{
	bool batched = agrees(split, last, AIM_BATCHED);
	bool interleaved = agrees(split, last, AIM_INTERLEAVED);

	inspection->compared++;
	inspection->batched += batched;
	inspection->interleaved += interleaved;
	if (!split->misplaced)
		return;
	inspection->wrong++;
	inspection->not_batched += !batched;
	inspection->not_interleaved += !interleaved;
}

bool inspection_add(struct inspection *inspection, const struct gate_event *event)
{
	uint32_t last = event->order - event->levels;

	if (event->type == GATE_EVENT_MISPLACED && !inspection->first.time)
		inspection->first = *event;
	if (event->type != GATE_EVENT_SPLIT || event->order > SPLIT_ORDER_MAX ||
	    event->levels > event->order || event->split_at >> event->order)
		return false;
	add_pages(inspection, event, last);
	/* If a level was missed, or the split has stopped on its way, its parts are not known. */
	if (event->inspected || (event->misplaced && event->levels == event->stores))
		compare(inspection, event, last);
	return true;
}

bool inspection_hit(const struct run_result *result)
{
	return result->gate.slots_misplaced > 0;
}

bool inspection_clean(const struct run_result *result)
{
	return result->gate.splits_inspected >= SPLITS_CLEAN && !result->gate.slots_misplaced &&
	       !result->gate.inspect_errors;
}

enum inspection_verdict inspection_judge(const struct run_result *result)
{
	if (inspection_hit(result))
		return INSPECTION_MISPLACED;
	return inspection_clean(result) ? INSPECTION_RIGHT : INSPECTION_NONE;
}

unsigned int inspection_shapes(const struct run_result *result)
{
	const struct inspection *inspection = &result->inspection;
	unsigned int shapes = 0;

	if (!inspection_hit(result) || !inspection->compared)
		return 0;
	if (inspection->batched == inspection->compared)
		shapes |= AIM_BATCHED;
	if (inspection->interleaved == inspection->compared)
		shapes |= AIM_INTERLEAVED;
	return shapes;
}

bool inspection_refutes(const struct inspection *inspection, enum aim_shape shape)
{
	uint64_t most = inspection->wrong / 2;

	return inspection->wrong >= INSPECTION_REFUTES &&
	       (!(shape & AIM_BATCHED) || inspection->not_batched > most) &&
	       (!(shape & AIM_INTERLEAVED) || inspection->not_interleaved > most);
}

static void explain_hit(const struct run_result *result, char *text, size_t size)
{
	const struct gate_counts *counts = &result->gate;
	const struct gate_event *first = &result->inspection.first;
	uint64_t splits = counts->splits_misplaced > counts->splits_inspected
				  ? counts->splits_misplaced
				  : counts->splits_inspected;

	if (first->time)
		snprintf(text, size,
			 "the slot of page %ju led to page %ju (order %u, refcount %d); such slots "
			 "in %ju of %ju splits",
			 (uintmax_t)first->page, (uintmax_t)first->folio, first->order,
			 first->refcount, (uintmax_t)counts->splits_misplaced, (uintmax_t)splits);
	else
		snprintf(text, size,
			 "%ju slots led to folios without their pages, in %ju of %ju splits",
			 (uintmax_t)counts->slots_misplaced, (uintmax_t)counts->splits_misplaced,
			 (uintmax_t)splits);
}

/* Whether an engine inspected splits. */
static bool inspects(const struct run_result *result)
{
	return result->inspected && scenario_inspects_splits(result->scenario);
}

void inspection_explain(const struct run_result *result, char *text, size_t size)
{
	const struct gate_counts *counts = &result->gate;
	const struct witness_hook *store = &result->hooks[HOOK_STORE];

	if (inspection_hit(result))
		explain_hit(result, text, size);
	else if (!result->witnessed && !inspects(result))
		snprintf(text, size, "the page cache was not inspected, for want of the %s",
			 scenario_inspects_splits(result->scenario) ? "engine" : "witness");
	else if (*store->why)
		snprintf(text, size, "the page cache was not inspected: %s", store->why);
	else if (counts->inspect_errors)
		snprintf(text, size, "%ju slots of the page cache could not be followed",
			 (uintmax_t)counts->inspect_errors);
	else if (inspection_clean(result))
		snprintf(text, size,
			 "every exposed slot led to the frozen folio in %ju of %ju splits",
			 (uintmax_t)counts->splits_inspected, (uintmax_t)counts->splits_inspected);
	else
		snprintf(text, size,
			 "the page cache was inspected in only %ju splits that expose a page, and "
			 "%d "
			 "are wanted",
			 (uintmax_t)counts->splits_inspected, SPLITS_CLEAN);
}
