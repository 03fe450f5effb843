/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two pages of memory, shared by a run in a guest and the engine outside of it, like struct
 * schedule_page. The engine inspects the page cache while the guest is stopped, and writes its
 * findings here.
 *
 * To call the engine, the run calls prctl(2) with an option that no kernel knows. The engine stops
 * the guest at the entry of that system call and does what was requested; then the call returns
 * (EINVAL). To tell the engine which address_space belongs to a file, the run calls mincore(2) for
 * page INSPECT_INDEX + the file's number, which no file has: the kernel looks that page up, and
 * does nothing else.
 */
#ifndef INJECTOR_SCHEDULE_INSPECT_PAGE_H
#define INJECTOR_SCHEDULE_INSPECT_PAGE_H

#include "injector/base/kernel.h"
#include "injector/inspect/cache_rounds.h"
#include "injector/probe/gate_types.h"
#include "injector/schedule/code_point.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	INSPECT_OPTION = 0x666f6c69, /* of prctl(2) */
	INSPECT_INDEX = 0x666f6c00,  /* 6.4 TiB: ext4 has up to 16 */
	INSPECT_FILES = 32,
	INSPECT_EVENTS = 12,
	INSPECT_ROWS = 72,
	INSPECT_WHY = 256,
};

enum inspect_call {
	INSPECT_NAME = 1, /* file number, unmarked: the next look-up is of that file */
	INSPECT_NAMED,    /* file number: the look-up is done; answer: 0, or -errno with why */
	INSPECT_LOOK,     /* round, last: inspect all files; answer: violations left, or -errno */
};

enum { INSPECT_NO_ANSWER = 1 << 30 };

/* Where the engine stops the guest: for these calls, and where splits begin. */
enum inspect_point {
	INSPECT_AT_CALL,
	INSPECT_AT_LOOKUP,
	INSPECT_AT_SPLIT,
	INSPECT_POINTS,
};

extern const struct code_point inspect_points[INSPECT_POINTS];

/* One violation. */
struct inspect_row {
	uint32_t file, fault; /* fault: enum cache_fault */
	uint64_t page, pages; /* of the slot */
	uint64_t entry;
	uint64_t folio, flags; /* folio: its index */
	uint32_t order;
	int32_t refcount;
};

struct inspect_counts {
	/* Of splits, as in struct gate_counts. */
	uint64_t splits_inspected, splits_misplaced, slots_inspected, slots_misplaced;
	uint64_t inspect_errors;
	/* Of whole files. */
	uint64_t looks, slots, folios, violations;
	/* Events and rows written here; lost: those without room. */
	uint64_t events, rows, lost;
};

struct inspect_page {
	/* Written by the run before the engine starts. */
	uint64_t rows; /* physical address of INSPECT_ROWS structs inspect_row */
	struct kernel_version kernel;
	uint64_t splits; /* not 0: inspect splits */
	/* Written by the run. */
	_Atomic uint64_t punch_began; /* of the last punch, CLOCK_MONOTONIC ns */
	_Atomic uint64_t events_taken, rows_taken;
	/* Written by the engine. */
	_Atomic int64_t answer; /* to the last call, before which the run sets INSPECT_NO_ANSWER */
	char why[INSPECT_WHY];
	struct inspect_counts counts; /* event n is at n % INSPECT_EVENTS, row n likewise */
	struct gate_event events[INSPECT_EVENTS];
};

/* Makes both pages by locked_page_make(). rows: set. NULL with errno set, not reported. Release
 * with inspect_page_free(). */
struct inspect_page *inspect_page_make(struct inspect_row **rows);

/* NULL is allowed for both. */
void inspect_page_free(struct inspect_page *page, struct inspect_row *rows);

/*
 * Tells the engine the address_space of a file. number: of the file in rows and events, 1 to
 * INSPECT_FILES; fd: of the backing file, which has the page cache; unmarked: its dirty pages have
 * no marks (tmpfs). Returns 0; -ENODEV the engine does not answer; other -errno, and page->why may
 * say why. Not reported.
 */
int inspect_name(struct inspect_page *page, unsigned int number, int fd, bool unmarked);

/* The same, but finds out whether fd is on tmpfs, and reports an error. */
int inspect_name_here(struct inspect_page *page, unsigned int number, int fd);

/* Whether the inspected splits suffice for a verdict: a misplaced slot, or SPLITS_CLEAN splits. */
bool inspect_decides(const struct inspect_page *page);

/*
 * Has the engine inspect all named files CACHE_ROUNDS times, at most. It writes a row for each
 * violation found in all rounds. Returns the number of these violations, including those with a row
 * from before; -errno as above.
 */
int inspect_look(struct inspect_page *page);

#endif
