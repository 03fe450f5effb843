/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One passage of a schedule: where each role is held, which events have come, which holds end. It
 * is independent of how a processor is stopped. The engine in the kernel shares its code: its
 * program includes the source file with PASSAGE_API defined. Each function takes the plan as an
 * argument, so that the kernel's verifier can follow it.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_PASSAGE_H
#define INJECTOR_SCHEDULE_SCHEDULE_PASSAGE_H

#include "injector/schedule/schedule_page.h"
#include "injector/schedule/schedule_plan.h"

/* How functions are declared. */
#ifndef PASSAGE_API
#define PASSAGE_API
#endif

enum hold_state {
	HOLD_AWAY,  /* not reached */
	HOLD_HERE,  /* a thread is held there */
	HOLD_ENDED, /* released */
};

struct passage_hold {
	enum hold_state state;
	bool spared;                          /* released by `or` */
	unsigned int cpu;                     /* that is held */
	uint64_t since;                       /* on the caller's clock, ns */
	uint64_t rounds[SCHEDULE_EVENTS_MAX]; /* how often each of `spare` had come by then */
};

/* A processor has reached a point. */
struct arrival {
	unsigned int point, cpu;
	uint64_t mapping;          /* address of the file's address_space; 0: not known */
	int64_t page;              /* index in that file; negative: not known */
	int64_t exposed;           /* value of that word */
	int64_t result;            /* returned value, at a return */
	const uint64_t *arguments; /* SCHEDULE_ARGUMENTS_MAX */
};

struct passage_state {
	bool under_way, withstood;
	bool open;           /* an iteration of scripted threads has begun, but no passage of it */
	bool over;           /* the iteration has ended: no thread comes any more */
	uint64_t began;      /* as passage_hold.since */
	uint64_t mapping;    /* of the passage; 0: not known yet */
	int64_t page, last;  /* the reader's page is in that range; both are it once it is held */
	uint64_t held, cpus; /* a bit for each processor; cpus: all */
	uint64_t times[PLAN_POINTS]; /* how often the role has come to the point */
	struct passage_hold holds[SCHEDULE_HOLDS_MAX];
};

/* How a passage ended. */
enum passage_end {
	PASSAGE_GOES_ON,
	PASSAGE_MADE,
	PASSAGE_WITHSTOOD, /* the same, but a hold was released by `or` */
	PASSAGE_MISSED,
};

/* Initializes the state, without a passage. cpus: a bit for each processor; 0: the engine's clock
 * runs on even if all processors are held. */
PASSAGE_API void passage_reset(const struct plan *plan, struct passage_state *state, uint64_t cpus);

/* The hold at which passages begin: the first one in the kernel. */
PASSAGE_API unsigned int passage_first(const struct plan *plan);

/* Whether arrivals at a point matter now. */
PASSAGE_API bool passage_watches(const struct plan *plan, const struct passage_state *state,
				 unsigned int point);

/* Takes the mark of an iteration's begin or end while no passage is in progress. Returns whether
 * the point is such a mark. */
PASSAGE_API bool passage_mark(const struct plan *plan, struct passage_state *state,
			      unsigned int point);

/* Begins a passage if the arrival reaches the first hold. page, last: range of the reader's page.
 * now: ns, on the clock of bounds. Returns whether it has begun. */
PASSAGE_API bool passage_begin(const struct plan *plan, struct passage_state *state,
			       const struct arrival *arrival, int64_t page, int64_t last,
			       uint64_t now);

/* Takes an arrival if it is of the file and page of the passage. Returns whether it is. */
PASSAGE_API bool passage_take(const struct plan *plan, struct passage_state *state,
			      const struct arrival *arrival, uint64_t now);

/*
 * Ends holds whose events have come. now: ns, on the clock of bounds. begins: set to a bit for each
 * role (enum plan_role) to release in user space. missed, why: set for PASSAGE_MISSED. If all of
 * cpus are held, the passage has expired. Returns how the passage ended, or PASSAGE_GOES_ON.
 */
PASSAGE_API enum passage_end passage_settle(const struct plan *plan, struct passage_state *state,
					    uint64_t now, unsigned int *begins,
					    unsigned int *missed, enum schedule_miss *why);

/* Whether a bound of the passage in progress has expired. */
PASSAGE_API bool passage_has_expired(const struct plan *plan, const struct passage_state *state,
				     uint64_t now);

/* The time until the next bound of the passage expires, ns, at least 1. */
PASSAGE_API uint64_t passage_patience(const struct plan *plan, const struct passage_state *state,
				      uint64_t now);

#endif
