/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which folio a reader adds to the page cache for a missing page: whatever the kernel chooses, a
 * single page, or a large folio. The older family of races (stale_aim.h) was caused by many small
 * folios that replaced a large one at the same instant, each splitting the shadow entry that the
 * large one had left.
 *
 * Each reader opens the files again, because readahead is a property of the open file, and beneath
 * the layer, because only folios of the file system there matter.
 */
#ifndef TOOLS_READING_REFAULT_H
#define TOOLS_READING_REFAULT_H

#include "injector/storm/target.h"

#include <stddef.h>
#include <stdint.h>

enum refault_order {
	REFAULT_ANY,   /* as the kernel likes; nothing here has to do with it */
	REFAULT_SMALL, /* one page: POSIX_FADV_RANDOM */
	REFAULT_LARGE, /* a whole region: MADV_HUGEPAGE (do_sync_mmap_readahead(), since 5.18) */
};

struct refault {
	enum refault_order order;
	int *fds; /* of each target */
	size_t count;
};

/* Opens all targets again. refault: given to refault_close() on success. Returns 0 or -errno
 * (reported). */
int refault_open(struct refault *refault, enum refault_order order, const struct target *targets,
		 size_t count);

/* Closes them; also one that is all zeros. */
void refault_close(struct refault *refault);

/* Takes the page at `offset` bytes of target `index`. Returns 0; -ENODATA the file has none there;
 * -errno. */
int refault_read(const struct refault *refault, const struct target *target, size_t index,
		 uint64_t offset, uint64_t *page);

/* Whether the page cache of the file beneath lacks the page: reading it is a refault. Reads
 * nothing, and brings nothing in (mincore()). target->beneath is there. */
bool refault_is_due(const struct target *target, uint64_t offset);

#endif
