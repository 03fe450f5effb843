/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many requests of each operation the layer has answered, and how long they took from their
 * arrival to the answer, all waits included. Zeroed by its owner; read at any time.
 */
#ifndef FUSEFS_STATISTICS_H
#define FUSEFS_STATISTICS_H

#include <stdatomic.h>
#include <stdint.h>

enum { STATISTICS_OPCODES = 64, STATISTICS_PARTS = 4, STATISTICS_BUCKETS = 40 * STATISTICS_PARTS };

struct operation_statistics {
	_Atomic uint64_t count, errors;
	_Atomic uint64_t longest, total;              /* ns */
	_Atomic uint64_t buckets[STATISTICS_BUCKETS]; /* four to each doubling */
};

struct layer_statistics {
	struct operation_statistics operations[STATISTICS_OPCODES];
};

/* Counts an answer. error: 0, or not. */
void statistics_count(struct layer_statistics *statistics, uint32_t opcode, uint64_t nanoseconds,
		      int error);

/* The latency in ns below which a share `p` of the answers are, up to a fifth too high; 0 when
 * there were none. */
uint64_t statistics_quantile(const struct operation_statistics *operation, double p);

/* The upper end of a bucket, ns. */
uint64_t statistics_bucket_end(unsigned int bucket);

#endif
