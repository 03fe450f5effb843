/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/delay_queue.h"
#include "injector/base/units.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
	ROOM_AT_FIRST = 64,
	NS_PER_SECOND = 1000000000,
	LEAD_NS = 30000,
	EXACT_LEAD_NS = 250000,
};

int delay_queue_init(struct delay_queue *queue)
{
	pthread_condattr_t attributes;

	*queue = (struct delay_queue){ .room = ROOM_AT_FIRST };
	queue->heap = calloc(queue->room, sizeof(struct delayed *));
	if (!queue->heap)
		return -ENOMEM;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->first_changed, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_cond_init(&queue->leader_wanted, NULL);
	return 0;
}

void delay_queue_destroy(struct delay_queue *queue, void (*release)(struct delayed *item))
{
	if (!queue->heap)
		return;
	for (size_t i = 0; i < queue->count; i++)
		release(queue->heap[i]);
	free(queue->heap);
	pthread_cond_destroy(&queue->first_changed);
	pthread_cond_destroy(&queue->leader_wanted);
	pthread_mutex_destroy(&queue->lock);
	*queue = (struct delay_queue){ .heap = NULL };
}

static bool is_before(const struct delayed *a, const struct delayed *b)
{
	return a->deadline < b->deadline || (a->deadline == b->deadline && a->order < b->order);
}

static void place(struct delay_queue *queue, size_t at, struct delayed *item)
{
	queue->heap[at] = item;
	item->place = at + 1;
}

static void sift_up(struct delay_queue *queue, size_t at)
{
	struct delayed *item = queue->heap[at];

	while (at && is_before(item, queue->heap[(at - 1) / 2])) {
		place(queue, at, queue->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(queue, at, item);
}

static void sift_down(struct delay_queue *queue, size_t at)
{
	struct delayed *item = queue->heap[at];
	size_t child;

	while ((child = 2 * at + 1) < queue->count) {
		if (child + 1 < queue->count &&
		    is_before(queue->heap[child + 1], queue->heap[child]))
			child++;
		if (!is_before(queue->heap[child], item))
			break;
		place(queue, at, queue->heap[child]);
		at = child;
	}
	place(queue, at, item);
}

static struct delayed *take_out(struct delay_queue *queue, size_t at)
{
	struct delayed *item = queue->heap[at];

	queue->heap[at] = queue->heap[--queue->count];
	if (at < queue->count) {
		struct delayed *moved = queue->heap[at];

		sift_up(queue, at);
		sift_down(queue, moved->place - 1);
	}
	item->place = 0;
	return item;
}

/* With the lock held. */
static int make_room(struct delay_queue *queue)
{
	struct delayed **heap;

	if (queue->count < queue->room)
		return 0;
	heap = realloc(queue->heap, 2 * queue->room * sizeof(struct delayed *));
	if (!heap)
		return -ENOMEM;
	queue->heap = heap;
	queue->room *= 2;
	return 0;
}

/* With the lock held. */
static void tell_of_first(struct delay_queue *queue, const struct delayed *item)
{
	if (queue->heap[0] == item)
		pthread_cond_signal(queue->has_leader ? &queue->first_changed
						      : &queue->leader_wanted);
}

int delay_queue_put(struct delay_queue *queue, struct delayed *item, uint64_t deadline)
{
	int r;

	pthread_mutex_lock(&queue->lock);
	r = make_room(queue);
	if (!r) {
		if (item->hastened && item->hastened < deadline)
			deadline = item->hastened;
		item->deadline = queue->drains ? 0 : deadline;
		item->order = queue->order++;
		queue->heap[queue->count++] = item;
		sift_up(queue, queue->count - 1);
		tell_of_first(queue, item);
	}
	pthread_mutex_unlock(&queue->lock);
	return r;
}

void delay_queue_hasten(struct delay_queue *queue, struct delayed *item, uint64_t deadline)
{
	pthread_mutex_lock(&queue->lock);
	item->hastened = deadline;
	if (item->place && item->deadline > deadline) {
		item->deadline = deadline;
		sift_up(queue, item->place - 1);
		tell_of_first(queue, item);
	}
	pthread_mutex_unlock(&queue->lock);
}

/* Sleeps until `deadline` or until another item has come before it. With the lock held. */
static void lead(struct delay_queue *queue, uint64_t deadline)
{
	uint64_t seconds = deadline / NS_PER_SECOND;
	const struct timespec until = {
		.tv_sec = seconds > INT32_MAX ? INT32_MAX : (time_t)seconds,
		.tv_nsec = (long)(deadline % NS_PER_SECOND),
	};

	queue->has_leader = true;
	pthread_cond_timedwait(&queue->first_changed, &queue->lock, &until);
	queue->has_leader = false;
}

/* How long before its deadline an item is taken: a thread needs a moment to wake. */
static uint64_t lead_of(const struct delayed *item)
{
	return item->exact ? EXACT_LEAD_NS : LEAD_NS;
}

static uint64_t earlier(uint64_t time, uint64_t by)
{
	return time > by ? time - by : 0;
}

struct delayed *delay_queue_take(struct delay_queue *queue)
{
	struct delayed *item = NULL;
	uint64_t deadline = 0, from;

	pthread_mutex_lock(&queue->lock);
	while (!queue->stops) {
		from = queue->count ? earlier(queue->heap[0]->deadline, lead_of(queue->heap[0]))
				    : 0;
		if (queue->count && from <= units_now()) {
			deadline = queue->heap[0]->deadline;
			item = take_out(queue, 0);
			break;
		}
		if (!queue->count || queue->has_leader)
			pthread_cond_wait(&queue->leader_wanted, &queue->lock);
		else
			lead(queue, from);
	}
	if (queue->count && !queue->has_leader)
		pthread_cond_signal(&queue->leader_wanted);
	pthread_mutex_unlock(&queue->lock);
	while (item && units_now() < deadline)
		;
	return item;
}

struct delayed *delay_queue_remove(struct delay_queue *queue, uint64_t unique)
{
	struct delayed *item = NULL;

	pthread_mutex_lock(&queue->lock);
	for (size_t i = 0; i < queue->count && !item; i++)
		if (queue->heap[i]->unique == unique)
			item = take_out(queue, i);
	pthread_mutex_unlock(&queue->lock);
	return item;
}

void delay_queue_drain(struct delay_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->drains = true;
	/* With equal deadlines the order decides, by which this is not a heap yet. */
	for (size_t i = 0; i < queue->count; i++)
		queue->heap[i]->deadline = 0;
	for (size_t i = queue->count / 2; i-- > 0;)
		sift_down(queue, i);
	pthread_cond_signal(&queue->first_changed);
	pthread_cond_broadcast(&queue->leader_wanted);
	pthread_mutex_unlock(&queue->lock);
}

void delay_queue_stop(struct delay_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->stops = true;
	pthread_cond_broadcast(&queue->first_changed);
	pthread_cond_broadcast(&queue->leader_wanted);
	pthread_mutex_unlock(&queue->lock);
}
