/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads journal files of any origin, which may be damaged. Every offset, size and count is copied
 * and checked before it is used, so a file that changes meanwhile cannot change what was checked.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_WALK_H
#define TOOLS_WORKLOADS_JOURNAL_WALK_H

#include "tools/workloads/journal/format.h"

#include <stddef.h>

/* The bytes of a file: in a mapping, behind a descriptor, or in memory. */
struct journal_source {
	/* Copies [offset, offset + length), which is within `size`. Returns 0; -ENODATA: no such
	 * bytes; other -errno. */
	int (*get)(void *context, uint64_t offset, void *to, size_t length);
	/* Returns the first offset from `offset` on that is not in a hole; UINT64_MAX: none. May be
	 * NULL. */
	uint64_t (*next_data)(void *context, uint64_t offset);
	void *context;
	uint64_t size;  /* bytes */
	uint64_t holes; /* bytes of them in holes, which contain no object */
};

/* A get() of a file in memory. context: its first byte. */
int journal_get_memory(void *context, uint64_t offset, void *to, size_t length);

/* A get() by pread(2). context: an int, the descriptor. */
int journal_get_file(void *context, uint64_t offset, void *to, size_t length);

/* The next_data() for it, by lseek(2). */
uint64_t journal_next_data(void *context, uint64_t offset);

enum { JOURNAL_OBJECT_MAX = 64 << 20 }; /* largest data object or entry that is read, bytes */

struct journal_walk {
	struct journal_source source;
	struct journal_header header; /* as of journal_walk_header(); zeros beyond header_size */
	bool compact, keyed;
	/* Of the last -EBADMSG: its offset, and what is wrong there. */
	uint64_t wrong_at;
	char wrong[112];
	struct journal_object head; /* the last one read */
	uint64_t head_at;           /* its offset */
	char *buffer;               /* owned */
	size_t room;
};

/* Begins, and reads the header. Returns as journal_walk_header(). Call journal_walk_close() in any
 * case. */
int journal_walk_open(struct journal_walk *walk, const struct journal_source *source);

/* Reads the header (again). Returns 0; -EBADMSG: not the header of a known journal format; other
 * -errno: of get(). */
int journal_walk_header(struct journal_walk *walk);

/*
 * Reads the head of an object. type: the expected type; JOURNAL_UNUSED: any. Returns 0; -EBADMSG:
 * no such object there; other -errno: of get().
 */
int journal_walk_object(struct journal_walk *walk, uint64_t offset, enum journal_type type,
			struct journal_object *object);

/* A data object. */
struct journal_data_view {
	struct journal_data data;
	const char *payload; /* valid until the next call */
	uint64_t payload_at; /* its offset in the file */
	size_t length;
};

/* Reads a whole data object and verifies its hash, unless it is compressed: then the hash is that
 * of the uncompressed payload. Returns as journal_walk_object(); also -ENOMEM. */
int journal_walk_data(struct journal_walk *walk, uint64_t offset, struct journal_data_view *view);

/* An entry. */
struct journal_entry_view {
	struct journal_entry entry;
	const char *items; /* valid until the next call */
	size_t count;
};

/* Reads a whole entry. Returns as journal_walk_data(). */
int journal_walk_entry(struct journal_walk *walk, uint64_t offset, struct journal_entry_view *view);

/* Returns the offset of the data object of item i < count. */
uint64_t journal_entry_item_at(const struct journal_walk *walk,
			       const struct journal_entry_view *view, size_t i);

/* One array of a chain. */
struct journal_array_view {
	uint64_t offset;
	uint64_t size; /* of the object, bytes */
	uint64_t room; /* number of items */
	uint64_t used; /* number of used items */
	uint64_t next; /* offset of the next array, always greater than `offset`; 0: none */
};

/*
 * Reads one array of a chain. left: items of the chain from this array on. Returns as
 * journal_walk_object(); also -EBADMSG if the chain has fewer than `left` items.
 */
int journal_walk_array(struct journal_walk *walk, uint64_t offset, uint64_t left,
		       struct journal_array_view *view);

/* Reads item i < room of an array: the offset of an entry. Returns as journal_walk_object(). */
int journal_walk_array_item(struct journal_walk *walk, const struct journal_array_view *view,
			    uint64_t i, uint64_t *entry);

/* Gets the end of the last object, a multiple of 8. Returns as journal_walk_object(). */
int journal_walk_tail(struct journal_walk *walk, uint64_t *end);

void journal_walk_close(struct journal_walk *walk);

#endif
