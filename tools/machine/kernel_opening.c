/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_opening.h"
#include "injector/base/array.h"
#include "tools/machine/kernel_report.h"

#include <ctype.h>
#include <string.h>

enum { ANY = KERNEL_SPLIT | KERNEL_STALE };

/* Programs use these words, too; the kernel counts its oopses. */
static bool is_counted(const char *behind)
{
	return strstr(behind, "[#");
}

/* "Oops" is an ordinary word, too. The kernel's is followed by a code or a description, and a
 * count, "[#1]". */
static bool is_oops(const char *behind)
{
	return is_counted(behind) ||
	       (*behind == ':' && isdigit((unsigned char)behind[1 + strspn(behind + 1, " ")])) ||
	       (*behind == ':' && strstr(behind, " fault"));
}

/* "mm/filemap.c:3519 at filemap_fault+0xa61/0x1410", from 6.19 on. The condition may precede it,
 * "[x > y] ". */
static bool is_place(const char *text)
{
	const char *condition = *text == '[' ? strstr(text, "] ") : NULL, *colon;
	size_t word;

	text = condition ? condition + 2 : text;
	word = strcspn(text, " ");
	colon = memrchr(text, ':', word);

	return colon && isdigit((unsigned char)colon[1]) && memchr(text, '.', word) &&
	       !strncmp(text + word, " at ", 4);
}

/* SLUB: "BUG kmalloc-256 (Not tainted): Poison overwritten". */
static bool is_slub(const char *behind)
{
	return strstr(behind, " (Not tainted): ") || strstr(behind, " (Tainted: ");
}

/* ZFS: "PANIC at dmu_recv.c:1806:receive_object()". */
static bool is_spl(const char *behind)
{
	return strstr(behind, ".c:") && strstr(behind, "()");
}

/* WARN() is followed by its place, and lockdep's by what it found. Other lines with this word are
 * no warnings of the kernel. */
static bool is_warning(const char *behind)
{
	static const char *const texts[] = {
		"CPU: ",
		"at ",
		"possible ",
		"suspicious RCU",
		"inconsistent lock state",
		"bad unlock balance",
		"held lock freed",
		"lock held when returning",
		"HARDIRQ-",
		"SOFTIRQ-",
		"Nested lock was not taken",
		"nested lock was not taken",
		"bad contention detected",
		"chain cache conflicts",
		"kernel stack ",
	};

	behind += strspn(behind, " ");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strncmp(behind, texts[i], strlen(texts[i])))
			return true;
	return is_place(behind) || strstr(behind, "still has locks held");
}

