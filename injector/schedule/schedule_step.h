/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One step of a passage, as the engine saw it. */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_STEP_H
#define INJECTOR_SCHEDULE_SCHEDULE_STEP_H

#include "injector/schedule/schedule.h"

enum schedule_deed {
	STEP_REACHED,  /* a thread reached its hold, and is held */
	STEP_CAME,     /* a thread reached another point of the plan */
	STEP_RELEASED, /* a hold ended by its events */
	STEP_SPARED,   /* a hold ended by its `or` */
	STEP_EXPIRED,  /* a hold ended by its bound, or since no event could come any more */
	STEP_LET_GO,   /* a hold ended with the passage */
	STEP_NEVER,    /* no thread reached the hold */
	STEP_MADE,     /* the passage ended */
	STEP_WITHSTOOD,
	STEP_MISSED,
	SCHEDULE_DEEDS,
};

/* "reached", ... */
extern const char *const schedule_deed_names[SCHEDULE_DEEDS];

enum { SCHEDULE_STEP_EVENT = SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 16, SCHEDULE_STEP_CODE = 96 };

struct schedule_step {
	uint64_t passage, punch; /* from 1 */
	uint64_t time;           /* CLOCK_MONOTONIC of the kernel where it happened, ns */
	enum schedule_deed deed;
	char role[SCHEDULE_ROLE];        /* "": the passage as a whole */
	int cpu;                         /* negative: not known */
	int hold;                        /* from 0; negative: none */
	char point[SCHEDULE_STEP_EVENT]; /* "split calls __xa_store in __folio_split"; "": none */
	char code[SCHEDULE_STEP_CODE];   /* "__folio_split+0x1262"; "": not in the kernel */
	int64_t page;                    /* index in the file; negative: not known */
	int64_t held;                    /* duration of a hold that ended, ns; negative: none */
	/* The event that released the hold, or that did not come. "": none. */
	char by[SCHEDULE_STEP_EVENT];
};

#endif
