/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds damaged pages of an SQLite database by its structure: follows the trees of tables and
 * indexes from the schema, and the chains of overflow pages from their rows. Rows of a table are in
 * the order of their numbers, and within the range of the parent page. A record is as long as its
 * header says, a chain as long as its row. Pages that nothing leads to are ignored: they are free,
 * or hold page numbers.
 *
 * Pages here have 4096 bytes, whatever the page size of the database.
 */
#ifndef TOOLS_IMPORT_SQLITE_DAMAGE_H
#define TOOLS_IMPORT_SQLITE_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SQLITE_DAMAGE_PAGE = 4096,
	SQLITE_DAMAGE_PAGES_MAX = 16 << 20, /* of the largest file */
};

/* The struct owns its arrays. */
struct sqlite_damage {
	const char **whys; /* per page: what is wrong, a constant; NULL: nothing */
	uint32_t *trees;   /* per unit: the tree whose cells fill most of it; 0: none */
	uint64_t page_count;
	unsigned int units; /* per page: the number of database pages in it, or 1 */
	unsigned int group; /* pages in a database page, or 1 */
};

/*
 * Finds damage in an open file that begins as an SQLite database. Returns 0, or -errno (not
 * reported; -EFBIG: too large, -EINVAL: invalid page size, or not one page) with nothing to
 * release.
 */
int sqlite_damage_find(struct sqlite_damage *damage, int fd);

/* Frees the arrays and zeroes the struct. */
void sqlite_damage_release(struct sqlite_damage *damage);

#endif
