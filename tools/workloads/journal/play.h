/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the journal workload: one thread writes, one archives, and others read.
 *
 * Files are slots. The writer fills one, passes it to the archiver at rotation, and goes on in the
 * one that was archived longest ago, which it empties. Operations that readers must not see
 * (emptying a slot, dropping its pages) take `barrier` for writing; readers take it for reading,
 * for one question at a time. Only the writer's thread changes an active slot, and only the
 * archiver's thread one that is being archived.
 *
 * Each hole has a ticket. Before the punch, the archiver writes to the stage what it will expose,
 * waits until the readers have arrived, and announces its progress in `phase`.
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

/* A page that the punch exposes, and a data object to read there. */
struct journal_spot {
	uint64_t page; /* of the file */
	uint64_t part; /* first page of its folio after the split */
	uint64_t data; /* offset of a data object in it; for a layout, that of the page */
};

/* Fields that are not atomic are written while phase is STAGE_IDLE, before `ticket`. */
struct journal_stage {
	_Atomic uint64_t ticket; /* number of the punch, from 1 */
	_Atomic int phase;       /* enum stage_phase */
	struct journal_slot *slot;
	struct journal_hole hole;
	uint64_t folio; /* first page, in the file, of the folio in which the hole begins */
	struct journal_spot spots[PLAY_SPOTS_MAX];
	unsigned int spot_count;
	_Atomic uint64_t arrived[WORKLOAD_READERS_MAX]; /* last ticket, by reader */
	struct passage passage;                         /* by ticket */
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
	_Atomic bool stop; /* the threads must end */
	_Atomic int error; /* -errno of the first error */
	/* The last punches with a hit, with a capture. */
	_Atomic uint64_t hit_ticket, capture_ticket;
	/* The archiver. */
	pthread_t archiver;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct journal_slot *queued; /* waiting or being archived, or NULL; under lock */
	/* For the result. */
	_Atomic uint64_t files, archived, holes_end, holes_array, hole_bytes, spots, edge_zeros;
};

/* Returns whether the threads must end: the run stops, its time is over, or an error. */
bool play_over(struct journal_play *play);

/* Sets the error, unless one is set. */
void play_failed(struct journal_play *play, int error);

/* Pins the calling thread: to the processor of a reader (its number), or to those without readers
 * (-1). */
void play_pin(const struct journal_play *play, int reader);

/* Returns whether a look-up of a reader can fall into a split: not with FUSE's own page cache, and
 * not with a single processor. */
bool play_can_hit(const struct journal_play *play);

#endif
