/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One passage of a schedule: where each role stands, what has come, who may go on. It knows nothing
 * of how a processor is stopped, and its code is the same for an engine in the kernel, whose
 * program includes the source with PASSAGE_API defined. The plan is an argument each time: the
 * kernel's verifier follows it there.
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
	HOLD_HERE,  /* its thread stands there */
	HOLD_ENDED, /* let go */
};

struct passage_hold {
	enum hold_state state;
	bool spared;                          /* it ended by `or` */
	unsigned int cpu;                     /* that stands */
	uint64_t since;                       /* on the clock of the caller, ns */
	uint64_t rounds[SCHEDULE_EVENTS_MAX]; /* of `spare` by then */
};

/* Where a processor has come to. */
struct arrival {
	unsigned int point, cpu;
	uint64_t mapping; /* of the file that it is at work on; 0: not known */
	int64_t page;     /* index in that file; negative: not known */
	int64_t exposed;  /* what that word stands for */
	int64_t result;
	const uint64_t *arguments; /* SCHEDULE_ARGUMENTS_MAX */
};

struct passage_state {
	bool under_way, withstood;
	bool open;           /* an iteration of scripted threads has begun, and no passage of it */
	bool over;           /* nobody comes any more */
	uint64_t began;      /* as passage_hold.since */
	uint64_t mapping;    /* that it is about */
	int64_t page, last;  /* one of which the reader takes; by then, that one */
	uint64_t held, cpus; /* processors, bit by bit; cpus: all that there are */
	uint64_t times[PLAN_POINTS]; /* that the role came to the point, in this passage */
	struct passage_hold holds[SCHEDULE_HOLDS_MAX];
};

/* How a passage ended. */
enum passage_end {
	PASSAGE_GOES_ON,
	PASSAGE_MADE,
	PASSAGE_WITHSTOOD, /* made but for a hold that ended by `or` */
	PASSAGE_MISSED,
};

/* None is under way. cpus: all processors, bit by bit; 0: of an engine whose clock goes on when all
 * of them are held. */
PASSAGE_API void passage_reset(const struct plan *plan, struct passage_state *state, uint64_t cpus);

/* The hold at which passages begin: the first that is not in user space. */
PASSAGE_API unsigned int passage_first(const struct plan *plan);

/* Whether a point has to be watched now. */
PASSAGE_API bool passage_watches(const struct plan *plan, const struct passage_state *state,
				 unsigned int point);

/* Takes what scripted threads say of an iteration while no passage is under way. Returns whether
 * the point is one where they do. */
PASSAGE_API bool passage_mark(const struct plan *plan, struct passage_state *state,
			      unsigned int point);

/* Begins one where the arrival reaches the first hold. page, last: those that the reader may take.
 * Returns whether it does. */
PASSAGE_API bool passage_begin(const struct plan *plan, struct passage_state *state,
			       const struct arrival *arrival, int64_t page, int64_t last,
			       uint64_t now);

/* Takes an arrival into account, where it is one of those that are meant: of the file and the page
 * of the passage. Returns whether it is. */
PASSAGE_API bool passage_take(const struct plan *plan, struct passage_state *state,
			      const struct arrival *arrival, uint64_t now);

/*
 * Lets go who may. now: ns, on the clock of bounds. begins: set to the roles, bit by bit, that are
 * to be let go in user space. missed, why: set for PASSAGE_MISSED. A passage in which all
 * processors are held has expired.
 */
PASSAGE_API enum passage_end passage_settle(const struct plan *plan, struct passage_state *state,
					    uint64_t now, unsigned int *begins,
					    unsigned int *missed, enum schedule_miss *why);

/* Whether something of the one under way has expired. */
PASSAGE_API bool passage_has_expired(const struct plan *plan, const struct passage_state *state,
				     uint64_t now);

/* ns until something of it expires, at least 1. */
PASSAGE_API uint64_t passage_patience(const struct plan *plan, const struct passage_state *state,
				      uint64_t now);

#endif
