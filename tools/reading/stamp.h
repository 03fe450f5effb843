/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-identifying content. Each 8-byte word of a page encodes its file, its generation, its page
 * and its place in the page:
 *
 *	bits 63-56 file (1-255), 55-36 generation (mod 2^20), 35-9 page, 8-0 word of the page
 *
 * So any word of a wrong page tells its origin, and no stamped word is zero. A whole page is
 * `base + 0, base + 1, ... base + 511`, which compiles to vector instructions. Words are in host
 * byte order: files exist only during a run, on one machine.
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

/* The identity that a page contains. */
struct stamp {
	uint32_t file;
	uint32_t generation;
	uint64_t page;
};

/* Returns word 0 of the page; word i is base + i. generation is taken modulo STAMP_GENERATIONS. */
static inline uint64_t stamp_base(struct stamp stamp)
{
	return (uint64_t)stamp.file << 56 | (uint64_t)(stamp.generation % STAMP_GENERATIONS) << 36 |
	       stamp.page << 9;
}

/* Decodes a word. Returns whether it can be word `place` (0-511) of a stamped page. */
bool stamp_decode(uint64_t word, size_t place, struct stamp *stamp);

/* Fills one page of STAMP_WORDS words. */
void stamp_fill(uint64_t *page, uint64_t base);

/* Returns whether a page of STAMP_WORDS words is what stamp_fill() writes. */
bool stamp_check(const uint64_t *page, uint64_t base);

#endif
