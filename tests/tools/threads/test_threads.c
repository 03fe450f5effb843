/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How iterations are counted and numbered. */
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "injector/schedule/code_mark.h"
#include "tests/support/suite.h"
#include "tests/support/wrap.h"
#include "tools/threads/threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { ITERATIONS = 3, THREADS = 1, SIZE = 1 << 16 };

static const uint64_t MS = 1000000; /* ns */

static uint64_t wanted = ITERATIONS;

/* What threads_play() reported. */
static struct {
	struct thread_totals totals;
	uint64_t iterations[2 * ITERATIONS]; /* of unexpected outcomes */
	size_t count;
} said;

static int refill(void *context)
{
	(void)context;
	return 0;
}

static void unmet(void *context, const struct thread_outcome *outcome)
{
	(void)context;
	if (said.count < ARRAY_SIZE(said.iterations))
		said.iterations[said.count++] = outcome->iteration;
}

static void stuck(void *context, const struct thread_outcome *outcome)
{
	(void)context;
	(void)outcome;
	CU_FAIL("no thread is stuck");
}

static bool over(void *context)
{
	(void)context;
	return atomic_load(&said.totals.iterations) == wanted;
}

static const struct thread_op *op_of(const char *name)
{
	const struct thread_op *op = thread_ops;

	while (op->name && strcmp(op->name, name) != 0)
		op++;
	CU_ASSERT_PTR_NOT_NULL_FATAL(op->name);
	return op;
}

/* How long an engine holds the thread at the end of its step, ns; 0: there is no schedule. */
static uint64_t held;

int real_sched_get_priority_max(int policy) IS_REAL(sched_get_priority_max);
int wrap_sched_get_priority_max(int policy) WRAPS(sched_get_priority_max);

/* As an engine that holds the thread there. */
int wrap_sched_get_priority_max(int policy)
{
	if (policy == (int)code_mark(0, 0, true))
		units_sleep(held);
	return real_sched_get_priority_max(policy);
}

static _Atomic bool asleep; /* the thread, in its step */
static uint64_t preempted;  /* ns that the watching thread waits for a processor meanwhile */
static pthread_t watcher;

static uint64_t stands_still; /* ns, by which the clock goes on during each sleep */
static _Atomic uint64_t stood_still;

void real_units_sleep(uint64_t nanoseconds) IS_REAL(units_sleep);
void wrap_units_sleep(uint64_t nanoseconds) WRAPS(units_sleep);
uint64_t real_units_now(void) IS_REAL(units_now);
uint64_t wrap_units_now(void) WRAPS(units_now);

void wrap_units_sleep(uint64_t nanoseconds)
{
	atomic_store(&asleep, true);
	real_units_sleep(nanoseconds);
	if (!pthread_equal(pthread_self(), watcher))
		atomic_fetch_add(&stood_still, stands_still);
	atomic_store(&asleep, false);
}

/* As if the watching thread had lost its processor just before. */
uint64_t wrap_units_now(void)
{
	if (preempted && pthread_equal(pthread_self(), watcher) && atomic_load(&asleep))
		real_units_sleep(preempted);
	return real_units_now() + atomic_load(&stood_still);
}

/* before, step: one step each. */
static void play(struct thread_step *before, struct thread_step *step)
{
	static struct schedule_page schedule;
	static struct reader_counts counts[THREADS + 1];
	struct region region = { .sequence = 1 << 2 | REGION_STABLE };
	struct target target = {
		.id = 1, .name = "file", .size = SIZE, .region_size = SIZE, .regions = &region
	};
	struct thread_script script = { .name = "thread", .steps = { step, 1 }, .cpu = -1 };
	const struct threads_config config = {
		.scripts = &script,
		.count = THREADS,
		.before = before,
		.before_count = 1,
		.targets = &target,
		.target_count = 1,
		.mount = "/",
		.backing = "/",
		.reclaim = -1,
		.schedule = held ? &schedule : NULL,
		.marks = { { .end = 1 } },
		.patience = 10000 * MS,
		.counts = counts,
		.totals = &said.totals,
		.refill = refill,
		.unmet = unmet,
		.stuck = stuck,
		.over = over,
	};

	memset(&said, 0, sizeof(said));
	CU_ASSERT_EQUAL(threads_play(&config), 0);
	CU_ASSERT_EQUAL(said.totals.iterations, wanted);
}

