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
	uint64_t least; /* bytes of the smallest hole; journald's: JOURNAL_HOLE */
	/* Punches the hole; NULL: fallocate(2) alone. Returns 0 or -errno, which ends it all. */
	int (*punch)(void *context, const struct journal_hole *hole);
	void *context;
};

struct archive_counts {
	struct journal_holes_seen seen;
	uint64_t holes, bytes;
};

/* writer: appends no more; its file is read by its descriptor. Returns 0 or -errno. */
int archive(struct journal_writer *writer, const struct archive_config *config,
	    struct archive_counts *counts);

/* The hole alone. Returns 0 or -errno. */
int archive_punch(int fd, const struct journal_hole *hole);

#endif
