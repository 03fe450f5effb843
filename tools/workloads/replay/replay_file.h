/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bytes of a replayed file must be. A byte that is written is that of the stamp of its
 * place, so whoever writes it last does not matter; any other is zero. For each page it is known
 * which of both it is, or that it may be either, or neither (what came from another place of a file
 * keeps the stamp of there, and is not judged).
 *
 * A writer of a file says so before and after; a reader takes a view of the pages before and after,
 * and where they changed in between, either is right.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_FILE_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_FILE_H

#include "tools/reading/oracle.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* What a change makes of its range. */
enum replay_change {
	REPLAY_WRITES,
	REPLAY_ZEROS,
	REPLAY_MUDDLES, /* bytes of elsewhere */
	REPLAY_NOTHING, /* it failed, before it did anything or on the way */
};

struct replay_file {
	uint32_t number;         /* in results; 0: it has none */
	uint32_t stamp;          /* 1-255, in its pages */
	uint64_t pages;          /* that are told apart; beyond them nothing is judged */
	_Atomic uint32_t *state; /* of each */
	_Atomic uint64_t size;
	_Atomic uint64_t punching; /* the 2 MiB that are punched now, from 1; 0: none */
	pthread_mutex_t lock;      /* of whoever changes `state` */
};

/* largest: its size ever, bytes. Returns 0 or -ENOMEM (reported). */
int replay_file_init(struct replay_file *file, uint64_t largest);

void replay_file_destroy(struct replay_file *file);

/* Both take the same range, bytes. Any number of changes may go on at once. */
void replay_change_begin(struct replay_file *file, uint64_t offset, uint64_t length);
/* done: of them, from the start: what the change made so; the rest is as before, or a mixture. */
void replay_change_end(struct replay_file *file, uint64_t offset, uint64_t length, uint64_t done,
		       enum replay_change change);

/* The view of a page; pages that are not told apart have one, too. */
uint32_t replay_view(const struct replay_file *file, uint64_t page);

/* What was read of one page. */
struct replay_piece {
	uint64_t page;
	size_t from, length;    /* bytes of the page */
	const char *bytes;      /* NULL: there was no such page */
	uint32_t before, after; /* views of the page, around the read */
};

/* Judges what was read. Returns 1 judged, with the judgement filled in; 0 it cannot be. */
int replay_judge(const struct replay_file *file, const struct replay_piece *piece,
		 struct judgement *judgement);

/* Fills a buffer with what is to be written at an offset. */
void replay_fill(const struct replay_file *file, uint64_t offset, char *buffer, size_t length);

#endif
