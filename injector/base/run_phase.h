/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The phases of a run, for rules that apply only in some. Several are on at once: the storm punches
 * one region while the refill refills another. So they are bits of a set; the part of the run that
 * enters or leaves a phase sets or clears its bit.
 */
#ifndef INJECTOR_BASE_RUN_PHASE_H
#define INJECTOR_BASE_RUN_PHASE_H

#include <stdatomic.h>

enum run_phase {
	RUN_PHASE_PREPARING = 1, /* the run makes its files */
	RUN_PHASE_STORM = 2,     /* from then on, to the end */
	RUN_PHASE_GATHER = 4,    /* the storm waits for readers at the next folio */
	RUN_PHASE_SETTLE = 8,    /* that wait is over; the punch has not begun */
	RUN_PHASE_PUNCH = 16,    /* from the call that punches until it returns */
	RUN_PHASE_LINGER = 32,   /* the readers see the outcome */
	RUN_PHASE_REFILL = 64,   /* the refill makes a folio again */
};

/* Clears the bits `off`, then sets the bits `on`; 0: none. A full memory barrier. phases: may be
 * NULL. Any thread may call it. */
static inline void run_phase_change(_Atomic int *phases, int off, int on)
{
	if (!phases)
		return;
	atomic_fetch_and(phases, ~off);
	atomic_fetch_or(phases, on);
}

#endif