static void check_each_was_reported(void)
{
	CU_ASSERT_EQUAL(said.totals.hit, ITERATIONS);
	CU_ASSERT_EQUAL_FATAL(said.count, ITERATIONS);
	for (size_t i = 0; i < ITERATIONS; i++)
		CU_ASSERT_EQUAL(said.iterations[i], i + 1);
}

/* It has returned before anybody looks. */
static void a_little_late(void)
{
	struct thread_step nothing = { .op = op_of("sleep"), .repeat = 1 };
	struct thread_step late = {
		.op = op_of("sleep"), .repeat = 1, .time = 10000, .must_return = 10000
	};

	play(&nothing, &late);
	check_each_was_reported();
}

static void late_in_each_iteration(void)
{
	struct thread_step nothing = { .op = op_of("sleep"), .repeat = 1 };
	struct thread_step late = {
		.op = op_of("sleep"), .repeat = 1, .time = 200 * MS, .must_return = MS
	};

	play(&nothing, &late);
	check_each_was_reported();
}

static void held_at_the_end_of_a_step(void)
{
	struct thread_step nothing = { .op = op_of("sleep"), .repeat = 1 };
	struct thread_step step = { .op = op_of("sleep"), .repeat = 1, .must_return = 500 * MS };

	held = 600 * MS;
	play(&nothing, &step);
	held = 0;
	CU_ASSERT_EQUAL(said.totals.hit, 0);
	CU_ASSERT_EQUAL(said.count, 0);
}

/* Whoever watches looks when the step has long returned, in time. */
static void watched_by_a_preempted_thread(void)
{
	struct thread_step nothing = { .op = op_of("munmap"), .repeat = 1 };
	struct thread_step step = {
		.op = op_of("sleep"), .repeat = 1, .time = 1000 * MS, .must_return = 1500 * MS
	};

	preempted = 800 * MS;
	watcher = pthread_self();
	wanted = 1;
	play(&nothing, &step);
	preempted = 0;
	wanted = ITERATIONS;
	CU_ASSERT_EQUAL(said.totals.hit, 0);
	CU_ASSERT_EQUAL(said.count, 0);
}

/* The clock goes on while the whole machine stands still, as a guest whose host is busy. */
static void the_machine_stands_still(void)
{
	struct thread_step nothing = { .op = op_of("munmap"), .repeat = 1 };
	struct thread_step step = {
		.op = op_of("sleep"), .repeat = 1, .time = 100 * MS, .must_return = 2000 * MS
	};

	stands_still = 3000 * MS;
	watcher = pthread_self();
	play(&nothing, &step);
	stands_still = 0;
	CU_ASSERT_EQUAL(said.totals.hit, 0);
	CU_ASSERT_EQUAL(said.count, 0);
}

static void unmet_before_each_iteration(void)
{
	int never = EIO;
	struct thread_step wrong = { .op = op_of("sleep"), .repeat = 1, .expect = { &never, 1 } };
	struct thread_step nothing = { .op = op_of("sleep"), .repeat = 1 };

	play(&wrong, &nothing);
	check_each_was_reported();
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a little late", a_little_late },
		{ "late in each iteration", late_in_each_iteration },
		{ "held at the end of a step", held_at_the_end_of_a_step },
		{ "watched by a preempted thread", watched_by_a_preempted_thread },
		{ "the machine stands still", the_machine_stands_still },
		{ "unmet before each iteration", unmet_before_each_iteration },
		CU_TEST_INFO_NULL,
	};

	return run_suite("scripted threads", tests);
}
