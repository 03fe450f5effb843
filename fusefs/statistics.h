/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts and latencies of the layer's answers, by operation. A latency is the time from the
 * arrival of the request to the answer, delays included. The owner zeroes the struct; any thread
 * may count and read at any time.
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

/* Counts an answer and its latency. error: nonzero counts an error, too. */
void statistics_count(struct layer_statistics *statistics, uint32_t opcode, uint64_t nanoseconds,
		      int error);

/* The p-quantile (0 to 1) of the latency in ns, rounded up to a bucket's end, by at most a quarter;
 * 0 without answers. */
uint64_t statistics_quantile(const struct operation_statistics *operation, double p);

/* The upper end of a bucket (exclusive), ns. */
uint64_t statistics_bucket_end(unsigned int bucket);

#endif
