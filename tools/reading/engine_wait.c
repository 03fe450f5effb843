/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/engine_wait.h"
#include "injector/base/units.h"
#include "injector/schedule/code_mark.h"

#include <pthread.h>
#include <sched.h>

enum { LOOK = 50000 }; /* ns */

void engine_wait_offer(struct schedule_page *page, uint64_t ticket, uint64_t first, uint64_t last,
		       uint64_t exposed, bool is_own)
{
	atomic_store(&page->thread, is_own ? (uint64_t)pthread_self() : 0);
	atomic_store(&page->page, first);
	atomic_store(&page->last, last);
	atomic_store(&page->exposed, exposed);
	atomic_store(&page->clock, units_now());
	atomic_store(&page->waiting, ticket);
	if (is_own)
		sched_get_priority_max((int)CODE_MARK_OFFER);
}

void engine_wait_begin(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_FIFO, &first);
}

void engine_wait_end(void)
{
	const struct sched_param any = { .sched_priority = 0 };

	sched_get_priority_max((int)CODE_MARK_REST);
	sched_setscheduler(0, SCHED_OTHER, &any);
}

/*
 * Sleeps if the engine is outside. A real-time thread that spins would let nothing else run on its
 * processor (sched_rt_runtime_us makes it pause only after 950 ms), and an emulated processor that
 * spins takes time of the host from the split. By its priority, the thread runs at once when its
 * sleep is over.
 */
bool engine_wait_look(struct schedule_page *page, uint64_t ticket, bool outside)
{
	if (atomic_load(&page->go) == ticket) {
		atomic_store(&page->gone, ticket);
		return true;
	}
	atomic_store_explicit(&page->clock, units_now(), memory_order_relaxed);
	if (outside)
		units_sleep(LOOK);
	return false;
}
