/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that come near one that is not there, for messages. */
#ifndef INJECTOR_BASE_NEAR_NAME_H
#define INJECTOR_BASE_NEAR_NAME_H

#include <stddef.h>

enum { NEAR_NAMES_MAX = 5 };

/* The nearest names offered so far; zeroed at first. */
struct near_names {
	const char *names[NEAR_NAMES_MAX]; /* the caller's */
	size_t distances[NEAR_NAMES_MAX];
	size_t count;
};

/* Keeps a name if it comes near enough to the one that was wanted, and nearer than others: by edits
 * of a character, or because one begins with the other and is no more than twice as long. A name
 * that is offered twice is kept once. */
void near_names_offer(struct near_names *near, const char *wanted, const char *name);

/* "a, b, c", the nearest first; "" where nothing comes near. Returns text, which holds `size`
 * bytes. */
const char *near_names_text(const struct near_names *near, char *text, size_t size);

#endif
