/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a journal-like writer logs: entries of one MESSAGE of its own each, and further fields with
 * a few values that come again and again, as journald's _HOSTNAME or PRIORITY do. Sizes and values
 * depend on the seed and the number of the entry alone.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_CONTENT_H
#define TOOLS_WORKLOADS_JOURNAL_CONTENT_H

#include "injector/rules/distribution.h"
#include "tools/workloads/journal/writer.h"

enum { CONTENT_FIELDS_MAX = 16, CONTENT_VALUES_MAX = 1024 };

struct content_shape {
	uint64_t seed;
	const struct distribution *size; /* of MESSAGE, bytes; 1 to CONTENT_SIZE_MAX are used */
	unsigned int fields;             /* besides MESSAGE, up to CONTENT_FIELDS_MAX */
	unsigned int values; /* of each that has not just one; 1 to CONTENT_VALUES_MAX */
};

enum { CONTENT_SIZE_MAX = 1 << 20 };

struct content {
	struct content_shape shape;
	uint64_t entries;             /* so far, in all files */
	struct journal_value *values; /* of the file at hand, by field */
};

/* Returns 0 or -ENOMEM. Release with content_close() also on error. */
int content_open(struct content *content, const struct content_shape *shape);

/* A file begins: no value is in it yet. */
void content_begin(struct content *content);

/* Appends the next entry. size: of its MESSAGE, or 0: as drawn. realtime, monotonic: us. Returns as
 * journal_writer_entry(). */
int content_append(struct content *content, struct journal_writer *writer, uint64_t size,
		   uint64_t realtime, uint64_t monotonic);

/* The size of a MESSAGE with which what comes behind the next entry, where all values of its fields
 * are there already, begins at a multiple of `step` bytes (a power of two) plus `place` (multiples
 * of 8). */
uint64_t content_size_for(const struct content *content, const struct journal_writer *writer,
			  uint64_t step, uint64_t place);

void content_close(struct content *content);

#endif
