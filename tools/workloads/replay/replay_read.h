/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges what a replay reads. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_READ_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_READ_H

#include "tools/workloads/replay/replay_state.h"

/*
 * Call these before and after a read of a range, in bytes. The first takes views of its pages, and
 * returns 0 or -ENOMEM (not reported). The second judges the bytes, counts them and reports hits.
 * fd: for reading wrong pages again; -1: none.
 */
int replay_before_read(struct replay_thread *thread, const struct replay_file *file,
		       uint64_t offset, uint64_t length);
void replay_after_read(struct replay_thread *thread, struct replay_file *file, uint64_t offset,
		       const char *bytes, uint64_t length, int fd);

/* Reads and judges all files at the end of the replay. */
void replay_read_all(struct replay_thread *thread);

#endif
