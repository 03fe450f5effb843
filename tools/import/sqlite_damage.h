/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of an SQLite database are damaged, by its structure: the trees of tables and indexes
 * are followed from the schema, and the chains of overflow pages from their rows. Rows of a table
 * are in the order of their numbers, and within those of the page above; a record is as long as its
 * header says; a chain is as long as its row. Pages that nothing leads to are not looked at: they
 * are free, or hold numbers of pages, and may hold anything.
 *
 * Pages here are of 4096 bytes, whatever the database's are.
 */
#ifndef TOOLS_IMPORT_SQLITE_DAMAGE_H
#define TOOLS_IMPORT_SQLITE_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SQLITE_DAMAGE_PAGE = 4096,
	SQLITE_DAMAGE_PAGES_MAX = 16 << 20, /* of a file that is looked at */
};

/* Arrays are owned. */
struct sqlite_damage {
	const char **whys; /* of each page what is wrong with it, a constant; NULL: nothing */
	uint32_t *trees;   /* of each unit the tree whose cells fill most of it; 0: none */
	uint64_t page_count;
	unsigned int units; /* in a page: pages of the database, or 1 */
	unsigned int group; /* pages of the file in one of the database, or 1 */
};

/*
 * Looks for damage in an open file that begins as an SQLite database. Returns 0, or -errno (not
 * reported; -EFBIG: too large, -EINVAL: no size of a page): then there is nothing to release.
 */
int sqlite_damage_find(struct sqlite_damage *damage, int fd);

void sqlite_damage_release(struct sqlite_damage *damage);

#endif
