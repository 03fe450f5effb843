/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives a journal file as systemd-journald does: punches its holes
 * (tools/workloads/journal/holes.h), then fsync, the state ARCHIVED, fsync.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_ARCHIVE_H
#define TOOLS_WORKLOADS_JOURNAL_ARCHIVE_H

#include "tools/workloads/journal/holes.h"
#include "tools/workloads/journal/writer.h"

struct archive_config {
	uint64_t least; /* size of the smallest hole, bytes; journald's is JOURNAL_HOLE */
	/* Punches the hole; NULL: archive_punch(). Returns 0; -errno: archiving ends. */
	int (*punch)(void *context, const struct journal_hole *hole);
	void *context;
};

struct archive_counts {
	struct journal_holes_seen seen;
	uint64_t holes, bytes;
};

/* Archives the file of a writer, which must not append any more. counts: filled in. Returns 0;
 * -EBADMSG: the file is damaged; other -errno (not reported). */
int archive(struct journal_writer *writer, const struct archive_config *config,
	    struct archive_counts *counts);

/* Punches a hole with fallocate(2). Returns 0 or -errno (not reported). */
int archive_punch(int fd, const struct journal_hole *hole);

#endif
