/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-identifying content. Each 8-byte word of a page is one little number that says which file,
 * which generation, which page and which place in the page it belongs to:
 *
 *	bits 63-56 file (1-255), 55-36 generation (mod 2^20), 35-9 page, 8-0 word of the page
 *
 * so a page of the wrong place, file or time names where it came from by any one word, no stamped
 * word is zero, and a whole page is `base + 0, base + 1, ... base + 511`, which the compiler checks
 * with vectors. A word is in host byte order: files live only as long as a run on one machine.
 */
#ifndef TOOLS_READING_STAMP_H
#define TOOLS_READING_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	STAMP_PAGE_SIZE = 4096,
	STAMP_WORDS = STAMP_PAGE_SIZE / 8,
	STAMP_FILE_MAX = 255,
	STAMP_GENERATIONS = 1 << 20,
};

/* The largest file that page numbers reach, in bytes. */
#define STAMP_FILE_SIZE_MAX ((uint64_t)STAMP_PAGE_SIZE << 27)

/* What a page says of itself. */
struct stamp {
	uint32_t file;
	uint32_t generation;
	uint64_t page;
};

/* Word 0 of the page; word i is the base + i. generation is taken modulo STAMP_GENERATIONS. */
static inline uint64_t stamp_base(struct stamp stamp)
{
	return (uint64_t)stamp.file << 56 | (uint64_t)(stamp.generation % STAMP_GENERATIONS) << 36 |
	       stamp.page << 9;
}

/* Reads a word back. Returns whether it can be word `place` (0-511) of a stamped page. */
bool stamp_decode(uint64_t word, size_t place, struct stamp *stamp);

/* Fills one page of STAMP_WORDS words. */
void stamp_fill(uint64_t *page, uint64_t base);

/* Whether each byte of one page is as stamped with base. */
bool stamp_check(const uint64_t *page, uint64_t base);

#endif
