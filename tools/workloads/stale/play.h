/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the source files of the workload "stale-folios": stale.c (its steps), reader.c (its
 * readers), file.c (its file), holder.h (holds a reader) and memory.h (anonymous memory). The file
 * is read and dropped beneath the layer: the race is in the page cache of XFS, and most kernels
 * that have it (up to 6.9) have no passthrough.
 */
#ifndef TOOLS_WORKLOADS_STALE_PLAY_H
#define TOOLS_WORKLOADS_STALE_PLAY_H

#include "injector/memory/folio.h"
#include "injector/storm/stale_aim.h"
#include "injector/storm/target.h"
#include "tools/reading/oracle.h"
#include "tools/workloads/stale/holder.h"
#include "tools/workloads/stale/memory.h"
#include "tools/workloads/stale/spin.h"
#include "tools/workloads/workload.h"

#include <pthread.h>

enum {
	STALE_LARGE = 512,              /* pages of the large folio */
	STALE_LARGE_ORDER = 9,          /* its order */
	STALE_SPAN = STALE_SLOTS << 6,  /* pages below a node whose children are leaves */
	STALE_CHECKED = STALE_LARGE * 2 /* most pages that are read after a step */
};

struct stale_settings {
	const struct stale_holder *holder;
	uint64_t size;     /* of the file, bytes */
	bool above;        /* the stale node is one above leaves */
	uint64_t steps;    /* 0: until the time is over */
	uint64_t hold;     /* time limit of a hold, ns */
	uint64_t patience; /* of stale_reader_spins(), ns */
	uint64_t listen;   /* ns */
	uint64_t memory;   /* bytes of anonymous memory; 0: none */
};

/* The current step. */
struct stale_step {
	uint64_t number; /* from 1 */
	uint64_t folio;  /* first page of the large folio */
	uint64_t page;   /* of the small folio */
	uint64_t kept;   /* page that stays in the cache */
	struct stale_slots slots;
	uint64_t frame; /* number of the large folio's first page frame */
	bool large;     /* the large folio was added while the thread that adds was held */
};

struct stale_play;

/* A thread that reads pages on request. If it hangs, it is abandoned. */
struct stale_reader {
	struct stale_play *play;
	int index; /* of its counts in the workload's; negative: -errno */
	int fd;
	pthread_t thread;
	_Atomic pid_t tid; /* 0: not started yet */
	_Atomic bool stop;
	_Atomic unsigned int asked, answered;
	_Atomic uint64_t accesses; /* number begun */
	/* What to read: set before `asked`, used by the thread. */
	uint64_t pages[STALE_CHECKED];
	size_t count;
	uint64_t lead;          /* ns between counting an access and its system call */
	bool exposed;           /* reads of the step's slots count as exposures */
	struct stale_spin spin; /* used by the thread that waits for it */
};

struct stale_play {
	struct workload *workload;
	const struct stale_settings *settings;
	unsigned int file; /* number in stamps */
	struct region region;
	struct target target;
	int fd;
	char *map; /* of the whole file */
	struct folio_lookup lookup;
	struct stale_gate *gate;
	struct stale_preemption *preemption;
	char places[256]; /* of the holds, in words */
	struct stale_step step;
	struct stale_reader adder, checker;
	struct stale_memory memory;
	struct {
		uint64_t steps, at_charge, large, at_nodes, dropped, expired;
	} counts;
};

/* Makes the file, all of it stamped, and maps it. Returns 0 or -errno (workload_fail()). */
int stale_file_make(struct stale_play *play);

/* Returns a range of the file. page: its first; pages: their number. */
struct folio_range stale_range(const struct stale_play *play, uint64_t page, uint64_t pages);

/* Drops pages from the page cache, unless they are in use. */
void stale_drop(const struct folio_range *range);

/* Drops pages and retries for up to `time` (ns), until none is left: a page that was just read may
 * not be on the LRU list yet. Returns whether none is left. Do not use it for slots that may be
 * stale: it looks folios up. */
bool stale_drop_all(const struct folio_range *range, uint64_t time);

/* Moves the calling thread to the last processor, which is that of held threads; the thread that
 * runs the steps uses the others. */
void stale_last_processor(void);

/* Starts the thread and waits until it runs. Returns 0 or -errno (workload_fail()). */
int stale_reader_start(struct stale_reader *reader, struct stale_play *play);

/* Makes it read pages[0 .. count), without waiting for it. */
void stale_reader_ask(struct stale_reader *reader);

/* Returns whether it has finished the pages of the last stale_reader_ask(). */
bool stale_reader_answered(const struct stale_reader *reader);

/* Resets the time that stale_reader_spins() measures. */
void stale_reader_watch(struct stale_reader *reader);

/* Returns whether it has been in one access for `patience` ns and has run in the kernel for at
 * least half of that, as no normal read does. still: gets the time in that access, ns. Call it
 * every few milliseconds (spin.h). */
bool stale_reader_spins(struct stale_reader *reader, uint64_t patience, uint64_t *still);

/* Returns the number of wrong pages that it has read. */
uint64_t stale_reader_wrong(const struct stale_reader *reader);

/* Ends the thread. Do not call it for a reader that spins: it would wait for ever. */
void stale_reader_stop(struct stale_reader *reader);

/* The workload's own events. */
extern const struct key_table stale_events[];

/* Reports a wrong page of a file as a hit. reader: index of its counts; file: number in stamps;
 * again: it was wrong in a second read, too. */
void stale_tell_wrong(const struct stale_play *play, unsigned int reader, unsigned int file,
		      uint64_t page, const struct judgement *wrong, bool again);

/* Reports as a hit that the reader is stuck at a page. still: for how long, ns. */
void stale_reader_tell_hang(const struct stale_reader *reader, uint64_t page, uint64_t still);

#endif
