/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/refill.h"
#include "tests/support/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { REGIONS = 4 };

/* A thread that takes regions until the queue is closed. */
struct taker {
	struct region_queue queue;
	struct region regions[REGIONS];
	_Atomic unsigned int taken;
	_Atomic(struct region *) last;
	pthread_t thread;
};

static void *take(void *argument)
{
	struct taker *taker = argument;
	struct region *region;

	while ((region = region_queue_take(&taker->queue))) {
		atomic_store(&taker->last, region);
		atomic_fetch_add(&taker->taken, 1);
	}
	return NULL;
}

static void wait_for(struct taker *taker, unsigned int taken)
{
	while (atomic_load(&taker->taken) < taken)
		usleep(100);
}

static void start(struct taker *taker, size_t batch)
{
	*taker = (struct taker){ .taken = 0 };
	CU_ASSERT_EQUAL_FATAL(region_queue_init(&taker->queue, REGIONS), 0);
	if (batch)
		taker->queue.batch = batch;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&taker->thread, NULL, take, taker), 0);
}

static void end(struct taker *taker)
{
	region_queue_close(&taker->queue);
	pthread_join(taker->thread, NULL);
	region_queue_destroy(&taker->queue);
}

static void one_by_one(void)
{
	struct taker taker;

	start(&taker, 0);
	for (unsigned int i = 0; i < 3 * REGIONS; i++) {
		region_queue_put(&taker.queue, &taker.regions[i % REGIONS]);
		wait_for(&taker, i + 1);
		CU_ASSERT_PTR_EQUAL(atomic_load(&taker.last), &taker.regions[i % REGIONS]);
	}
	end(&taker);
	CU_ASSERT_EQUAL(taker.taken, 3 * REGIONS);
}

/* Nothing is taken before a batch is there, then all of it; what follows is of the next one. */
static void in_batches(void)
{
	struct taker taker;

	start(&taker, 3);
	for (unsigned int i = 0; i < 2; i++)
		region_queue_put(&taker.queue, &taker.regions[i]);
	usleep(20000);
	CU_ASSERT_EQUAL(atomic_load(&taker.taken), 0);
	for (unsigned int i = 2; i < REGIONS; i++)
		region_queue_put(&taker.queue, &taker.regions[i]);
	wait_for(&taker, 3);
	usleep(20000);
	CU_ASSERT_EQUAL(atomic_load(&taker.taken), 3);
	CU_ASSERT_PTR_EQUAL(atomic_load(&taker.last), &taker.regions[2]);
	for (unsigned int i = 0; i < 2; i++)
		region_queue_put(&taker.queue, &taker.regions[i]);
	wait_for(&taker, 6);
	end(&taker);
	CU_ASSERT_EQUAL(taker.taken, 6);
	CU_ASSERT_PTR_EQUAL(taker.last, &taker.regions[1]);
}

/* A run that ends does not wait for the rest of a batch. */
static void closed(void)
{
	struct taker taker;

	start(&taker, REGIONS);
	region_queue_put(&taker.queue, &taker.regions[0]);
	end(&taker);
	CU_ASSERT_EQUAL(taker.taken, 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "one by one", one_by_one },
		{ "in batches", in_batches },
		{ "a queue that is closed", closed },
		CU_TEST_INFO_NULL,
	};

	return run_suite("region queue", tests);
}
