/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-cache folios seen from user space: finds the order of the folio of a mapped page, counts
 * splits, and fills file ranges with large folios.
 */
#ifndef INJECTOR_MEMORY_FOLIO_H
#define INJECTOR_MEMORY_FOLIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors of /proc/self/pagemap and /proc/kpageflags; frame numbers require CAP_SYS_ADMIN.
 * Threads may share one. */
struct folio_lookup {
	int pagemap;
	int kpageflags;
};

#define FOLIO_LOOKUP_CLOSED ((struct folio_lookup){ .pagemap = -1, .kpageflags = -1 })

/* The place of a page. */
struct folio_place {
	unsigned int order; /* of the folio */
	unsigned int page;  /* in the folio, from 0 */
	uint64_t head;      /* page frame number of the folio's first page */
};

/*
 * Opens the descriptors. lookup: set on success only. Not usable in the child after fork(), since
 * pagemap is the opener's. Returns 0; -errno of open(2), -EACCES or -EPERM without the privilege.
 * Release with folio_lookup_close().
 */
int folio_lookup_open(struct folio_lookup *lookup);

/* Closes an open or closed look-up, and sets it to FOLIO_LOOKUP_CLOSED. */
void folio_lookup_close(struct folio_lookup *lookup);

/*
 * Finds the folio of a mapped page, which the caller must have touched. Costs at most two small
 * preads per order. place: set on success only. Returns 0; -ENOENT nothing is mapped there; -EPERM
 * the kernel hides the frame number; -EAGAIN the folio was split meanwhile (not always detected);
 * -EIO short read; else -errno of pread(2).
 */
int folio_probe(const struct folio_lookup *lookup, const void *address, struct folio_place *place);

/* The order of that folio, 0 or more; or an error of folio_probe(). */
int folio_order_at(const struct folio_lookup *lookup, const void *address);

/*
 * Whether a page table of this process maps the page. Takes no reference and causes no fault, so it
 * does not disturb a split. It shows that a split is imminent: unmap_folio() comes right before
 * folio_ref_freeze(). Returns 1 or 0; -EIO short read; else -errno of pread(2).
 */
int folio_is_mapped(const struct folio_lookup *lookup, const void *address);

#define FOLIO_NO_FRAME UINT64_MAX

/*
 * Whether a folio is locked. head: its first page frame number. Takes no reference. A punch locks
 * the folio right before it splits it (truncate_inode_pages_range()). Returns 1 or 0; -EIO no such
 * frame; else -errno of pread(2).
 */
int folio_is_locked(const struct folio_lookup *lookup, uint64_t head);

/* The number of folios of one order that the kernel has split, or failed to split, since boot. */
struct folio_splits {
	uint64_t split;
	uint64_t failed;
};

/*
 * Reads split and split_failed of one order from /sys/kernel/mm/transparent_hugepage/
 * hugepages-*kB/stats, file folios included; order 9 is hugepages-2048kB with 4 KiB pages. splits:
 * set on success only. Returns 0; -ENOENT this kernel does not count that order; else -errno.
 */
int folio_splits_of(unsigned int order, struct folio_splits *splits);

/* The sum over all orders that the kernel counts. Returns 0; -ENOENT it counts none; else -errno.
 */
int folio_splits_all(struct folio_splits *splits);

/* A file range to fill with large folios. offset and size are multiples of the page size; for the
 * largest folios, offset is a multiple of size. */
struct folio_range {
	int fd;
	off_t offset;       /* bytes */
	size_t size;        /* bytes */
	void *map;          /* where offset is mapped in this process, or NULL */
	const void *buffer; /* the data to write, `size` bytes; or NULL */
};

/*
 * A way to make folios. For "write" the range must be a hole; for the others it must have data,
 * which they flush, drop from the cache and read back. Pages that another process has mapped, or
 * that have other references, are not dropped and stay as they are. "write" requires buffer,
 * "madvise" requires map. "readahead" begins with small folios and gets larger ones, up to the
 * device's read_ahead_kb; none if fd is advised POSIX_FADV_RANDOM. Check the result by
 * folio_order_at(). make returns 0; -EINVAL a requirement is missing; -EIO short write or read;
 * else -errno.
 */
struct folio_maker {
	const char *name, *help; /* help: for the reference of keys */
	bool writes;             /* writing the data makes the folios */
	int (*make)(const struct folio_range *range);
};

/* All makers, ended by a row without a name. */
extern const struct folio_maker folio_makers[];

/* The row of that name; NULL if there is none. */
const struct folio_maker *folio_maker_find(const char *name);

/*
 * The maker "write": one aligned pwrite of `size` bytes from `buffer` into a hole at `offset`. The
 * folios are dirty: flush them before a split. Returns 0; -EIO short write; else -errno.
 */
int folio_make(int fd, off_t offset, size_t size, const void *buffer);

#endif
