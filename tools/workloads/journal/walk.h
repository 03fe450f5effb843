/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads journal files, whole or damaged, of whoever wrote them: every offset, size and count is
 * checked before it is used, and what is used is a copy, so that a file that changes meanwhile
 * changes nothing that has been checked.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_WALK_H
#define TOOLS_WORKLOADS_JOURNAL_WALK_H

#include "tools/workloads/journal/format.h"

#include <stddef.h>

/* Where the bytes come from: a mapping, a descriptor, memory. */
struct journal_source {
	/* Copies [offset, offset + length), which is within `size`. Returns 0; -ENODATA: not there;
	 * -errno. */
	int (*get)(void *context, uint64_t offset, void *to, size_t length);
	/* The first offset from there on that may hold something else than zeros; UINT64_MAX: none.
	 * NULL: not known. */
	uint64_t (*next_data)(void *context, uint64_t offset);
	void *context;
	uint64_t size;  /* bytes */
	uint64_t holes; /* of them in holes, which hold no object */
};

/* A file in memory: context is its first byte. */
int journal_get_memory(void *context, uint64_t offset, void *to, size_t length);

/* A file read by pread(2): context is an int, the descriptor. */
int journal_get_file(void *context, uint64_t offset, void *to, size_t length);

/* The same for its next_data(), by lseek(2). */
uint64_t journal_next_data(void *context, uint64_t offset);

enum { JOURNAL_OBJECT_MAX = 64 << 20 }; /* bytes of a data object or an entry that is read whole */

struct journal_walk {
	struct journal_source source;
	struct journal_header header; /* as of journal_walk_header(); zeros beyond header_size */
	bool compact, keyed;
	/* Of the last -EBADMSG: where it is, and what is wrong there. */
	uint64_t wrong_at;
	char wrong[112];
	struct journal_object head; /* as last read */
	uint64_t head_at;
	char *buffer; /* owned */
	size_t room;
};

/* Begins, and reads the header. Returns as journal_walk_header(). Release with
 * journal_walk_close() also on error. */
int journal_walk_open(struct journal_walk *walk, const struct journal_source *source);

/* Reads the header (again). Returns 0; -EBADMSG: it is none of a journal that can be read; else
 * what get() said. */
int journal_walk_header(struct journal_walk *walk);

/*
 * Reads the head of an object. type: what it must be, or JOURNAL_UNUSED for any. Returns 0;
 * -EBADMSG: there is no such object; else what get() said.
 */
int journal_walk_object(struct journal_walk *walk, uint64_t offset, enum journal_type type,
			struct journal_object *object);

/* A data object. */
struct journal_data_view {
	struct journal_data data;
	const char *payload; /* valid until the next call */
	uint64_t payload_at; /* of the file */
	size_t length;
};

/* Reads a data object whole, and verifies its hash (not of a compressed one, whose hash is of what
 * was compressed). Returns as journal_walk_object(). */
int journal_walk_data(struct journal_walk *walk, uint64_t offset, struct journal_data_view *view);

/* An entry. */
struct journal_entry_view {
	struct journal_entry entry;
	const char *items; /* valid until the next call */
	size_t count;
};

/* Reads an entry whole. Returns as journal_walk_object(). */
int journal_walk_entry(struct journal_walk *walk, uint64_t offset, struct journal_entry_view *view);

/* The offset of the data object that item i, below count, refers to. */
uint64_t journal_entry_item_at(const struct journal_walk *walk,
			       const struct journal_entry_view *view, size_t i);

/* One array of a chain. */
struct journal_array_view {
	uint64_t offset;
	uint64_t size; /* bytes of the object */
	uint64_t room; /* items */
	uint64_t used; /* of them */
	uint64_t next; /* offset; 0: the last one. Always behind this one */
};

/*
 * Reads one array of a chain. left: items of the chain that are in this array or behind it. Returns
 * as journal_walk_object(); -EBADMSG too when the chain ends before `left` items do.
 */
int journal_walk_array(struct journal_walk *walk, uint64_t offset, uint64_t left,
		       struct journal_array_view *view);

/* Reads item i, below room, of an array: the offset of an entry. Returns what get() said. */
int journal_walk_array_item(struct journal_walk *walk, const struct journal_array_view *view,
			    uint64_t i, uint64_t *entry);

/* Where the last object ends, a multiple of 8. Returns as journal_walk_object(). */
int journal_walk_tail(struct journal_walk *walk, uint64_t *end);

void journal_walk_close(struct journal_walk *walk);

#endif
