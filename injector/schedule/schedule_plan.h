/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan: a schedule with the addresses of one kernel, for the engines. The engine in the kernel
 * gets the same struct, but does not use its pointers. */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_PLAN_H
#define INJECTOR_SCHEDULE_SCHEDULE_PLAN_H

#include "injector/schedule/code_subject.h"
#include "injector/schedule/schedule_condition.h"

#include <stddef.h>

struct kernel_text;
struct schedule;
struct schedule_event;

enum { PLAN_ADDRESSES = 16, PLAN_POINTS = SCHEDULE_HOLDS_MAX * (1 + 2 * SCHEDULE_EVENTS_MAX) + 2 };

/* The role of a thread or processor. */
enum plan_role {
	PLAN_SPLIT,  /* the storm's punch: any thread, or processor, of the run but a reader's */
	PLAN_READ,   /* a reader, which has its own processor */
	PLAN_THREAD, /* the first scripted thread; each has its own role and processor */
	PLAN_ROLES = PLAN_THREAD + SCHEDULE_THREADS_MAX,
};

/* A role at a point; each pair is listed once. */
struct plan_point {
	enum plan_role role;
	const struct code_point *point; /* the schedule's */
	struct code_subject subject;    /* argument 0: not known */
	uint32_t mark;                  /* of a step, see code_mark.h; 0: not a step */
	unsigned int count;             /* of addresses; 0: in user space */
	uint64_t address[PLAN_ADDRESSES];
};

/* Indices of points. */
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
	bool once;      /* at most one passage begins for each ticket */
	bool any_file;  /* as the schedule's */
	bool has_marks; /* scripted threads mark begin and end of an iteration at these points: */
	unsigned int opens, over;
	unsigned int watched; /* the number of points, from 0 on, of plan_watch() */
	struct plan_point points[PLAN_POINTS];
	struct plan_hold holds[SCHEDULE_HOLDS_MAX];
};

/*
 * Begins a plan with points that are watched in every passage until they have come, even if no hold
 * uses them. Their indices are those of `events`, without repetitions. plan: initially zero.
 * events: must outlive the plan. Returns as plan_make().
 */
int plan_watch(struct plan *plan, const struct schedule_event *events, size_t count,
	       const struct kernel_text *kernel, char *why, size_t size);

/* Makes a plan with all addresses. plan: initially zero, or begun by plan_watch(). schedule: must
 * outlive the plan, which points to it. Returns 0; -E2BIG: more than PLAN_POINTS; or -errno of
 * code_point_resolve() with why: what this kernel lacks, and what it has. Not reported. */
int plan_make(struct plan *plan, const struct schedule *schedule, const struct kernel_text *kernel,
	      char *why, size_t size);

#endif
