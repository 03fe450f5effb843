/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that name files by path, or open and close descriptors. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_PATHS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_PATHS_H

#include "tools/import/importers/strace_calls.h"

/*
 * The descriptor in argument i, if it is of a file that counts; else NULL. One that was open before
 * the log began, or whose open is missing, is known by the path that strace shows.
 */
struct strace_fd *strace_our_fd(struct strace *strace, struct strace_thread *thread,
				const struct strace_call *call, unsigned int i);

/* Adds a call to the trace; a thread's first call gives it its number there. */
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
