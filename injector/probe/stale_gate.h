/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate of the older family: holds one thread at the two places of __filemap_add_folio() between
 * which a large folio has to come and to go (stale_aim.h says why):
 *
 *	STALE_AT_CHARGE	it has found nothing at its page and has a small folio to add; nothing
 *			has been looked at yet
 *	STALE_AT_NODES	it has read the order of what is there now, and is about to make nodes
 *			full of that; no kernel with the fix comes here without the lock
 *
 * Kprobes, so the kernel needs no BTF. The places are found by name (hook_point.h), and told from
 * other calls of the same functions by the code that is returned to (/proc/kallsyms). Each holds
 * only the thread that is named, once, and not for longer than said: a spin in the kernel, which
 * takes a processor, so there should be two. Nothing is pinned: it goes with the process.
 */
#ifndef INJECTOR_PROBE_STALE_GATE_H
#define INJECTOR_PROBE_STALE_GATE_H

#include "injector/probe/stale_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stale_gate;

/* Whether this kernel has the places. text: which they are, or what is missing; `size` bytes. */
bool stale_gate_places(char *text, size_t size);

/*
 * Loads and attaches it, holding nobody. most: ns of a hold, up to STALE_HOLD_MAX. gate: set on
 * success only; give it to stale_gate_close(). why: on failure, what is missing.
 * Returns 0; -ENOTSUP built without BPF, or no such places here; -EPERM without the right to; else
 * -errno. Not reported.
 */
int stale_gate_open(struct stale_gate **gate, uint64_t most, char *why, size_t size);

/* Lets go who is held, detaches (which takes seconds: the kernel waits until no task can be in the
 * probes) and unloads. For ever when a processor spins in the kernel. NULL is fine. */
void stale_gate_close(struct stale_gate *gate);

/* Begins anew: the thread (as gettid(2) has it) will be held at the first place. */
void stale_gate_arm(struct stale_gate *gate, pid_t thread);

/* When the thread came there, CLOCK_MONOTONIC ns; 0: not yet. */
uint64_t stale_gate_reached(const struct stale_gate *gate, enum stale_hold hold);

/* Lets it go on from there; before it has come, it will not be held there. */
void stale_gate_release(struct stale_gate *gate, enum stale_hold hold);

/* Whether a hold since stale_gate_arm() ended by itself, so what was to happen meanwhile may not
 * have. */
bool stale_gate_expired(const struct stale_gate *gate);

#endif
