/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A check of one file's page cache, as fsck(8) is one of a file system: walks the XArray of a
 * struct address_space in somebody's memory, and compares each slot with the folio that it leads
 * to. What must hold while nobody changes the tree, that is while its xa_lock is not held:
 *
 *   - the folio is of this file, contains the page of the slot, and somebody holds a reference
 *     (one that is being split or removed is frozen, which is done under the lock);
 *   - its order and its first page are those of the entry, whose other slots are its siblings;
 *   - a folio that is dirty or written back has the mark of that, in the first slot of its entry,
 *     and no other slot has one; marks of a node agree with those of the nodes beneath it;
 *   - a shadow entry is as wide and as aligned as a folio can be, and has no marks;
 *   - a node knows its place, its array and how many of its slots are used;
 *   - nrpages is the sum of all folios.
 *
 * While the lock is held the tree may be anything but one: a slot that leads to a folio of this
 * file which can be referenced and does not contain the page is wrong at any time, because look-ups
 * do not take the lock.
 *
 * The memory must not change meanwhile: it is that of a guest that stands still, a dump, or a copy.
 * Read in lib/xarray.c, mm/filemap.c and mm/huge_memory.c of 6.1 to 7.2. Pages of DAX and of
 * hugetlbfs are not understood.
 */
#ifndef INJECTOR_INSPECT_CACHE_CHECK_H
#define INJECTOR_INSPECT_CACHE_CHECK_H

#include "injector/inspect/cache_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is wrong with a slot; where it is more than one thing, the first of these. */
enum cache_fault {
	CACHE_RIGHT,
	CACHE_POINTER,   /* leads to no folio: not to memory, or to the middle of one */
	CACHE_FREE,      /* to a folio that nobody has a reference to */
	CACHE_FOREIGN,   /* to a folio of another file, or of none */
	CACHE_MISPLACED, /* to a folio of this file that does not contain the page */
	CACHE_ORDER,     /* is not where a folio of that order and index has its entry */
	CACHE_SIBLING,   /* is a sibling of another entry, or should be one and is not */
	CACHE_MARK,      /* its marks are not those of the folio, or of what is beneath */
	CACHE_SHADOW,    /* holds a shadow entry that no folio can have left */
	CACHE_NODE,      /* leads to a node that is not of this place, or miscounts its slots */
	CACHE_SUM,       /* of the file: nrpages is another number */
	CACHE_FAULTS,
};

/* "misplaced" */
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
	/* It may pass by itself: marks follow flags only after a moment. Seen twice with some time
	 * between, it is wrong. */
	bool passing;
	uint64_t page, pages;     /* of the slot: first page, and how many */
	uint64_t entry;           /* in it */
	struct cache_folio folio; /* that it leads to; address 0: none */
	uint64_t found, expected; /* of counts and marks */
};

struct cache_sum {
	bool locked; /* somebody changes the tree */
	uint64_t nodes, slots, folios, pages, shadows, violations;
};

/* A file's page cache. */
struct cache {
	const struct cache_layout *layout;
	/* Memory at a kernel's address. Returns 0; -EFAULT there is none; another -errno ends the
	 * check. */
	int (*read)(void *context, uint64_t address, void *into, size_t size);
	void *context;
	uint64_t mapping;      /* address of its struct address_space */
	unsigned int pages_at; /* offset of nrpages in it; 0: not known, and not compared */
	bool unmarked;         /* dirty folios have no mark: tmpfs */
};

/*
 * Looks at all slots. visit: called with each violation, may be NULL. sum: filled in, also on
 * failure. Returns 0, however much is wrong; -errno of read(), but for -EFAULT of what a slot leads
 * to.
 */
int cache_check(const struct cache *cache, struct cache_sum *sum,
		void (*visit)(void *context, const struct cache_violation *violation),
		void *context);

/*
 * Looks at one page as a look-up would, also while the tree is locked. frozen: address of a folio
 * that is being split, to which slots may lead; 0: none. violation: filled in, with the folio also
 * where nothing is wrong. Returns 0; -ENOENT the slot is empty, or holds a shadow; other -errno it
 * cannot be followed.
 */
int cache_look(const struct cache *cache, uint64_t page, uint64_t frozen,
	       struct cache_violation *violation);

/* Reads what may be a folio. Returns 0 or -errno of read(). */
int cache_folio_read(const struct cache *cache, uint64_t address, struct cache_folio *folio);

/*
 * Finds where nrpages is: 0 where none of the places that kernels have it at says `pages`, which is
 * what cache_check() has summed up at the same moment. at: set. Returns 0 or -errno of read().
 */
int cache_find_nrpages(const struct cache *cache, uint64_t pages, unsigned int *at);

#endif
