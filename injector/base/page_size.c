/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/page_size.h"

#include <stdatomic.h>
#include <unistd.h>

static _Atomic unsigned int chosen; /* 0: this kernel's */

unsigned int page_size(void)
{
	unsigned int size = atomic_load_explicit(&chosen, memory_order_relaxed);

	if (size)
		return size;
	size = (unsigned int)sysconf(_SC_PAGESIZE);
	atomic_store_explicit(&chosen, size, memory_order_relaxed);
	return size;
}

void page_size_choose(unsigned int size)
{
	atomic_store_explicit(&chosen, size, memory_order_relaxed);
}
