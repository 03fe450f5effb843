/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the functions that make the calls of a replay share. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_CALLS_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_CALLS_H

#include "tools/workloads/replay/replay.h"

#include <errno.h>

/* As replay_make_call(), for some of its calls. */
typedef int64_t replay_make(struct replay_thread *thread, const struct trace_call *call);

/* replay_maps.c */
replay_make replay_make_mmap, replay_make_munmap, replay_make_msync;

/* replay_copies.c */
replay_make replay_make_copy, replay_make_sendfile;

/* What a system call returned, or -errno. */
static inline int64_t replay_result(int64_t result)
{
	return result < 0 ? -errno : result;
}

/* The file of that number in the trace; NULL: none. */
static inline struct replay_file *replay_file_of(const struct replay_thread *thread,
						 uint32_t number)
{
	return number ? &thread->replay->files[number] : NULL;
}

#endif
