/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened in passages, step by step, to show interleavings. A run makes any number of
 * passages; kept are the one of the first hit, the last that was made and the last that was
 * withstood, and the first that was missed of each hold and reason, eight at most. The log has a
 * fixed size.
 *
 * A hit is known some time after its passage, by the number of its punch; so the last passages are
 * kept until then.
 */
#ifndef INJECTOR_SCHEDULE_PASSAGE_LOG_H
#define INJECTOR_SCHEDULE_PASSAGE_LOG_H

#include "injector/schedule/schedule_passage.h"
#include "injector/schedule/schedule_step.h"

#include <stdatomic.h>

enum { PASSAGE_LOG_STEPS = 48, PASSAGE_LOG_LAST = 32, PASSAGE_LOG_MISSED = 8 };

struct logged_step {
	enum schedule_deed deed;
	int cpu, hold, point, by; /* the last two: of the plan; negative: none */
	uint64_t time, address;   /* address: in the kernel's code; 0: none */
	uint64_t held;
	int64_t page;
};

struct logged_passage {
	uint64_t number, punch; /* number: 0 is none */
	enum passage_end end;
	unsigned int missed; /* of PASSAGE_MISSED, with why */
	enum schedule_miss why;
	unsigned int count;
	struct logged_step steps[PASSAGE_LOG_STEPS]; /* later ones are left out, but for the end */
};

/* Zeroed before its first use. */
struct passage_log {
	const struct plan *plan; /* the caller's; NULL before the first passage */
	struct logged_passage last[PASSAGE_LOG_LAST], hit, made, withstood;
	struct logged_passage missed[PASSAGE_LOG_MISSED];
	unsigned int missed_count;
	uint64_t count;                       /* passages begun; the last is under way */
	_Atomic uint64_t hit_punch;           /* of the first hit; 0: none */
	uint64_t reached[SCHEDULE_HOLDS_MAX]; /* times, in the passage under way */
	enum hold_state seen[SCHEDULE_HOLDS_MAX];
	/* Which arrival of the passage was the first there, and the last, from 1; 0: none. */
	uint64_t first[PLAN_POINTS], came[PLAN_POINTS];
	uint64_t arrivals;
};

/*
 * What the conductor tells. time: ns, of any clock that goes on with the guest; the steps have it.
 *
 * passage_log_begin: passage_begin() has been called, with that plan. passage_log_arrive:
 * passage_take() or passage_begin() has taken an arrival. address: where its processor stands.
 */
void passage_log_begin(struct passage_log *log, const struct plan *plan, uint64_t punch);
void passage_log_arrive(struct passage_log *log, const struct passage_state *state,
			const struct arrival *arrival, uint64_t address, uint64_t time);

/* passage_settle() has returned `end`; missed, why: as it has set them. */
void passage_log_settle(struct passage_log *log, const struct passage_state *state,
			enum passage_end end, unsigned int missed, enum schedule_miss why,
			uint64_t time);

/* The watched points of the passage that was the last to begin, by their numbers, in the order in
 * which they came first. order: holds plan->watched. Returns how many. */
size_t passage_log_order(const struct passage_log *log, const struct plan *plan,
			 unsigned char *order);

/* A hit of that punch is known. May be called by any thread; the first counts. */
void passage_log_hit(struct passage_log *log, uint64_t punch);

/*
 * Tells the steps of all passages that are kept, by their numbers, each once. No passage is taken
 * any more. schedule: of the plan by which they were made. symbols: of the kernel, as far as they
 * are known; NULL: no place in the code has a name.
 */
void passage_log_tell(struct passage_log *log, const struct schedule *schedule,
		      const struct kernel_symbols *symbols,
		      void (*tell)(void *context, const struct schedule_step *step), void *context);

#endif
