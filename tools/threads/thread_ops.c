/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/text_file.h"
#include "injector/base/units.h"
#include "injector/memory/cgroup.h"
#include "injector/storm/storm.h"
#include "tools/threads/thread_op.h"
#include "tools/threads/thread_op_data.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE /* Linux 6.1 */
#define MADV_COLLAPSE 25
#endif

static int by_errno(int result)
{
	return result ? -errno : 0;
}

#define FALLOCATE(name, mode)                                                                      \
	static int name(struct thread_call *call)                                                  \
	{                                                                                          \
		return by_errno(                                                                   \
			fallocate(call->fd, mode, (off_t)call->offset, (off_t)call->length));      \
	}

FALLOCATE(punch, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
FALLOCATE(zero_range, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE)
FALLOCATE(allocate, 0)
FALLOCATE(collapse_range, FALLOC_FL_COLLAPSE_RANGE)
FALLOCATE(insert_range, FALLOC_FL_INSERT_RANGE)

static int cut(struct thread_call *call)
{
	return by_errno(ftruncate(call->fd, (off_t)call->step->size));
}

static int sync_data(struct thread_call *call)
{
	return by_errno(fdatasync(call->fd));
}

static int sync_file(struct thread_call *call)
{
	return by_errno(fsync(call->fd));
}

static int sync_range(struct thread_call *call)
{
	return by_errno(sync_file_range(call->fd, (off_t)call->offset, (off_t)call->length,
					SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
						SYNC_FILE_RANGE_WAIT_AFTER));
}

static int sync_filesystem(struct thread_call *call)
{
	return by_errno(syncfs(call->fd));
}

static int sync_all(struct thread_call *call)
{
	(void)call;
	sync();
	return 0;
}

static int sync_mapping(struct thread_call *call)
{
	char *map = thread_map(call);

	return map ? by_errno(msync(map + call->offset, call->length, MS_SYNC)) : -errno;
}

static int advise_mapping(struct thread_call *call)
{
	char *map = thread_map(call);

	return map ? by_errno(madvise(map + call->offset, call->length, call->advice)) : -errno;
}

static int advise_file(struct thread_call *call)
{
	return -posix_fadvise(call->fd, (off_t)call->offset, (off_t)call->length, call->advice);
}

static int read_ahead(struct thread_call *call)
{
	return by_errno(readahead(call->fd, (off_t)call->offset, call->length) < 0);
}

static int lock_pages(struct thread_call *call)
{
	char *map = thread_map(call);

	return map ? by_errno(mlock(map + call->offset, call->length)) : -errno;
}

static int unlock_pages(struct thread_call *call)
{
	char *map = thread_map(call);

	return map ? by_errno(munlock(map + call->offset, call->length)) : -errno;
}

static int map_anew(struct thread_call *call)
{
	thread_unmap(call);
	return thread_map(call) ? 0 : -errno;
}

static int unmap(struct thread_call *call)
{
	thread_unmap(call);
	return 0;
}

static int reclaim(struct thread_call *call)
{
	int r = cgroup_reclaim(thread_reclaim_fd(call), call->step->size);

	/* -EAGAIN: less memory than wanted was reclaimed, which is fine. */
	return r == -EAGAIN ? 0 : r;
}

static int drop_caches(struct thread_call *call)
{
	(void)call;
	return text_file_write("/proc/sys/vm/drop_caches", "3");
}

static int compact(struct thread_call *call)
{
	(void)call;
	return text_file_write("/proc/sys/vm/compact_memory", "1");
}

static int split(struct thread_call *call)
{
	return storm_op_find("split")->punch(call->fd, call->target, (off_t)call->offset,
					     (off_t)call->length);
}

static int inspect(struct thread_call *call)
{
	thread_inspect(call);
	return 0;
}

static int wait_for(struct thread_call *call)
{
	units_sleep(call->step->time);
	return 0;
}

static const struct thread_advice madvice[] = {
	{ "normal", MADV_NORMAL },
	{ "random", MADV_RANDOM },
	{ "sequential", MADV_SEQUENTIAL },
	{ "willneed", MADV_WILLNEED },
	{ "dontneed", MADV_DONTNEED },
	{ "remove", MADV_REMOVE },
	{ "cold", MADV_COLD },
	{ "pageout", MADV_PAGEOUT },
	{ "populate-read", MADV_POPULATE_READ },
	{ "populate-write", MADV_POPULATE_WRITE },
	{ "hugepage", MADV_HUGEPAGE },
	{ "nohugepage", MADV_NOHUGEPAGE },
	{ "collapse", MADV_COLLAPSE },
	{ .name = NULL },
};

static const struct thread_advice fadvice[] = {
	{ "normal", POSIX_FADV_NORMAL },
	{ "random", POSIX_FADV_RANDOM },
	{ "sequential", POSIX_FADV_SEQUENTIAL },
	{ "willneed", POSIX_FADV_WILLNEED },
	{ "dontneed", POSIX_FADV_DONTNEED },
	{ "noreuse", POSIX_FADV_NOREUSE },
	{ .name = NULL },
};

enum {
	FILE_ALONE = THREAD_KEY_FILE,
	FILE_RANGE = THREAD_KEY_FILE | THREAD_KEY_RANGE,
};

const struct thread_op thread_ops[] = {
	{ "open", "opens the file; the thread's later steps use the new descriptor", FILE_ALONE,
	  .act = thread_open },
	{ "close", "closes it; later steps use the descriptor that all threads share", FILE_ALONE,
	  .act = thread_close },
	{ "load", "loads from the thread's mapping; each page is judged", FILE_RANGE, THREAD_JUDGES,
	  .maps = true, .act = thread_load },
	{ "store", "stores to the thread's mapping", FILE_RANGE, THREAD_STORES, .maps = true,
	  .act = thread_store },
	{ "procmem", "pread(2) of `/proc/self/mem` where the file is mapped; each page is judged",
	  FILE_RANGE, THREAD_JUDGES, .maps = true, .act = thread_procmem },
	{ "pread", "pread(2), one page at a time; each page is judged", FILE_RANGE, THREAD_JUDGES,
	  .act = thread_pread },
	{ "pread-range", "pread(2) of the whole range at once; each page is judged", FILE_RANGE,
	  THREAD_JUDGES, .act = thread_pread_range },
	{ "pread-cached",
	  "preadv2(2) with RWF_NOWAIT, one page at a time; pages outside the page "
	  "cache are not judged",
	  FILE_RANGE, THREAD_JUDGES, .act = thread_pread_cached },
	{ "pwrite", "pwrite(2) of the whole range", FILE_RANGE, THREAD_STORES,
	  .act = thread_pwrite },
	{ "pwrite-direct",
	  "pwrite(2) with O_DIRECT, which also drops the range from the page cache, "
	  "even if it is referenced",
	  FILE_RANGE, THREAD_STORES, .act = thread_pwrite_direct },
	{ "splice", "splice(2) into a pipe, which is then read; each page is judged", FILE_RANGE,
	  THREAD_JUDGES, .act = thread_splice },
	{ "copy-range", "copy_file_range(2) from the same range of the file `to`",
	  FILE_RANGE | THREAD_KEY_TO, THREAD_SHIFTS, .act = thread_copy_range },
	{ "punch", "fallocate with FALLOC_FL_PUNCH_HOLE", FILE_RANGE, THREAD_ZEROS, .act = punch },
	{ "zero-range", "fallocate with FALLOC_FL_ZERO_RANGE", FILE_RANGE, THREAD_ZEROS,
	  .act = zero_range },
	{ "fallocate", "fallocate without a mode", FILE_RANGE, THREAD_ALLOCATES, .act = allocate },
	{ "collapse-range", "fallocate with FALLOC_FL_COLLAPSE_RANGE", FILE_RANGE, THREAD_SHIFTS,
	  .act = collapse_range },
	{ "insert-range", "fallocate with FALLOC_FL_INSERT_RANGE", FILE_RANGE, THREAD_SHIFTS,
	  .act = insert_range },
	{ "truncate", "ftruncate to `size`", FILE_ALONE | THREAD_KEY_SIZE, THREAD_CUTS,
	  .act = cut },
	{ "rename", "renames the file and renames it back", FILE_ALONE, .act = thread_rename },
	{ "fsync", "fsync(2)", FILE_ALONE, .act = sync_file },
	{ "fdatasync", "fdatasync(2)", FILE_ALONE, .act = sync_data },
	{ "sync-range", "sync_file_range(2), write and wait", FILE_RANGE, .act = sync_range },
	{ "syncfs", "syncfs(2)", FILE_ALONE, .act = sync_filesystem },
	{ "sync", "sync(2), of all file systems", .act = sync_all },
	{ "msync", "msync(2) with MS_SYNC", FILE_RANGE, .maps = true, .act = sync_mapping },
	{ "mmap", "maps the whole file for the thread", FILE_ALONE, .maps = true, .act = map_anew },
	{ "munmap", "unmaps it; the next step that needs a mapping makes one", FILE_ALONE,
	  .maps = true, .act = unmap },
	{ "madvise", "madvise(2) with `advice`", FILE_RANGE | THREAD_KEY_ADVICE, .maps = true,
	  .advice = madvice, .act = advise_mapping },
	{ "mlock", "mlock(2)", FILE_RANGE, .maps = true, .act = lock_pages },
	{ "munlock", "munlock(2)", FILE_RANGE, .maps = true, .act = unlock_pages },
	{ "fadvise", "posix_fadvise(2) with `advice`", FILE_RANGE | THREAD_KEY_ADVICE,
	  .advice = fadvice, .act = advise_file },
	{ "readahead", "readahead(2)", FILE_RANGE, .act = read_ahead },
	{ "split",
	  "makes the kernel split the folio at the start of the range "
	  "(`/sys/kernel/debug/split_huge_pages`)",
	  FILE_RANGE, .act = split },
	{ "reclaim",
	  "reclaims `size` bytes from the cgroup of the run (memory.reclaim, from 5.19 "
	  "on)",
	  THREAD_KEY_SIZE, .act = reclaim },
	{ "drop-caches", "drops all clean caches of the machine (`/proc/sys/vm/drop_caches`)",
	  .act = drop_caches },
	{ "compact", "compacts all memory (`/proc/sys/vm/compact_memory`)", .act = compact },
	{ "inspect",
	  "makes the [inspector](inspector.md) look at the page cache; requires "
	  "`inspect.slots` file or both. It also looks after each iteration",
	  .inspects = true, .act = inspect },
	{ "sleep", "waits for `time`", THREAD_KEY_TIME, .act = wait_for },
	{ .name = NULL },
};

int thread_advice_find(const struct thread_op *op, const char *name)
{
	for (const struct thread_advice *advice = op->advice; advice && advice->name; advice++)
		if (!strcmp(advice->name, name))
			return advice->value;
	return -1;
}