const struct kernel_opening kernel_openings[] = {
	/* CONFIG_DEBUG_VM: VM_BUG_ON_FOLIO() and its like dump the page first. */
	{ "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(", ANY, .fatal = true },
	{ "page dumped because: VM_WARN_ON_FOLIO(!folio_contains(", .family = ANY },
	{ "page dumped because: VM_WARN_ON_ONCE_FOLIO(!folio_contains(", .family = ANY },
	{ "page dumped because: VM_BUG_ON", ANY, .named = true, .fatal = true },
	{ "page dumped because: VM_WARN_ON", ANY, .named = true },
	{ "kernel BUG at", .fatal = true },
	/* unaccount_page_cache_folio() of a folio that is still mapped, and bad_page(). */
	{ "BUG: Bad page cache", ANY, .named = true },
	{ "BUG: Bad page state", ANY, .named = true },
	{ "BUG: Bad page map", ANY, .named = true },
	/* A look-up that finds a freed folio tries again for ever: 5.17 to 6.9. */
	{ "BUG: soft lockup", KERNEL_STALE, .named = true, .spins = true },
	{ "BUG: unable to handle", .fatal = true },
	{ "BUG: kernel NULL pointer dereference", .fatal = true },
	{ "BUG: Kernel NULL pointer dereference", .fatal = true },
	{ "BUG: Unable to handle kernel", .fatal = true },
	{ "general protection fault ip:", .beside = true },
	/* x86 traps; from 6.13 on "Oops: " stands before them. */
	{ "divide error: ", .fatal = true },
	{ "invalid opcode: ", .fatal = true },
	{ "stack segment: ", .fatal = true },
	{ "int3: ", .fatal = true },
	{ "general protection fault", .fatal = true },
	/* arm64 */
	{ "Internal error: ", .fatal = true },
	{ "Unable to handle kernel", .fatal = true },
	{ .text = "BUG:" },
	{ "double fault: ", .fatal = true },
	{ "PANIC: double fault", .fatal = true },
	/* arm */
	{ "Unhandled fault: ", .fatal = true },
	/* mips and sparc */
	{ "Kernel bug detected", .fatal = true },
	{ "Kernel bad sw trap ", .fatal = true },
	{ "Kernel illegal instruction", .fatal = true },
	/* ppc64 */
	{ "Machine check in kernel mode", .fatal = true },
	/* s390x */
	{ "illegal operation: ", .fatal = true, .is = is_counted },
	{ "specification exception: ", .fatal = true, .is = is_counted },
	{ "addressing exception: ", .fatal = true, .is = is_counted },
	{ "protection exception: ", .fatal = true, .is = is_counted },
	{ "monitor event: ", .fatal = true, .is = is_counted },
	{ .text = "BUG ", .is = is_slub },
	{ .text = "Poison overwritten" },
	{ .text = "Redzone overwritten" },
	{ .text = "Object already free" },
	{ .text = "Freechain corrupt" },
	{ .text = "Objects remaining in " },
	{ "Oops", .fatal = true, .is = is_oops },
	{ "Kernel panic", .fatal = true },
	/* The rest of a panic whose begin is lost. */
	{ "---[ end Kernel panic", .fatal = true },
	/* Modules that stop a task by themselves. */
	{ "PANIC at ", .fatal = true, .is = is_spl },
	{ ") LBUG", .fatal = true },
	/* lockdep; before 4.11 these are "[ INFO: ... ]". */
	{ .text = "INFO: possible circular" },
	{ .text = "INFO: possible recursive" },
	{ .text = "INFO: possible irq lock" },
	{ .text = "INFO: suspicious RCU usage" },
	{ .text = "INFO: inconsistent lock state" },
	{ .text = "INFO: trying to register non-static key" },
	{ .text = "INFO: HARDIRQ-safe" },
	{ .text = "INFO: SOFTIRQ-safe" },
	{ "hard LOCKUP", KERNEL_STALE, .named = true, .spins = true },
	{ "Hard LOCKUP", KERNEL_STALE, .named = true, .spins = true },
	{ "detected expedited stalls on CPUs/tasks", KERNEL_STALE, .named = true, .spins = true },
	{ .text = "kthread starved for" },
	{ "detected stalls on CPUs/tasks", KERNEL_STALE, .named = true, .spins = true },
	{ "self-detected stall on CPU", KERNEL_STALE, .named = true, .spins = true },
	{ "blocked for more than", .waits = true },
	{ "blocked in I/O wait for more than", .waits = true },
	{ "can't die for more than", .waits = true },
	{ "detected stalls on tasks", .spins = true },
	{ .text = "XFS: Internal error" },
	{ .text = "Internal error xfs_" },
	{ .text = "Internal error XFS_WANT_" },
	{ .text = "VFS: Busy inodes after unmount" },
	{ .text = "VFS: Close: file count is " },
	{ .text = "Corruption of in-memory data" },
	{ .text = "WARNING:", .is = is_warning },
	{ .text = "UBSAN: " },
	{ .text = "Memory failure: 0x" },
	{ .text = "Bad swap file entry" },
	{ .text = "Bad rss-counter state" },
	/* Lines that are no crashes of the kernel. */
	{ "[Hardware Error]: ", .beside = true },
	{ "invoked oom-killer: ", .beside = true },
	{ "Out of memory: ", .beside = true },
	{ "page allocation failure: ", .beside = true },
	{ "segfault at ", .beside = true },
	{ "Memory cgroup out of memory: ", .beside = true },
	{ "oom-kill:constraint=", .beside = true },
	{ "unreferenced object 0x", .beside = true },
	{ "nobody cared (try booting", .beside = true },
	{ "Uhhuh. NMI received for unknown reason", .beside = true },
	{ "unregister_netdevice: waiting for ", .beside = true },
	{ "(XEN) Panic on CPU", .beside = true },
	{ "NVRM: Xid", .beside = true },
	{ "*ERROR* ring ", .beside = true },
	{ "GPU HANG", .beside = true },
	{ "GPU reset begin", .beside = true },
	{ "SCHED_ERROR", .beside = true },
	{ "exception Emask", .beside = true },
	{ "critical medium error, dev ", .beside = true },
	{ "critical target error, dev ", .beside = true },
	{ "not responding, still trying", .beside = true },
	{ "not responding, timed out", .beside = true },
	{ "I/O error, dev ", .beside = true },
	{ "Buffer I/O error on ", .beside = true },
	{ "Aborting journal on device", .beside = true },
	{ "Metadata CRC error detected at", .beside = true },
	{ "Corruption detected. Unmount", .beside = true },
	{ "JBD2: Error ", .beside = true },
	{ "BTRFS warning (device ", .beside = true },
	{ "BTRFS: error (device ", .beside = true },
	{ "SQUASHFS error: ", .beside = true },
	{ "metadata I/O error ", .beside = true },
	{ "timeout, aborting", .beside = true },
	{ "Metadata corruption detected at", .beside = true },
	{ "EXT4-fs error (device ", .beside = true },
	{ "BTRFS error (device ", .beside = true },
	{ "BTRFS critical (device ", .beside = true },
};

const size_t kernel_opening_count = ARRAY_SIZE(kernel_openings);
