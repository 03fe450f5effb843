/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gate of the older family in a build without BPF: there is none, and it says why. */
#include "injector/probe/stale_gate.h"

#include <errno.h>
#include <stdio.h>

#define ABSENT "foliostorm was built without BPF (WITNESS_MISSING: " WITNESS_MISSING ")"

bool stale_gate_places(char *text, size_t size)
{
	snprintf(text, size, ABSENT);
	return false;
}

int stale_gate_open(struct stale_gate **gate, uint64_t most, char *why, size_t size)
{
	(void)gate;
	(void)most;
	snprintf(why, size, ABSENT);
	return -ENOTSUP;
}

void stale_gate_close(struct stale_gate *gate)
{
	(void)gate;
}

void stale_gate_arm(struct stale_gate *gate, pid_t thread)
{
	(void)gate;
	(void)thread;
}

uint64_t stale_gate_reached(const struct stale_gate *gate, enum stale_hold hold)
{
	(void)gate;
	(void)hold;
	return 0;
}

void stale_gate_release(struct stale_gate *gate, enum stale_hold hold)
{
	(void)gate;
	(void)hold;
}

bool stale_gate_expired(const struct stale_gate *gate)
{
	(void)gate;
	return false;
}
