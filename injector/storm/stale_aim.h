/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The aim model of the older race: how a folio that was freed stays in the page cache's XArray, and
 * at which pages.
 *
 * A thread adds a small folio. From 5.17 to 6.9 (6.6.53, 6.1.112), before it takes the lock,
 * __filemap_add_folio() reads the order of the present entry, and xas_split_alloc() makes nodes
 * whose 64 slots hold that entry. If a large folio was there and is gone when the lock is taken,
 * the nodes are used as if they were empty. Their other slots still lead to the large folio, which
 * has no reference: it is free, and its memory is soon reused. Fixed by a4864671ca0b, 6758c1128ceb
 * and de60fd8ddeda (6.10), which do both under the lock.
 *
 * Derived from lib/xarray.c and mm/filemap.c of 6.1; the relevant parts of xas_create(),
 * xas_expand() and xas_split_alloc() are the same from 5.17 to 6.9.
 */
#ifndef INJECTOR_STORM_STALE_AIM_H
#define INJECTOR_STORM_STALE_AIM_H

#include <stdbool.h>
#include <stdint.h>

enum {
	STALE_SHIFT = 6,                /* XA_CHUNK_SHIFT of 64-bit kernels */
	STALE_SLOTS = 1 << STALE_SHIFT, /* of a node */
	STALE_ORDER_MAX = 12,           /* xas_split_alloc() makes nodes of one level only */
};

#define STALE_NO_PAGE UINT64_MAX

/* What another thread does meanwhile to the place where a small folio is added. */
struct stale_meanwhile {
	unsigned int order; /* of the large folio added there; 0: none */
	bool seen;          /* the folio is there when the order is read */
	bool gone;          /* and is gone when the lock is taken */
	bool shadow;        /* by reclaim, which leaves a shadow entry; else it leaves nothing */
	bool locked;        /* both happen under the lock: the kernel has the fix */
};

enum stale_outcome {
	STALE_ADDED,   /* the tree is correct */
	STALE_REFUSED, /* -EEXIST: the place is taken */
	STALE_NODE,    /* slots of one node lead to the freed folio */
	STALE_ALL,     /* nodes replace its shadow: all its pages but one lead to it */
};

/* The state of the tree after adding the small folio. */
enum stale_outcome stale_outcome(const struct stale_meanwhile *meanwhile);

/* The slots of the node that is added with a small folio. */
struct stale_slots {
	uint64_t first;   /* page of its first slot */
	uint64_t pages;   /* of each slot: 1 in a leaf, 64 or more above leaves */
	unsigned int own; /* slot of the small folio, which is served for all pages of the slot */
};

/*
 * Finds the place of that node (STALE_NODE): the first one from the root down that the tree lacks
 * for `page`. kept: the nearest other page in the cache when the lock is taken, on which the depth
 * of the tree depends; STALE_NO_PAGE: none. slots: set on success. Returns whether there is such a
 * node: no nodes are made for folios of less than 64 or more than 4096 pages, and none is needed if
 * `kept` is in the same 64 pages.
 */
bool stale_slots(unsigned int order, uint64_t page, uint64_t kept, struct stale_slots *slots);

/* The slot of a page, 0 to 63; -1: the node does not cover it. */
int stale_slot_of(const struct stale_slots *slots, uint64_t page);

#endif
