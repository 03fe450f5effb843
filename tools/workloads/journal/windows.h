/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses a file through a few shared mappings of 8 MiB, as journald and journalctl do. A new
 * window replaces the least recently used one. Only one thread at a time may use a struct windows.
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
	uint64_t used; /* turn of the last use */
};

struct windows {
	int fd;           /* the caller's */
	bool writable;    /* else read-only */
	unsigned int max; /* 1 to WINDOWS_MAX */
	uint64_t turn;
	struct window list[WINDOWS_MAX];
	struct window *last;
};

/*
 * Maps [offset, offset + length) of the file, if it is not mapped. at: gets its address, valid
 * until the next call. If the file is truncated later, an access raises SIGBUS. Returns 0;
 * -ENODATA: beyond the end of the file; other -errno: of fstat(2) or mmap(2).
 */
int windows_at(struct windows *windows, uint64_t offset, size_t length, void **at);

/* Removes the pages from the page tables, so that the next access faults. The mappings stay. */
void windows_let_go(struct windows *windows);

void windows_close(struct windows *windows);

#endif
