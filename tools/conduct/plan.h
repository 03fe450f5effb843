/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A schedule in the addresses of one kernel, as the conductor follows it. */
#ifndef TOOLS_CONDUCT_PLAN_H
#define TOOLS_CONDUCT_PLAN_H

#include "injector/schedule/code_subject.h"
#include "injector/schedule/schedule.h"

enum { PLAN_ADDRESSES = 16, PLAN_POINTS = SCHEDULE_HOLDS_MAX * (1 + 2 * SCHEDULE_EVENTS_MAX) };

/* Who a processor works for. */
enum plan_role {
	PLAN_SPLIT, /* the storm's punch: any processor but the readers' */
	PLAN_READ,  /* a reader, which has a processor for itself */
	PLAN_ROLES,
};

/* A role at a point, each once. */
struct plan_point {
	enum plan_role role;
	const struct code_point *point; /* the schedule's */
	const struct code_subject *subject;
	unsigned int count; /* 0: in user space */
	uint64_t address[PLAN_ADDRESSES];
};

/* Numbers of points. */
struct plan_set {
	unsigned int count, points[SCHEDULE_EVENTS_MAX];
};

struct plan_hold {
	unsigned int at;
	struct plan_set until, spare;
	const struct schedule_hold *hold; /* the schedule's */
};

struct plan {
	unsigned int point_count, hold_count;
	struct plan_point points[PLAN_POINTS];
	struct plan_hold holds[SCHEDULE_HOLDS_MAX];
};

/* Finds all addresses. The plan has parts of the schedule, which stays the caller's. Returns 0, or
 * -errno with why filled in: what is not in this kernel, and what is. Not reported. */
int plan_make(struct plan *plan, const struct schedule *schedule, const struct kernel_text *kernel,
	      char *why, size_t size);

#endif
