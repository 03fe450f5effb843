/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of a table in a message. */
#ifndef TOOLS_BASE_WORDS_H
#define TOOLS_BASE_WORDS_H

#include <stddef.h>

/* "a, b, c". first: the name in the first row; stride: bytes from one row's name to the next, the
 * last of which is NULL. Returns text, which holds `size` bytes. */
const char *words_join(const char *const *first, size_t stride, char *text, size_t size);

#endif
