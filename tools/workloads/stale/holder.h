/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Methods to hold the thread that adds a small folio: first until a large folio has been added,
 * then until that is gone. A method is a file and a row of stale_holders[]:
 *
 *   gate            a schedule with two holds, followed by the engine in the kernel: it holds the
 *                   thread exactly at the two places
 *   preemption      scheduling alone: the thread yields to any other (SCHED_IDLE), and another one
 *                   takes its processor at a time that is found by search. The kernel allows this
 *                   where it may sleep, as it may at both places
 */
#ifndef TOOLS_WORKLOADS_STALE_HOLDER_H
#define TOOLS_WORKLOADS_STALE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

struct stale_play;

/* The places in __filemap_add_folio() between which a large folio must be added and removed
 * (see stale_aim.h), in the order in which a thread reaches them. */
enum stale_hold {
	STALE_AT_CHARGE, /* it found no folio, and is about to add a small one */
	STALE_AT_NODES,  /* it saw a large folio, and is about to allocate nodes filled with it */
	STALE_HOLDS,
};

struct stale_holder {
	const char *name, *help; /* help: for the reference of keys */
	bool knows;              /* it is certain that the held thread is at the place */
	/* Returns whether this machine permits it. text: gets how, or what is missing; `size`
	 * bytes. */
	bool (*can)(char *text, size_t size);
	/* Called before the readers start. Returns 0, or -errno with `why` filled in. */
	int (*open)(struct stale_play *play, char *why, size_t size);
	/* Releases the held thread, and everything else. Called also after a failed open(). */
	void (*close)(struct stale_play *play);
	/* Prepares a step: the thread that adds will soon be asked to. */
	void (*arm)(struct stale_play *play);
	/* Waits until the thread is held or has passed. Returns whether it is held. */
	bool (*hold)(struct stale_play *play, enum stale_hold hold);
	void (*release)(struct stale_play *play, enum stale_hold hold);
	/* Returns whether a hold since arm() reached its time limit. */
	bool (*expired)(struct stale_play *play);
};

/* NULL-terminated. */
extern const struct stale_holder *const stale_holders[];

/* Rows of stale_holders[]. */
extern const struct stale_holder stale_holder_gate, stale_holder_preemption;

#endif
