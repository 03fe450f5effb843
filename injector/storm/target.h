/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target: one file of a run, divided into regions of one folio each. A region goes round
 *
 *	refilling -> stable -> punching -> punched -> refilling (the next generation) ...
 *
 * and its sequence number says where it is. The refill and the storm move it on; a reader takes a
 * view before and after an access, and knows from the two what the bytes may have been in between.
 * Only the thread that holds a region (the refill, then the storm, then the refill again) changes
 * it, so there is no lock.
 */
#ifndef INJECTOR_STORM_TARGET_H
#define INJECTOR_STORM_TARGET_H

#include "injector/base/page_size.h"
#include "injector/storm/passage.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pages that so many bytes from the start of a page touch. */
static inline unsigned int target_pages(uint64_t length)
{
	return (unsigned int)((length + page_size() - 1) / page_size());
}

/* The order of a folio of so many bytes, a power of two. */
static inline unsigned int target_order(uint64_t folio)
{
	return (unsigned int)__builtin_ctzll(folio / page_size());
}

enum region_phase {
	REGION_REFILLING,
	REGION_STABLE,
	REGION_PUNCHING,
	REGION_PUNCHED,
};

/* What the storm will take out of a region. */
struct hole {
	uint64_t first;  /* bytes from the start of the region; a multiple of 8, like length */
	uint64_t length; /* 0: nothing */
};

struct folio_maker;

struct region {
	_Atomic uint64_t sequence; /* generation << 2 | phase */
	_Atomic uint64_t hole_first, hole_length;
	_Atomic uint32_t hit_generation;
	_Atomic uint32_t capture_generation;
	struct passage passage; /* by generations */
	uint64_t offset;        /* of its first byte in the file */
	int zeros;              /* of a copy: page of the region where it is punched, or negative */
	bool whole; /* one folio of the wanted order, as far as can be seen; of whoever holds it */
	struct target *target;
};

struct target {
	char name[64];
	unsigned int id; /* 1-255, the file number in its stamps */
	int mount_fd;    /* through the layer */
	int backing_fd;  /* beneath it */
	char *map;       /* shared read-only mapping of the whole file through the layer */
	char *beneath;   /* the same beneath it, which no reader reads from; or NULL */
	uint64_t size;   /* bytes, a multiple of region_size but for copies */
	uint64_t first;  /* bytes before the first region: a hole */
	uint64_t region_size;
	unsigned int order; /* of the folios wanted */
	bool to_end;        /* the storm takes the last region alone, to the end of the file */
	bool cuts;          /* the storm truncates: pages of a hole may be missing for a moment */
	bool keeps;         /* the storm makes no holes: whatever it does to folios, bytes stay */
	int reclaim_fd;     /* memory.reclaim of the cgroup that its folios are charged to, or -1 */
	const struct folio_maker *maker; /* how its folios get into the page cache */
	const char *golden;              /* what it holds at any time; NULL: stamps */
	_Atomic unsigned int users; /* clients at work on it: a copy is not made again under them */
	_Atomic unsigned int used;  /* regions that were punched and are not made again */
	size_t region_count;
	struct region *regions;
};

/* A mapping of the folios that are made and taken away: where the layer has a page cache of its
 * own, one beneath it, if there is one. */
static inline char *target_folios(const struct target *target)
{
	return target->beneath ? target->beneath : target->map;
}

/* One consistent look at a region. */
struct region_view {
	uint64_t sequence;
	struct hole hole;
};

static inline uint32_t sequence_generation(uint64_t sequence)
{
	return (uint32_t)(sequence >> 2);
}

static inline enum region_phase sequence_phase(uint64_t sequence)
{
	return sequence & 3;
}

/* The sequence number as of now; what the caller reads after this call is read after it. */
static inline uint64_t region_sequence(const struct region *region)
{
	return atomic_load_explicit(&region->sequence, memory_order_acquire);
}

/* The sequence number after all that the caller has read before this call. */
static inline uint64_t region_sequence_after_reads(const struct region *region)
{
#ifndef __SANITIZE_THREAD__ /* does not know fences, and does not see the kernel write the pages   \
			       anyway */
	atomic_thread_fence(memory_order_acquire);
#endif
	return atomic_load_explicit(&region->sequence, memory_order_acquire);
}

/* Takes a view; tries again while the region changes under it. */
struct region_view region_view(const struct region *region);

/* Pages of the region that the hole touches. */
static inline unsigned int hole_pages(const struct hole *hole)
{
	return target_pages(hole->first % page_size() + hole->length);
}

/* Whether any byte of [first, first + length) of the region lies in the hole. */
static inline bool hole_touches(const struct hole *hole, uint64_t first, uint64_t length)
{
	return first < hole->first + hole->length && hole->first < first + length;
}

/* Moves a region on to a phase of its generation; to REGION_REFILLING begins the next generation.
 * Held regions only. */
void region_advance(struct region *region, enum region_phase phase);

/* Sets the hole of a held region that is being refilled. */
void region_set_hole(struct region *region, struct hole hole);

/*
 * Divides a file from byte `first` on into regions of region_size bytes; first and size are
 * multiples of it. The regions begin as refilling, generation 0. Returns 0 or -ENOMEM (reported).
 * Release with target_release().
 */
int target_divide(struct target *target, uint64_t first, uint64_t size, uint64_t region_size);

/* Frees the regions, unmaps, closes both descriptors (those that are not negative). */
void target_release(struct target *target);

#endif
