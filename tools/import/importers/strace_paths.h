/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of strace that name files: by path, or by making and ending descriptors. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_PATHS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_PATHS_H

#include "tools/import/importers/strace_calls.h"

/*
 * The descriptor in argument i, where it is of a file that is taken. One that was there before the
 * log began, or came from nowhere in it, is known by the path that strace shows with it.
 */
struct strace_fd *strace_our_fd(struct strace *strace, struct strace_thread *thread,
				const struct strace_call *call, unsigned int i);

/* Writes a call of a thread, whose first one gives it its number in the trace. */
void strace_emit(struct strace *strace, struct strace_thread *thread, struct trace_call *call);

/* See struct strace_row. */
#define STRACE_TAKE(name)                                                                          \
	enum strace_outcome name(struct strace *strace, struct strace_thread *thread,              \
				 const struct strace_call *call, uint64_t start,                   \
				 const struct strace_row *row, const char **why)
STRACE_TAKE(strace_take_open);
STRACE_TAKE(strace_take_close);
STRACE_TAKE(strace_take_dup);
STRACE_TAKE(strace_take_stat);
STRACE_TAKE(strace_take_truncate);
STRACE_TAKE(strace_take_rename);
STRACE_TAKE(strace_take_unlink);
STRACE_TAKE(strace_take_fork);
STRACE_TAKE(strace_take_chdir);

#endif
