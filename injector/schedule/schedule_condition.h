/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limits of schedules, and the conditions of their holds, shared by the engines in the kernel
 * and outside of it. Does not use the C library. */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_CONDITION_H
#define INJECTOR_SCHEDULE_SCHEDULE_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SCHEDULE_ROLE = 16, /* bytes of a name, with the NUL */
	SCHEDULE_HOLDS_MAX = 16,
	SCHEDULE_THREADS_MAX = 8,    /* scripted, each a role */
	SCHEDULE_CONDITIONS_MAX = 4, /* of one hold */
	SCHEDULE_EVENTS_MAX = 4,     /* of one list of a hold */
	SCHEDULE_ROUNDS = 3,         /* times that a spare event must come */
	SCHEDULE_ARGUMENTS_MAX = 6,  /* in registers, x86-64; arm64 has two more */
	SCHEDULE_BOUND_MIN = 1000,   /* ns */
	SCHEDULE_BOUND_MAX = 1000000000,
};

enum schedule_subject {
	SUBJECT_PAGE,     /* index of the page, see code_subject.h */
	SUBJECT_ARGUMENT, /* of F at its entry and its return; of G where F calls G */
	SUBJECT_RETURN,   /* the returned value */
	SUBJECT_NTH,      /* how often the role has come to the point in the passage, from 1 */
	SCHEDULE_SUBJECTS,
};

enum schedule_comparison {
	COMPARE_EQUAL,
	COMPARE_NOT_EQUAL,
	COMPARE_AT_MOST,
	COMPARE_LESS,
	COMPARE_AT_LEAST,
	COMPARE_MORE,
	SCHEDULE_COMPARISONS,
};

/* "page >= exposed", "argument 2 == 257", "return < 0", "nth == 3" */
struct schedule_condition {
	enum schedule_subject subject;
	unsigned int argument; /* of SUBJECT_ARGUMENT, from 1 */
	enum schedule_comparison comparison;
	bool exposed;  /* instead of value: the index in the file of the first page of the last
			  range that the punch exposes, by the aim model */
	int64_t value; /* compared as a signed number */
};

/* Whether a condition is met. actual: of its subject. exposed: the value of that word. */
static inline bool schedule_condition_met(const struct schedule_condition *condition,
					  int64_t actual, int64_t exposed)
{
	int64_t wanted = condition->exposed ? exposed : condition->value;

	switch (condition->comparison) {
	case COMPARE_EQUAL:
		return actual == wanted;
	case COMPARE_NOT_EQUAL:
		return actual != wanted;
	case COMPARE_AT_MOST:
		return actual <= wanted;
	case COMPARE_LESS:
		return actual < wanted;
	case COMPARE_AT_LEAST:
		return actual >= wanted;
	case COMPARE_MORE:
		return actual > wanted;
	default:
		return false;
	}
}

#endif
