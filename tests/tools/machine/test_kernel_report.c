/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/machine/kernel_report.h"

#include <string.h>

static struct kernel_reports reports;

/* A run about `families`, with the programs foliostorm and fio, and a file. */
static void begin(unsigned int families)
{
	memset(&reports, 0, sizeof(reports));
	reports.subject.families = families;
	kernel_subject_add(&reports.subject, "foliostorm");
	kernel_subject_add(&reports.subject, "fio");
	kernel_subject_add(&reports.subject, "system.journal");
}

static void feed(const char *const *lines)
{
	begin(KERNEL_SPLIT | KERNEL_STALE);
	for (; *lines; lines++)
		kernel_reports_line(&reports, *lines);
}

/* The console of a guest on 7.2.13 with the fix undone and CONFIG_DEBUG_VM, cut to what counts. */
static const char *const assertion[] = {
	"page: refcount:2 mapcount:0 mapping:00000000d473365a index:0x100 pfn:0x7500",
	"memcg:ff1100000252bbc0",
	"aops:0xffffffff81a47180 ino:83 dentry name(?):\"system.journal\"",
	"flags: 0x400000000000012d(locked|referenced|uptodate|lru|active|zone=1)",
	"raw: 0000000000000100 0000000000000000 00000002ffffffff ff1100000252bbc0",
	"page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))",
	"kernel BUG at mm/filemap.c:3618!",
	"Oops: invalid opcode: 0000 [#1] SMP",
	"CPU: 1 UID: 0 PID: 86 Comm: foliostorm Not tainted 7.2.13 #2 PREEMPTLAZY  ",
	"RIP: 0010:filemap_fault+0x95c/0x1690",
	"RSP: 0018:ff11000003577ac8 EFLAGS: 00000282",
	"RAX: 0000000000000143 RBX: ff110000028d1e70 RCX: 3fffffffffffefff",
	"RDX: 0000000000000001 RSI: ff110000035779a0 RDI: 0000000000000001",
	"RBP: 00000000000001d8 R08: 3fffffffffffefff R09: 0000000000004ffb",
	"CR2: 00007f7c7dff8ca8 CR3: 0000000003610000 CR4: 0000000000351eb0",
	"Call Trace:",
	" __do_fault+0x2a/0xa0",
	"RIP: 0033:0x7f7c82514417",
	"RBP: 0000000000000101 R08: 0000000000000000 R09: 0000000000001000",
	"---[ end trace 0000000000000000 ]---",
	"Kernel panic - not syncing: Fatal exception",
	NULL,
};

static void the_assertion(void)
{
	const struct kernel_report *report = &reports.items[0];
	char text[400];

	feed(assertion);
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_HIT), 1);
	CU_ASSERT_EQUAL(reports.count, 1);
	CU_ASSERT_PTR_EQUAL(kernel_reports_fatal(&reports), report);
	CU_ASSERT_PTR_EQUAL(kernel_reports_hit(&reports), report);
	CU_ASSERT_STRING_EQUAL(report->text, "VM_BUG_ON_FOLIO(!folio_contains(folio, index))");
	CU_ASSERT_STRING_EQUAL(report->function, "filemap_fault");
	CU_ASSERT_STRING_EQUAL(report->source, "mm/filemap.c:3618");
	CU_ASSERT_STRING_EQUAL(report->process, "foliostorm");
	CU_ASSERT_STRING_EQUAL(report->file, "system.journal");
	CU_ASSERT_EQUAL(report->inode, 0x83);
	CU_ASSERT_TRUE(report->has_folio);
	CU_ASSERT_EQUAL(report->folio, 256);
	CU_ASSERT_EQUAL(report->order, 0);
	CU_ASSERT_TRUE(report->has_fault);
	CU_ASSERT_EQUAL(report->fault, 472);
	CU_ASSERT_STRING_EQUAL(
		kernel_report_format(report, text, sizeof(text)),
		"VM_BUG_ON_FOLIO(!folio_contains(folio, index)) in filemap_fault "
		"(mm/filemap.c:3618): wanted page 472 (0x1d8), was given the folio of order 0 at "
		"page 256 (0x100) of system.journal, process foliostorm");
}

