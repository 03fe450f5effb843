/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The phases of a run, for rules that hold only in some. Several are on at once: the storm punches
 * one region while the refill refills another, and both are parts of the storm. So they are bits of
 * a set, which the part of the run that enters or leaves a phase sets and clears.
 */
#ifndef INJECTOR_BASE_RUN_PHASE_H
#define INJECTOR_BASE_RUN_PHASE_H

#include <stdatomic.h>

enum run_phase {
	RUN_PHASE_PREPARING = 1, /* the run makes its files */
	RUN_PHASE_STORM = 2,     /* from then on, to the end */
	RUN_PHASE_GATHER = 4,    /* readers are waited for at the next folio */
	RUN_PHASE_SETTLE = 8,    /* they came, or did not; nothing is punched yet */
	RUN_PHASE_PUNCH = 16,    /* from the call that punches until it has returned */
	RUN_PHASE_LINGER = 32,   /* the readers see what became of it */
	RUN_PHASE_REFILL = 64,   /* some folio is made again */
};

/* Turns `off` off and `on` on; 0: none. What the caller does before comes before, and what it does
 * next comes after. phases: NULL: not kept. Any thread. */
static inline void run_phase_change(_Atomic int *phases, int off, int on)
{
	if (!phases)
		return;
	atomic_fetch_and(phases, ~off);
	atomic_fetch_or(phases, on);
}

#endif
