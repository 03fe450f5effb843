/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds damaged pages of a systemd journal by its structure. Objects follow each other from the
 * header to the last one; data and fields have a hash of their content; entries, arrays and hash
 * tables refer to objects. The search continues behind damage at the next object it finds.
 *
 * An object shows that one of its pages is damaged, rarely which one. So damage is a range of pages
 * of which at least one is damaged. Compressed content is not unpacked, so damage within it is not
 * seen.
 */
#ifndef TOOLS_IMPORT_JOURNAL_DAMAGE_H
#define TOOLS_IMPORT_JOURNAL_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	JOURNAL_DAMAGE_PAGE = 4096,
	JOURNAL_DAMAGE_PAGES_MAX = 16 << 20, /* of the largest file */
	JOURNAL_LOSSES_MAX = 256,
};

/* Flags of a page. */
enum {
	JOURNAL_PAGE_PROVEN = 1, /* within one object whose hash is right */
	JOURNAL_PAGE_PACKED = 2, /* within one compressed object, so not all zeros */
	JOURNAL_PAGE_LOST = 4,   /* in a loss */
};

/* A range of pages, at least one of which is damaged. */
struct journal_loss {
	uint64_t first, last;
	const char *why; /* what is wrong, a constant */
};

struct journal_damage {
	uint8_t *pages; /* flags of each page; owned */
	uint64_t page_count;
	struct journal_loss losses[JOURNAL_LOSSES_MAX];
	size_t count;
	uint64_t more; /* losses without a place in the array */
};

/*
 * Finds damage in an open file that begins as a journal. Returns 0, or -errno (not reported;
 * -EFBIG: too large) with nothing to release. An unusable header is a loss of the first page.
 */
int journal_damage_find(struct journal_damage *damage, int fd);

/* Frees the pages. */
void journal_damage_release(struct journal_damage *damage);

#endif