/* The numbers of the seed crash, with the time stamps and the large folio that it did not have. */
static void time_stamps_and_large_folios(void)
{
	static const char *const lines[] = {
		"[12345.678901] page: refcount:4 mapcount:0 mapping:00000000d473365a index:0x7640 "
		"pfn:0x7500",
		"[12345.678902][ T1234] head: order:4 mapcount:0 entire_mapcount:0 "
		"nr_pages_mapped:0 pincount:0",
		"<4>[12345.678903] page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, "
		"index))",
		"[12345.678904] ------------[ cut here ]------------",
		"[12345.678905] kernel BUG at mm/filemap.c:3519!",
		"[12345.678906] CPU: 7 UID: 0 PID: 3666669 Comm: journalctl Tainted: G        W  O",
		"[12345.678907] RIP: 0010:filemap_fault+0xa61/0x1410",
		"[12345.678908] RBP: 0000000000007653 R08: 0000000000000000 R09: ff4ac5c342ccfb48",
		NULL,
	};
	const struct kernel_report *report = &reports.items[0];

	feed(lines);
	CU_ASSERT_EQUAL(reports.count, 1);
	CU_ASSERT_EQUAL(report->folio, 0x7640);
	CU_ASSERT_EQUAL(report->order, 4);
	CU_ASSERT_EQUAL(report->fault, 0x7653);
	CU_ASSERT_STRING_EQUAL(report->process, "journalctl");
	CU_ASSERT_STRING_EQUAL(report->source, "mm/filemap.c:3519");
}

/* Each sample is one report; whose function decides when the first line does not. */
static void meanings(void)
{
	static const struct {
		const char *lines[4];
		enum kernel_meaning meaning;
		bool fatal;
	} cases[] = {
		{ { "BUG: Bad page cache in process foliostorm  pfn:7500" }, KERNEL_HIT, false },
		{ { "BUG: Bad page state in process kworker/0:1  pfn:1" }, KERNEL_TROUBLE, false },
		{ { "kernel BUG at mm/huge_memory.c:3500!",
		    "CPU: 1 PID: 86 Comm: fio Not tainted 6.18.9 #1",
		    "RIP: 0010:__folio_split+0x1/0x2" },
		  KERNEL_HIT,
		  true },
		{ { "kernel BUG at mm/slub.c:546!",
		    "CPU: 1 PID: 86 Comm: foliostorm Not tainted 6.18.9 #1",
		    "RIP: 0010:__slab_free+0x1/0x2" },
		  KERNEL_TROUBLE,
		  true },
		{ { "kernel BUG at fs/ext4/inode.c:1!" }, KERNEL_TROUBLE, true },
		{ { "BUG: kernel NULL pointer dereference, address: 0000000000000036",
		    "CPU: 1 PID: 86 Comm: foliostorm Not tainted 6.18.9 #1",
		    "RIP: 0010:filemap_read+0x1/0x2" },
		  KERNEL_HIT,
		  true },
		{ { "BUG: kernel NULL pointer dereference, address: 0000000000000036",
		    "CPU: 1 PID: 86 Comm: foliostorm Not tainted 6.18.9 #1",
		    "RIP: 0010:sched_clock_cpu+0x1/0x2" },
		  KERNEL_TROUBLE,
		  true },
		{ { "Oops: general protection fault, probably for non-canonical address",
		    "CPU: 1 PID: 86 Comm: foliostorm Not tainted 6.18.9 #1",
		    "RIP: 0010:xas_descend+0x18/0x80" },
		  KERNEL_HIT,
		  true },
		{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [foliostorm:86]",
		    "RIP: 0010:xas_descend+0x18/0x80" },
		  KERNEL_HIT,
		  false },
		{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [foliostorm:86]",
		    "RIP: 0010:filemap_fault+0x18/0x80" },
		  KERNEL_TROUBLE,
		  false },
		{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [foliostorm:86]" },
		  KERNEL_TROUBLE,
		  false },
		{ { "INFO: task foliostorm:86 blocked for more than 120 seconds." },
		  KERNEL_TROUBLE,
		  false },
		{ { "Kernel panic - not syncing: Attempted to kill init!" }, KERNEL_TROUBLE, true },
		{ { "WARNING: CPU: 1 PID: 5 at mm/filemap.c:1 filemap_fault+0x1/0x2" },
		  KERNEL_TROUBLE,
		  false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *lines[5] = { NULL };

		memcpy(lines, cases[i].lines, sizeof(cases[i].lines));
		feed(lines);
		CU_ASSERT_EQUAL_FATAL(reports.count, 1);
		CU_ASSERT_EQUAL(kernel_report_meaning(&reports, &reports.items[0]),
				cases[i].meaning);
		CU_ASSERT_EQUAL(kernel_reports_fatal(&reports) != NULL, cases[i].fatal);
	}
}

