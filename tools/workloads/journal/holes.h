/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the holes that systemd-journald punches when it archives a file, in its order: from the end
 * of the last object to the end of the file; then the unused rest of the last entry array of the
 * file; then that of each data object, in the order of the hash table. journald punches none
 * smaller than JOURNAL_HOLE.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_HOLES_H
#define TOOLS_WORKLOADS_JOURNAL_HOLES_H

#include "tools/workloads/journal/walk.h"

struct journal_hole {
	uint64_t offset, length; /* bytes */
	uint64_t array;          /* offset of its entry array; 0: the end of the file */
	uint64_t data;           /* offset of the array's data object; 0: the file's own array */
};

/* Counts of the search. */
struct journal_holes_seen {
	uint64_t data, chains; /* data objects; chains of entry arrays */
	uint64_t bad;          /* damaged places; the first one: */
	uint64_t bad_at;
	char bad_text[112];
};

/*
 * Calls take() for each hole of at least `least` bytes; 0: for all. At damage the search of that
 * chain ends, as in journald, and the next one goes on. take() returns 0, or an error that ends the
 * search. Returns 0 or the error of take() or the source.
 */
int journal_holes(struct journal_walk *walk, uint64_t least,
		  int (*take)(void *context, const struct journal_hole *hole), void *context,
		  struct journal_holes_seen *seen);

#endif
