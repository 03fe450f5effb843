/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witness and the gate: BPF programs in the running kernel that count the look-ups of a run's
 * readers while folios are split, and hold splits and look-ups for a moment so that they meet.
 *
 * The witness compares, at the return of each look-up, the requested page with the returned folio.
 * A look-up that gets a folio without its page is a capture, whether or not the reader ever sees
 * wrong bytes. Fault-around (filemap_map_pages()) is not watched. The inspector needs no reader: it
 * follows slots of the page cache before each store of a split. The gate spins at the same places.
 * See gate_types.h for counts and bounds, hook_point.h for the places.
 *
 * They act only on the files, processes and threads that are added here. Nothing is pinned: the
 * last process that has the witness open unloads it. If opened before the children of a run are
 * forked, it works in them as well.
 */
#ifndef INJECTOR_PROBE_WITNESS_H
#define INJECTOR_PROBE_WITNESS_H

#include "injector/probe/gate_types.h"
#include "injector/probe/hook_point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct witness; /* a handle; callers use NULL for none */

struct witness_config {
	uint64_t split, meet, reader, lookup; /* ns of the gate's holds, 0: none */
	bool shmem;                           /* the files are on tmpfs */
	bool marked;                          /* some readers are processes with GATE_MARK */
	unsigned int shape;                   /* enum aim_shape of the kernel, see split_parts.h */
};

/* How a role is served. */
struct witness_hook {
	const char *function; /* NULL: the role is not served */
	const char *call;     /* the call at which it is watched; NULL: the function's entry */
	enum hook_method method;
	char why[160]; /* why not; of HOOK_STORE, why there is no inspector; or "" */
};

/*
 * Loads and attaches the programs. witness: set on success only. why: on failure, what is missing,
 * cut to `size` bytes. Requires the hook of look-ups by faults (on tmpfs, of any look-up); if
 * others are missing, witness_hooks() says so. Returns 0; -ENOTSUP built without BPF, or no such
 * hook; -EPERM no privilege, or locked down; else -errno. Not reported: a run works without.
 * Release with witness_close().
 */
int witness_open(struct witness **witness, const struct witness_config *config, char *why,
		 size_t size);

/* Closes the witness of this process; detaches and unloads it unless another process has it open.
 * NULL is allowed. */
void witness_close(struct witness *witness);

/* How each role is served: HOOK_ROLES items, owned by the witness. */
const struct witness_hook *witness_hooks(const struct witness *witness);

/* Counts splits by all threads of a process from now on. Returns 0 or -errno. */
int witness_add_process(struct witness *witness, pid_t process);

/* Counts splits of a file and look-ups in it from now on. number: of the file in events. Returns 0
 * or -errno. */
int witness_add_file(struct witness *witness, int fd, unsigned int number);

/* Counts look-ups of the calling thread from now on. number: of the reader, below GATE_READERS.
 * Returns 0 or -errno. */
int witness_add_reader(struct witness *witness, unsigned int number);

/* The captures of a reader so far; exact in the reader's own thread. */
uint64_t witness_captures(const struct witness *witness, unsigned int number);

/* Copies all counts. */
void witness_counts(const struct witness *witness, struct gate_counts *counts);

/* How often the kernel skipped a program, in total: counts lack that, and a look-up whose end was
 * missed may be mistaken for another one. Returns 0; -ENOTSUP the kernel does not count it. */
int witness_missed(const struct witness *witness, uint64_t *missed);

/* A descriptor for poll(2), owned by the witness, that is readable when there are events. */
int witness_poll_fd(const struct witness *witness);

/* Calls `take` for each event that has arrived. */
void witness_take_events(struct witness *witness,
			 void (*take)(void *context, const struct gate_event *event),
			 void *context);

struct witness_answer {
	bool served;
	char detail[256]; /* how, or why not */
};

/*
 * Finds out which roles can be served here: loads and attaches their programs for a moment. Takes
 * some seconds in a guest without KVM.
 */
void witness_try(struct witness_answer answers[HOOK_ROLES]);

#endif
