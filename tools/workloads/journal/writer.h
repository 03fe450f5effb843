/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a journal file as systemd-journald does: the file grows by posix_fallocate(3) in steps of
 * 8 MiB, and objects are appended through shared mappings, first the object, then the links to it.
 * The header's count publishes an entry. The content of values is self-identifying
 * (tools/workloads/journal/payload.h).
 *
 * JOURNAL_TAIL_ENTRY_BOOT_ID is not set, although it holds for these files: journalctl --verify of
 * systemd 252 refuses compatible flags that it does not know.
 *
 * One thread writes. Others may read the file meanwhile, like journalctl: an entry that the header
 * counts is complete, with all objects that it refers to.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_WRITER_H
#define TOOLS_WORKLOADS_JOURNAL_WRITER_H

#include "tools/workloads/journal/format.h"
#include "tools/workloads/journal/payload.h"
#include "tools/workloads/journal/windows.h"

/* The properties of a new file. */
struct journal_shape {
	struct payload_owner owner;
	bool compact, keyed;
	uint64_t data_buckets, field_buckets; /* at least 1 */
	uint8_t file_id[JOURNAL_ID_SIZE], machine_id[JOURNAL_ID_SIZE];
	uint8_t boot_id[JOURNAL_ID_SIZE], seqnum_id[JOURNAL_ID_SIZE];
	uint64_t seqnum; /* of the first entry, 1 or more */
};

/* The chain of entry arrays of the file, or of one data object. */
struct journal_chain {
	uint64_t first, tail; /* offsets of arrays; 0: none */
	uint64_t room, used;  /* items of the last one: all, used */
	uint64_t total;       /* used items of all arrays */
};

/* A data object of the file, to which entries refer. */
struct journal_value {
	uint64_t offset; /* 0: not in this file yet */
	uint64_t size;   /* of the object */
	uint64_t hash, plain_hash;
	uint64_t entries;
	struct journal_chain chain; /* of all entries but the first */
};

enum { JOURNAL_FIELDS_MAX = 64, JOURNAL_NAME_MAX = 64, JOURNAL_ITEMS_MAX = 64 };

struct journal_writer {
	struct journal_shape shape;
	struct windows windows;
	struct journal_header *header; /* mapped by itself */
	uint64_t size;                 /* of the file, bytes */
	uint64_t end;                  /* of the last object, bytes, not rounded */
	struct journal_chain chain;
	struct {
		char name[JOURNAL_NAME_MAX];
		uint64_t offset;
	} fields[JOURNAL_FIELDS_MAX];
	unsigned int field_count;
	/* For each page, the offset of a data object with payload in it, preferably one that begins
	 * there; or 0. */
	uint64_t *data_in_page;
	size_t pages;
	/* CLOCK_MONOTONIC ns: of the oldest change since the last journal_writer_tell(), 0: none;
	 * of that call. */
	uint64_t changed, told;
};

/* Returns the number of buckets that journald uses for a file of up to `size` bytes. */
uint64_t journal_data_buckets(uint64_t size);
enum { JOURNAL_FIELD_BUCKETS = 333 };

/*
 * Begins a journal in an empty file. fd: open for reading and writing; the caller's; must stay
 * open. Returns 0; -EINVAL: invalid shape; other -errno. Not reported. Call journal_writer_close()
 * in any case.
 */
int journal_writer_open(struct journal_writer *writer, int fd, const struct journal_shape *shape);

/*
 * Appends a data object "NAME=" with `length` (at least 1) bytes of payload, and the field object
 * of its name if that is new. value: filled in, for journal_writer_entry() of this writer. Returns
 * 0; -EFBIG: the file is full; other -errno. Not reported.
 */
int journal_writer_value(struct journal_writer *writer, const char *name, size_t length,
			 struct journal_value *value);

/*
 * Appends an entry of `count` (1 to JOURNAL_ITEMS_MAX) values, all different. realtime, monotonic:
 * us, not less than those before. Returns as journal_writer_value().
 */
int journal_writer_entry(struct journal_writer *writer, struct journal_value *const *values,
			 size_t count, uint64_t realtime, uint64_t monotonic);

/* Returns the size of the entry array that will follow the next entry in the chain of all entries,
 * in bytes; 0: the last array has room. */
uint64_t journal_writer_next_array(const struct journal_writer *writer);

/* Returns the end of the last object, in bytes, a multiple of 8. */
uint64_t journal_writer_tail(const struct journal_writer *writer);

/*
 * Wakes processes that wait for changes (inotify does not see stores): if there were any, truncates
 * the file to the size that it has. now: CLOCK_MONOTONIC ns, to do this at most every 250 ms;
 * UINT64_MAX: do it at once. Returns 0 or -errno (not reported).
 */
int journal_writer_tell(struct journal_writer *writer, uint64_t now);

void journal_writer_close(struct journal_writer *writer);

#endif
