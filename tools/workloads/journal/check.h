/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether what a reader gets of our own journal files is what must be there, byte for byte: of data
 * objects name, payload and hash, of entries their number, their place and what they refer to. What
 * a writer may still change (links, counts) is not looked at beyond what it has published.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_CHECK_H
#define TOOLS_WORKLOADS_JOURNAL_CHECK_H

#include "tools/reading/oracle.h"
#include "tools/workloads/journal/layout.h"
#include "tools/workloads/journal/payload.h"
#include "tools/workloads/journal/walk.h"

/* What is to be read. */
struct journal_question {
	struct payload_owner owner;
	const struct journal_layout *layout; /* the page at offset `data` of it; or NULL: */
	uint64_t data;                       /* the data object at that offset; or 0: */
	uint64_t entry; /* the entry of that number, from 0 on, with all that it refers to */
};

/* What was found wrong. */
struct journal_wrong {
	uint64_t offset; /* where, bytes of the file */
	uint64_t other;  /* another place that may be the wrong one instead; or 0 */
	char text[112];
	char seen[STAMP_PAGE_SIZE]; /* bytes as read, from the one at seen_at on */
	uint64_t seen_at;
	size_t seen_length;
};

/*
 * Reads and checks. The walk's header counts that entry. Returns 0; -EBADMSG: not as it must be,
 * and wrong says what; else what the source said.
 */
int journal_ask(struct journal_walk *walk, const struct journal_question *question,
		struct journal_wrong *wrong);

/* Whether all that is wrong is zeros, by the file as pread(2) has it. page: as for
 * journal_classify(). */
bool journal_only_zeros(const struct journal_wrong *wrong, const char *page, int fd);

/*
 * What the wrong bytes are, as far as they tell: by their cells, else by finding the same page
 * elsewhere in the file. page: as the reader sees it now, or NULL: it cannot, or it is right again;
 * then wrong->seen has to do. fd: of the file, read by pread(2) within `reach` pages of the place.
 */
void journal_classify(const struct journal_wrong *wrong, struct payload_owner owner,
		      const char *page, int fd, uint64_t reach, struct judgement *judgement);

#endif
