/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives slots in its own thread, as journald does. Before each punch it fills in the stage for
 * the readers: the folios in which the hole begins and ends, the pages that the punch exposes by
 * the aim model (injector/storm/aim.h), and what to read in them.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_ARCHIVER_H
#define TOOLS_WORKLOADS_JOURNAL_ARCHIVER_H

#include "tools/workloads/journal/play.h"

/* Starts the archiver's thread. Returns 0 or -errno. */
int play_start_archiver(struct journal_play *play);

/* Waits until the archiver has finished the previous slot, then gives it this one. */
void play_archive(struct journal_play *play, struct journal_slot *slot);

/* Waits until it has finished its slot, sets play->stop, and joins the thread. */
void play_join_archiver(struct journal_play *play);

#endif
