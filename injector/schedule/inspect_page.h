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
	INSPECT_NAME = 1, /* file number, unmarked: what is looked up next is that file */
	INSPECT_NAMED,    /* it has been; answer: 0, or -errno with why */
	INSPECT_LOOK, /* round, last: at all files; answer: violations that are left, or -errno */
};

enum { INSPECT_NO_ANSWER = 1 << 30 };

/* Where the engine stops the guest for that, and where splits begin. */
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
	/* Of what is told here; more than there was room for are lost. */
	uint64_t events, rows, lost;
};

struct inspect_page {
	/* The run's, from the begin. */
	uint64_t rows; /* physical address of the INSPECT_ROWS of struct inspect_row */
	struct kernel_version kernel;
	uint64_t splits; /* not 0: splits are inspected */
	/* The run's. */
	_Atomic uint64_t punch_began; /* CLOCK_MONOTONIC ns; of the last */
	_Atomic uint64_t events_taken, rows_taken;
	/* The engine's. */
	_Atomic int64_t answer; /* to the last call; the run has set INSPECT_NO_ANSWER before */
	char why[INSPECT_WHY];
	struct inspect_counts counts; /* event and row n: number n % INSPECT_EVENTS, INSPECT_ROWS */
	struct gate_event events[INSPECT_EVENTS];
};

/* Makes both pages, as schedule_page_make() does. rows: set. NULL with errno set, not reported. */
struct inspect_page *inspect_page_make(struct inspect_row **rows);

/* NULL is fine. */
void inspect_page_free(struct inspect_page *page, struct inspect_row *rows);

/*
 * Names a file to the engine. number: 1 to INSPECT_FILES, that rows and events call it; fd: where
 * its page cache is, beneath the layer; unmarked: its dirty pages have no marks (tmpfs). Returns 0;
 * -ENODEV the engine does not answer; other -errno, and page->why may say why. Not reported.
 */
int inspect_name(struct inspect_page *page, unsigned int number, int fd, bool unmarked);

/* The same, for tmpfs or not as it is, and reported. */
int inspect_name_here(struct inspect_page *page, unsigned int number, int fd);

/* Whether what has been seen of splits decides: a misplaced slot, or enough splits without one. */
bool inspect_decides(const struct inspect_page *page);

/*
 * Has all files looked at that were named; what is wrong in each of CACHE_ROUNDS looks is told.
 * Returns how many violations that are, those that were told before included; -errno as above.
 */
int inspect_look(struct inspect_page *page);

#endif
