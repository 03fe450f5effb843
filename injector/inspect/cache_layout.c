/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/inspect/cache_layout.h"
#include "injector/base/array.h"

#include <stddef.h>

struct row {
	unsigned int major, minor; /* first kernel version */
	struct cache_layout layout;
};

/*
 * The order moved to the low byte of _flags_1 with ebc1baf5c9b4 ("mm: free up a word in the first
 * tail page", 6.6), PG_writeback and PG_head to the low byte of flags in 6.7. The newest first.
 */
static const struct row rows[] = {
	{ 6, 7, { 64, 4, 1, 6, "6.7 and later" } },
	{ 6, 6, { 64, 3, 15, 16, "6.6" } },
	{ 5, 17, { 81, 3, 15, 16, "5.17 to 6.5" } },
};

const struct cache_layout *cache_layout_of(const struct kernel_version *kernel)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (kernel->major > rows[i].major ||
		    (kernel->major == rows[i].major && kernel->minor >= rows[i].minor))
			return &rows[i].layout;
	return NULL;
}
