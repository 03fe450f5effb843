/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits in a hold, who is let go, when and in which order, and what is counted. */
#include "injector/base/units.h"
#include "injector/rules/hold.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

enum { WAITS = 6, THREADS = 6, ROUNDS = 200 };

#define TIMEOUT UINT64_C(60000000000)

static const struct hold_terms by_name = { .timeout = TIMEOUT };

static struct holds holds;
static struct hold_wait waits[WAITS];

static void enter(int count, const char *name, const struct hold_terms *terms)
{
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(hold_enter(&holds, name, terms, &waits[i]), TIMEOUT);
}

static void leave(int count, bool released)
{
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(hold_leave(&holds, &waits[i]), released);
}

/* Copies the counts of the hold of that name over those that it comes with. */
static void find_counts(void *context, const struct hold_counts *counts)
{
	struct hold_counts *wanted = context;

	if (!strcmp(counts->name, wanted->name))
		*wanted = *counts;
}

static void expect_counts(const char *name, uint64_t waiting, uint64_t released, uint64_t timed_out)
{
	struct hold_counts counts = { .name = name, .wanted = UINT64_MAX };

	holds_each(&holds, find_counts, &counts);
	CU_ASSERT_NOT_EQUAL(counts.wanted, UINT64_MAX);
	CU_ASSERT_EQUAL(counts.waiting, waiting);
	CU_ASSERT_EQUAL(counts.released, released);
	CU_ASSERT_EQUAL(counts.timed_out, timed_out);
}

static void test_by_name(void)
{
	struct hold_wait other;

	holds_init(&holds);
	CU_ASSERT_EQUAL(hold_release(&holds, "a", 0), -ENOENT);
	CU_ASSERT_FALSE(hold_is_closed(&holds, "a"));
	enter(3, "a", &by_name);
	hold_enter(&holds, "b", &by_name, &other);
	CU_ASSERT(hold_is_closed(&holds, "a"));
	expect_counts("a", 3, 0, 0);

	CU_ASSERT_EQUAL(hold_release(&holds, "a", 0), 3);
	CU_ASSERT_FALSE(hold_is_closed(&holds, "a"));
	CU_ASSERT(hold_is_closed(&holds, "b"));
	CU_ASSERT_EQUAL(other.release_at, 0);
	/* Nobody is let go twice. */
	CU_ASSERT_EQUAL(hold_release(&holds, "a", 0), 0);
	expect_counts("a", 0, 3, 0);
	leave(3, true);
	/* A second time is harmless. */
	CU_ASSERT_PTR_NULL(waits[0].hold);
	hold_leave(&holds, &waits[0]);
	expect_counts("a", 0, 3, 0);

	CU_ASSERT_EQUAL(hold_release(&holds, "b", 0), 1);
	CU_ASSERT(hold_leave(&holds, &other));
	holds_destroy(&holds);
}

static void test_some(void)
{
	holds_init(&holds);
	enter(5, "a", &by_name);
	CU_ASSERT_EQUAL(hold_release(&holds, "a", 2), 2);
	CU_ASSERT(waits[0].release_at && waits[1].release_at);
	CU_ASSERT(!waits[2].release_at && !waits[3].release_at && !waits[4].release_at);
	CU_ASSERT(hold_is_closed(&holds, "a"));
	/* No more than there are. */
	CU_ASSERT_EQUAL(hold_release(&holds, "a", 100), 3);
	CU_ASSERT_FALSE(hold_is_closed(&holds, "a"));
	leave(5, true);
	holds_destroy(&holds);
}

static void test_rendezvous(void)
{
	const struct hold_terms terms = { .timeout = TIMEOUT, .count = 3 };
	uint64_t before, delay;

	holds_init(&holds);
	for (int round = 1; round <= 2; round++) {
		enter(2, "meeting", &terms);
		CU_ASSERT(!waits[0].release_at && !waits[1].release_at);
		before = units_now();
		delay = hold_enter(&holds, "meeting", &terms, &waits[2]);
		/* All at one instant that is still to come, and the last one knows of it. */
		CU_ASSERT(waits[2].release_at > before);
		CU_ASSERT_EQUAL(waits[0].release_at, waits[2].release_at);
		CU_ASSERT_EQUAL(waits[1].release_at, waits[2].release_at);
		CU_ASSERT(delay > 0 && delay <= waits[2].release_at - before);
		CU_ASSERT_FALSE(hold_is_closed(&holds, "meeting"));
		leave(3, true);
		expect_counts("meeting", 0, (uint64_t)round * 3, 0);
	}
	holds_destroy(&holds);
}

