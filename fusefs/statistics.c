/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/statistics.h"

/* 0 to 3 ns have a bucket each; from 4 ns on, each doubling has four. */
static unsigned int bucket_of(uint64_t nanoseconds)
{
	unsigned int doublings, bucket;

	if (nanoseconds < STATISTICS_PARTS)
		return (unsigned int)nanoseconds;
	doublings = 63 - (unsigned int)__builtin_clzll(nanoseconds);
	bucket = (doublings - 1) * STATISTICS_PARTS +
		 (unsigned int)(nanoseconds >> (doublings - 2) & (STATISTICS_PARTS - 1));
	return bucket < STATISTICS_BUCKETS ? bucket : STATISTICS_BUCKETS - 1;
}

uint64_t statistics_bucket_end(unsigned int bucket)
{
	unsigned int doublings = bucket / STATISTICS_PARTS + 1;

	if (bucket < STATISTICS_PARTS)
		return bucket + 1;
	return (UINT64_C(4) + bucket % STATISTICS_PARTS + 1) << (doublings - 2);
}

void statistics_count(struct layer_statistics *statistics, uint32_t opcode, uint64_t nanoseconds,
		      int error)
{
	struct operation_statistics *operation;
	uint64_t longest;

	if (opcode >= STATISTICS_OPCODES)
		return;
	operation = &statistics->operations[opcode];
	atomic_fetch_add_explicit(&operation->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&operation->buckets[bucket_of(nanoseconds)], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&operation->total, nanoseconds, memory_order_relaxed);
	longest = atomic_load_explicit(&operation->longest, memory_order_relaxed);
	while (nanoseconds > longest &&
	       !atomic_compare_exchange_weak_explicit(&operation->longest, &longest, nanoseconds,
						      memory_order_relaxed, memory_order_relaxed))
		;
	if (error)
		atomic_fetch_add_explicit(&operation->errors, 1, memory_order_relaxed);
}

uint64_t statistics_quantile(const struct operation_statistics *operation, double p)
{
	uint64_t total = 0, seen = 0;

	for (unsigned int i = 0; i < STATISTICS_BUCKETS; i++)
		total += atomic_load_explicit(&operation->buckets[i], memory_order_relaxed);
	for (unsigned int i = 0; i < STATISTICS_BUCKETS && total; i++) {
		seen += atomic_load_explicit(&operation->buckets[i], memory_order_relaxed);
		if ((double)seen >= p * (double)total)
			return statistics_bucket_end(i);
	}
	return 0;
}
