/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the source files of a journal reader: reader.c (what it reads), ask.c (how it gets
 * bytes and reports wrong ones).
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_READER_PARTS_H
#define TOOLS_WORKLOADS_JOURNAL_READER_PARTS_H

#include "tools/workloads/journal/check.h"
#include "tools/workloads/journal/play.h"

enum { PAGE = STAMP_PAGE_SIZE, KNOWN_MAX = 64 };

/* A wrong page that was reported. */
struct known {
	struct payload_owner owner;
	uint64_t page, ticket;
};

struct journal_reader {
	struct journal_play *play;
	unsigned int number; /* among this workload's readers */
	struct reader_counts *counts;
	struct windows windows[PLAY_SLOTS_MAX]; /* changed by others under barrier, for writing */
	struct journal_walk walk;
	struct journal_slot *slot; /* that it reads now */
	/* A copy of a page made during a punch; the next question uses it instead of the
	 * mapping. */
	uint64_t taken_at; /* its offset; UINT64_MAX: none */
	int taken_from;    /* phase of the stage before the copy */
	char taken[PAGE];
	int mem_fd;
	struct folio_lookup lookup;
	uint64_t ticket, turn;
	uint64_t captured; /* captures by the witness until the last question */
	uint64_t wait;     /* ns between the unmapping of the hole and that of the page to read */
	struct payload_owner follows;
	uint64_t position; /* next entry in the file that it follows */
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
 * Copies a page of the current slot by the reader's method; the next question uses the copy instead
 * of the mapping. page: of the file. Returns 0; -ENODATA: no such page; other -errno.
 */
int reader_take(struct journal_reader *reader, uint64_t page);

/* Begins to read a slot, which must be active or archived, so that its header is complete. Returns
 * as reader_ask(). */
int reader_enter(struct journal_reader *reader, struct journal_slot *slot);

/* Reads and checks, counts and reports wrong bytes. Returns 0; 1: wrong bytes were found; -errno:
 * the run ends. */
int reader_ask(struct journal_reader *reader, const struct journal_question *question);

/* Handles the error of reader_take() or a check: counts and reports wrong bytes. Returns 1, or
 * `error` if it does not mean wrong bytes. */
int reader_found(struct journal_reader *reader, const struct journal_question *question, int error);

#endif
