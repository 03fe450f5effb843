/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that follows a schedule from outside of a guest, through QEMU's gdb stub. Its thread
 * stops the guest at the points of the schedule. It keeps the processor of each hold stopped until
 * the event of the hold has happened; the others go on. Of the guest's kernel it needs only the
 * addresses of functions.
 *
 * Each stop takes some 100 us, so a point has a breakpoint only while the schedule can reach it:
 * the holds of a role one after another, events from the begin of a passage until they have
 * happened. An event counts even if it happens before its hold. The hold at which passages begin is
 * watched from when the reader announces its arrival until it announces its read: other threads
 * come there, too.
 *
 * A stopped processor answers no interrupt, for which another one may wait, as for a TLB flush. So
 * a processor that was stopped with interrupts enabled is let go after a time without events, with
 * a breakpoint where it stands, to serve them. If another thread waits for a lock of the stopped
 * one, the hold ends at its time limit.
 *
 * A program in a role is stopped before the punch, in user space, at `begin`. A watchpoint covers
 * the addresses at which it has mapped the pages that the punch will expose. Its page faults would
 * not show where it is: 6.18 maps a whole large folio at the first fault.
 *
 * Time limits count the processor time of QEMU: on a busy host the guest gets less of it, and a
 * passage takes longer, but is still made. Measured on 6.18.9 (TCG, two processors, 20 busy threads
 * on two cores of the host): 27 of 29 passages made, each with a hit.
 *
 * The guest's scheduler must not preempt the waiting reader, and the reader must arrive before the
 * punch; otherwise its own fault takes the reference that makes the split fail (measured: 5 of 17).
 * So the run gives it a real-time priority, and the storm waits for it.
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
	struct code_point inspect; /* at which splits are inspected, if the run does that */
	struct series *series;     /* followed instead of the schedule, or NULL; the caller's */
	/* Called by conductor_stop() with the steps of selected passages (passage_log.h), but not
	 * of a series; or NULL. */
	void (*step)(void *context, const struct schedule_step *step);
	void *context;
};

/*
 * Starts to follow the schedule of a run in the guest, which waits for that. event: the run's event
 * `schedule`. Returns the conductor, for conductor_stop(); NULL on failure (reported). If the
 * schedule cannot be followed, the run is told why and reports it.
 */
struct conductor *conductor_start(const struct conductor_config *config, const json_t *event);

/* Notes that a reader got wrong bytes at that punch. The passage of the first hit is kept. */
void conductor_hit(struct conductor *conductor, uint64_t punch);

/* Lets the guest run and frees the conductor. Call it before the guest ends, or after. conductor:
 * may be NULL. Returns 0; -ETIMEDOUT: the stub did not answer; other -errno: another failure of the
 * thread; both reported. */
int conductor_stop(struct conductor *conductor);

#endif
