/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a replay reads, judged. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_READ_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_READ_H

#include "tools/workloads/replay/replay_state.h"

/*
 * Views of a range before an access, and what was read of it judged after; offset and length in
 * bytes. fd: to look again by pread; -1: none. Returns 0 or -ENOMEM.
 */
int replay_before_read(struct replay_thread *thread, const struct replay_file *file,
		       uint64_t offset, uint64_t length);
void replay_after_read(struct replay_thread *thread, struct replay_file *file, uint64_t offset,
		       const char *bytes, uint64_t length, int fd);

/* Judges all files as they are at the end. */
void replay_read_all(struct replay_thread *thread);

#endif
