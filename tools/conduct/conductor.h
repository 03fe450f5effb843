/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that follows a schedule from outside of a guest, by QEMU's gdb stub: a thread that
 * stops the guest at the points of the schedule, keeps the processor of each hold standing, and
 * lets the others go on, until what the hold waits for has happened. All it needs of the guest's
 * kernel is where its functions are.
 *
 * A point is watched only while the schedule can come to it, since each stop takes some 100 us: the
 * holds of a role one after another, events from the begin of a passage until they have come. What
 * comes before it is waited for counts. The hold at which passages begin is watched while a reader
 * has said that it has come, and not yet that it has read: everybody else may come there, too.
 *
 * A processor that stands still answers no interrupt, and another one may wait for that, as for a
 * flush of its TLB. So one that stopped with interrupts on is let go for them after a while of
 * silence, with a breakpoint where it stands. Where a lock is waited for, the hold ends by its
 * bound.
 *
 * A program that has a role is stopped before the punch, by a watchpoint on the addresses at which
 * it has mapped the pages that the punch will expose: what it has mapped does not say where it is,
 * since 6.18 maps the whole of a large folio at the first fault. It stands in user space then, at
 * `begin`.
 *
 * Bounds count the processor time of QEMU: on a busy host the guest gets less of it, and a passage
 * takes longer, but is made all the same. Measured on 6.18.9 (TCG, two processors, 20 busy threads
 * on two cores of the host): 27 of 29 passages made, each with a hit.
 *
 * Measured too: the reader must be beyond the reach of the guest's scheduler while it waits, and
 * have arrived before the punch (else its own fault takes the reference that fails the split: 5 of
 * 17), so the run gives it a real-time priority and the storm waits for it.
 */
#ifndef TOOLS_CONDUCT_CONDUCTOR_H
#define TOOLS_CONDUCT_CONDUCTOR_H

#include "injector/probe/machine_code.h"
#include "injector/schedule/schedule_step.h"
#include "tools/conduct/series.h"

#include <jansson.h>
#include <sys/types.h>

struct conductor;

struct conductor_config {
	int stub;                  /* socket connected to the gdb stub; the caller's */
	enum machine_isa isa;      /* of the guest */
	pid_t qemu;                /* whose processor time counts */
	unsigned int cpus;         /* of the guest */
	struct schedule schedule;  /* its holds stay the caller's */
	struct code_point inspect; /* where splits are inspected, if the run wants that */
	struct series *series;     /* is followed instead of the schedule, or NULL; the caller's */
	/* Gets the steps of passages that are worth to be seen, see passage_log.h, as the conductor
	 * is stopped, but of a series; or NULL. */
	void (*step)(void *context, const struct schedule_step *step);
	void *context;
};

/*
 * Takes up what a run in the guest has told in its event `schedule`, and begins: the run waits for
 * that. Returns the conductor, for conductor_stop(); NULL (reported). What cannot be followed is
 * said to the run, whose error it is.
 */
struct conductor *conductor_start(const struct conductor_config *config, const json_t *event);

/* A reader got wrong bytes at that punch. The passage of the first hit is kept. */
void conductor_hit(struct conductor *conductor, uint64_t punch);

/* Lets the guest go and frees the conductor. Call it before the guest ends, or after. NULL is fine.
 * Returns 0; -ETIMEDOUT, -EPROTO (reported) the stub did not answer, or not as one. */
int conductor_stop(struct conductor *conductor);

#endif
