/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a journal file as systemd-journald does: grown by posix_fallocate(3) in steps of 8 MiB,
 * appended to through shared mappings, objects first and links to them after, entries published by
 * the header's count. What values hold is self-identifying (tools/workloads/journal/payload.h).
 *
 * JOURNAL_TAIL_ENTRY_BOOT_ID is not set, although it is true of these files: journalctl --verify of
 * systemd 252 refuses compatible flags that it does not know.
 *
 * One thread writes; others may read the file meanwhile as journalctl does: an entry that the
 * header counts, and all that it refers to, is complete.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_WRITER_H
#define TOOLS_WORKLOADS_JOURNAL_WRITER_H

#include "tools/workloads/journal/format.h"
#include "tools/workloads/journal/payload.h"
#include "tools/workloads/journal/windows.h"

/* How a file is to be made. */
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
	uint64_t room, used;  /* items of the last one */
	uint64_t total;       /* items in use, all arrays */
};

/* A data object of the file that entries refer to. */
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
	uint64_t end;                  /* of the last object, not rounded */
	struct journal_chain chain;
	struct {
		char name[JOURNAL_NAME_MAX];
		uint64_t offset;
	} fields[JOURNAL_FIELDS_MAX];
	unsigned int field_count;
	/* Of each page, a data object with payload in it, one that begins there if any; or 0. */
	uint64_t *data_in_page;
	size_t pages;
	uint64_t changed, told; /* CLOCK_MONOTONIC ns: the oldest change not yet told of; 0: none */
};

/* The buckets that journald gives a file that may grow to so many bytes. */
uint64_t journal_data_buckets(uint64_t size);
enum { JOURNAL_FIELD_BUCKETS = 333 };

/*
 * Begins a journal in an empty file. fd: open for reading and writing; the caller's, and to stay
 * open. Returns 0; -EINVAL for a shape that cannot be; -errno. Release with journal_writer_close()
 * also on error.
 */
int journal_writer_open(struct journal_writer *writer, int fd, const struct journal_shape *shape);

/*
 * Appends a new data object "NAME=" and `length` (1 or more) bytes of payload, and the field object
 * of its name where that is new. value: filled in; to be given to journal_writer_entry() of this
 * writer. Returns 0; -EFBIG when the file is full; -errno.
 */
int journal_writer_value(struct journal_writer *writer, const char *name, size_t length,
			 struct journal_value *value);

/*
 * Appends an entry of `count` (1 to JOURNAL_ITEMS_MAX) values, all different. realtime, monotonic:
 * us, not less than those before. Returns as journal_writer_value().
 */
int journal_writer_entry(struct journal_writer *writer, struct journal_value *const *values,
			 size_t count, uint64_t realtime, uint64_t monotonic);

/* Bytes of the entry array that the next entry will append to the chain of all entries, behind
 * itself; 0: there is room in the last one. */
uint64_t journal_writer_next_array(const struct journal_writer *writer);

/* Bytes from the start of the file to the end of its last object, a multiple of 8. */
uint64_t journal_writer_tail(const struct journal_writer *writer);

/*
 * Wakes those who wait for changes (inotify does not see stores): truncates the file to the size it
 * has, at most every 250 ms, unless `now` (CLOCK_MONOTONIC ns) is UINT64_MAX. Returns 0 or -errno.
 */
int journal_writer_tell(struct journal_writer *writer, uint64_t now);

void journal_writer_close(struct journal_writer *writer);

#endif
