/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inspector checks the page cache of a guest's files while the guest is stopped, through QEMU's
 * gdb stub. The run asks for one or both of these (injector/schedule/inspect_page.h):
 *
 *   splits  before each store of __folio_split(), one slot of each part is followed, as a look-up
 *           would; a slot that leads to a folio that can be referenced and does not contain the
 *           page is the race, even without a reader
 *   files   whole files are checked (injector/inspect/cache_check.h) whenever the run calls
 *
 * It is part of the conductor: only its thread calls these functions, while the guest is stopped.
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

/* The addresses of a point at which it stops the guest. */
struct inspector_point {
	unsigned int count;
	uint64_t address[INSPECTOR_ADDRESSES];
};

/* A file whose struct address_space is known. */
struct inspector_file {
	unsigned int number, pages_at; /* pages_at: of cache_find_nrpages() */
	uint64_t mapping;
	bool unmarked;
};

/* The current split. */
struct inspector_split {
	bool under_way;
	const struct inspector_file *file;
	uint64_t folio, first;              /* address; page of the file */
	uint32_t order, last, at;           /* as in injector/probe/split_parts.h */
	uint64_t comes_back, stack;         /* return address; stack pointer after the return */
	uint32_t stores, errors, misplaced; /* misplaced: bitmap of parts */
	struct gate_slot slot;              /* the first misplaced one */
};

struct inspector {
	bool on, splits;
	struct gdb_stub *stub;
	uint64_t page, rows; /* physical addresses */
	struct inspector_point call, lookup, split, store;
	struct cache cache; /* without a file, see cache_of() */
	struct inspector_file files[INSPECT_FILES];
	size_t file_count;
	struct inspector_file naming; /* the file that the run now names; number 0: none */
	struct inspector_split under_way;
	struct inspect_counts counts;
	struct cache_rounds rounds;
	struct cache_list told; /* violations that were reported */
	/* Cache of the memory that was read at this stop. */
	struct {
		uint64_t address; /* 0: none */
		unsigned char bytes[GDB_STUB_CHUNK];
	} chunks[INSPECTOR_CHUNKS];
};

/*
 * Initializes the inspector. page: physical address of the run's struct inspect_page; 0: nothing is
 * inspected, and the other functions do nothing. store: where splits are inspected. why: gets the
 * reason if this kernel cannot be inspected, else unchanged. Returns 0 or -errno (not reported).
 */
int inspector_open(struct inspector *inspector, struct gdb_stub *stub, uint64_t page,
		   const struct code_point *store, const struct kernel_text *kernel, char *why,
		   size_t size);

/* Writes the addresses at which the guest must stop now, at most `most`. Returns their number. */
unsigned int inspector_breaks(const struct inspector *inspector, uint64_t *wanted,
			      unsigned int most);

/* Handles the stop of a processor at a breakpoint, which may be another one's. registers: of that
 * processor; read them last, so that the stub reads memory through its page tables. Returns 0 or
 * -errno of the stub (not reported). */
int inspector_arrive(struct inspector *inspector, const struct gdb_registers *registers);

#endif
