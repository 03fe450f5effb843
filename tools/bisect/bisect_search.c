/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_search.h"

struct bisect_span bisect_span(const enum bisect_mark *marks, size_t count)
{
	struct bisect_span span = { 0, count - 1 };

	for (size_t i = 0; i < count; i++)
		if (marks[i] == BISECT_OLD)
			span.old = i;
	for (size_t i = count; i-- > span.old + 1;)
		if (marks[i] == BISECT_NEW)
			span.new = i;
	return span;
}

size_t bisect_next(const enum bisect_mark *marks, size_t count)
{
	const struct bisect_span span = bisect_span(marks, count);
	const size_t middle = span.old + (span.new - span.old) / 2;

	for (size_t away = 0; away < count; away++) {
		if (middle >= away && middle - away > span.old &&
		    marks[middle - away] == BISECT_UNKNOWN)
			return middle - away;
		if (middle + away > span.old &&
		    middle + away < span.new &&marks[middle + away] == BISECT_UNKNOWN)
			return middle + away;
	}
	return count;
}

size_t bisect_left(const enum bisect_mark *marks, size_t count)
{
	const struct bisect_span span = bisect_span(marks, count);
	size_t left = 0;

	for (size_t i = span.old + 1; i < span.new; i++)
		left += marks[i] == BISECT_UNKNOWN;
	return left;
}

unsigned int bisect_steps(size_t left)
{
	unsigned int steps = 0;

	for (; left; left /= 2)
		steps++;
	return steps;
}
