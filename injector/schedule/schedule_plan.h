/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A schedule with the addresses of one kernel, as engines follow it. The engine in the kernel gets
 * the same struct, and does not use its pointers. */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_PLAN_H
#define INJECTOR_SCHEDULE_SCHEDULE_PLAN_H

#include "injector/schedule/code_subject.h"
#include "injector/schedule/schedule_condition.h"

#include <stddef.h>

struct kernel_text;
struct schedule;
struct schedule_event;

enum { PLAN_ADDRESSES = 16, PLAN_POINTS = SCHEDULE_HOLDS_MAX * (1 + 2 * SCHEDULE_EVENTS_MAX) + 2 };

/* What a processor works for. */
enum plan_role {
	PLAN_SPLIT,  /* the storm's punch: any thread, or processor, of the run but a reader's */
	PLAN_READ,   /* a reader, which has a processor for itself */
	PLAN_THREAD, /* the first scripted thread; they have one each */
	PLAN_ROLES = PLAN_THREAD + SCHEDULE_THREADS_MAX,
};

/* A role at a point, each once. */
struct plan_point {
	enum plan_role role;
	const struct code_point *point; /* the schedule's */
	struct code_subject subject;    /* argument 0: not known */
	uint32_t mark;                  /* of a step: what its thread says there; 0: it is none */
	unsigned int count;             /* 0: in user space */
	uint64_t address[PLAN_ADDRESSES];
};

/* Numbers of points. */
struct plan_set {
	unsigned int count, points[SCHEDULE_EVENTS_MAX];
};

struct plan_hold {
	unsigned int at;
	struct plan_set until, spare;
	unsigned int conditions;
	struct schedule_condition when[SCHEDULE_CONDITIONS_MAX];
	uint64_t bound; /* ns */
};

struct plan {
	unsigned int point_count, hold_count;
	bool once;      /* a passage begins once for each ticket */
	bool any_file;  /* as the schedule's */
	bool has_marks; /* scripted threads say when an iteration begins and is over, at: */
	unsigned int opens, over;
	unsigned int watched; /* points, from the first, that are watched in any case */
	struct plan_point points[PLAN_POINTS];
	struct plan_hold holds[SCHEDULE_HOLDS_MAX];
};

/*
 * Begins a plan with points that are watched in every passage until they have come, whether a hold
 * has to do with them or not; they have the numbers that they have here. plan: zeroed. events: stay
 * the caller's. Returns as plan_make().
 */
int plan_watch(struct plan *plan, const struct schedule_event *events, size_t count,
	       const struct kernel_text *kernel, char *why, size_t size);

/* Finds all addresses. plan: zeroed, or begun by plan_watch(). The plan points to parts of the
 * schedule, which stays the caller's. Returns 0, or -errno with why filled in: what is not in this
 * kernel, and what is. Not reported. */
int plan_make(struct plan *plan, const struct schedule *schedule, const struct kernel_text *kernel,
	      char *why, size_t size);

#endif
