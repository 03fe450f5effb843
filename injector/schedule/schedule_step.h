/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One step of a passage, as the engine that followed the schedule saw it. */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_STEP_H
#define INJECTOR_SCHEDULE_SCHEDULE_STEP_H

#include "injector/schedule/schedule.h"

enum schedule_deed {
	STEP_REACHED,  /* a thread came to its hold, and stands there */
	STEP_CAME,     /* a thread came to what a hold waits for */
	STEP_RELEASED, /* a hold ended: by its events */
	STEP_SPARED,   /* the same: by its `or` */
	STEP_EXPIRED,  /* the same: by its bound, or since nobody could come any more */
	STEP_LET_GO,   /* the same: since the passage was over */
	STEP_NEVER,    /* nobody came to the hold */
	STEP_MADE,     /* the passage was over */
	STEP_WITHSTOOD,
	STEP_MISSED,
	SCHEDULE_DEEDS,
};

/* "reached", ... */
extern const char *const schedule_deed_names[SCHEDULE_DEEDS];

enum { SCHEDULE_STEP_EVENT = SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 16, SCHEDULE_STEP_CODE = 96 };

struct schedule_step {
	uint64_t passage, punch; /* from 1 */
	uint64_t time;           /* ns on CLOCK_MONOTONIC of the kernel that it happened in */
	enum schedule_deed deed;
	char role[SCHEDULE_ROLE];        /* "": of the passage as a whole */
	int cpu;                         /* negative: not known */
	int hold;                        /* from 0; negative: it is about none */
	char point[SCHEDULE_STEP_EVENT]; /* "split calls __xa_store in __folio_split"; "": none */
	char code[SCHEDULE_STEP_CODE];   /* "__folio_split+0x1262"; "": not in the kernel */
	int64_t page;                    /* of the file, that it is about; negative: not known */
	int64_t held;                    /* ns, of a hold that ended; negative: of none */
	/* What released the hold; of one that expired, what did not come. "": nothing. */
	char by[SCHEDULE_STEP_EVENT];
};

#endif
