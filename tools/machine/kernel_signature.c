/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_signature.h"
#include "injector/base/array.h"
#include "tools/machine/kernel_vendor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Kernels with the races; tools/import/importers/oops_plan.c has the fixes. */
#define SPLIT_VERSIONS "6.15 - 6.18.19|6.19 - 6.19.8|7.0-rc1 - 7.0-rc3"
#define STALE_VERSIONS "5.17 - 6.9"
/* Kernels with the split race, its fix, or similar code. */
#define SINCE_SPLIT "6.15 - 9.99"

#define LOOKUPS                                                                                    \
	"xas_|xa_|filemap_get_entry|filemap_get_read_batch|__filemap_get_folio|mapping_get_entry|" \
	"find_get_entr|find_lock_entries|next_uptodate_|filemap_map_pages|filemap_read|"           \
	"filemap_fault|filemap_get_pages|folio_try_get|pagecache_get_page"

/* The XArray is used for more than the page cache. */
#define PAGE_CACHE                                                                                 \
	"filemap_|__filemap_|find_get_|find_lock_|page_cache_|mapping_|truncate_|invalidate_|"     \
	"shrink_folio|workingset_|pagecache_|next_uptodate_|ondemand_|shmem_|read_pages|"          \
	"folio_try_get|mpage_|iomap_|writeback_iter|write_cache_pages|delete_from_page_cache|"     \
	"__remove_mapping|read_cache_|do_read_cache|do_async_mmap|do_sync_mmap"

static bool begins_with_one(const char *text, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, "|");

		if (*text && !strncmp(text, words, length))
			return true;
		words += length + (words[length] == '|');
	}
	return false;
}

static bool contains_one(const char *text, const char *words)
{
	char word[64];

	while (*words) {
		size_t length = strcspn(words, "|");

		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		if (strstr(text, word))
			return true;
		words += length + (words[length] == '|');
	}
	return false;
}

/* Returns whether a source file is one of `words`, in whichever directory it was built. */
static bool is_source(const char *source, const char *words)
{
	while (source && !begins_with_one(source, words)) {
		source = strchr(source, '/');
		if (source)
			source++;
	}
	return source;
}

static bool is_traced(const struct kernel_report *report, const char *words)
{
	if (begins_with_one(report->function, words))
		return true;
	for (const char *at = report->trace; (at = strchr(at, ' ')); at++)
		if (begins_with_one(at + 1, words))
			return true;
	return false;
}

/* Returns whether a report is about the page cache, as far as it shows: one that was cut has no
 * trace. */
static bool is_of_page_cache(const struct kernel_report *report)
{
	return !*report->trace || is_traced(report, PAGE_CACHE);
}

static bool spins(const struct kernel_report *report)
{
	return report->spins;
}

static bool lookup_spins(const struct kernel_report *report)
{
	return !strcmp(kernel_report_kind(report), "lookup-spins") && is_of_page_cache(report);
}

/* Returns whether swap is free already, or a loop finds nothing more to free. */
static bool frees_or_spins(const struct kernel_report *report)
{
	return report->spins || strstr(report->text, "mm/swapfile.c");
}

static bool waits(const struct kernel_report *report)
{
	return report->waits;
}

static bool dies(const struct kernel_report *report)
{
	return report->fatal;
}

static bool lookup_dies(const struct kernel_report *report)
{
	return report->fatal && is_of_page_cache(report);
}

/* Returns whether an internal entry of the XArray was taken for a folio: the address is its number
 * times 4, plus 2, plus the offset of _refcount, 0x34. 0x36, 0x76, 0xf6 were reported. */
static bool is_entry(const struct kernel_report *report)
{
	return report->fatal && report->has_address && report->address < 0x200 &&
	       (report->address & 3) == 2;
}

/* The same, in a look-up or a function that it called: a driver far below a read has small
 * addresses, too. */
static bool is_entry_of_lookup(const struct kernel_report *report)
{
	static const char words[] = LOOKUPS "|folio_|__folio_|copy_page_|release_pages";
	const char *first = report->trace, *second = first + 1;

	if (!is_entry(report))
		return false;
	second += *first ? strcspn(second, " ") : 0;
	return begins_with_one(report->function, words) ||
	       (*first && begins_with_one(first + 1, words)) ||
	       (*first && *second && begins_with_one(second + 1, words));
}

/* Returns whether the address is LIST_POISON1 or 2 (include/linux/poison.h), with the offset of 64
 * bits. */
