/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readers that work like journalctl: with a few shared read-only windows of each file, they find
 * entries through the entry arrays, and read and check all objects that an entry refers to. They
 * follow the active file, and seek in archived ones. When a hole is announced, they read the pages
 * that it will expose.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_READER_H
#define TOOLS_WORKLOADS_JOURNAL_READER_H

#include "tools/workloads/journal/play.h"

/* Starts settings->readers.count readers. Returns 0 or -errno (not reported). Call
 * play_join_readers() in any case. */
int play_start_readers(struct journal_play *play);

/* Joins the threads, which end when play->stop is set, and frees the readers. */
void play_join_readers(struct journal_play *play);

/* Removes the pages of a slot from the page tables of all readers. The caller holds the barrier for
 * writing. */
void play_let_go(struct journal_play *play, const struct journal_slot *slot);

/* Unmaps all readers' windows of a slot that is about to be another file. Likewise. */
void play_forget(struct journal_play *play, const struct journal_slot *slot);

#endif
