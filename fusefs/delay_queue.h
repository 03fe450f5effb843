/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The delay queue: requests and replies wait here until they are due, without occupying a thread.
 *
 * delay_queue_take() returns each item at its deadline. One of the threads that call it, the
 * leader, sleeps until the next deadline. The others sleep until there is an item to take or the
 * lead to take over, so the queue needs no thread of its own.
 */
#ifndef FUSEFS_DELAY_QUEUE_H
#define FUSEFS_DELAY_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first member of each struct that is queued. */
struct delayed {
	uint64_t unique;   /* of the request; the key of delay_queue_remove() */
	uint64_t deadline; /* CLOCK_MONOTONIC, ns; set by the queue */
	uint64_t order;    /* first in, first out for equal deadlines; set by the queue */
	uint64_t hastened; /* upper bound of the deadline; 0: none; initially 0 */
	size_t place;      /* in the queue, from 1; 0: not in it; initially 0 */
	bool exact;        /* take it early and spin up to 250 us, not 30, to be on time */
};

struct delay_queue {
	pthread_mutex_t lock;
	pthread_cond_t first_changed; /* wakes the leader; CLOCK_MONOTONIC */
	pthread_cond_t leader_wanted; /* wakes one of the others */
	struct delayed **heap;
	size_t count, room;
	uint64_t order;
	bool has_leader, drains, stops;
};

/* Returns 0 or a negative errno. Release with delay_queue_destroy(). */
int delay_queue_init(struct delay_queue *queue);

/* Frees the queue. release: called for each item still in it. Not while a thread uses the queue. */
void delay_queue_destroy(struct delay_queue *queue, void (*release)(struct delayed *item));

/* Queues an item until `deadline` (CLOCK_MONOTONIC, ns; 0: due at once) and owns it meanwhile.
 * Returns 0, or -ENOMEM: the item stays the caller's. Does not wait. */
int delay_queue_put(struct delay_queue *queue, struct delayed *item, uint64_t deadline);

/* Waits for the next item that is due, and returns it; the caller owns it. Returns NULL once the
 * queue is stopped. */
struct delayed *delay_queue_take(struct delay_queue *queue);

/*
 * Moves the deadline of an item forward to `deadline` if it is later. The item must exist, but may
 * be outside the queue: then it applies to the next delay_queue_put().
 */
void delay_queue_hasten(struct delay_queue *queue, struct delayed *item, uint64_t deadline);

/* Removes the item of that request before its deadline, and returns it; the caller owns it.
 * Returns NULL if there is none. */
struct delayed *delay_queue_remove(struct delay_queue *queue, uint64_t unique);

/* Makes every item due at once, also those queued later. */
void delay_queue_drain(struct delay_queue *queue);

/* Makes delay_queue_take() return NULL in all threads from now on. Items stay queued. */
void delay_queue_stop(struct delay_queue *queue);

#endif
