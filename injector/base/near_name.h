/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds names near an unknown one, for "did you mean" messages. */
#ifndef INJECTOR_BASE_NEAR_NAME_H
#define INJECTOR_BASE_NEAR_NAME_H

#include <stddef.h>

enum { NEAR_NAMES_MAX = 5 };

/* The nearest names offered so far; initially zero. */
struct near_names {
	const char *names[NEAR_NAMES_MAX]; /* the caller's */
	size_t distances[NEAR_NAMES_MAX];
	size_t count;
};

/* Keeps a name if it is among the nearest to `wanted`: by its edit distance, or because one is a
 * prefix of the other and at least half as long. Keeps each name once. name: must outlive near. */
void near_names_offer(struct near_names *near, const char *wanted, const char *name);

/* Writes "a, b, c", the nearest first; "" if no name is near. Returns text, which holds `size`
 * bytes. */
const char *near_names_text(const struct near_names *near, char *text, size_t size);

#endif
