/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several schedules that one run follows in turn, to find those that give a hit. */
#ifndef TOOLS_CONDUCT_SERIES_H
#define TOOLS_CONDUCT_SERIES_H

#include "injector/schedule/schedule_passage.h"

enum { SERIES_POINTS_MAX = 16 };

/* One passage of a series. */
struct series_passage {
	size_t schedule; /* its index */
	uint64_t punch;
	enum passage_end end;
	unsigned int missed; /* of PASSAGE_MISSED: index of the hold, and why */
	enum schedule_miss why;
	bool hit;
	size_t count;                           /* of `order` */
	unsigned char order[SERIES_POINTS_MAX]; /* indices of the points that were reached */
};

/*
 * The schedules to try, and the outcome. The schedules take turns, one passage at a time, until
 * each was followed for `each` passages. A hold without an event ends at once: passages begin
 * there. The run's expect.made is `count * each`; a passage counts however it ends.
 */
struct series {
	const struct schedule_event *points; /* up to SERIES_POINTS_MAX */
	size_t point_count;
	const struct schedule *schedules;
	size_t count;
	unsigned int each;
	struct series_passage *passages; /* the caller's: room for `count * each` */
	size_t done;                     /* passages so far */
};

/* Returns the index of the schedule for the next passage. */
size_t series_next(const struct series *series);

/* Returns whether all passages have been made. */
bool series_is_over(const struct series *series);

/* Notes that a reader got wrong bytes at that punch. */
void series_hit(struct series *series, uint64_t punch);

#endif
