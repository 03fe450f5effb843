/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The on-disk format of systemd's journal, by its public description (JOURNAL_FILE_FORMAT, up to
 * tail_entry_offset of systemd 254). All numbers are little-endian. Offsets count from the start of
 * the file. Objects follow the header one after another; each begins at a multiple of 8.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_FORMAT_H
#define TOOLS_WORKLOADS_JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_SIGNATURE "LPKSHHRH"

enum {
	JOURNAL_ID_SIZE = 16,
	JOURNAL_HEADER_MIN = 208, /* bytes before n_data, which every revision has */
	JOURNAL_STEP = 8 << 20,   /* bytes that journald allocates at a time */
	JOURNAL_WINDOW = 8 << 20, /* bytes that its mmap cache maps at a time */
	JOURNAL_HOLE = 512 << 10, /* smallest hole that it punches when it archives, bytes */
};

/* Largest compact file, whose offsets have 32 bits, in bytes. */
#define JOURNAL_COMPACT_MAX UINT32_MAX

enum journal_incompatible {
	JOURNAL_XZ = 1 << 0,
	JOURNAL_LZ4 = 1 << 1,
	JOURNAL_KEYED = 1 << 2,
	JOURNAL_ZSTD = 1 << 3,
	JOURNAL_COMPACT = 1 << 4,
	JOURNAL_KNOWN = (1 << 5) - 1,
};

/* Flags of a data object: compressed by XZ, LZ4 or ZSTD. */
enum { JOURNAL_COMPRESSED = 7 };

enum journal_compatible {
	JOURNAL_SEALED = 1 << 0,
	JOURNAL_TAIL_ENTRY_BOOT_ID = 1 << 1,
};

enum journal_state {
	JOURNAL_OFFLINE,
	JOURNAL_ONLINE,
	JOURNAL_ARCHIVED,
	JOURNAL_STATES,
};

enum journal_type {
	JOURNAL_UNUSED,
	JOURNAL_DATA,
	JOURNAL_FIELD,
	JOURNAL_ENTRY,
	JOURNAL_DATA_TABLE,
	JOURNAL_FIELD_TABLE,
	JOURNAL_ENTRY_ARRAY,
	JOURNAL_TAG,
	JOURNAL_TYPES,
};

struct journal_header {
	char signature[8];
	uint32_t compatible, incompatible;
	uint8_t state, reserved[7];
	uint8_t file_id[JOURNAL_ID_SIZE], machine_id[JOURNAL_ID_SIZE];
	uint8_t tail_boot_id[JOURNAL_ID_SIZE], seqnum_id[JOURNAL_ID_SIZE];
	uint64_t header_size, arena_size;
	uint64_t data_table, data_table_size;   /* offset and size of the items, */
	uint64_t field_table, field_table_size; /* not of the objects; bytes */
	uint64_t tail_object;
	uint64_t objects, entries;
	uint64_t tail_seqnum, head_seqnum;
	uint64_t entry_array;
	uint64_t head_realtime, tail_realtime, tail_monotonic; /* us */
	uint64_t data, fields;
	uint64_t tags, entry_arrays;
	uint64_t data_depth, field_depth;
	uint32_t tail_array, tail_array_entries;
	uint64_t tail_entry;
};

_Static_assert(sizeof(struct journal_header) == 272, "header");
_Static_assert(offsetof(struct journal_header, data) == JOURNAL_HEADER_MIN, "old header");

struct journal_object {
	uint8_t type, flags, reserved[6];
	uint64_t size;
};

/* In a compact file, the offset of its last array and the number of entries in it follow, 32 bits
 * each, before the payload. */
struct journal_data {
	struct journal_object object;
	uint64_t hash;
	uint64_t next_hash, next_field;
	uint64_t entry, entry_array, entries;
};

struct journal_field {
	struct journal_object object;
	uint64_t hash;
	uint64_t next_hash, head_data;
};

/* Items follow: offset and hash of each data object; in a compact file only its offset, 32 bits. */
struct journal_entry {
	struct journal_object object;
	uint64_t seqnum, realtime, monotonic;
	uint8_t boot_id[JOURNAL_ID_SIZE];
	uint64_t xor_hash;
};

struct journal_bucket {
	uint64_t head, tail;
};

/* Offsets of entries follow, 32 bits each in a compact file. */
struct journal_array {
	struct journal_object object;
	uint64_t next;
};

_Static_assert(sizeof(struct journal_data) == 64, "data");
_Static_assert(sizeof(struct journal_field) == 40, "field");
_Static_assert(sizeof(struct journal_entry) == 64, "entry");
_Static_assert(sizeof(struct journal_array) == 24, "entry array");

static inline uint64_t journal_align(uint64_t value)
{
	return (value + 7) & ~UINT64_C(7);
}

/* Returns the bytes of a data object before its payload. */
static inline uint64_t journal_data_head(bool compact)
{
	return sizeof(struct journal_data) + (compact ? 2 * sizeof(uint32_t) : 0);
}

/* Returns the bytes of an item of an entry. */
static inline uint64_t journal_entry_item(bool compact)
{
	return compact ? sizeof(uint32_t) : 2 * sizeof(uint64_t);
}

/* Returns the bytes of an item of an entry array. */
static inline uint64_t journal_array_item(bool compact)
{
	return compact ? sizeof(uint32_t) : sizeof(uint64_t);
}

#endif