#define CHROME     "CPU: 0 UID: 0 PID: 4711 Comm: chrome Not tainted 6.18.9 #1 PREEMPT(voluntary)"
#define FOLIOSTORM "CPU: 1 UID: 0 PID: 86 Comm: foliostorm Not tainted 6.18.9 #1 PREEMPT(voluntary)"

/* The same report is a hit of one run and not of another: by whom and what it names, and what the
 * run is about. */
static const struct {
	const char *lines[7];
	enum kernel_meaning split, stale, stuck; /* stale, where a reader is known to be */
} whose_cases[] = {
	/* An assertion of the family is a hit of whoever fails it. */
	{ { "page: refcount:3 mapcount:0 mapping:0000000042e1b2a5 index:0x200 pfn:0x11400",
	    "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))",
	    "kernel BUG at mm/filemap.c:3519!", CHROME, "RIP: 0010:filemap_fault+0xa61/0x1410" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, xas.xa_index))",
	    "kernel BUG at mm/truncate.c:448!", CHROME,
	    "RIP: 0010:truncate_inode_pages_range+0x486/0x4c0" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	/* Another one has to be of the run. */
	{ { "page dumped because: VM_BUG_ON_FOLIO(folio_ref_count(folio) <= 0)",
	    "kernel BUG at include/linux/mm.h:1041!", CHROME, "RIP: 0010:folio_put+0x1/0x2" },
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE },
	{ { "page dumped because: VM_BUG_ON_FOLIO(folio_ref_count(folio) <= 0)",
	    "kernel BUG at include/linux/mm.h:1041!", FOLIOSTORM, "RIP: 0010:folio_put+0x1/0x2" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "page dumped because: VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio))",
	    "------------[ cut here ]------------",
	    "WARNING: CPU: 1 PID: 86 at mm/filemap.c:128 page_cache_delete+0x1/0x2", FOLIOSTORM,
	    "RIP: 0010:page_cache_delete+0x1/0x2" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "BUG: Bad page state in process chrome  pfn:11400",
	    "page: refcount:0 mapcount:0 mapping:0000000042e1b2a5 index:0x200 pfn:0x11400",
	    "aops:ext4_da_aops ino:2042 dentry name(?):\"Cookies\"",
	    "flags: 0x17ffffc0000008(uptodate|node=0|zone=2)",
	    "page dumped because: non-NULL mapping", CHROME },
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE },
	{ { "BUG: Bad page cache in process kworker/u8:2  pfn:11400",
	    "page: refcount:3 mapcount:1 mapping:0000000042e1b2a5 index:0x200 pfn:0x11400",
	    "aops:xfs_address_space_operations ino:83 dentry name(?):\"system.journal\"",
	    "page dumped because: still mapped when deleted",
	    "CPU: 0 UID: 0 PID: 53 Comm: kworker/u8:2 Not tainted 6.18.9 #1" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "BUG: Bad page map in process fio  pte:800000011400867 pmd:104a2b067" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "kernel BUG at mm/slub.c:546!", CHROME, "RIP: 0010:__slab_free+0x1/0x2" },
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE },
	{ { "BUG: kernel NULL pointer dereference, address: 0000000000000036", CHROME,
	    "RIP: 0010:filemap_read+0x1/0x2" },
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE },
	{ { "BUG: kernel NULL pointer dereference, address: 0000000000000036", FOLIOSTORM,
	    "RIP: 0010:filemap_read+0x1/0x2" },
	  KERNEL_HIT,
	  KERNEL_HIT,
	  KERNEL_HIT },
	/* A machine that stood still stalls anywhere. */
	{ { "watchdog: BUG: soft lockup - CPU#0 stuck for 31s! [chrome:4711]", CHROME,
	    "RIP: 0010:filemap_get_entry+0x8b/0x160" },
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE,
	  KERNEL_HIT },
	{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 31s! [foliostorm:86]", FOLIOSTORM,
	    "RIP: 0010:filemap_get_entry+0x8b/0x160" },
	  KERNEL_TROUBLE,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 31s! [foliostorm:86]", FOLIOSTORM,
	    "RIP: 0010:smp_call_function_many_cond+0x11a/0x540" },
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE,
	  KERNEL_TROUBLE },
	{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 31s! [fio:86]",
	    "RIP: 0010:folio_try_get_rcu+0x8/0x40", " filemap_get_entry+0x8b/0x160" },
	  KERNEL_TROUBLE,
	  KERNEL_HIT,
	  KERNEL_HIT },
	{ { "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", FOLIOSTORM,
	    "RIP: 0010:xas_load+0x5/0x40", "Call Trace:", " <TASK>",
	    " filemap_get_read_batch+0x155/0x230" },
	  KERNEL_TROUBLE,
	  KERNEL_HIT,
	  KERNEL_HIT },
};

