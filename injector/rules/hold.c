/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/hold.h"
#include "injector/base/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the release to the start: time for threads to wake and take their requests. */
enum { LEAD_NS = 400000 };

struct hold {
	struct hold *next;
	char name[HOLD_NAME];
	struct hold_wait *waits; /* in the order of entering */
	struct hold_terms terms;
	uint64_t waiting; /* not released yet */
	uint64_t released, timed_out;
};

void holds_init(struct holds *holds)
{
	pthread_mutexattr_t attributes;

	holds->first = NULL;
	/* Requests released together take the lock at one instant; sleeping would separate them.
	 */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&holds->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

void holds_destroy(struct holds *holds)
{
	while (holds->first) {
		struct hold *hold = holds->first;

		holds->first = hold->next;
		free(hold);
	}
	pthread_mutex_destroy(&holds->lock);
}

/* With the lock held, like the static functions below. */
static struct hold *find(const struct holds *holds, const char *name)
{
	struct hold *hold = holds->first;

	while (hold && strcmp(hold->name, name))
		hold = hold->next;
	return hold;
}

static struct hold *find_or_make(struct holds *holds, const char *name)
{
	struct hold *hold = find(holds, name);

	if (hold)
		return hold;
	hold = calloc(1, sizeof(*hold));
	if (!hold)
		return NULL;
	snprintf(hold->name, sizeof(hold->name), "%s", name);
	hold->next = holds->first;
	holds->first = hold;
	return hold;
}

static void let_go(struct hold *hold, struct hold_wait *wait, uint64_t at)
{
	wait->release_at = at;
	hold->waiting--;
	hold->released++;
	if (wait->wake)
		wait->wake(wait->waiter, at);
}

/* The k-th request (from 0) that has not been released. */
static struct hold_wait *nth_waiting(const struct hold *hold, uint64_t k)
{
	struct hold_wait *wait = hold->waits;

	for (; wait; wait = wait->next)
		if (!wait->release_at && !k--)
			return wait;
	return NULL;
}

static long release(struct hold *hold, uint64_t count)
{
	uint64_t at = units_now();
	uint64_t going = count && count < hold->waiting ? count : hold->waiting;
	struct hold_wait *wait;

	if (going > 1)
		at += LEAD_NS;
	for (uint64_t i = 0; i < going; i++, at += hold->terms.skew) {
		wait = nth_waiting(hold, hold->terms.reversed ? hold->waiting - 1 : 0);
		if (wait)
			let_go(hold, wait, at);
	}
	return (long)going;
}

uint64_t hold_enter(struct holds *holds, const char *name, const struct hold_terms *terms,
		    struct hold_wait *wait)
{
	uint64_t delay = terms->timeout, now = units_now();
	struct hold_wait **link;
	struct hold *hold;

	*wait = (struct hold_wait){ .next = NULL };
	pthread_mutex_lock(&holds->lock);
	hold = find_or_make(holds, name);
	if (hold) {
		hold->terms = *terms;
		hold->waiting++;
		wait->hold = hold;
		for (link = &hold->waits; *link; link = &(*link)->next)
			;
		*link = wait;
		if (terms->count && hold->waiting >= terms->count)
			release(hold, 0);
		if (wait->release_at)
			delay = wait->release_at > now ? wait->release_at - now : 1;
	}
	pthread_mutex_unlock(&holds->lock);
	return hold ? delay : 0;
}

void hold_waits(struct holds *holds, struct hold_wait *wait, hook_wake *wake, void *waiter)
{
	pthread_mutex_lock(&holds->lock);
	wait->wake = wake;
	wait->waiter = waiter;
	if (wait->hold && wait->release_at)
		wake(waiter, wait->release_at);
	pthread_mutex_unlock(&holds->lock);
}

bool hold_leave(struct holds *holds, struct hold_wait *wait)
{
	struct hold_wait **link;
	bool released;

	pthread_mutex_lock(&holds->lock);
	released = wait->release_at;
	if (wait->hold) {
		for (link = &wait->hold->waits; *link != wait; link = &(*link)->next)
			;
		*link = wait->next;
		if (!released) {
			wait->hold->waiting--;
			wait->hold->timed_out++;
		}
		wait->hold = NULL;
	}
	pthread_mutex_unlock(&holds->lock);
	return released;
}

long hold_release(struct holds *holds, const char *name, uint64_t count)
{
	struct hold *hold;
	long released;

	pthread_mutex_lock(&holds->lock);
	hold = find(holds, name);
	released = hold ? release(hold, count) : -ENOENT;
	pthread_mutex_unlock(&holds->lock);
	return released;
}

bool hold_is_closed(struct holds *holds, const char *name)
{
	const struct hold *hold;
	bool closed;

	pthread_mutex_lock(&holds->lock);
	hold = find(holds, name);
	closed = hold && hold->waiting;
	pthread_mutex_unlock(&holds->lock);
	return closed;
}

void holds_each(struct holds *holds, void (*each)(void *context, const struct hold_counts *),
		void *context)
{
	pthread_mutex_lock(&holds->lock);
	for (const struct hold *hold = holds->first; hold; hold = hold->next) {
		const struct hold_counts counts = {
			.name = hold->name,
			.waiting = hold->waiting,
			.wanted = hold->terms.count,
			.released = hold->released,
			.timed_out = hold->timed_out,
		};

		each(context, &counts);
	}
	pthread_mutex_unlock(&holds->lock);
}
