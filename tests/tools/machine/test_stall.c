/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How late threads of a run wake: of each processor, also where only one of them is busy. */
#include "injector/base/units.h"
#include "tests/support/suite.h"
#include "tools/machine/stall.h"

#include <pthread.h>
#include <sched.h>

enum { SPIN = 200000000 }; /* ns: less than real-time threads get of a second */

/* Spins on one processor, which nobody else gets meanwhile. */
static void *spin(void *argument)
{
	uint64_t end = units_now() + SPIN;

	(void)argument;
	while (units_now() < end)
		;
	return NULL;
}

static int start_spinning(pthread_t *thread, unsigned int cpu)
{
	const struct sched_param highest = { .sched_priority = 1 };
	pthread_attr_t attributes;
	cpu_set_t set;
	int r;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &highest);
	r = pthread_create(thread, &attributes, spin, NULL);
	pthread_attr_destroy(&attributes);
	return r;
}

static unsigned int last_processor(const cpu_set_t *set)
{
	unsigned int last = 0;

	for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, set))
			last = cpu;
	return last;
}

static void one_busy_processor(void)
{
	struct stall_watch watch;
	struct stalls stalls;
	pthread_t thread;
	cpu_set_t set;
	int r;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(set), &set), 0);
	CU_ASSERT_EQUAL_FATAL(stall_watch_begin(&watch), 0);
	CU_ASSERT_EQUAL(watch.count, (size_t)CPU_COUNT(&set));
	units_sleep(20000000); /* for all of them to be asleep once */
	r = start_spinning(&thread, last_processor(&set));
	if (!r)
		pthread_join(thread, NULL);
	stalls = stall_watch_end(&watch);
	CU_ASSERT(stalls.share >= 0 && stalls.share <= 1);
	if (r) {
		skip_test("no real-time threads here");
		return;
	}
	CU_ASSERT(stalls.longest >= 0.9 * SPIN / 1e9);
}

static void those_of_the_caller(void)
{
	struct stall_watch watch;
	uint64_t began = units_now();
	cpu_set_t before, one;
	double share;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	CPU_SET(last_processor(&before), &one);
	CU_ASSERT_EQUAL_FATAL(sched_setaffinity(0, sizeof(one), &one), 0);
	CU_ASSERT_EQUAL_FATAL(stall_watch_begin(&watch), 0);
	CU_ASSERT_EQUAL(watch.count, 1);
	units_sleep(20000000); /* for it to have slept */
	/* Ended as soon as it began, nothing is known. */
	share = stall_watch_end(&watch).share;
	CU_ASSERT(share < 0 || units_now() - began >= 100000000);
	sched_setaffinity(0, sizeof(before), &before);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "one busy processor", one_busy_processor },
		{ "the processors of the caller", those_of_the_caller },
		CU_TEST_INFO_NULL,
	};

	return run_suite("stalls", tests);
}
