/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The greatest or the least number that several threads have come to, however late one of them gets
 * back to it. */
#ifndef INJECTOR_BASE_EXTREME_H
#define INJECTOR_BASE_EXTREME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Raises it to a number. Returns whether it was less: of several threads with the same number, that
 * is true to one. Sequentially consistent. */
static inline bool extreme_raise(_Atomic uint64_t *greatest, uint64_t number)
{
	uint64_t last = atomic_load(greatest);

	while (last < number)
		if (atomic_compare_exchange_weak(greatest, &last, number))
			return true;
	return false;
}

/* Lowers it to a number. At 0 there is none yet. */
static inline void extreme_lower(_Atomic uint64_t *least, uint64_t number)
{
	uint64_t last = atomic_load(least);

	while ((!last || number < last) && !atomic_compare_exchange_weak(least, &last, number))
		;
}

#endif
