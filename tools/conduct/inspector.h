/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inspector: looks at the page cache of a guest's files while the guest stands still, through
 * QEMU's gdb stub. Two ways, as the run asks for (injector/schedule/inspect_page.h):
 *
 *   splits  before each store of __folio_split(), one slot of each part is followed, as a look-up
 *           would; a slot that leads to a folio that can be referenced and does not contain the
 *           page is the race, whether or not a reader is there
 *   files   whole files are checked (injector/inspect/cache_check.h) when the run calls for it
 *
 * It is part of the conductor, whose thread alone calls these functions, with the guest stopped.
 */
#ifndef TOOLS_CONDUCT_INSPECTOR_H
#define TOOLS_CONDUCT_INSPECTOR_H

#include "injector/inspect/cache_rounds.h"
#include "injector/probe/kernel_text.h"
#include "injector/schedule/inspect_page.h"
#include "injector/schedule/schedule.h"
#include "tools/conduct/gdb_stub.h"

enum {
	INSPECTOR_ADDRESSES = 16,
	INSPECTOR_CHUNKS = 64,
};

/* Where it stops the guest. */
struct inspector_point {
	unsigned int count;
	uint64_t address[INSPECTOR_ADDRESSES];
};

/* A file whose page cache it knows. */
struct inspector_file {
	unsigned int number, pages_at; /* pages_at: of cache_find_nrpages() */
	uint64_t mapping;
	bool unmarked;
};

/* The split that is under way. */
struct inspector_split {
	bool under_way;
	const struct inspector_file *file;
	uint64_t folio, first;              /* address; page of the file */
	uint32_t order, last, at;           /* as in injector/probe/split_parts.h */
	uint64_t comes_back, stack;         /* as of its return */
	uint32_t stores, errors, misplaced; /* misplaced: parts, bits */
	struct gate_slot slot;              /* the first */
};

struct inspector {
	bool on, splits;
	struct gdb_stub *stub;
	uint64_t page, rows; /* physical addresses */
	struct inspector_point call, lookup, split, store;
	struct cache cache; /* of the file that is looked at */
	struct inspector_file files[INSPECT_FILES];
	size_t file_count;
	struct inspector_file naming; /* number 0: none is */
	struct inspector_split under_way;
	struct inspect_counts counts;
	struct cache_rounds rounds;
	struct cache_list told;
	/* Memory that was read at this stop, by address. */
	struct {
		uint64_t address; /* 0: none */
		unsigned char bytes[GDB_STUB_CHUNK];
	} chunks[INSPECTOR_CHUNKS];
};

/*
 * Begins. page: physical address of the run's struct inspect_page; 0: nothing is inspected, and the
 * other functions do nothing. store: where splits are inspected. Returns 0; -errno with why filled
 * in where this kernel cannot be inspected; -errno with why "" of the stub.
 */
int inspector_open(struct inspector *inspector, struct gdb_stub *stub, uint64_t page,
		   const struct code_point *store, const struct kernel_text *kernel, char *why,
		   size_t size);

/* Writes the addresses to stop at from now on, at most `most` of them. Returns how many. */
unsigned int inspector_breaks(const struct inspector *inspector, uint64_t *wanted,
			      unsigned int most);

/* A processor has come to a breakpoint, which may be the inspector's. registers: of that processor,
 * read last, so that memory is as it sees it. Returns 0 or -errno of the stub. */
int inspector_arrive(struct inspector *inspector, const struct gdb_registers *registers);

#endif
