/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The holes that systemd-journald punches into a file when it archives it, as it finds them, in its
 * order: from the end of the last object to the end of the file; then what is unused of the last
 * entry array of the file; then of each data object, in the order of the hash table. None of less
 * than JOURNAL_HOLE bytes.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_HOLES_H
#define TOOLS_WORKLOADS_JOURNAL_HOLES_H

#include "tools/workloads/journal/walk.h"

struct journal_hole {
	uint64_t offset, length; /* bytes */
	uint64_t array;          /* of the entry array; 0: the end of the file */
	uint64_t data;           /* of the data object that it is of; 0: the file's own */
};

/* What was met on the way. */
struct journal_holes_seen {
	uint64_t data, chains; /* data objects, those with entry arrays */
	uint64_t bad;          /* what could not be followed; the first: */
	uint64_t bad_at;
	char bad_text[112];
};

/*
 * Calls take() for each hole of `least` bytes or more, down to those of length 1 for 0. Damage ends
 * what it is in, as it does for journald, and the rest goes on. take() returns 0, or what ends it
 * all. Returns 0 or what take() or the source said.
 */
int journal_holes(struct journal_walk *walk, uint64_t least,
		  int (*take)(void *context, const struct journal_hole *hole), void *context,
		  struct journal_holes_seen *seen);

#endif
