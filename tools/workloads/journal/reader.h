/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readers that work as journalctl does: a few shared read-only windows of each file, entries
 * through the entry arrays, all that they refer to read and checked. They follow what is written,
 * and seek in what is archived; when a hole is announced they go where it will be felt.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_READER_H
#define TOOLS_WORKLOADS_JOURNAL_READER_H

#include "tools/workloads/journal/play.h"

/* Starts settings->readers.count readers. Returns 0 or -errno; play_join_readers() also then. */
int play_start_readers(struct journal_play *play);

/* Their threads end when play->stop is set. */
void play_join_readers(struct journal_play *play);

/* All readers take the pages of a slot out of their page tables. Under barrier, for writing. */
void play_let_go(struct journal_play *play, const struct journal_slot *slot);

/* All readers forget the mappings of a slot, which is about to be another file. The same. */
void play_forget(struct journal_play *play, const struct journal_slot *slot);

#endif
