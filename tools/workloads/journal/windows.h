/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file seen through a few shared mappings of 8 MiB, as journald and journalctl see theirs: the
 * window that was used longest ago gives way. For one thread at a time.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_WINDOWS_H
#define TOOLS_WORKLOADS_JOURNAL_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WINDOWS_MAX = 64 };

struct window {
	char *map; /* or NULL */
	uint64_t offset;
	size_t length; /* bytes, whole pages */
	uint64_t used; /* turn */
};

struct windows {
	int fd;           /* the caller's */
	bool writable;    /* else only to be read */
	unsigned int max; /* 1 to WINDOWS_MAX */
	uint64_t turn;
	struct window list[WINDOWS_MAX];
	struct window *last;
};

/*
 * Where [offset, offset + length) of the file is mapped; valid until the next call. The range is
 * within the file as it was when its window was made: a later cut shows as SIGBUS.
 * Returns 0; -ENODATA beyond the end of the file; -errno of fstat(2) or mmap(2).
 */
int windows_at(struct windows *windows, uint64_t offset, size_t length, void **at);

/* Unmaps nothing, but takes the pages out of the page tables: the next access faults. */
void windows_let_go(struct windows *windows);

void windows_close(struct windows *windows);

#endif