static void whose(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(whose_cases); i++) {
		const struct {
			unsigned int families;
			bool stuck;
			enum kernel_meaning meaning;
		} runs[] = {
			{ KERNEL_SPLIT, false, whose_cases[i].split },
			{ KERNEL_STALE, false, whose_cases[i].stale },
			{ KERNEL_STALE, true, whose_cases[i].stuck },
			{ 0, false, KERNEL_TROUBLE },
		};

		for (size_t j = 0; j < ARRAY_SIZE(runs); j++) {
			begin(runs[j].families);
			reports.subject.stuck = runs[j].stuck;
			for (size_t k = 0;
			     k < ARRAY_SIZE(whose_cases[i].lines) && whose_cases[i].lines[k]; k++)
				kernel_reports_line(&reports, whose_cases[i].lines[k]);
			CU_ASSERT_EQUAL_FATAL(reports.count, 1);
			/* A run about nothing is of no family, but has its processes. */
			if (runs[j].families || reports.items[0].family)
				CU_ASSERT_EQUAL(kernel_report_meaning(&reports, &reports.items[0]),
						runs[j].meaning);
		}
	}
}

/* What a guest on 6.1.192 without the fixes of the older family said of the reader that spins (
 * scenarios/stale-folios.cfg with workload.listen), cut to what counts. */
static const char *const spin[] = {
	"[   28.064523] rcu: INFO: rcu_sched self-detected stall on CPU",
	"[   28.064523] rcu: \t1-....: (5206 ticks this GP) idle=3f2c/1/0x4000000000000000 "
	"softirq=249/249 fqs=2611",
	"[   28.064523] \t(t=5250 jiffies g=-667 q=363 ncpus=2)",
	"[   28.064523] CPU: 1 PID: 108 Comm: foliostorm Not tainted 6.1.192 #4 ",
	"[   28.064523] RIP: 0010:xas_load+0x5/0x40",
	"[   28.064523] RBP: 00000000000001c0 R08: 0000000000000000 R09: 0000000000000000",
	"[   28.064523] Call Trace:",
	"[   28.064523]  <TASK>",
	"[   28.064523]  filemap_get_read_batch+0x155/0x230",
	"[   28.064523]  filemap_get_pages+0x93/0x630",
	"[   28.064523]  ? current_time+0x2c/0xe0",
	"[   28.064523]  xfs_file_buffered_read+0x57/0xb0",
	"[   28.064523] RIP: 0033:0x7f733784c417",
	"[   28.064523] RBP: 000055ee0f3a7250 R08: 0000000000000000 R09: 0000000000000000",
	"[   28.064523]  </TASK>",
	"[   52.372841] watchdog: BUG: soft lockup - CPU#1 stuck for 44s! [foliostorm:108]",
	"[   52.373273] CPU: 1 PID: 108 Comm: foliostorm Not tainted 6.1.192 #4 ",
	"[   52.373516] RIP: 0010:xas_descend+0x28/0x90",
	"[   52.374990]  <TASK>",
	"[   52.375034]  xas_load+0x2c/0x40",
	"[   52.375103]  filemap_get_read_batch+0x155/0x230",
	NULL,
};

static void a_lookup_that_spins(void)
{
	char text[400];

	feed(spin);
	CU_ASSERT_EQUAL_FATAL(reports.count, 2);
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_HIT), 2);
	CU_ASSERT_PTR_NULL(kernel_reports_fatal(&reports));
	CU_ASSERT_STRING_EQUAL(kernel_report_kind(&reports.items[0]), "lookup-spins");
	CU_ASSERT_STRING_EQUAL(kernel_report_kind(&reports.items[1]), "lookup-spins");
	CU_ASSERT_STRING_EQUAL(reports.items[1].function, "xas_descend");
	CU_ASSERT_STRING_EQUAL(reports.items[1].frame, "xas_load");
	CU_ASSERT_STRING_EQUAL(kernel_report_format(&reports.items[0], text, sizeof(text)),
			       "rcu: INFO: rcu_sched self-detected stall on CPU in xas_load called "
			       "by filemap_get_read_batch, process foliostorm");
}

