/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-identifying payload. The bytes of a data object after "NAME=" depend only on their place in
 * their file: the file is divided into cells of 16 bytes, and cell n of generation g of file f is
 * the text "%02x%05x%08x." of f, g and n. So each byte can be verified without reading the
 * journal's structure, a whole cell tells its origin, and journalctl shows it as text.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_PAYLOAD_H
#define TOOLS_WORKLOADS_JOURNAL_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_CELL = 16, PAYLOAD_GENERATIONS = 1 << 20 };

/* A file, and its generation among those that had its name one after another. */
struct payload_owner {
	uint32_t file;       /* 1-255 */
	uint32_t generation; /* modulo PAYLOAD_GENERATIONS */
};

/* The origin that a cell contains. */
struct payload_place {
	struct payload_owner owner;
	uint64_t offset; /* bytes, in its file */
};

/* Fills a buffer with the bytes [offset, offset + length) of the file. */
void payload_fill(void *to, struct payload_owner owner, uint64_t offset, size_t length);

/* Compares a buffer with [offset, offset + length) of the file. Returns the number of right bytes
 * before the first wrong one; length if all are right. */
size_t payload_check(const void *from, struct payload_owner owner, uint64_t offset, size_t length);

/* Decodes a cell of PAYLOAD_CELL bytes. Returns whether it is a cell. */
bool payload_decode(const void *cell, struct payload_place *place);

#endif
