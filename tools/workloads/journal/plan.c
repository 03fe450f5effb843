/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/plan.h"

#include <errno.h>
#include <string.h>

static int take(void *context, const struct journal_hole *hole)
{
	struct journal_plan *plan = context;

	if (hole->length < plan->least)
		plan->small++;
	else if (plan->hole_count < LAYOUT_HOLES_MAX)
		plan->holes[plan->hole_count++] = *hole;
	else
		plan->more++;
	return 0;
}

int journal_plan_make(struct journal_plan *plan, const struct journal_source *source,
		      uint64_t least, char *wrong)
{
	struct journal_walk walk;
	int r = journal_walk_open(&walk, source);

	memset(plan, 0, sizeof(*plan));
	plan->size = source->size;
	plan->least = least;
	plan->header = walk.header;
	if (!r) {
		r = journal_walk_tail(&walk, &plan->tail);
		if (r == -EBADMSG) {
			memcpy(plan->tail_wrong, walk.wrong, sizeof(walk.wrong));
			r = 0;
		}
	}
	if (!r)
		r = journal_holes(&walk, 0, take, plan, &plan->seen);
	if (r == -EBADMSG)
		memcpy(wrong, walk.wrong, sizeof(walk.wrong));
	journal_walk_close(&walk);
	return r;
}
