/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-identifying payload. What a data object holds after "NAME=" depends only on where in which
 * file it lies: the file is divided into cells of 16 bytes, and cell n of generation g of file f is
 * the text "%02x%05x%08x." of f, g and n. So each byte can be verified without knowing anything of
 * the journal, a whole cell tells where it came from, and journalctl shows it as text.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_PAYLOAD_H
#define TOOLS_WORKLOADS_JOURNAL_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_CELL = 16, PAYLOAD_GENERATIONS = 1 << 20 };

/* Which file, and which of those that had its name one after another. */
struct payload_owner {
	uint32_t file;       /* 1-255 */
	uint32_t generation; /* modulo PAYLOAD_GENERATIONS */
};

/* What a cell says of itself. */
struct payload_place {
	struct payload_owner owner;
	uint64_t offset; /* bytes, in its file */
};

/* Writes the bytes [offset, offset + length) of the file. */
void payload_fill(void *to, struct payload_owner owner, uint64_t offset, size_t length);

/* How many bytes of [offset, offset + length) are as they must be, up to the first wrong one:
 * length when all are. */
size_t payload_check(const void *from, struct payload_owner owner, uint64_t offset, size_t length);

/* Reads the cell of PAYLOAD_CELL bytes back. Returns whether it is one. */
bool payload_decode(const void *cell, struct payload_place *place);

#endif
