/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins the names of a table for a message. */
#ifndef TOOLS_BASE_WORDS_H
#define TOOLS_BASE_WORDS_H

#include <stddef.h>

/* Writes "a, b, c". first: the name in the first row; stride: bytes from one name to the next; NULL
 * ends them. Returns text, which holds `size` bytes. */
const char *words_join(const char *const *first, size_t stride, char *text, size_t size);

#endif
