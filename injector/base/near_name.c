/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/near_name.h"
#include "injector/base/append_text.h"

#include <stdint.h>
#include <string.h>

/* Longer names are compared as prefixes only. */
enum { EDITED_MAX = 64 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The edit distance: characters to insert, delete or replace (Levenshtein). */
static size_t edits(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[EDITED_MAX + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t replaced = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_length];
}

/* The distance of a name; SIZE_MAX: not near. A prefix of at least half the length counts as one
 * edit. */
static size_t distance(const char *wanted, const char *name)
{
	size_t a = strlen(wanted), b = strlen(name), shorter = least(a, b),
	       longer = a + b - shorter;
	size_t most = a / 3 > 2 ? a / 3 : 2, made;

	if (2 * shorter >= longer && !strncmp(wanted, name, shorter))
		return a == b ? 0 : 1;
	if (longer - shorter > most || longer > EDITED_MAX)
		return SIZE_MAX;
	made = edits(wanted, a, name, b);
	return made > most ? SIZE_MAX : made;
}

void near_names_offer(struct near_names *near, const char *wanted, const char *name)
{
	size_t far = distance(wanted, name), at;

	for (size_t i = 0; i < near->count; i++)
		if (!strcmp(near->names[i], name))
			return;
	for (at = near->count; at && far < near->distances[at - 1]; at--)
		;
	if (far == SIZE_MAX || at == NEAR_NAMES_MAX)
		return;
	near->count = least(near->count + 1, NEAR_NAMES_MAX);
	for (size_t i = near->count - 1; i > at; i--) {
		near->names[i] = near->names[i - 1];
		near->distances[i] = near->distances[i - 1];
	}
	near->names[at] = name;
	near->distances[at] = far;
}

const char *near_names_text(const struct near_names *near, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < near->count; i++)
		used = append_text(text, size, used, "%s%s", i ? ", " : "", near->names[i]);
	return text;
}
