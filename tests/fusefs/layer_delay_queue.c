/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/delay_queue.h"
#include "injector/base/units.h"

#include <stdlib.h>

#include "tests/support/suite.h"

#define MS UINT64_C(1000000)

enum { ITEMS = 10000, THREADS = 4 };

static void release(struct delayed *item)
{
	free(item);
}

static void put(struct delay_queue *queue, uint64_t unique, uint64_t deadline)
{
	struct delayed *item = calloc(1, sizeof(*item));

	item->unique = unique;
	CU_ASSERT_EQUAL(delay_queue_put(queue, item, deadline), 0);
}

static uint64_t take(struct delay_queue *queue)
{
	struct delayed *item = delay_queue_take(queue);
	uint64_t unique = item ? item->unique : 0;

	free(item);
	return unique;
}

static void test_order(void)
{
	struct delay_queue queue;
	uint64_t began;

	CU_ASSERT_EQUAL_FATAL(delay_queue_init(&queue), 0);
	began = units_now();
	put(&queue, 3, began + 30 * MS);
	put(&queue, 1, began + 10 * MS);
	put(&queue, 4, began + 30 * MS);
	put(&queue, 2, began + 20 * MS);
	for (uint64_t i = 1; i <= 4; i++) {
		CU_ASSERT_EQUAL(take(&queue), i);
		CU_ASSERT(units_now() >= began + (i < 4 ? i : 3) * 10 * MS);
	}
	delay_queue_destroy(&queue, release);
}

/* Before it is in the queue, in it, and when it has been taken. */
static void test_hasten(void)
{
	struct delayed early = { .unique = 1 }, later = { .unique = 2 };
	struct delay_queue queue;
	uint64_t began = units_now();

	CU_ASSERT_EQUAL_FATAL(delay_queue_init(&queue), 0);
	delay_queue_hasten(&queue, &early, began + 1 * MS);
	CU_ASSERT_EQUAL(delay_queue_put(&queue, &early, began + 60000 * MS), 0);
	CU_ASSERT_EQUAL(delay_queue_put(&queue, &later, began + 60000 * MS), 0);
	put(&queue, 3, began + 30000 * MS);
	CU_ASSERT_PTR_EQUAL(delay_queue_take(&queue), &early);
	delay_queue_hasten(&queue, &early, began);
	delay_queue_hasten(&queue, &later, began + 2 * MS);
	/* Never later than it was. */
	delay_queue_hasten(&queue, &later, began + 90000 * MS);
	CU_ASSERT_PTR_EQUAL(delay_queue_take(&queue), &later);
	CU_ASSERT(units_now() < began + 30000 * MS);
	delay_queue_destroy(&queue, release);
}

static void test_remove(void)
{
	struct delay_queue queue;
	struct delayed *item;

	CU_ASSERT_EQUAL_FATAL(delay_queue_init(&queue), 0);
	for (uint64_t i = 1; i <= 100; i++)
		put(&queue, i, i);
	for (uint64_t i = 1; i <= 100; i += 2) {
		item = delay_queue_remove(&queue, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(item);
		CU_ASSERT_EQUAL(item->unique, i);
		free(item);
		CU_ASSERT_PTR_NULL(delay_queue_remove(&queue, i));
	}
	for (uint64_t i = 2; i <= 100; i += 2)
		CU_ASSERT_EQUAL(take(&queue), i);
	/* What is left is freed. */
	put(&queue, 1, UINT64_MAX);
	delay_queue_destroy(&queue, release);
}

static struct delay_queue shared;
static _Atomic uint64_t taken, early;

static void *take_all(void *unused)
{
	struct delayed *item;

	while ((item = delay_queue_take(&shared))) {
		early += units_now() < item->deadline;
		taken++;
		free(item);
	}
	return unused;
}

static void wait_for_taken(uint64_t count)
{
	uint64_t limit = units_now() + 30000 * MS;

	while (taken < count && units_now() < limit)
		sched_yield();
	CU_ASSERT_EQUAL(taken, count);
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	uint64_t now;

	CU_ASSERT_EQUAL_FATAL(delay_queue_init(&shared), 0);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_all, NULL), 0);
	now = units_now();
	for (uint64_t i = 0; i < ITEMS; i++)
		put(&shared, i + 1, now + i * 7919 % ITEMS * 20000);
	wait_for_taken(ITEMS);
	CU_ASSERT_EQUAL(early, 0);
	/* One far away does not keep one that comes later and is due earlier. */
	put(&shared, 1, UINT64_MAX);
	put(&shared, 2, units_now() + MS);
	wait_for_taken(ITEMS + 1);
	put(&shared, 3, UINT64_MAX);
	delay_queue_drain(&shared);
	wait_for_taken(ITEMS + 3);
	put(&shared, 4, UINT64_MAX);
	wait_for_taken(ITEMS + 4);
	delay_queue_stop(&shared);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_PTR_NULL(delay_queue_take(&shared));
	delay_queue_destroy(&shared, release);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "order", test_order },   { "hasten", test_hasten },
		{ "remove", test_remove }, { "threads, drain and stop", test_threads },
		CU_TEST_INFO_NULL,
	};

	return run_suite("delay queue", tests);
}
