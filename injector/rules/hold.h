/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds: requests kept until they are released, by name, because enough of them have come together,
 * or because their time is out. Those released together wake at one instant, set a moment ahead so
 * that each has a thread that is awake by then; `skew` apart when that is wanted.
 */
#ifndef INJECTOR_RULES_HOLD_H
#define INJECTOR_RULES_HOLD_H

#include "injector/rules/hooks.h"

#include <pthread.h>

enum { HOLD_NAME = 32 };

struct hold;

struct holds {
	pthread_mutex_t lock;
	struct hold *first;
};

/* How a request wants to be held; of the requests in one hold the last to come decides. */
struct hold_terms {
	uint64_t count;   /* let go when so many wait; 0: never by itself */
	uint64_t timeout; /* ns */
	uint64_t skew;    /* ns between those let go together */
	bool reversed;    /* the last to come goes first */
};

/* One request in a hold; its owner keeps it until hold_leave(). */
struct hold_wait {
	struct hold_wait *next;
	struct hold *hold; /* NULL: in none */
	hook_wake *wake;
	void *waiter;
	uint64_t release_at; /* CLOCK_MONOTONIC ns; 0: not let go */
};

void holds_init(struct holds *holds);
void holds_destroy(struct holds *holds);

/*
 * Puts a request into a hold, which is made when it is new. Returns the ns that it is to wait at
 * most: until its time-out, or, when it is the one that the others waited for, until all go.
 * Without memory for a new hold, 0.
 */
uint64_t hold_enter(struct holds *holds, const char *name, const struct hold_terms *terms,
		    struct hold_wait *wait);

/* Its waiter is known: see hook_wake. */
void hold_waits(struct holds *holds, struct hold_wait *wait, hook_wake *wake, void *waiter);

/* Ends its wait. Returns whether it had been released; false: its time was out, or it was
 * interrupted. Harmless for one that is in no hold. */
bool hold_leave(struct holds *holds, struct hold_wait *wait);

/* Lets go of `count` requests, 0: all. Returns how many; -ENOENT when there never was such a hold.
 */
long hold_release(struct holds *holds, const char *name, uint64_t count);

/* Whether a request waits in it that has not been released. */
bool hold_is_closed(struct holds *holds, const char *name);

struct hold_counts {
	const char *name;
	uint64_t waiting, wanted, released, timed_out;
};

void holds_each(struct holds *holds, void (*each)(void *context, const struct hold_counts *),
		void *context);

#endif
