/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target: one file of a run, divided into regions of one folio each. A region goes through the
 * phases
 *
 *	refilling -> stable -> punching -> punched -> refilling (the next generation) ...
 *
 * as its sequence number states. The refill and the storm advance it. A reader takes a view before
 * and after an access, and derives from both which bytes are allowed. Only the thread that holds a
 * region (the refill, then the storm, then the refill again) changes it, so there is no lock.
 */
#ifndef INJECTOR_STORM_TARGET_H
#define INJECTOR_STORM_TARGET_H

#include "injector/base/page_size.h"
#include "injector/storm/passage.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of pages of `length` bytes from the start of a page on. */
static inline unsigned int target_pages(uint64_t length)
{
	return (unsigned int)((length + page_size() - 1) / page_size());
}

/* The order of a folio of that many bytes, a power of two. */
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

/* The hole that the storm will punch into a region, in bytes. */
struct hole {
	uint64_t first;  /* from the start of the region; a multiple of 8, like length */
	uint64_t length; /* 0: no hole */
};

struct folio_maker;

struct region {
	_Atomic uint64_t sequence; /* generation << 2 | phase */
	_Atomic uint64_t hole_first, hole_length;
	_Atomic uint64_t hit_generation, capture_generation; /* the last with a hit, a capture */
	_Atomic uint64_t punch; /* number of its last punch, set before REGION_PUNCHING; 0: none */
	struct passage passage; /* number: the generation */
	uint64_t offset;        /* of its first byte in the file */
	int zeros;  /* of a copy: page of the region where it is punched; negative: none */
	bool whole; /* one folio of the wanted order, as far as known; of the holding thread */
	struct target *target;
};

struct target {
	char name[64];
	unsigned int id; /* 1-255, the file number in its stamps */
	int mount_fd;    /* of the file on the mount */
	int backing_fd;  /* of the backing file */
	char *map;       /* shared read-only mapping of the whole file on the mount */
	char *beneath;   /* the same of the backing file, not for readers; or NULL */
	uint64_t size;   /* bytes; a multiple of region_size except for copies */
	uint64_t first;  /* bytes before the first region: a hole */
	uint64_t region_size;
	unsigned int order; /* wanted, of its folios */
	bool to_end;        /* the storm punches the last region only, to the end of the file */
	bool cuts;          /* the storm truncates: pages of a hole may be missing for a moment */
	bool keeps;         /* the storm makes no holes: the bytes stay */
	int reclaim_fd;     /* memory.reclaim of the cgroup that its folios are charged to, or -1 */
	const struct folio_maker *maker; /* makes its folios */
	const char *golden;              /* of a copy: its constant content, mapped; NULL: stamps */
	_Atomic unsigned int users;      /* clients that use it: a copy is not refilled meanwhile */
	_Atomic unsigned int used;       /* regions that are punched and not refilled yet */
	size_t region_count;
	struct region *regions;
};

/* The mapping of the folios that are made and punched: of the backing file if there is one, that
 * is, if the layer has its own page cache. */
static inline char *target_folios(const struct target *target)
{
	return target->beneath ? target->beneath : target->map;
}

/* A consistent snapshot of a region. */
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

/* The present sequence number; the caller's later reads are ordered after it. */
static inline uint64_t region_sequence(const struct region *region)
{
	return atomic_load_explicit(&region->sequence, memory_order_acquire);
}

/* The sequence number after all earlier reads of the caller. */
static inline uint64_t region_sequence_after_reads(const struct region *region)
{
#ifndef __SANITIZE_THREAD__ /* does not know fences, and does not see the kernel write the pages   \
			       anyway */
	atomic_thread_fence(memory_order_acquire);
#endif
	return atomic_load_explicit(&region->sequence, memory_order_acquire);
}

/* Takes a view; tries again if the generation changes meanwhile. */
struct region_view region_view(const struct region *region);

/* The number of pages of the region that the hole touches. */
static inline unsigned int hole_pages(const struct hole *hole)
{
	return target_pages(hole->first % page_size() + hole->length);
}

/* Whether any byte of [first, first + length) of the region lies in the hole. */
static inline bool hole_touches(const struct hole *hole, uint64_t first, uint64_t length)
{
	return first < hole->first + hole->length && hole->first < first + length;
}

/* Advances a region to a phase of its generation; REGION_REFILLING begins the next generation. Only
 * for the thread that holds it. */
void region_advance(struct region *region, enum region_phase phase);

/* Sets the hole of a region that is being refilled. Only for the thread that holds it. */
void region_set_hole(struct region *region, struct hole hole);

/*
 * Divides a file from byte `first` on into regions of region_size bytes; a rest at its end is in
 * none. The regions begin in REGION_REFILLING, generation 0. Returns 0 or -ENOMEM (reported).
 * Release with target_release().
 */
int target_divide(struct target *target, uint64_t first, uint64_t size, uint64_t region_size);

/* Frees the regions, unmaps all mappings, closes both descriptors unless negative. */
void target_release(struct target *target);

#endif