/* What the same kernel said when that reader's file system was unmounted. */
static void unmounting_what_is_stale(void)
{
	static const char *const lines[] = {
		"page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, xas.xa_index))",
		"[   27.914095] kernel BUG at mm/truncate.c:448!",
		"[   27.914613] invalid opcode: 0000 [#1] SMP",
		"[   27.914820] CPU: 1 PID: 107 Comm: foliostorm Not tainted 6.1.192 #4 ",
		"[   27.914938] RIP: 0010:truncate_inode_pages_range+0x486/0x4c0",
		"[   27.914938] Call Trace:",
		"[   27.914938]  evict+0x207/0x220",
		"[   27.924858] Kernel panic - not syncing: Fatal exception",
		NULL,
	};

	feed(lines);
	CU_ASSERT_EQUAL_FATAL(reports.count, 1);
	CU_ASSERT_EQUAL(kernel_report_meaning(&reports, &reports.items[0]), KERNEL_HIT);
	CU_ASSERT_STRING_EQUAL(kernel_report_kind(&reports.items[0]), "assertion");
	CU_ASSERT_STRING_EQUAL(reports.items[0].function, "truncate_inode_pages_range");
}

/* The words of the public reports, with the traces that 6.1 has there. */
static void kinds(void)
{
	static const struct {
		const char *lines[5];
		const char *kind;
		enum kernel_meaning meaning;
	} cases[] = {
		{ { "BUG: kernel NULL pointer dereference, address: 0000000000000036", FOLIOSTORM,
		    "RIP: 0010:filemap_read+0x1/0x2" },
		  "small-address",
		  KERNEL_HIT },
		{ { "BUG: kernel NULL pointer dereference, address: 00000000000000f6", FOLIOSTORM,
		    "RIP: 0010:copy_page_to_iter+0x1/0x2", " <TASK>", " filemap_read+0xca/0x310" },
		  "small-address",
		  KERNEL_HIT },
		{ { "BUG: kernel NULL pointer dereference, address: 0000000000000076",
		    "RIP: 0010:copy_page_to_iter+0x1/0x2", " ? filemap_read+0xca/0x310" },
		  "other",
		  KERNEL_TROUBLE },
		{ { "BUG: unable to handle page fault for address: ffff888012345678",
		    "RIP: 0010:copy_page_to_iter+0x1/0x2", " filemap_read+0xca/0x310" },
		  "other",
		  KERNEL_TROUBLE },
		{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [fio:86]",
		    "RIP: 0010:__rcu_read_unlock+0x1/0x2", " filemap_get_entry+0x8b/0x160" },
		  "lookup-spins",
		  KERNEL_HIT },
		{ { "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [fio:86]",
		    "RIP: 0010:iomap_readahead+0x1/0x2", " filemap_get_entry+0x8b/0x160" },
		  "other",
		  KERNEL_TROUBLE },
		{ { "INFO: task fio:86 blocked for more than 122 seconds.",
		    " __schedule+0x3c4/0x8a0", " schedule+0x5e/0xd0", " io_schedule+0x46/0x70",
		    " folio_wait_bit_common+0x13d/0x350" },
		  "folio-wait",
		  KERNEL_TROUBLE },
		{ { "INFO: task fio:86 blocked for more than 122 seconds.",
		    " __schedule+0x3c4/0x8a0", " xfs_buf_lock+0x3c/0x100" },
		  "other",
		  KERNEL_TROUBLE },
		{ { "BUG: Bad page state in process fio  pfn:1" }, "bad-page", KERNEL_HIT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *lines[6] = { NULL };

		memcpy(lines, cases[i].lines, sizeof(cases[i].lines));
		feed(lines);
		CU_ASSERT_EQUAL_FATAL(reports.count, 1);
		CU_ASSERT_STRING_EQUAL(kernel_report_kind(&reports.items[0]), cases[i].kind);
		CU_ASSERT_EQUAL(kernel_report_meaning(&reports, &reports.items[0]),
				cases[i].meaning);
	}
}

