/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The expected content of a replayed file. A byte that was written has the stamp of its place, so
 * it does not matter who wrote it last; any other byte is zero. The state of each page tells which
 * of both it is, or either, or neither: bytes moved from another place keep that place's stamp, and
 * are not judged.
 *
 * A writer announces a change before and after it. A reader takes views of the pages before and
 * after its read; if they changed in between, both contents are right.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_FILE_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_FILE_H

#include "tools/reading/oracle.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* The effect of a change on its range. */
enum replay_change {
	REPLAY_WRITES,
	REPLAY_ZEROS,
	REPLAY_MUDDLES, /* bytes from another place */
	REPLAY_NOTHING, /* it failed, with or without effect */
};

struct replay_file {
	uint32_t number;           /* in results; 0: none */
	uint32_t stamp;            /* file number in its stamps, 1-255 */
	uint64_t pages;            /* with a state; later pages are not judged */
	_Atomic uint32_t *state;   /* of each page */
	_Atomic uint64_t size;     /* bytes, at least */
	_Atomic uint64_t cuts;     /* truncations, see replay_cut_begin() */
	_Atomic bool astray;       /* a call had another result than recorded */
	_Atomic uint64_t punching; /* number, from 1, of the 2 MiB being punched; 0: none */
	pthread_mutex_t lock;      /* for changes of `state` */
	pthread_mutex_t placing;   /* for writes to the position or the end; taken before `lock` */
};

/* Initializes a file. largest: its largest size, bytes. Returns 0 or -ENOMEM (reported). */
int replay_file_init(struct replay_file *file, uint64_t largest);

void replay_file_destroy(struct replay_file *file);

/* Announce a change of a range (bytes) and its end. Changes may overlap in time. */
void replay_change_begin(struct replay_file *file, uint64_t offset, uint64_t length);
/* done: bytes from `offset` on that were changed; the rest has old or new content. */
void replay_change_end(struct replay_file *file, uint64_t offset, uint64_t length, uint64_t done,
		       enum replay_change change);

/* Call the first before a truncation to `size`, and the second after it, with what the first has
 * returned and the size that the file has then. */
uint64_t replay_cut_begin(struct replay_file *file, uint64_t size);
void replay_cut_end(struct replay_file *file, uint64_t begun, uint64_t size);

/* Notes that a call has extended the file to at least `end`. cuts: file->cuts before the call; if
 * it was truncated meanwhile, it is not known which came last. */
void replay_grow(struct replay_file *file, uint64_t cuts, uint64_t end);

/* Returns the view of a page, for replay_judge(); also for pages without a state. */
uint32_t replay_view(const struct replay_file *file, uint64_t page);

/* A part of a page that was read. */
struct replay_piece {
	uint64_t page;
	size_t from, length;    /* bytes of the page */
	const char *bytes;      /* NULL: there was no such page */
	uint32_t before, after; /* views of the page before and after the read */
};

/* Judges what was read. Returns 1 with the judgement filled in; 0: it cannot be judged. */
int replay_judge(const struct replay_file *file, const struct replay_piece *piece,
		 struct judgement *judgement);

/* Fills a buffer with the bytes to write at `offset`. */
void replay_fill(const struct replay_file *file, uint64_t offset, char *buffer, size_t length);

#endif
