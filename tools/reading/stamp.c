/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/stamp.h"

/* Uses the widest vectors of the machine, chosen at load time. Not with sanitizers, which
 * instrument the chooser although it runs before they are ready, and not with clang 14, which gives
 * it a name that other files do not know. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&                \
	!defined(__SANITIZE_THREAD__)
#define WIDEST_VECTORS __attribute__((target_clones("default", "avx2")))
#else
#define WIDEST_VECTORS
#endif

bool stamp_decode(uint64_t word, size_t place, struct stamp *stamp)
{
	stamp->file = (uint32_t)(word >> 56);
	stamp->generation = (uint32_t)(word >> 36) % STAMP_GENERATIONS;
	stamp->page = word >> 9 & ((1 << 27) - 1);
	return stamp->file && word % STAMP_WORDS == place;
}

WIDEST_VECTORS void stamp_fill(uint64_t *page, uint64_t base)
{
	for (size_t i = 0; i < STAMP_WORDS; i++)
		page[i] = base + i;
}

WIDEST_VECTORS bool stamp_check(const uint64_t *page, uint64_t base)
{
	uint64_t wrong = 0;

	/* No early exit: that would keep the compiler from using vectors. */
	for (size_t i = 0; i < STAMP_WORDS; i++)
		wrong |= page[i] ^ (base + i);
	return !wrong;
}