/* One that gave up does not count for the meeting. */
static void test_timeout(void)
{
	const struct hold_terms terms = { .timeout = TIMEOUT, .count = 2 };

	holds_init(&holds);
	enter(1, "meeting", &terms);
	leave(1, false);
	CU_ASSERT_FALSE(hold_is_closed(&holds, "meeting"));
	expect_counts("meeting", 0, 0, 1);
	enter(1, "meeting", &terms);
	CU_ASSERT_EQUAL(waits[0].release_at, 0);
	CU_ASSERT(hold_is_closed(&holds, "meeting"));
	CU_ASSERT(hold_enter(&holds, "meeting", &terms, &waits[1]) < TIMEOUT);
	leave(2, true);
	expect_counts("meeting", 0, 2, 1);
	holds_destroy(&holds);
}

/* In which order and how far apart, from the first of them on. */
static void expect_order(bool reversed, uint64_t skew)
{
	const struct hold_terms terms = { .timeout = TIMEOUT, .skew = skew, .reversed = reversed };
	uint64_t first;

	holds_init(&holds);
	enter(WAITS, "a", &terms);
	CU_ASSERT_EQUAL(hold_release(&holds, "a", 1), 1);
	CU_ASSERT_NOT_EQUAL(waits[reversed ? WAITS - 1 : 0].release_at, 0);
	CU_ASSERT_EQUAL(hold_release(&holds, "a", 0), WAITS - 1);
	first = waits[reversed ? WAITS - 2 : 1].release_at;
	for (uint64_t i = 0; i < WAITS - 1; i++)
		CU_ASSERT_EQUAL(waits[reversed ? WAITS - 2 - i : i + 1].release_at,
				first + i * skew);
	leave(WAITS, true);
	holds_destroy(&holds);
}

static void test_order(void)
{
	expect_order(false, 0);
	expect_order(false, 5000);
	expect_order(true, 0);
	expect_order(true, 5000);
}

struct woken {
	unsigned int times;
	uint64_t at;
};

static void note(void *waiter, uint64_t at)
{
	struct woken *woken = waiter;

	woken->times++;
	woken->at = at;
}

static void test_wake(void)
{
	struct woken early = { 0 }, late = { 0 }, left = { 0 };

	holds_init(&holds);
	enter(3, "a", &by_name);
	hold_waits(&holds, &waits[0], note, &early);
	hold_waits(&holds, &waits[2], note, &left);
	CU_ASSERT_EQUAL(early.times, 0);
	CU_ASSERT_FALSE(hold_leave(&holds, &waits[2]));
	hold_release(&holds, "a", 0);
	CU_ASSERT_EQUAL(early.times, 1);
	CU_ASSERT_EQUAL(early.at, waits[0].release_at);
	/* Let go before its waiter was known. */
	hold_waits(&holds, &waits[1], note, &late);
	CU_ASSERT_EQUAL(late.times, 1);
	CU_ASSERT_EQUAL(late.at, waits[1].release_at);
	CU_ASSERT_EQUAL(left.times, 0);
	leave(2, true);
	holds_destroy(&holds);
}

static void *meet(void *argument)
{
	const struct hold_terms terms = { .timeout = TIMEOUT, .count = THREADS };
	pthread_barrier_t *barrier = argument;
	uintptr_t released = 0;
	struct hold_wait wait;
	struct woken woken;

	for (int i = 0; i < ROUNDS; i++) {
		woken = (struct woken){ 0 };
		pthread_barrier_wait(barrier);
		hold_enter(&holds, "meeting", &terms, &wait);
		hold_waits(&holds, &wait, note, &woken);
		pthread_barrier_wait(barrier);
		released += hold_leave(&holds, &wait) && woken.times == 1 &&
			    woken.at == wait.release_at;
	}
	return (void *)released;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	pthread_barrier_t barrier;
	void *released;

	holds_init(&holds);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, meet, &barrier), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &released);
		CU_ASSERT_EQUAL((uintptr_t)released, ROUNDS);
	}
	expect_counts("meeting", 0, (uint64_t)THREADS * ROUNDS, 0);
	pthread_barrier_destroy(&barrier);
	holds_destroy(&holds);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "by name", test_by_name },       { "some of them", test_some },
		{ "rendezvous", test_rendezvous }, { "time-out", test_timeout },
		{ "order", test_order },           { "waking", test_wake },
		{ "threads", test_threads },       CU_TEST_INFO_NULL,
	};

	return run_suite("hold", tests);
}
