/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a reader: reader.c (its thread, and where it reads), reader_wait.c (when),
 * reader_look.c (one access, and what is told of it). All of it is called from the reader's own
 * thread. */
#ifndef TOOLS_READING_READER_PARTS_H
#define TOOLS_READING_READER_PARTS_H

#include "tools/reading/reader.h"

/* Only the reader itself adds to its counts. */
static inline void reader_count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

/* Where byte `offset` of a region is mapped through the layer. */
static inline const char *reader_address(const struct region *region, uint64_t offset)
{
	return region->target->map + region->offset + offset;
}

/* The hole as the aim model has it. */
static inline struct aim_punch reader_punch(const struct target *target, const struct hole *hole)
{
	return (struct aim_punch){
		.order = target->order,
		.first = (unsigned int)(hole->first / page_size()),
		.count = hole_pages(hole),
	};
}

/* Reads the page at `offset` bytes of a region, has it judged, and counts and tells what came of
 * it. Returns 0 or -errno of the access. */
int reader_read_once(struct reader *reader, struct region *region, uint64_t offset);

/* Captures by the witness so far. */
uint64_t reader_captures(const struct reader *reader);

/* The first page that the punch unmaps, bytes from the start of the region: one that is wholly in
 * the hole (truncate_pagecache_range()). A hole without such a page unmaps nothing before the split
 * does. */
uint64_t reader_page_to_watch(const struct hole *hole);

/* Takes the outcome of the last punch into account for the wait of the next. */
void reader_learn(struct reader *reader);

/* Maps what will be read, or is watched, so that it takes no fault before the storm. */
void reader_map_region(struct reader *reader);

/* Whether the page at hand is read all the time until the storm is done there, and no moment waited
 * for. */
bool reader_reads_at_once(const struct reader *reader);

/* Whether the storm has not finished with the region that the reader is at. A region that it has
 * finished with is soon filled and ready again, for another ticket: who only looked at its phase
 * would stay for a whole round. */
bool reader_is_coming(const struct reader *reader);

/* Asks the page table until the page is unmapped, or the storm has finished here. */
void reader_watch_page(struct reader *reader, uint64_t offset);

/* Says to an engine what will be read. From here on nothing else runs on the reader's processor,
 * but what interrupts it. */
void reader_offer(struct reader *reader);

/* The same of a program, which takes any of these pages of the file when it likes: where it has
 * them mapped, the engine stops it. addresses: of the first one, SCHEDULE_MAPPINGS. */
void reader_offer_program(struct reader *reader, uint64_t ticket, const uint64_t *addresses,
			  uint64_t first, uint64_t last);

/* Stays until the engine lets it go, or the storm has finished here. */
void reader_wait_for_the_engine(struct reader *reader);

/*
 * Until the punch has unmapped the page that it is for, and the wait after it is over. The kernel
 * unmaps that page before it locks and splits the folio (truncate_inode_pages_range()), so there is
 * time to be right behind the freeze.
 */
void reader_wait_for_the_split(struct reader *reader);

#endif
