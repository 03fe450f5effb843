/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of a journal-like writer. Each entry has a unique MESSAGE, and further fields with a few
 * values that recur, like journald's _HOSTNAME or PRIORITY. Sizes and values depend only on the
 * seed and the number of the entry.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_CONTENT_H
#define TOOLS_WORKLOADS_JOURNAL_CONTENT_H

#include "injector/rules/distribution.h"
#include "tools/workloads/journal/writer.h"

enum { CONTENT_FIELDS_MAX = 16, CONTENT_VALUES_MAX = 1024 };

struct content_shape {
	uint64_t seed;
	const struct distribution *size; /* of MESSAGE, bytes; clamped to 1..CONTENT_SIZE_MAX */
	unsigned int fields;             /* besides MESSAGE, up to CONTENT_FIELDS_MAX */
	unsigned int values;             /* of each field that varies; 1 to CONTENT_VALUES_MAX */
};

enum { CONTENT_SIZE_MAX = 1 << 20 };

struct content {
	struct content_shape shape;
	uint64_t entries;             /* so far, in all files */
	struct journal_value *values; /* of the current file, by field */
};

/* Returns 0 or -ENOMEM (not reported). Call content_close() in any case. */
int content_open(struct content *content, const struct content_shape *shape);

/* Begins a new file, which contains no values yet. */
void content_begin(struct content *content);

/* Appends the next entry. size: of its MESSAGE, bytes; 0: drawn. realtime, monotonic: us. Returns
 * as journal_writer_entry(). */
int content_append(struct content *content, struct journal_writer *writer, uint64_t size,
		   uint64_t realtime, uint64_t monotonic);

/* Returns the size of the next MESSAGE with which the object after its entry begins at a multiple
 * of `step` bytes (a power of two) plus `place`, both multiples of 8. All values of its other
 * fields must be in the file already. */
uint64_t content_size_for(const struct content *content, const struct journal_writer *writer,
			  uint64_t step, uint64_t place);

void content_close(struct content *content);

#endif
