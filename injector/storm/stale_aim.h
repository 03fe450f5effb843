/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The aim model of the older family: how a folio that is long gone stays in the page cache's
 * XArray, and at which pages.
 *
 * A thread adds a small folio. From 5.17 to 6.9 (6.6.53, 6.1.112), __filemap_add_folio() reads the
 * order of what is there, and has xas_split_alloc() make nodes in whose 64 slots that stands, all
 * of it before it takes the lock. If a large folio was there then and is not when the lock is
 * taken, the nodes are used as if they were empty ones. Their other slots keep the large folio, to
 * which nothing has a reference: it is free, and its memory is soon used for something else. Fixed
 * by a4864671ca0b, 6758c1128ceb and de60fd8ddeda (6.10), which do both under the lock.
 *
 * Read in lib/xarray.c and mm/filemap.c of 6.1; xas_create(), xas_expand() and xas_split_alloc()
 * have not changed in what matters here from 5.17 to 6.9.
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

/* What another thread did meanwhile to the place where a small folio is added. */
struct stale_meanwhile {
	unsigned int order; /* of the large folio that came; 0: none */
	bool seen;          /* it was there when its order was read */
	bool gone;          /* and was not when the lock was taken */
	bool shadow; /* gone by reclaim, which leaves its order; else dropped without trace */
	bool locked; /* both happen under the lock: the kernel has the fix */
};

enum stale_outcome {
	STALE_ADDED,   /* to a tree that is right */
	STALE_REFUSED, /* -EEXIST: the place is taken */
	STALE_NODE,    /* one node of slots that lead to the large folio */
	STALE_ALL,     /* its shadow was divided with such nodes: every page of it but one */
};

/* What becomes of the tree. */
enum stale_outcome stale_outcome(const struct stale_meanwhile *meanwhile);

/* The slots of the node that a small folio leaves in the tree. */
struct stale_slots {
	uint64_t first;   /* page that its first slot begins at */
	uint64_t pages;   /* of each slot: 1 in a leaf, 64 in a node above leaves */
	unsigned int own; /* the one that the small folio is in: served for all pages of it */
};

/*
 * Where that node goes (STALE_NODE): the first one from the root down that the tree lacks for
 * `page`. kept: another page that is in the cache when the lock is taken, the nearest one, or
 * STALE_NO_PAGE: how far down the tree goes for `page` depends on it. Returns whether there is such
 * a node: none is made for less than 64 pages, none fits more than 4096, and none is needed where
 * `kept` is in the same 64. slots: set if so.
 */
bool stale_slots(unsigned int order, uint64_t page, uint64_t kept, struct stale_slots *slots);

/* The slot of a page, 0 to 63; -1: the node does not reach it. */
int stale_slot_of(const struct stale_slots *slots, uint64_t page);

#endif
