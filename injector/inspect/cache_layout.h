/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offsets of members in the structs of the page cache, for code that reads a kernel's memory from
 * outside. The constants here have not changed since (x86-64):
 *
 *   struct folio            5.16
 *   struct xa_node          4.20
 *   struct address_space    4.20, up to i_pages; others depend on version and configuration
 *
 * The others are in a table by version. A kernel's configuration can change all of them, so check
 * with cache_check() that the page cache looks valid before concluding anything.
 */
#ifndef INJECTOR_INSPECT_CACHE_LAYOUT_H
#define INJECTOR_INSPECT_CACHE_LAYOUT_H

#include "injector/base/kernel.h"

#include <stdint.h>

enum {
	CACHE_FOLIO_FLAGS = 0,
	CACHE_FOLIO_HEAD = 8, /* compound_head: bit 0 is set in tails */
	CACHE_FOLIO_MAPPING = 24,
	CACHE_FOLIO_INDEX = 32,
	CACHE_FOLIO_REFCOUNT = 52,
	CACHE_FOLIO_SIZE = 128, /* bytes to read: two of struct page */
	CACHE_FOLIO_ALIGN = 64, /* of struct page */

	CACHE_NODE_SHIFT = 0,
	CACHE_NODE_OFFSET = 1,
	CACHE_NODE_COUNT = 2,
	CACHE_NODE_PARENT = 8,
	CACHE_NODE_ARRAY = 16,
	CACHE_NODE_SLOTS = 40,
	CACHE_NODE_MARKS = 552,
	CACHE_NODE_SIZE = 576,
	CACHE_SLOTS = 64,
	CACHE_SLOT_BITS = 6,
	CACHE_MARKS = 3,

	CACHE_MAPPING_LOCK = 8,  /* i_pages.xa_lock, 4 bytes, not 0: held */
	CACHE_MAPPING_ROOT = 16, /* i_pages.xa_head */
	CACHE_MAPPING_ARRAY = 8,
	CACHE_MAPPING_SIZE = 192, /* bytes to read */
};

struct cache_layout {
	unsigned int order_at; /* offset of the byte with the order of a large folio */
	/* Bit numbers in its flags. */
	unsigned int dirty, writeback, head;
	const char *kernels; /* "6.7 and later" */
};

/* The layout of a kernel, a constant row; NULL: not known. */
const struct cache_layout *cache_layout_of(const struct kernel_version *kernel);

#endif
