/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that are written piece by piece into a buffer. */
#ifndef INJECTOR_BASE_APPEND_TEXT_H
#define INJECTOR_BASE_APPEND_TEXT_H

#include <stddef.h>

/*
 * Writes a piece of text at text + used and ends the text behind it. What does not fit into the
 * `size` bytes of text is cut off. used: bytes that are there already, less than size: 0 for the
 * first piece, for another one what the last call returned. Writes nothing where it is not less, as
 * with a size of 0. Returns the length of the whole text, at most size - 1: unlike snprintf(), what
 * text holds, not what it would hold with more room.
 */
size_t __attribute__((format(printf, 4, 5)))
append_text(char *text, size_t size, size_t used, const char *format, ...);

#endif
