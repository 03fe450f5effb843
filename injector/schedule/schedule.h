/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A schedule: which threads stop where in the kernel, and until when. Engines implement how they
 * are stopped.
 *
 * A thread has a role. Each hold stops one role at one point until all its events have come, at
 * most for its bound. The holds of one role are in the order in which it reaches them. A passage
 * begins when the first hold in the kernel is reached. It is made if every hold was reached and
 * released by its events, and withstood if one was released by its spare events.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_H
#define INJECTOR_SCHEDULE_SCHEDULE_H

#include "injector/base/schema_key.h"
#include "injector/schedule/code_point.h"
#include "injector/schedule/schedule_condition.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "read enters filemap_get_entry" */
struct schedule_event {
	char role[SCHEDULE_ROLE];
	struct code_point at;
};

struct schedule_hold {
	char role[SCHEDULE_ROLE];
	struct code_point at;
	struct schema_list when;  /* struct schedule_condition; all must be met */
	struct schema_list until; /* struct schedule_event; all release the hold */
	struct schema_list spare; /* struct schedule_event (`or`); any, SCHEDULE_ROUNDS times, shows
				     that those of `until` cannot come, and releases it */
	uint64_t bound;           /* ns */
};

/* The slots of the page cache to inspect. */
enum schedule_slots {
	SLOTS_EXPOSED, /* of a folio during its split, at a point */
	SLOTS_FILE,    /* of the whole files, after each punch or step */
	SLOTS_BOTH,
};

struct schedule_inspect {
	bool given;
	enum schedule_slots slots;
	struct schedule_event at; /* of SLOTS_EXPOSED */
};

struct schedule {
	const struct schedule_hold *holds;
	size_t count;
	uint64_t made;                        /* passages required for a clean verdict */
	const char (*threads)[SCHEDULE_ROLE]; /* names of scripted threads, each a role */
	size_t thread_count;                  /* up to SCHEDULE_THREADS_MAX */
	bool any_file;                        /* roles of a passage may work on several files */
};

/* Parse functions for struct schema_key. They fill in a char[SCHEDULE_ROLE], struct code_point,
 * struct schedule_condition, struct schedule_event. They return 0 or -EINVAL, and why says what is
 * allowed. */
int schedule_parse_role(const char *text, void *role, char *why, size_t size);
int schedule_parse_point(const char *text, void *point, char *why, size_t size);
int schedule_parse_condition(const char *text, void *condition, char *why, size_t size);
int schedule_parse_event(const char *text, void *event, char *why, size_t size);

/* Write a condition or event in the form that is parsed. Return text, which holds `size` bytes. */
const char *schedule_condition_text(const struct schedule_condition *condition, char *text,
				    size_t size);
const char *schedule_event_text(const struct schedule_event *event, char *text, size_t size);

/* The threads that can have a role in a run. */
struct schedule_role {
	char name[SCHEDULE_ROLE]; /* "" after the last */
	const char *who;          /* "the storm's punches" */
	uint64_t threads;         /* with that role in this run; 0: none */
	uint64_t steps;           /* of a scripted thread */
};

/* What is wrong with a key of a hold; key NULL: with the whole schedule. */
struct schedule_mistake {
	size_t hold;
	const char *key;
	char why[480];
};

/*
 * Finds mistakes in a schedule before the run. roles: ended by an empty name. processors: each role
 * needs one; 0: not known. Finds holds that wait for each other if their order is certain, see
 * schedule_check.c; the bounds end others. Returns 0, or -EINVAL with mistake filled in.
 */
int schedule_check(const struct schedule *schedule, const struct schedule_role *roles,
		   unsigned int processors, struct schedule_mistake *mistake);

#endif