static bool is_poison(const struct kernel_report *report)
{
	return strstr(report->text, "0xdead0000000001") || strstr(report->text, "dead4ead") ||
	       (report->has_address && report->address >> 48 == 0xdead);
}

/* Returns whether it is "BUG kmalloc-256 (Not tainted): ...": others have a colon after the first
 * word. */
static bool is_slub(const struct kernel_report *report)
{
	return !strncmp(report->text, "BUG ", 4);
}

static bool in_module(const struct kernel_report *report)
{
	return *report->module;
}

#define RACE(called, set) .family = called, .race = (set)

static const struct kernel_signature signatures[] = {
	/* The races. */
	{ RACE("stale-folios", KERNEL_STALE),
	  .says = "the page cache led to a folio that does not hold the page that was looked for",
	  .text = "!folio_contains(", .versions = STALE_VERSIONS },
	{ RACE("folio-split", KERNEL_SPLIT),
	  .says = "the page cache gave out a folio that does not hold the page that was looked for",
	  .text = "!folio_contains(", .versions = SINCE_SPLIT },
	{ RACE("folio-split", KERNEL_SPLIT),
	  .says = "a look-up stopped in the only assertion that it has, that of the folio that "
		  "came",
	  .text = "kernel BUG at mm/filemap.c|kernel BUG at /", .function = LOOKUPS,
	  .source = "mm/filemap.c", .versions = SPLIT_VERSIONS },
	{ RACE("folio-split", KERNEL_SPLIT),
	  .says = "a page that was still mapped left the page cache: a hole's page was mapped as "
		  "another",
	  .text = "Bad page cache", .versions = SPLIT_VERSIONS },
	{ RACE("stale-folios", KERNEL_STALE),
	  .says = "a look-up in the page cache tries again for ever: what it finds is a folio that "
		  "is free",
	  .fits = lookup_spins, .versions = STALE_VERSIONS },
	{ RACE("stale-folios", KERNEL_STALE),
	  .says = "a look-up took an entry of the XArray for a folio", .versions = STALE_VERSIONS,
	  .fits = is_entry_of_lookup },
	{ RACE("stale-folios", KERNEL_STALE),
	  .says = "a look-up in the page cache found what is no folio",
	  .text = "general protection|unable to handle|NULL pointer|Unable to handle",
	  .function = "xas_|filemap_get_|next_uptodate_|find_get_entr|find_lock_entries",
	  .versions = STALE_VERSIONS, .fits = lookup_dies },
	{ "read-sibling", 0,
	  "a read took a sibling entry of the XArray for a folio (5.17 to 5.18, fixed by "
	  "cb995f4eeba9; read-sibling.cfg)",
	  .function = "filemap_get_read_batch", .fits = is_entry },
	{ "split-marks", 0,
	  "writeback goes round for ever over marks that a split left on siblings (6.9 to 6.11, "
	  "fixed by 2a0774c2886d; split-marks.cfg)",
	  .function = "xas_find_marked|tag_pages_for_writeback", .fits = spins },
	{ "split-marks", 0,
	  "writeback took a sibling that a split has marked for a folio (6.9 to 6.11, fixed by "
	  "2a0774c2886d; split-marks.cfg)",
	  .trace = "filemap_get_folios_tag|tag_pages_for_writeback", .fits = is_entry },
	/* Reports of sanitizers and lockdep, which name the error themselves. */
	{ "kasan", 0, "KASAN found a wrong access to memory", .text = "KASAN:" },
	{ "kcsan", 0, "KCSAN found a data race", .text = "KCSAN:" },
	{ "kmsan", 0, "KMSAN found memory that was not initialized", .text = "KMSAN:" },
	{ "ubsan", 0, "UBSAN found undefined behaviour", .text = "UBSAN:" },
	{ "kfence", 0, "KFENCE found a wrong access to memory", .text = "KFENCE:" },
	{ "lockdep", 0, "lockdep found locks in a wrong order",
	  .text = "possible circular locking|possible recursive locking|inconsistent lock state|"
		  "suspicious RCU|bad unlock balance|possible irq lock|lock held when returning|"
		  "still has locks held|nested lock was not taken|nvalid wait context|"
		  "possible deadlock|_LOCKDEP_|held lock freed|register non-static key|HARDIRQ-|"
		  "SOFTIRQ-|ested lock was not taken|bad contention detected" },
	{ "lockdep", 0, "lockdep found locks in a wrong order",
	  .source = "kernel/locking/lockdep.c" },
	{ "sleeping", 0, "a function that may sleep was called where none may",
	  .text = "sleeping function called|scheduling while atomic|in preemptible " },
	{ "spinlock", 0, "a spinlock was used wrongly, or not let go",
	  .text = "BUG: spinlock |BUG: rwlock " },
	{ "memory-leak", 0, "kmemleak found memory that nothing leads to",
	  .text = "unreferenced object|memory leak" },
	{ "stack", 0, "a kernel stack was too small, or was written beyond",
	  .text = "stack guard page|stack overflow|stack end detected|stack is corrupted|double "
		  "fault" },
	{ "usercopy", 0, "a copy from or to user memory, or of a string, went beyond its object",
	  .source = "mm/usercopy.c", .text = "BUG" },
	{ "usercopy", 0, "a copy from or to user memory, or of a string, went beyond its object",
	  .function = "usercopy_|fortify_panic|__fortify_" },
	{ "refcount", 0, "a count of references overflowed or was used after it was 0",
	  .function = "refcount_" },
	{ "debugobjects", 0,
	  "an object was freed or started while a timer or work of it was active",
	  .function = "debug_print_object" },
	/* Pages that are wrong by themselves. */
	{ "hugetlb", 0, "a page of hugetlb was wrong", .source = "mm/hugetlb|fs/hugetlbfs" },
	{ "hugetlb", 0, "a page of hugetlb was wrong",
	  .trace = "hugetlb|free_hpage_|free_huge_|"
		   "update_and_free_|dissolve_free_" },
	{ "zsmalloc", 0, "a page of zsmalloc was wrong", .source = "mm/zsmalloc.c|mm/zswap.c" },
	{ "zsmalloc", 0, "a page of zsmalloc was wrong", .trace = "zs_|zspage|zram_|zswap_" },
	{ "memory-failure", 0, "the memory itself failed",
	  .text = "Memory failure|Machine check|Hardware Error|hardware memory corruption|"
		  "external abort|SError|machine check|Uncorrected hardware|Unable to continue" },
	{ "memory-failure", 0, "the memory itself failed",
	  .trace = "memory_failure|do_machine_check" },
	{ "shmem-truncate", 0,
	  "a hole or the end of a tmpfs freed a large entry of the swap that had been divided "
	  "meanwhile (swap-truncate.cfg, fixed by 8a1968bd997f in 6.19 and 6.18.9)",
	  .trace = "shmem_free_swap|shmem_undo_range", .fits = frees_or_spins },
	{ "swap-entry", 0, "an entry of the swap was wrong",
	  .text = "Bad swap file entry|Bad swap offset|Unused swap|swap_info_get|get_swap_device" },
	{ "rss-counter", 0, "a process's count of pages was wrong as it ended",
	  .text = "Bad rss-counter" },
	{ "bad-page-map", 0, "a page table led to a page that was not mapped so",
	  .text = "Bad page map" },
	{ "bad-page-cache", 0, "a page that was still mapped left the page cache",
	  .text = "Bad page cache" },
	{ "bad-page-state", 0,
	  "a page had flags or counts that none may have as it was freed, as "
	  "where a driver, or faulty memory, has written to it",
	  .text = "Bad page state" },
	{ "migration", 0, "a page could not be moved", .function = "migrate_|move_to_new_|compact_",
	  .text = "BUG|WARN" },
	{ "huge-pages", 0, "an assertion about huge pages failed",
	  .source = "mm/huge_memory.c|mm/khugepaged.c", .text = "BUG|WARN" },
	{ "folio-unlocked", 0,
	  "a folio that has to be locked was not: not the race of the split; on kernels from 5.17 "
	  "to 6.9 perhaps that of stale folios, which is met by readahead, too",
	  .text = "!folio_test_locked(" },
	{ "assertion", 0,
	  "an assertion about a folio or page failed, which no race that is known "
	  "here fails",
	  .text = "VM_BUG_ON|VM_WARN_ON" },
	/* Waiting tasks. */
	{ "fuse-sync", 0,
	  "sync waits for writeback; one way to that is a FUSE server that does not answer "
	  "(fixed by f9a49aa302a0 and 76f9377cd2ab in 7.0-rc6)",
	  .trace = "wait_sb_inodes|sync_inodes_sb", .fits = waits },
	{ "fuse-server", 0, "a task waits for a FUSE server that does not answer",
	  .trace = "request_wait_answer|__fuse_|fuse_simple_|fuse_wait_|fuse_sync_|fuse_send_|"
		   "fuse_do_|fuse_read|fuse_writepage|fuse_flush|fuse_get_req|fuse_fill_write",
	  .fits = waits },
	{ "hung-io", 0, "a task waits for I/O that does not end", .text = "blocked in I/O wait",
	  .fits = waits },
	{ "hung-io", 0, "a task waits for I/O that does not end",
	  .trace = "folio_wait_writeback|wait_on_page_writeback|__filemap_fdatawait|blk_mq_|rq_qos_"
		   "wait|"
		   "wbt_wait|xfs_buf_iowait|submit_bio_wait|bit_wait_io|__wait_on_buffer|rpc_wait|_"
		   "_rpc_|"
		   "nfs|blkdev_issue_flush|ceph_|cifs_|smb2_|nvme_|scsi_|blk_execute_|raid5_|md_",
	  .fits = waits },
	{ "folio-wait", 0,
	  "a task waits for a folio that nobody unlocks, as where I/O does not end; on kernels "
	  "from 5.17 "
	  "to 6.9 perhaps a stale folio (stale-folios.cfg)",
	  .trace = "folio_wait_bit|__folio_lock|folio_wait_|wait_on_page_bit|__lock_page",
	  .fits = waits },
	{ "hung-task", 0, "a task waits, and not for a folio", .fits = waits },
	/* Processors that are stuck. */
	{ "shmem-swapin", 0, "a look-up of tmpfs tries for ever to read a page from the swap",
	  .trace = "shmem_swapin|shmem_get_folio", .fits = spins },
	{ "shmem-swapoff", 0, "swapoff spins over the pages of a tmpfs",
	  .trace = "try_to_unuse|shmem_unuse", .fits = spins },
	{ "lookup-spins", 0,
	  "a look-up in the page cache tries again for ever; the race of stale folios, which does "
	  "that, is in kernels from 5.17 to 6.9",
	  .fits = lookup_spins },
	{ "hard-lockup", 0, "a processor took no interrupts, as where it waits for a lock",
	  .text = "hard LOCKUP|Hard LOCKUP" },
	{ "hung-task", 0, "a task waits, and which is not in it", .text = "hung_task: " },
	{ "soft-lockup", 0, "a queue of work did not go on", .text = "workqueue lockup" },
	{ "rcu-stall", 0, "RCU did not get a processor", .text = "kthread starved|RCU Stall" },
	{ "soft-lockup", 0, "a processor did not schedule, outside of the page cache's look-ups",
	  .text = "soft lockup|softlockup: " },
	{ "rcu-stall", 0,
	  "a processor passed no quiescent state, outside of the page cache's look-ups",
	  .fits = spins },
	/* Reports that are no crashes of the kernel. */
	{ "out-of-memory", 0, "memory was short",
	  .text = "oom-killer|Out of memory|page allocation failure" },
	{ "user-crash", 0, "a program crashed, and the kernel did not",
	  .text = "segfault at|general protection fault ip:" },
	{ "io-error", 0, "a device failed",
	  .text = "I/O error|timeout, aborting|critical medium|critical target|exception Emask" },
	{ "hung-io", 0, "a server does not answer", .text = "not responding, " },
	{ "driver", 0, "a graphics card or its driver failed",
	  .text = "NVRM: Xid|*ERROR* ring|GPU HANG|GPU reset|SCHED_ERROR" },
	{ "interrupt", 0, "an interrupt came that nothing expects",
	  .text = "nobody cared|NMI received" },
	{ "network", 0, "a network device is not let go", .text = "unregister_netdevice" },
	{ "hypervisor", 0, "the hypervisor stopped, and the kernel with it", .text = "(XEN)" },
	/* Other crashes. */
	{ "list-corruption", 0, "an entry that was no longer in a list was used",
	  .text = "list_add corruption|list_del corruption" },
	{ "list-corruption", 0, "an entry that was no longer in a list was used",
	  .function = "__list_del_entry_valid|__list_add_valid" },
	{ "list-corruption", 0, "an entry that was no longer in a list was used",
	  .source = "lib/list_debug.c" },
	{ "list-corruption", 0, "an entry that was no longer in a list was used",
	  .fits = is_poison },
	{ "iomap-completion", 0, "iomap's counts of what is read or written were wrong",
	  .function = "iomap_finish_|iomap_read_end|ifs_|iop_" },
	{ "slab", 0, "an object of the slab allocator was wrong",
	  .source = "mm/slub.c|mm/slab|mm/slab_common.c" },
	{ "slab", 0, "an object of the slab allocator was wrong", .fits = is_slub },
	{ "slab", 0, "an object of the slab allocator was wrong",
	  .text = "Poison overwritten|Redzone overwritten|Object already free|Freechain corrupt|"
		  "Objects remaining" },
	{ "slab", 0, "an object of the slab allocator was wrong",
	  .function = "__slab_|___slab_|kmem_cache_|kfree|__kmalloc|slab_|get_freepointer" },
	{ "file-system", 0, "a file system stopped a task by itself", .text = "PANIC at |LBUG" },
	{ "file-system", 0, "it happened in a file system",
	  .function = "xfs_|ext4_|jbd2_|btrfs_|f2fs_|ceph_|nfs|bch2_|bch_|zfs_|zpl_|ocfs2_|gfs2_|"
		      "cifs_|smb2_|ovl_|fuse_|erofs_|ntfs|shmem_|v9fs_|netfs_|afs_|exfat_|fat_|"
		      "squashfs_|udf_|isofs_|reiserfs_|jfs_|nilfs_" },
	{ "file-system", 0, "it happened in what a file system called",
	  .trace = "ceph_|nfs_|bch2_|ocfs2_|gfs2_|cifs_|netfs_|afs_", .fits = dies },
	{ "file-system", 0, "a file system found its own structures damaged",
	  .text = "XFS: Internal error|XFS (|Internal error xfs|Internal error XFS|"
		  "Corruption of in-memory|error (device|critical (device|warning (device|"
		  "Metadata |Corruption detected|Aborting journal|JBD2: Error|SQUASHFS error" },
	{ "file-system", 0, "a file system was unmounted, or a file closed, that was in use",
	  .text = "VFS: Busy|VFS: Close|still in use (" },
	{ "file-system", 0, "it happened in a file system", .source = "fs/" },
	{ "driver", 0, "it happened in a module that is no file system", .fits = in_module },
	{ "driver", 0, "it happened in a driver", .source = "drivers/|sound/|net/", .fits = dies },
	{ "warning", 0, "the kernel warned, and went on", .text = "WARNING:" },
	{ "panic", 0, "the kernel gave up, and does not say that the page cache is why",
	  .text = "Kernel panic" },
	{ .family = "unknown", .says = "it is like nothing that is known here" },
};

