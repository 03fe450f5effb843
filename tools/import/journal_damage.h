/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of a journal are damaged, by its structure: the objects follow each other from the
 * header to the last one, data and fields have a hash of what they hold, items of entries, arrays
 * and hash tables lead to objects. What is lost is found again behind the damage, so that the rest
 * is looked at, too.
 *
 * An object tells that one of its pages is damaged, rarely which: so damage is a range of pages of
 * which at least one is. What is compressed is not unpacked: within it nothing is seen.
 */
#ifndef TOOLS_IMPORT_JOURNAL_DAMAGE_H
#define TOOLS_IMPORT_JOURNAL_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	JOURNAL_DAMAGE_PAGE = 4096,
	JOURNAL_DAMAGE_PAGES_MAX = 16 << 20, /* of a file that is looked at */
	JOURNAL_LOSSES_MAX = 256,
};

/* What is known of a page, as bits. */
enum {
	JOURNAL_PAGE_PROVEN = 1, /* within one object whose hash is right */
	JOURNAL_PAGE_PACKED = 2, /* within one compressed object: not all zeros */
	JOURNAL_PAGE_LOST = 4,   /* of a loss */
};

/* Pages of which at least one is damaged. */
struct journal_loss {
	uint64_t first, last;
	const char *why; /* a constant: what is wrong with what is there */
};

struct journal_damage {
	uint8_t *pages; /* of the file, JOURNAL_PAGE_ bits of each; owned */
	uint64_t page_count;
	struct journal_loss losses[JOURNAL_LOSSES_MAX];
	size_t count;
	uint64_t more; /* losses that found no place */
};

/*
 * Looks for damage in an open file that begins as a journal. Returns 0, or -errno (not reported;
 * -EFBIG: too large): then there is nothing to release. An unusable header is a loss of the first
 * page.
 */
int journal_damage_find(struct journal_damage *damage, int fd);

void journal_damage_release(struct journal_damage *damage);

#endif
