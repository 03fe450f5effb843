/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks the page cache of one file, like fsck(8) a file system: walks the XArray of a struct
 * address_space in a kernel's memory, and compares each slot with the folio to which it leads.
 * These invariants hold while no thread holds the tree's xa_lock:
 *
 *   - the folio is of this file, contains the page of the slot, and has a reference (folios are
 *     frozen for a split or removal only under the lock);
 *   - its order and its first page are those of the entry, whose other slots are its siblings;
 *   - a folio that is dirty or under writeback has the mark of that, in the first slot of its
 *     entry, and no other slot has one; marks of a node agree with those of the nodes beneath it;
 *   - a shadow entry is as wide and as aligned as a folio can be, and has no marks;
 *   - a node has the right place, array and count of used slots;
 *   - nrpages is the sum of all folios.
 *
 * While the lock is held, only one invariant holds: no slot leads to a folio of this file that can
 * be referenced and does not contain the page, because look-ups do not take the lock.
 *
 * The memory must not change during the check: it is that of a stopped guest, a dump, or a copy.
 * Derived from lib/xarray.c, mm/filemap.c and mm/huge_memory.c of 6.1 to 7.2. Does not support DAX
 * and hugetlbfs.
 */
#ifndef INJECTOR_INSPECT_CACHE_CHECK_H
#define INJECTOR_INSPECT_CACHE_CHECK_H

#include "injector/inspect/cache_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The fault of a slot; of several, the first in this order. */
enum cache_fault {
	CACHE_RIGHT,
	CACHE_POINTER,   /* leads to the middle of a folio, or not to memory */
	CACHE_FREE,      /* to a folio without references */
	CACHE_FOREIGN,   /* to a folio of another file, or of none */
	CACHE_MISPLACED, /* to a folio of this file that does not contain the page */
	CACHE_ORDER,     /* is not the place for a folio of that order and index */
	CACHE_SIBLING,   /* is a sibling of another entry, or should be a sibling and is not */
	CACHE_MARK,      /* its marks are not those of the folio, or of the node beneath */
	CACHE_SHADOW,    /* has a shadow entry that no folio can have left */
	CACHE_NODE,      /* leads to a node of another place, or with a wrong count of slots */
	CACHE_SUM,       /* of the file: nrpages is wrong */
	CACHE_FAULTS,
};

/* "misplaced", ... */
extern const char *const cache_fault_names[CACHE_FAULTS];

/* The race that leaves such slots: "stale folio", "split", "lost mark", "tree". */
const char *cache_fault_family(enum cache_fault fault);

struct cache_folio {
	uint64_t address, flags, mapping, index;
	unsigned int order;
	int32_t refcount;
	bool tail;
};

struct cache_violation {
	enum cache_fault fault;
	/* May be transient: marks follow flags only after a moment. It is a fault only if it is
	 * still there some time later. */
	bool passing;
	uint64_t page, pages;     /* of the slot: first page, number of pages */
	uint64_t entry;           /* in the slot */
	struct cache_folio folio; /* to which it leads; address 0: none */
	uint64_t found, expected; /* counts, or marks ORed */
};

struct cache_sum {
	bool locked; /* the xa_lock is held */
	uint64_t nodes, slots, folios, pages, shadows, violations;
};

/* A file's page cache. */
struct cache {
	const struct cache_layout *layout;
	/* Reads memory at a kernel address. Returns 0; -EFAULT no memory there; another -errno ends
	 * the check. */
	int (*read)(void *context, uint64_t address, void *into, size_t size);
	void *context;
	uint64_t mapping;      /* address of its struct address_space */
	unsigned int pages_at; /* offset of nrpages in it; 0: not known, not checked */
	bool unmarked;         /* dirty folios have no mark: tmpfs */
};

/*
 * Checks all slots. visit: called with each violation; may be NULL. sum: filled in, also on
 * failure. Returns 0, also with violations; -errno of read(), but -EFAULT at a slot's target is a
 * violation.
 */
int cache_check(const struct cache *cache, struct cache_sum *sum,
		void (*visit)(void *context, const struct cache_violation *violation),
		void *context);

/*
 * Checks the slot of one page as a look-up would find it, also while the tree is locked. frozen:
 * address of a folio that is being split, to which slots may lead; 0: none. violation: filled in,
 * also without a fault. Returns 0; -ENOENT the slot is empty, or has a shadow entry; other -errno
 * it cannot be followed.
 */
int cache_look(const struct cache *cache, uint64_t page, uint64_t frozen,
	       struct cache_violation *violation);

/* Reads the folio at an address, which may not be one. Returns 0 or -errno of read(). */
int cache_folio_read(const struct cache *cache, uint64_t address, struct cache_folio *folio);

/*
 * Finds the offset of nrpages, which differs between kernels. pages: the sum of cache_check() at
 * the same moment. at: set to the first known offset with that value; 0: none. Returns 0 or -errno
 * of read().
 */
int cache_find_nrpages(const struct cache *cache, uint64_t pages, unsigned int *at);

#endif
