/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that adds runs under SCHED_IDLE on the last processor. Another one there, of ordinary
 * priority, sleeps; when it is woken, the kernel takes the processor from the first at the next
 * point where it might sleep, or at once if it is built to (CONFIG_PREEMPT), and does not give it
 * back while the other spins in user space.
 *
 * In __filemap_add_folio() of 6.1 there is one such point before the order is read, where the small
 * folio is allocated, and one between that and the lock, where nodes are (kmem_cache_alloc() begins
 * with might_alloc()). To be held there the thread must be told within the microseconds before. How
 * long that is after it began depends on the machine: the search steps up while the large folio
 * still finds the place free, and down when the small one was there first, so it stays about where
 * the small one is added. So with the second moment, by whether the thread was through.
 */
#include "injector/base/cleanup.h"
#include "injector/base/moment.h"
#include "injector/base/random.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"
#include "tools/workloads/stale/holder.h"
#include "tools/workloads/stale/play.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ns; longer than it takes to wake a thread, so that moments before the call can be hit as well. */
enum { LEAD = 100000 };

struct stale_preemption {
	struct stale_play *play;
	pthread_t thread;
	bool started;
	_Atomic bool stop;
	/* Numbers of holds: requested, begun, and over. */
	_Atomic uint32_t asked, begun, over;
	_Atomic bool expired;
	uint64_t accesses; /* of the adder, at the request */
	struct moment moment[STALE_HOLDS];
};

/* Waits until the word is no longer `value`. May return early. */
static void wait_on(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Takes the processor from the thread that adds, for a bounded time: the thread that is to let it
 * go may need this processor. */
static void keep_processor(struct stale_preemption *preemption, uint32_t number)
{
	uint64_t end = units_now() + preemption->play->settings->hold;

	atomic_store(&preemption->begun, number);
	while (atomic_load(&preemption->over) != number && !atomic_load(&preemption->stop))
		if (units_now() >= end) {
			atomic_store(&preemption->expired, true);
			return;
		}
}

static void *preempt(void *from)
{
	struct stale_preemption *preemption = from;
	uint32_t done = 0, number;

	stale_last_processor();
	while (!atomic_load(&preemption->stop)) {
		number = atomic_load(&preemption->asked);
		if (number == done) {
			wait_on(&preemption->asked, done);
			continue;
		}
		keep_processor(preemption, number);
		done = number;
	}
	return NULL;
}

/*
 * Returns whether the kernel preempts at the needed places. A kernel whose mode can be chosen
 * (CONFIG_PREEMPT_DYNAMIC, 5.12 and later) shows it in parentheses. With "none" and "lazy" (6.13)
 * it switches at ticks and on return to user space only, so the thread would be held at other
 * places. A kernel that is built for one mode does not show it.
 */
static bool can(char *text, size_t size)
{
	static const char path[] = "/sys/kernel/debug/sched/preempt";
	_cleanup_free_ char *modes = NULL;
	char mode[16] = "";

	if (!text_file_read(path, &modes, NULL))
		sscanf(modes + strcspn(modes, "("), "(%15[^)]", mode);
	if (!strcmp(mode, "none") || !strcmp(mode, "lazy")) {
		snprintf(text, size,
			 "a kernel that preempts where it may sleep is wanted, and this one runs "
			 "with preempt=%s (%s); boot it with preempt=full, a guest with --append "
			 "preempt=full",
			 mode, path);
		return false;
	}
	snprintf(text, size, "wherever the kernel lets it be%s",
		 *mode ? "" : ", and how it preempts this one does not say");
	return true;
}

static int open_preemption(struct stale_play *play, char *why, size_t size)
{
	struct stale_preemption *preemption = calloc(1, sizeof(*preemption));
	int r;

	if (!preemption) {
		snprintf(why, size, "no memory");
		return -ENOMEM;
	}
	play->preemption = preemption;
	play->adder.lead = LEAD;
	preemption->play = play;
	for (int i = 0; i < STALE_HOLDS; i++)
		moment_begin(&preemption->moment[i], play->workload->scenario->seed,
			     RANDOM_STALE + (unsigned int)i, 20000);
	r = pthread_create(&preemption->thread, NULL, preempt, preemption);
	preemption->started = !r;
	if (r)
		snprintf(why, size, "a thread that preempts cannot be started");
	return -r;
}

static void close_preemption(struct stale_play *play)
{
	struct stale_preemption *preemption = play->preemption;

	if (!preemption)
		return;
	atomic_store(&preemption->stop, true);
	atomic_fetch_add(&preemption->asked, 1);
	wake(&preemption->asked);
	if (preemption->started)
		pthread_join(preemption->thread, NULL);
	free(preemption);
	play->preemption = NULL;
}

static void arm(struct stale_play *play)
{
	const struct sched_param none = { .sched_priority = 0 };

	/* Set each time, which costs little, since the first time the thread is new. */
	sched_setscheduler(atomic_load(&play->adder.tid), SCHED_IDLE, &none);
	atomic_store(&play->preemption->expired, false);
	play->preemption->accesses = atomic_load(&play->adder.accesses);
}

/* Waits without sleeping, which would take longer than the whole wait. */
static bool wait_until_it_reads(const struct stale_play *play)
{
	uint64_t end = units_now() + play->settings->hold;

	while (atomic_load(&play->adder.accesses) == play->preemption->accesses)
		if (units_now() >= end)
			return false;
	return true;
}

static bool hold(struct stale_play *play, enum stale_hold hold)
{
	struct stale_preemption *preemption = play->preemption;
	uint64_t end;
	uint32_t number;
	bool through;

	if (hold == STALE_AT_CHARGE && !wait_until_it_reads(play))
		return false;
	units_spin(moment_next(&preemption->moment[hold]));
	number = atomic_fetch_add(&preemption->asked, 1) + 1;
	wake(&preemption->asked);
	end = units_now() + play->settings->hold;
	while (atomic_load(&preemption->begun) != number && units_now() < end)
		;
	through = stale_reader_answered(&play->adder);
	/* A miss of the first hold says nothing about the second. */
	if (hold == STALE_AT_NODES && play->step.large)
		moment_learn(&preemption->moment[hold], through);
	return !through && atomic_load(&preemption->begun) == number;
}

/* Only a hold that has begun can be ended. At the first one, the large folio has been added by now,
 * if possible. */
static void let_go(struct stale_play *play, enum stale_hold hold)
{
	struct stale_preemption *preemption = play->preemption;

	if (hold == STALE_AT_CHARGE)
		moment_learn(&preemption->moment[hold], !play->step.large);
	atomic_store(&preemption->over, atomic_load(&preemption->asked));
}

static bool expired(struct stale_play *play)
{
	return atomic_load(&play->preemption->expired);
}

const struct stale_holder stale_holder_preemption = {
	.name = "preemption",
	.help = "another thread preempts it, at moments that are found by search",
	.can = can,
	.open = open_preemption,
	.close = close_preemption,
	.arm = arm,
	.hold = hold,
	.release = let_go,
	.expired = expired,
};
