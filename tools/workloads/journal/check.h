/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks what a reader gets from our own journal files, byte for byte: name, payload and hash of
 * data objects; number, place and references of entries. Fields that the writer may still change
 * (links, counts) are checked only as far as it has published them.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_CHECK_H
#define TOOLS_WORKLOADS_JOURNAL_CHECK_H

#include "tools/reading/oracle.h"
#include "tools/workloads/journal/layout.h"
#include "tools/workloads/journal/payload.h"
#include "tools/workloads/journal/walk.h"

/* What to read: the first of these that is set. */
struct journal_question {
	struct payload_owner owner;
	const struct journal_layout *layout; /* the page at offset `data` of this layout */
	uint64_t data;                       /* the data object at this offset, bytes */
	uint64_t entry; /* the entry of this number, from 0, and the objects that it refers to */
};

/* What was found wrong. */
struct journal_wrong {
	uint64_t offset; /* in the file, bytes */
	uint64_t other;  /* another place that may be the wrong one instead; or 0 */
	char text[112];
	char seen[STAMP_PAGE_SIZE]; /* seen_length bytes as read at offset seen_at */
	uint64_t seen_at;
	size_t seen_length;
};

/*
 * Reads and checks. The walk's header must count the entry. Returns 0; -EBADMSG: wrong bytes, with
 * `wrong` filled in; other -errno: of the source.
 */
int journal_ask(struct journal_walk *walk, const struct journal_question *question,
		struct journal_wrong *wrong);

/* Returns whether all wrong bytes are zeros. page: see journal_classify(). fd: of the file, for the
 * right bytes by pread(2). */
bool journal_only_zeros(const struct journal_wrong *wrong, const char *page, int fd);

/*
 * Classifies the wrong bytes: by their cells, or else by finding the same page elsewhere in the
 * file. page: as the reader sees it now; NULL: it cannot, or the page is right again, so
 * wrong->seen is used. fd: of the file, searched by pread(2) within `reach` pages of the place.
 */
void journal_classify(const struct journal_wrong *wrong, struct payload_owner owner,
		      const char *page, int fd, uint64_t reach, struct judgement *judgement);

#endif
