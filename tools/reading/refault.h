/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reader brings into the page cache where a page is not there: whatever the kernel likes,
 * one page, or a large folio. Many small folios that take the place of one large one at the same
 * instant, each dividing the shadow entry that it left, is what the older family of races came of
 * (stale_aim.h).
 *
 * The files are opened beneath the layer and anew: how a file is read ahead belongs to the open
 * file, and the folios that count are those of the file system below.
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

/* Opens all targets anew. refault: given to refault_close() on success. Returns 0 or -errno
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
