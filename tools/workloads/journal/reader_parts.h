/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reader of a journal workload, for the files that make it up: reader.c (where it goes), ask.c
 * (how it gets bytes, and what becomes of wrong ones).
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_READER_PARTS_H
#define TOOLS_WORKLOADS_JOURNAL_READER_PARTS_H

#include "tools/workloads/journal/check.h"
#include "tools/workloads/journal/play.h"

enum { PAGE = STAMP_PAGE_SIZE, KNOWN_MAX = 64 };

/* A wrong page that was told of. */
struct known {
	struct payload_owner owner;
	uint64_t page, ticket;
};

struct journal_reader {
	struct journal_play *play;
	unsigned int number; /* of this workload's readers */
	struct reader_counts *counts;
	struct windows windows[PLAY_SLOTS_MAX]; /* changed by others under barrier, for writing */
	struct journal_walk walk;
	struct journal_slot *slot; /* that the walk is of */
	/* A page as it was taken during a punch; it is what counts of it. */
	uint64_t taken_at; /* offset; UINT64_MAX: none */
	int taken_from;    /* phase of the stage before it was */
	char taken[PAGE];
	int mem_fd;
	struct folio_lookup lookup;
	uint64_t ticket, turn;
	uint64_t captured; /* of the witness, at the last question */
	uint64_t wait;     /* from the unmapping of the hole to that of what is read, ns */
	struct payload_owner follows;
	uint64_t position; /* entry, of the file that it follows */
	struct known known[KNOWN_MAX];
	unsigned int known_count;
	struct journal_wrong wrong;
	pthread_t thread;
	bool started;
};

static inline void reader_count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline struct windows *reader_windows(struct journal_reader *reader,
					     const struct journal_slot *slot)
{
	return &reader->windows[slot - reader->play->slots];
}

/*
 * Takes a page of the slot at hand in the reader's way: it goes before what is mapped in the next
 * question. Returns 0, -ENODATA where there is none, or -errno.
 */
int reader_take(struct journal_reader *reader, uint64_t page);

/* Begins with a slot. Its header is whole from the time on that the slot is active. Returns as
 * reader_ask() does. */
int reader_enter(struct journal_reader *reader, struct journal_slot *slot);

/* Reads, checks, counts and tells. Returns 0; 1 when wrong bytes were found; else -errno, and the
 * run ends. */
int reader_ask(struct journal_reader *reader, const struct journal_question *question);

/* What came of an access that did not go well: the same for reader_take(). */
int reader_found(struct journal_reader *reader, const struct journal_question *question, int error);

#endif
