/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The delay queue: requests and replies wait here until they are due, and take no thread meanwhile.
 *
 * Threads that call delay_queue_take() get each item when its time has come. One of them (the
 * leader) sleeps until the next deadline, the others until there is something to lead or to take,
 * so no thread of its own is needed.
 */
#ifndef FUSEFS_DELAY_QUEUE_H
#define FUSEFS_DELAY_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The head of whatever waits. */
struct delayed {
	uint64_t unique;   /* of the request, to find it by */
	uint64_t deadline; /* CLOCK_MONOTONIC, ns; set by the queue */
	uint64_t order;    /* first in, first out for equal deadlines; set by the queue */
	uint64_t hastened; /* the deadline at the latest; 0: none; zero it at first */
	size_t place;      /* in the queue, from 1; 0: not in it; zero it at first */
	bool exact;        /* worth a processor for a moment, to go right on time */
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

/* Frees the queue. release: called for each item still in it. */
void delay_queue_destroy(struct delay_queue *queue, void (*release)(struct delayed *item));

/* Hands an item to the queue until `deadline`. Returns 0, or -ENOMEM: the item stays the caller's.
 * Never sleeps. */
int delay_queue_put(struct delay_queue *queue, struct delayed *item, uint64_t deadline);

/* Waits for the next item that is due, and gives it to the caller. NULL: the queue was stopped. */
struct delayed *delay_queue_take(struct delay_queue *queue);

/*
 * Makes an item due at `deadline` when it would be later. It may not be in the queue yet, or not
 * any more, but must still exist.
 */
void delay_queue_hasten(struct delay_queue *queue, struct delayed *item, uint64_t deadline);

/* Takes the item of that request out before its time. NULL: there is none. */
struct delayed *delay_queue_remove(struct delay_queue *queue, uint64_t unique);

/* From now on everything is due at once. */
void delay_queue_drain(struct delay_queue *queue);

/* Makes delay_queue_take() return NULL in all threads, now and from now on. */
void delay_queue_stop(struct delay_queue *queue);

#endif
