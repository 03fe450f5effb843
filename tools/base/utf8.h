/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads UTF-8: file names and what programs print may be anything. */
#ifndef TOOLS_BASE_UTF8_H
#define TOOLS_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID UINT32_MAX

/* Decodes the character at `text`, which a zero byte ends. Returns it and sets its length in bytes;
 * for a byte that begins no character, returns UTF8_INVALID and sets 1. */
uint32_t utf8_decode(const char *text, size_t *length);

/* Returns a copy of the text, with "?" for each invalid byte, which the caller frees; NULL without
 * memory. */
char *utf8_valid(const char *text);

#endif
