/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the source files of a reader: reader.c (its thread, and which pages it reads),
 * reader_wait.c (when it reads), reader_look.c (one access, its counts and reports). Only the
 * reader's own thread calls these functions. */
#ifndef TOOLS_READING_READER_PARTS_H
#define TOOLS_READING_READER_PARTS_H

#include "tools/reading/reader.h"

/* Increments a count that only the reader writes. */
static inline void reader_count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

/* Returns the address at which byte `offset` of a region is mapped through the layer. */
static inline const char *reader_address(const struct region *region, uint64_t offset)
{
	return region->target->map + region->offset + offset;
}

/* Returns a hole in the form of the aim model. */
static inline struct aim_punch reader_punch(const struct target *target, const struct hole *hole)
{
	return (struct aim_punch){
		.order = target->order,
		.first = (unsigned int)(hole->first / page_size()),
		.count = hole_pages(hole),
	};
}

/* Reads the page at `offset` bytes of a region, lets the oracle judge it, and counts and reports
 * the result. Returns 0 or -errno of the access. */
int reader_read_once(struct reader *reader, struct region *region, uint64_t offset);

/* Returns the captures by the witness so far. */
uint64_t reader_captures(const struct reader *reader);

/* Returns the first page that the punch unmaps, in bytes from the start of the region: the first
 * one that is completely in the hole (truncate_pagecache_range()). A hole without such a page
 * unmaps nothing before the split does. */
uint64_t reader_page_to_watch(const struct hole *hole);

/* Adjusts the wait by the outcome of the last punch. */
void reader_learn(struct reader *reader);

/* Measures the waits anew: other pages are read, and the misses so far say nothing of these. */
void reader_learn_anew(struct reader *reader);

/* Maps the pages to read and to watch, so that they take no fault before the storm. */
void reader_map_region(struct reader *reader);

/* Returns whether the chosen page is read all the time, without a wait, until the storm has
 * finished with the region. */
bool reader_reads_at_once(const struct reader *reader);

/* Returns whether the storm has not yet finished with the reader's region. The phase alone does not
 * tell: a region is soon refilled and ready again, for another ticket. */
bool reader_is_coming(const struct reader *reader);

/* Polls the page table until the page is unmapped or the storm has finished with the region. */
void reader_watch_page(struct reader *reader, uint64_t offset);

/* Announces to an engine what will be read. From here on only interrupts run on the reader's
 * processor besides it. */
void reader_offer(struct reader *reader);

/* The same for a program, which may read any of the pages `first` to `last` at any time: the engine
 * stops it at the access. addresses: SCHEDULE_MAPPINGS addresses of page `first`; 0: none. */
void reader_offer_program(struct reader *reader, uint64_t ticket, const uint64_t *addresses,
			  uint64_t first, uint64_t last);

/* Waits until the engine releases the reader or the storm has finished with the region. */
void reader_wait_for_the_engine(struct reader *reader);

/*
 * Waits until the punch has unmapped the watched page and locked the folio, then for the learned
 * time. The kernel unmaps that page before it locks and splits the folio
 * (truncate_inode_pages_range()), so the reader can come right after the freeze.
 */
void reader_wait_for_the_split(struct reader *reader);

#endif
