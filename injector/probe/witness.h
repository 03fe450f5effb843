/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witness and the gate: BPF programs in the running kernel that count what the readers of a run
 * look up while folios are split, and hold splits and look-ups for a moment so that they meet.
 *
 * The witness counts exactly: it sits at the return of each look-up, and sees which page was asked
 * for and which folio came. A look-up that got a folio without its page is a capture, whether or
 * not the reader ever sees wrong bytes. Fault-around (filemap_map_pages()) is not watched. The
 * inspector needs no reader: before each store of a split it follows the slots of the page cache.
 * The gate sits at the same places and spins there. See gate_types.h for the counts and the bounds,
 * hook_point.h for the places.
 *
 * Both act on the files, processes and threads that are named here, and on nothing else. Nothing is
 * pinned: all of it goes with the last process that has it open. Made before the children of a run
 * are forked, it works in them as well.
 */
#ifndef INJECTOR_PROBE_WITNESS_H
#define INJECTOR_PROBE_WITNESS_H

#include "injector/probe/gate_types.h"
#include "injector/probe/hook_point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct witness; /* a handle; NULL where there is none */

struct witness_config {
	uint64_t split, meet, reader, lookup; /* ns of the gate's holds, 0: none */
	bool shmem;                           /* the files lie on tmpfs */
	bool marked;                          /* some readers are processes with GATE_MARK */
	unsigned int shape;                   /* enum aim_shape of the kernel, see split_parts.h */
};

/* How one role is served. */
struct witness_hook {
	const char *function; /* NULL: the role is not served */
	const char *call;     /* that it is watched at, or NULL: at its entry */
	enum hook_method method;
	char why[160]; /* it is not; of HOOK_STORE, what cannot be inspected there; or "" */
};

/*
 * Loads the programs and attaches them. witness: set on success only; give it to witness_close().
 * why: on failure, what is missing, cut to `size` bytes. Without the hooks that look folios up
 * there is no witness; without those of splits there is one, that says so in its hooks.
 * Returns 0; -ENOTSUP built without BPF, or no hook here; -EPERM without the right to, or locked
 * down; else -errno. Not reported: a run does without.
 */
int witness_open(struct witness **witness, const struct witness_config *config, char *why,
		 size_t size);

/* Detaches and unloads, unless another process has it too; then it goes with that. NULL is fine. */
void witness_close(struct witness *witness);

/* How each role is served. */
const struct witness_hook *witness_hooks(const struct witness *witness);

/* Splits made by this process (all of its threads) count from now on. Returns 0 or -errno. */
int witness_add_process(struct witness *witness, pid_t process);

/* Splits of this file and look-ups in it count from now on. number: that events call it. Returns 0
 * or -errno. */
int witness_add_file(struct witness *witness, int fd, unsigned int number);

/* Look-ups of the calling thread count from now on. number: below GATE_READERS. Returns 0 or
 * -errno. */
int witness_add_reader(struct witness *witness, unsigned int number);

/* Captures of that reader so far; of another thread than the reader's, a moment old. */
uint64_t witness_captures(const struct witness *witness, unsigned int number);

/* All counts, a copy. */
void witness_counts(const struct witness *witness, struct gate_counts *counts);

/* How often a program was left out by the kernel, all together: what was counted is short of that,
 * and a look-up whose end was missed may be taken for another one. Returns 0; -ENOTSUP where the
 * kernel does not count it. */
int witness_missed(const struct witness *witness, uint64_t *missed);

/* Becomes readable when there are events, for poll(2). */
int witness_poll_fd(const struct witness *witness);

/* Hands over the events that are there. */
void witness_take_events(struct witness *witness,
			 void (*take)(void *context, const struct gate_event *event),
			 void *context);

struct witness_answer {
	bool served;
	char detail[256]; /* by what, or why not */
};

/*
 * Which roles can be served here: loads and attaches their programs for a moment. That takes some
 * seconds in a guest without KVM.
 */
void witness_try(struct witness_answer answers[HOOK_ROLES]);

#endif
