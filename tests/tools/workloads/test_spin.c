/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/workloads/stale/spin.h"

/* ms and ns in one of them; what the kernel accounts with. */
enum { MS = 1000000, TICK = 10, PATIENCE = 3000 };

/* What goes on between looks, one after another. */
struct stretch {
	unsigned int looks, every; /* ms between two of them */
	unsigned int busy;         /* percent of the time that is used in the kernel */
	unsigned int accesses;     /* begun at each look */
};

struct thread {
	struct stale_spin spin;
	uint64_t accesses, time, used; /* ms */
};

static struct stale_look look_of(const struct thread *thread)
{
	return (struct stale_look){
		.accesses = thread->accesses,
		.time = thread->time * MS,
		.used = thread->used / TICK * TICK * MS,
	};
}

/* Returns the look at which it is taken for a spin, from 1; 0: at none. */
static unsigned int looks_until_spin(struct thread *thread, const struct stretch *stretch)
{
	for (unsigned int i = 1; i <= stretch->looks; i++) {
		uint64_t used = (thread->time + stretch->every) * stretch->busy / 100 -
				thread->time * stretch->busy / 100;
		struct stale_look look;

		thread->time += stretch->every;
		thread->used += used;
		thread->accesses += stretch->accesses;
		look = look_of(thread);
		if (stale_spin_goes_on(&thread->spin, &look, (uint64_t)PATIENCE * MS))
			return i;
	}
	return 0;
}

static void spins(void)
{
	static const struct {
		struct stretch stretches[4];
		unsigned int spins_at; /* look of the last of them */
	} cases[] = {
		/* On a machine that is idle, and on one that gives a look every 20 ms, 60 ms. */
		{ { { 4000, 1, 100, 0 } }, 3000 },
		{ { { 4000, 20, 100, 0 } }, 150 },
		{ { { 4000, 60, 100, 0 } }, 60 },
		{ { { 4000, 1, 60, 0 } }, 3000 },
		/* It waits, or is kept from the processor. */
		{ { { 9000, 1, 0, 0 } }, 0 },
		{ { { 9000, 1, 40, 0 } }, 0 },
		/* It gets on. */
		{ { { 9000, 1, 100, 1 } }, 0 },
		{ { { 2900, 1, 100, 0 }, { 1, 1, 100, 1 }, { 2900, 1, 100, 0 } }, 0 },
		{ { { 2900, 1, 100, 0 }, { 1, 1, 100, 1 }, { 4000, 1, 100, 0 } }, 3000 },
		/* The machine is paused while it is on a processor: for long, and again and
		 * again. */
		{ { { 1, 60000, 100, 0 } }, 0 },
		{ { { 10, 1, 100, 0 }, { 1, 3600000, 100, 0 }, { 10, 1, 100, 0 } }, 0 },
		{ { { 20, 4000, 100, 0 }, { 10, 1, 100, 1 } }, 0 },
		/* Before and after it, it spins. */
		{ { { 1000, 1, 100, 0 }, { 1, 9000, 100, 0 }, { 4000, 1, 100, 0 } }, 1950 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct thread thread = { .time = 5000 };
		struct stale_look look = look_of(&thread);
		unsigned int at = 0;

		stale_spin_begin(&thread.spin, &look);
		for (size_t j = 0; j < ARRAY_SIZE(cases[i].stretches) && !at; j++)
			at = looks_until_spin(&thread, &cases[i].stretches[j]);
		if (at != cases[i].spins_at)
			printf("\n    case %zu: at %u", i, at);
		CU_ASSERT_EQUAL(at, cases[i].spins_at);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "spins and pauses", spins },
		CU_TEST_INFO_NULL,
	};

	return run_suite("spins", tests);
}
