/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/probe/stale_gate.h"
#include "tools/workloads/stale/holder.h"
#include "tools/workloads/stale/play.h"

const struct stale_holder *const stale_holders[] = {
	&stale_holder_gate,
	&stale_holder_preemption,
	NULL,
};

static int open_gate(struct stale_play *play, char *why, size_t size)
{
	return stale_gate_open(&play->gate, play->settings->hold, why, size);
}

static void close_gate(struct stale_play *play)
{
	stale_gate_close(play->gate);
	play->gate = NULL;
}

static void arm(struct stale_play *play)
{
	stale_gate_arm(play->gate, atomic_load(&play->adder.tid));
}

static bool hold(struct stale_play *play, enum stale_hold hold)
{
	uint64_t end = units_now() + play->workload->scenario->watchdog;

	while (!stale_gate_reached(play->gate, hold) && !stale_reader_answered(&play->adder) &&
	       units_now() < end)
		units_sleep(100000);
	return stale_gate_reached(play->gate, hold);
}

static void let_go(struct stale_play *play, enum stale_hold hold)
{
	stale_gate_release(play->gate, hold);
}

static bool expired(struct stale_play *play)
{
	return stale_gate_expired(play->gate);
}

const struct stale_holder stale_holder_gate = {
	.name = "gate",
	.help = "a BPF program, at the two places that count",
	.knows = true,
	.can = stale_gate_places,
	.open = open_gate,
	.close = close_gate,
	.arm = arm,
	.hold = hold,
	.release = let_go,
	.expired = expired,
};
