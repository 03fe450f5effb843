/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/shrink.h"
#include "injector/base/units.h"

#include <stdlib.h>
#include <string.h>

size_t shrink(struct operation *operations, size_t count, unsigned int seconds,
	      size_t (*fails)(void *context, const struct operation *operations, size_t count),
	      void *context)
{
	uint64_t end = units_now() + seconds * UINT64_C(1000000000);
	struct operation *rest = malloc(count * sizeof(*rest));
	size_t piece = count / 2, at = 0;

	if (!rest)
		return count;
	while (piece && units_now() < end) {
		size_t left = at < count ? count - at : 0, out = piece < left ? piece : left,
		       needed;

		memcpy(rest, operations, at * sizeof(*rest));
		memcpy(rest + at, operations + at + out, (left - out) * sizeof(*rest));
		needed = out ? fails(context, rest, count - out) : 0;
		if (needed) {
			count = needed;
			memcpy(operations, rest, count * sizeof(*rest));
		} else {
			at += piece;
		}
		if (at < count)
			continue;
		at = 0;
		piece /= 2;
	}
	free(rest);
	return count;
}
