/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several schedules, followed in turn in one run, to find the one that matters. */
#ifndef TOOLS_CONDUCT_SERIES_H
#define TOOLS_CONDUCT_SERIES_H

#include "injector/schedule/schedule_passage.h"

enum { SERIES_POINTS_MAX = 16 };

/* One passage of one of them. */
struct series_passage {
	size_t schedule; /* number */
	uint64_t punch;
	enum passage_end end;
	unsigned int missed; /* of PASSAGE_MISSED, with why */
	enum schedule_miss why;
	bool hit;
	size_t count; /* of points that came, by their numbers */
	unsigned char order[SERIES_POINTS_MAX];
};

/*
 * What is to be tried, and its outcome. Each schedule of `count` is followed for `each` passages,
 * one after another in turn. A hold may have no event to wait for: passages begin there, and it
 * ends at once. The run has gone through with all of them when it has `count * each` passages: so
 * many are its expect.made, for which any end of a passage counts.
 */
struct series {
	const struct schedule_event *points; /* up to SERIES_POINTS_MAX */
	size_t point_count;
	const struct schedule *schedules;
	size_t count;
	unsigned int each;
	struct series_passage *passages; /* the caller's: room for all */
	size_t done;
};

/* Which schedule the next passage follows. */
size_t series_next(const struct series *series);

/* Whether all passages have been made. */
bool series_is_over(const struct series *series);

/* A reader got wrong bytes at that punch. */
void series_hit(struct series *series, uint64_t punch);

#endif
