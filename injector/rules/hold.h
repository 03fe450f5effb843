/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds: named sets of requests that wait until they are released, until enough of them wait, or
 * until their time-out. Requests released together start at one instant, or `skew` apart. The
 * instant lies 400 us ahead, so that each request has a thread that is awake by then.
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

/* The terms of a hold. Those of the last request to enter apply to all in it, but for timeout. */
struct hold_terms {
	uint64_t count;   /* release all when so many wait; 0: never */
	uint64_t timeout; /* ns, of the request */
	uint64_t skew;    /* ns between requests released together */
	bool reversed;    /* the last to enter starts first */
};

/* A request in a hold. The caller keeps the struct until hold_leave(). */
struct hold_wait {
	struct hold_wait *next;
	struct hold *hold; /* NULL: in none */
	hook_wake *wake;   /* NULL: not known yet, see hold_waits() */
	void *waiter;
	uint64_t release_at; /* CLOCK_MONOTONIC ns; 0: not released */
};

/* No request may be in a hold at holds_destroy(). */
void holds_init(struct holds *holds);
void holds_destroy(struct holds *holds);

/*
 * Enters a request into a hold, which is made if it is new. Returns the longest wait in ns: until
 * the time-out, or, if the request completes the count, until all start. Returns 0 without memory
 * for a new hold; wait->hold is NULL then.
 */
uint64_t hold_enter(struct holds *holds, const char *name, const struct hold_terms *terms,
		    struct hold_wait *wait);

/* Sets the function that ends the wait of an entered request, and calls it if the request is
 * released already. */
void hold_waits(struct holds *holds, struct hold_wait *wait, hook_wake *wake, void *waiter);

/* Takes a request out of its hold, if it is in one. Returns whether it had been released; false: by
 * time-out or signal. */
bool hold_leave(struct holds *holds, struct hold_wait *wait);

/* Releases `count` requests; 0: all. Returns how many; -ENOENT no request has ever entered such a
 * hold. */
long hold_release(struct holds *holds, const char *name, uint64_t count);

/* Whether the hold has a request that has not been released. */
bool hold_is_closed(struct holds *holds, const char *name);

struct hold_counts {
	const char *name;
	uint64_t waiting, wanted, released, timed_out; /* requests; wanted: see count, above */
};

/* Calls `each` for every hold, with the lock held: it must not call these functions. */
void holds_each(struct holds *holds, void (*each)(void *context, const struct hold_counts *),
		void *context);

#endif
