/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs passages step by step, to show interleavings. The log has a fixed size. It keeps the passage
 * of the first hit, the last one made, the last one withstood, and, for each hold and reason, the
 * first one missed, up to PASSAGE_LOG_MISSED.
 *
 * A hit becomes known some time after its passage, by the number of its punch, so the log also
 * keeps the last PASSAGE_LOG_LAST passages.
 */
#ifndef INJECTOR_SCHEDULE_PASSAGE_LOG_H
#define INJECTOR_SCHEDULE_PASSAGE_LOG_H

#include "injector/schedule/schedule_passage.h"
#include "injector/schedule/schedule_step.h"

#include <stdatomic.h>

enum { PASSAGE_LOG_STEPS = 48, PASSAGE_LOG_LAST = 32, PASSAGE_LOG_MISSED = 8 };

struct logged_step {
	enum schedule_deed deed;
	int cpu, hold, point, by; /* hold, point, by: numbers in the plan; negative: none */
	uint64_t time, address;   /* ns; in the kernel's code, 0: none */
	uint64_t held;            /* ns, of a hold that ended */
	int64_t page;             /* negative: not known */
};

struct logged_passage {
	uint64_t number, punch; /* number: from 1; 0: none */
	enum passage_end end;
	unsigned int missed; /* the hold, of PASSAGE_MISSED, with why */
	enum schedule_miss why;
	unsigned int count;
	struct logged_step steps[PASSAGE_LOG_STEPS]; /* the last place is for the end */
};

/* Initially zero. */
struct passage_log {
	const struct plan *plan; /* the caller's; NULL before the first passage */
	struct logged_passage last[PASSAGE_LOG_LAST], hit, made, withstood;
	struct logged_passage missed[PASSAGE_LOG_MISSED];
	unsigned int missed_count;
	uint64_t count;             /* passages begun */
	_Atomic uint64_t hit_punch; /* of the first hit; 0: none */
	/* Of the last passage: */
	uint64_t reached[SCHEDULE_HOLDS_MAX]; /* when, ns */
	enum hold_state seen[SCHEDULE_HOLDS_MAX];
	/* The number of the first arrival at each point, and of the last, from 1; 0: none. */
	uint64_t first[PLAN_POINTS], came[PLAN_POINTS];
	uint64_t arrivals;
};

/*
 * An engine calls these functions. time: ns, of a clock that runs with the kernel; the steps have
 * it.
 *
 * passage_log_begin: passage_begin() has begun a passage, with that plan. passage_log_arrive:
 * passage_take() or passage_begin() has accepted an arrival. address: where its processor is.
 */
void passage_log_begin(struct passage_log *log, const struct plan *plan, uint64_t punch);
void passage_log_arrive(struct passage_log *log, const struct passage_state *state,
			const struct arrival *arrival, uint64_t address, uint64_t time);

/* passage_settle() has returned `end` and set missed and why. */
void passage_log_settle(struct passage_log *log, const struct passage_state *state,
			enum passage_end end, unsigned int missed, enum schedule_miss why,
			uint64_t time);

/* Writes the numbers of the watched points that came in the last passage, in the order in which
 * they came first. order: room for plan->watched. Returns how many. */
size_t passage_log_order(const struct passage_log *log, const struct plan *plan,
			 unsigned char *order);

/* Punch number `punch` had a hit. Any thread may call it; the first hit counts. */
void passage_log_hit(struct passage_log *log, uint64_t punch);

/*
 * Calls `tell` for the steps of all kept passages, in order, each passage once. Call it after the
 * last passage. schedule: that of the plan. symbols: the known ones of the kernel; NULL: addresses
 * get no names.
 */
void passage_log_tell(struct passage_log *log, const struct schedule *schedule,
		      const struct kernel_symbols *symbols,
		      void (*tell)(void *context, const struct schedule_step *step), void *context);

#endif
