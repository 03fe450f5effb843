/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-cache folios seen from user space: of which order the folio behind a mapped page is, how
 * many were split, and ways to fill a file range with large ones.
 */
#ifndef INJECTOR_MEMORY_FOLIO_H
#define INJECTOR_MEMORY_FOLIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors of /proc/self/pagemap and /proc/kpageflags; reading frame numbers wants
 * CAP_SYS_ADMIN. Threads may share one. */
struct folio_lookup {
	int pagemap;
	int kpageflags;
};

#define FOLIO_LOOKUP_CLOSED ((struct folio_lookup){ .pagemap = -1, .kpageflags = -1 })

/* Where a page lies. */
struct folio_place {
	unsigned int order; /* of the folio */
	unsigned int page;  /* in the folio, from 0 */
	uint64_t head;      /* page frame number of its first page */
};

/*
 * Opens what the look-ups need. lookup: the caller's; give it to folio_lookup_close() on success,
 * unchanged otherwise. Not usable after fork() in the child: pagemap is the opener's.
 * Returns 0; -errno of open(2), -EACCES or -EPERM without the privilege.
 */
int folio_lookup_open(struct folio_lookup *lookup);

/* Closes an open or closed look-up; it is FOLIO_LOOKUP_CLOSED then. */
void folio_lookup_close(struct folio_lookup *lookup);

/*
 * The folio behind a mapped page. The caller has touched the page. Costs one small pread per order
 * at most twice over.
 * place: set on success only. Returns 0; -ENOENT nothing mapped there; -EPERM the kernel hides the
 * frame number; -EAGAIN the folio was split meanwhile (not every such case is seen); -EIO short
 * read; else -errno of pread(2).
 */
int folio_probe(const struct folio_lookup *lookup, const void *address, struct folio_place *place);

/* The order of that folio alone: 0 or more, or an error of folio_probe(). */
int folio_order_at(const struct folio_lookup *lookup, const void *address);

/*
 * Whether a page table of this process maps the page. Takes no reference and causes no fault, so it
 * does not disturb a split: the way to see one coming (unmap_folio() comes right before
 * folio_ref_freeze()). Returns 1 or 0; -EIO short read; else -errno of pread(2).
 */
int folio_is_mapped(const struct folio_lookup *lookup, const void *address);

#define FOLIO_NO_FRAME UINT64_MAX

/*
 * Whether the folio is locked, by the page frame number of its head; takes no reference. A punch
 * locks the folio right before it splits it (truncate_inode_pages_range()). Returns 1 or 0; -EIO
 * there is no such frame; else -errno of pread(2).
 */
int folio_is_locked(const struct folio_lookup *lookup, uint64_t head);

/* Folios of one order that the kernel split, or tried to and could not, since boot. */
struct folio_splits {
	uint64_t split;
	uint64_t failed;
};

/*
 * Reads split and split_failed of one order from /sys/kernel/mm/transparent_hugepage/
 * hugepages-*kB/stats, file folios included; order 9 is hugepages-2048kB with 4 KiB pages.
 * splits: set on success only. Returns 0; -ENOENT this kernel does not count that order, which is
 * not the same as none; else -errno.
 */
int folio_splits_of(unsigned int order, struct folio_splits *splits);

/* The sum over all orders that the kernel counts; -ENOENT when it counts none. */
int folio_splits_all(struct folio_splits *splits);

/* A file range that is to be held in large folios. offset and size are multiples of the page size,
 * and for the largest folios offset one of size. */
struct folio_range {
	int fd;
	off_t offset;       /* bytes */
	size_t size;        /* bytes */
	void *map;          /* where offset is mapped in this process, or NULL */
	const void *buffer; /* what to write there, `size` bytes */
};

/*
 * One way to make folios. The range must be a hole for "write", and hold data for the others, which
 * flush it, drop it from the cache and read it back; pages that another process has mapped or
 * somebody holds are not dropped, and stay as they are. "write" wants buffer, "madvise" wants map.
 * "readahead" begins with small folios and gets to larger ones, up to the device's read_ahead_kb,
 * and to none when fd is advised POSIX_FADV_RANDOM. Whether large folios came of it is for
 * folio_order_at() to say. make returns 0; -EINVAL when what it wants is missing; -EIO short write
 * or read; else -errno.
 */
struct folio_maker {
	const char *name, *help; /* help: for the reference of keys */
	bool writes;             /* what it fills the range with is what makes the folios */
	int (*make)(const struct folio_range *range);
};

/* All of them, ended by a row without a name. */
extern const struct folio_maker folio_makers[];

/* The row of that name; NULL when there is none. */
const struct folio_maker *folio_maker_find(const char *name);

/*
 * One aligned pwrite of `size` bytes from `buffer` into a hole at `offset`: the "write" maker
 * alone. The folios are dirty: flush before they are to be split. Returns 0; -EIO short; -errno.
 */
int folio_make(int fd, off_t offset, size_t size, const void *buffer);

#endif
