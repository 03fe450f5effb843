/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives slots in a thread of its own, as journald does, and sets the stage for the readers at
 * each hole: what the folios are that it begins and ends in, which pages its punch exposes by the
 * aim model (injector/storm/aim.h), and what there is to read in them.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_ARCHIVER_H
#define TOOLS_WORKLOADS_JOURNAL_ARCHIVER_H

#include "tools/workloads/journal/play.h"

/* Starts the archiver's thread. Returns 0 or -errno. */
int play_start_archiver(struct journal_play *play);

/* Hands it a slot, after waiting until it is done with the one before. */
void play_archive(struct journal_play *play, struct journal_slot *slot);

/* Lets it finish what it has, and joins it. */
void play_join_archiver(struct journal_play *play);

#endif