static void nothing(void)
{
	static const char *const lines[] = {
		"foliostorm: the job begins",
		"operation not supported error, dev loop0, sector 524336 op 0x9:(WRITE_ZEROES)",
		"clocksource: Watchdog remote CPU 1 read timed out",
		"XFS (loop0): Mounting V5 Filesystem",
		"[",
		"<",
		"",
		"page:",
		NULL,
	};

	feed(lines);
	CU_ASSERT_EQUAL(reports.count, 0);
	CU_ASSERT_PTR_NULL(kernel_reports_hit(&reports));
}

/* However many there are, hits stay, and of the rest the first ones and how the kernel died. */
static void a_flood(void)
{
	static const char died[] = "BUG: unable to handle page fault for address: ffff888012345678";
	char line[80];

	begin(KERNEL_SPLIT);
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "BUG: Bad page state in process p%d  pfn:1", i);
		CU_ASSERT_TRUE(kernel_reports_line(&reports, line));
	}
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_TROUBLE), 1000);
	CU_ASSERT_STRING_EQUAL(reports.items[0].process, "p0");
	CU_ASSERT_STRING_EQUAL(reports.items[KERNEL_REPORTS_KEPT].process, "p999");
	kernel_reports_line(&reports, died);
	kernel_reports_line(&reports, "---[ end trace 0000000000000000 ]---");
	for (size_t i = 0; assertion[i]; i++)
		kernel_reports_line(&reports, assertion[i]);
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_HIT), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kernel_reports_hit(&reports));
	CU_ASSERT_EQUAL(kernel_reports_hit(&reports)->fault, 472);
	CU_ASSERT_STRING_EQUAL(kernel_reports_fatal(&reports)->text, died);
	for (int i = 0; i < 1000; i++)
		kernel_reports_line(&reports, "WARNING: CPU: 1 PID: 5 at kernel/fork.c:1");
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_TROUBLE), 2001);
	CU_ASSERT_STRING_EQUAL(kernel_reports_fatal(&reports)->text, died);
	for (int i = 0; i < 1000; i++)
		kernel_reports_line(&reports, "BUG: Bad page state in process fio  pfn:1");
	CU_ASSERT_EQUAL(reports.count, KERNEL_REPORTS_KEPT + 1);
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_HIT), 1001);
	CU_ASSERT_EQUAL(kernel_reports_hit(&reports)->fault, 472);
	kernel_reports_line(&reports, "WARNING: CPU: 1 PID: 5 at kernel/fork.c:1");
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_TROUBLE), 2002);
	kernel_reports_line(&reports, "WARNING: CPU: 1 PID: 5 at kernel/fork.c:1");
	for (size_t i = 0; i < KERNEL_REPORTS_KEPT; i++)
		CU_ASSERT_EQUAL(kernel_report_meaning(&reports, &reports.items[i]), KERNEL_HIT);
}

/* More names than there is room for, and one that is too long for a process. */
static void names(void)
{
	struct kernel_subject *subject = &reports.subject;

	begin(KERNEL_SPLIT);
	kernel_subject_add(subject, "a-program-with-a-long-name");
	for (int i = 0; i < 100; i++)
		kernel_subject_add(subject, "x");
	CU_ASSERT_EQUAL(subject->name_count, ARRAY_SIZE(subject->names));
	kernel_reports_line(&reports, "BUG: Bad page state in process a-program-with  pfn:1");
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_HIT), 0);
	kernel_reports_line(&reports, "BUG: Bad page state in process a-program-with-  pfn:1");
	kernel_reports_line(&reports, "BUG: Bad page state in process foliostorm2  pfn:1");
	CU_ASSERT_EQUAL(kernel_reports_of(&reports, KERNEL_HIT), 1);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "the assertion of the seed crash", the_assertion },
		{ "time stamps, large folios", time_stamps_and_large_folios },
		{ "what a report means", meanings },
		{ "whose report it is", whose },
		{ "a look-up that spins", a_lookup_that_spins },
		{ "unmounting what is stale", unmounting_what_is_stale },
		{ "kinds of reports", kinds },
		{ "lines that mean nothing", nothing },
		{ "a flood", a_flood },
		{ "names of a run", names },
		CU_TEST_INFO_NULL,
	};

	return run_suite("kernel_report", tests);
}
