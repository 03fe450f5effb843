/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Controls which folio a reader adds to the page cache for a missing page: one that the kernel
 * chooses, a single page, or a large folio. The older family of races (stale_aim.h) was caused by
 * small folios that replaced a large one at the same time, each splitting the shadow entry that the
 * large one had left.
 *
 * Each reader opens the files again, as readahead is a property of the open file; and beneath the
 * layer, as only folios of the backing file system matter.
 */
#ifndef TOOLS_READING_REFAULT_H
#define TOOLS_READING_REFAULT_H

#include "injector/storm/target.h"

#include <stddef.h>
#include <stdint.h>

enum refault_order {
	REFAULT_ANY,   /* the kernel's choice; these functions are not used */
	REFAULT_SMALL, /* one page: POSIX_FADV_RANDOM */
	REFAULT_LARGE, /* a whole region: MADV_HUGEPAGE (do_sync_mmap_readahead(), since 5.18) */
};

struct refault {
	enum refault_order order;
	int *fds; /* one for each target */
	size_t count;
};

/* Opens all targets again. refault: set on success only; close it with refault_close(). Returns 0
 * or -errno (reported). */
int refault_open(struct refault *refault, enum refault_order order, const struct target *targets,
		 size_t count);

/* Closes them. A zeroed struct refault is allowed. */
void refault_close(struct refault *refault);

/* Reads the page at `offset` bytes of target `index`. Returns 0; -ENODATA: the file has no page
 * there; other -errno (not reported). */
int refault_read(const struct refault *refault, const struct target *target, size_t index,
		 uint64_t offset, uint64_t *page);

/* Returns whether the page cache of the backing file lacks the page, so that reading it is a
 * refault. Reads nothing into the page cache (mincore()). target->beneath must be mapped. */
bool refault_is_due(const struct target *target, uint64_t offset);

#endif
