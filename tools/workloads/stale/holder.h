/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to hold the thread that adds a small folio, once until a large one is there and once until
 * that is gone. A way is a file and a row of stale_holders[]:
 *
 *   gate            a schedule at the two places that count, which the engine in the kernel
 *                   follows: it holds there and nowhere else
 *   preemption      scheduling alone: the thread yields to any other (SCHED_IDLE), and another one
 *                   takes its processor from it, at a moment that is searched for. The kernel lets
 *                   that happen where it may sleep, and both places are such
 */
#ifndef TOOLS_WORKLOADS_STALE_HOLDER_H
#define TOOLS_WORKLOADS_STALE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

struct stale_play;

/* The places of __filemap_add_folio() between which a large folio has to come and to go
 * (stale_aim.h says why), in the order that a thread meets them. */
enum stale_hold {
	STALE_AT_CHARGE, /* it found no folio, and is about to add a small one */
	STALE_AT_NODES,  /* it saw a large one there, and is about to make nodes full of it */
	STALE_HOLDS,
};

struct stale_holder {
	const char *name, *help; /* help: for the reference of keys */
	bool knows;              /* that who is held is at the place */
	/* Whether it can be done here. text: how, or what is missing; `size` bytes. */
	bool (*can)(char *text, size_t size);
	/* Before the readers start. Returns 0, or -errno with `why`. */
	int (*open)(struct stale_play *play, char *why, size_t size);
	/* Releases the thread that is held. Also after an open() that failed. */
	void (*close)(struct stale_play *play);
	/* The thread that adds is there, and will soon be asked to. */
	void (*arm)(struct stale_play *play);
	/* Waits until it is held, or is through. Returns whether it is held. */
	bool (*hold)(struct stale_play *play, enum stale_hold hold);
	void (*release)(struct stale_play *play, enum stale_hold hold);
	/* Whether a hold since arm() ended too early. */
	bool (*expired)(struct stale_play *play);
};

/* All of them, ended by NULL. */
extern const struct stale_holder *const stale_holders[];

/* Rows of stale_holders[]. */
extern const struct stale_holder stale_holder_gate, stale_holder_preemption;

#endif