static bool is_within(const struct kernel_report *report, const char *ranges)
{
	struct kernel_version version;
	struct kernel_range range;
	char one[64], why[200];

	if (kernel_report_version(report, &version))
		return true;
	while (*ranges) {
		size_t length = strcspn(ranges, "|");

		snprintf(one, sizeof(one), "%.*s", (int)length, ranges);
		if (!kernel_range_parse(one, &range, why, sizeof(why)) &&
		    kernel_in_range(&version, &range))
			return true;
		ranges += length + (ranges[length] == '|');
	}
	/* Backports have brought parts of later kernels. */
	return kernel_vendor_of(report->release, report->build)->trust == KERNEL_TRUST_BACKPORTS &&
	       kernel_has_large_folios(&version) && kernel_compare(&version, &range.last) <= 0;
}

static bool fits(const struct kernel_signature *row, const struct kernel_report *report)
{
	return (!row->text || contains_one(report->text, row->text)) &&
	       (!row->function || begins_with_one(report->function, row->function)) &&
	       (!row->trace || is_traced(report, row->trace)) &&
	       (!row->source || is_source(report->source, row->source)) &&
	       (!row->fits || row->fits(report)) &&
	       (!row->versions || is_within(report, row->versions));
}

const struct kernel_signature *kernel_signature_of(const struct kernel_report *report)
{
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
		if (fits(&signatures[i], report))
			return &signatures[i];
	return &signatures[ARRAY_SIZE(signatures) - 1];
}

int kernel_report_version(const struct kernel_report *report, struct kernel_version *version)
{
	const struct kernel_fix_line *line;

	*version = (struct kernel_version){ 0 };
	if (*report->release)
		kernel_fix_of(KERNEL_SPLIT, report->release, report->build, version, &line);
	return version->major ? 0 : -EINVAL;
}

unsigned int kernel_report_page_size(const struct kernel_report *report)
{
	if (report->page_size)
		return report->page_size;
	/* "6.12.0-55.el10.aarch64+64k", "6.8.0-45-generic-64k", "6.11.0-asahi-16k". */
	if (strstr(report->release, "64k"))
		return 64;
	if (strstr(report->release, "16k"))
		return 16;
	if (strstr(report->release, "-4k"))
		return 4;
	return report->arch == KERNEL_ARCH_PPC64       ? 64
	       : report->arch == KERNEL_ARCH_LOONGARCH ? 16
						       : 4;
}
