/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal workload at work: one thread that writes, one that archives, and readers.
 *
 * Files are slots: the writer fills one, hands it to the archiver when it is time to rotate, and
 * goes on in the one that was archived longest ago, emptied. What cannot be done while readers are
 * inside (emptying a slot, dropping its pages) takes `barrier` for writing; readers take it for
 * reading, for one question at a time. Only the writer's thread changes a slot that is active, only
 * the archiver's one that is being archived.
 *
 * Each hole has a ticket. Before it is punched, the archiver puts on the stage what the punch
 * exposes, waits until the readers have arrived there, and tells them by `phase` how far it is.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_PLAY_H
#define TOOLS_WORKLOADS_JOURNAL_PLAY_H

#include "tools/workloads/journal/archive.h"
#include "tools/workloads/journal/content.h"
#include "tools/workloads/journal/settings.h"
#include "tools/workloads/workload.h"

#include <pthread.h>

enum { PLAY_SLOTS_MAX = JOURNAL_KEEP_MAX + 2, PLAY_SPOTS_MAX = 64 };

enum slot_state { SLOT_EMPTY, SLOT_ACTIVE, SLOT_ARCHIVING, SLOT_ARCHIVED };

struct journal_slot {
	_Atomic int state; /* enum slot_state */
	struct payload_owner owner;
	char name[WORKLOAD_NAME_SIZE];
	int mount_fd, backing_fd;
	struct journal_writer writer;
};

enum stage_phase { STAGE_IDLE, STAGE_GATHER, STAGE_PUNCHING, STAGE_DONE };

/* A page that the punch exposes, and something to read there. */
struct journal_spot {
	uint64_t page; /* of the file */
	uint64_t part; /* first page of the folio that it is in after the split */
	uint64_t data; /* offset of a data object in it; of a layout, that of the page */
};

/* What is not atomic is written while phase is STAGE_IDLE, and stands from the ticket on. */
struct journal_stage {
	_Atomic uint64_t ticket; /* number of the punch, from 1 */
	_Atomic int phase;       /* enum stage_phase */
	struct journal_slot *slot;
	struct journal_hole hole;
	uint64_t folio; /* first page of the file of the folio in which the hole begins */
	struct journal_spot spots[PLAY_SPOTS_MAX];
	unsigned int spot_count;
	_Atomic uint64_t arrived[WORKLOAD_READERS_MAX]; /* ticket, by reader */
	struct passage passage;                         /* by tickets */
};

struct journal_reader;

struct journal_play {
	const struct journal_settings *settings;
	struct workload *workload;
	struct distribution size;
	struct journal_slot slots[PLAY_SLOTS_MAX];
	unsigned int slot_count;
	pthread_rwlock_t barrier;
	struct journal_stage stage;
	struct journal_reader *readers;
	unsigned int reader_count;
	_Atomic bool stop; /* threads end */
	_Atomic int error; /* the first */
	/* The last punch that was hit, that gave a capture. */
	_Atomic uint64_t hit_ticket, capture_ticket;
	/* Of the archiver. */
	pthread_t archiver;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct journal_slot *queued; /* under lock: to be archived, or being so */
	/* For the result. */
	_Atomic uint64_t files, archived, holes_end, holes_array, hole_bytes, spots, edge_zeros;
};

/* Whether to end: told to, out of time, or something went wrong. */
bool play_over(struct journal_play *play);

/* Keeps the first error. */
void play_failed(struct journal_play *play, int error);

/* Puts the calling thread on the processors of the readers (reader: its number), or on the others
 * (-1). */
void play_pin(const struct journal_play *play, int reader);

/* Whether a look-up of a reader can fall into a split: not in FUSE's own page cache, and not on the
 * only processor. */
bool play_can_hit(const struct journal_play *play);

#endif
