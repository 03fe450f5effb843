/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crashes of the kinds that public trackers have, and what must be said of each: whether it is one
 * of the races, what it is otherwise, and nothing that is not in it.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PARTS = 6 };

static const struct sample {
	const char *file, *family;
	/* Of the account: what is there, and with a minus what is not. */
	const char *parts[PARTS];
	const char *scenario; /* part of it; NULL: none is written */
} samples[] = {
	{ "cases/s390x-split-race.log",
	  "folio-split",
	  { "function: filemap_fault ", "wanted: 0x5a11 ", "process: journalctl " },
	  "aim = 17;" },
	{ "cases/ppc64le.log",
	  "folio-split",
	  { "wanted: 0x5a11 ", "function: filemap_fault " },
	  "Its pages had 64 KiB" },
	{ "cases/riscv64.log",
	  "folio-split",
	  { "wanted: 0x5a11 ", "file system: ext4 " },
	  "fs = \"ext4\"" },
	{ "cases/loongarch.log",
	  "folio-split",
	  { "wanted: 0x2c4f ", "function: filemap_fault ", "process: mdb_stat " },
	  "Its pages had 16 KiB" },
	/* As in messages of commits. */
	{ "cases/filled.txt",
	  "folio-split",
	  { "wanted: 0x2c4f ", "first page: 0x2c40 ", "process: mdb_stat ", "kernel: 6.18.5-",
	    "function: filemap_fault " },
	  "aim = " },
	{ "cases/joined-arm64.log",
	  "folio-split",
	  { "wanted: 0x2c4f ", "function: filemap_fault ", "file system: xfs " },
	  "aim = " },
	{ "cases/arm64-64k.log", "folio-split", { "wanted: 0x737b " }, "Its pages had 64 KiB" },
	{ "cases/decoded-stacktrace-lkp.log",
	  "folio-split",
	  { "function: filemap_fault ", "wanted: 0x5a11 ", "kernel: 6.18.7-rc1-00012" },
	  "aim = " },
	{ "cases/drgn-session.log",
	  NULL,
	  { "kernel: 6.18.7-edge (by drgn)", "process: journalctl (by drgn)", "wanted: 0x5a11 ",
	    "source: mm/filemap.c:3519 ", "its order: 0 ", "system.journal " },
	  "aim = " },
	{ "cases/crash-session.log",
	  NULL,
	  { "kernel: 6.18.7-example-2026.1.15 (by crash(8))", "process: journalctl (by crash(8))",
	    "wanted: 0x5a11 (23057) (by crash(8))", "first page: 0x5a10 (23056) (by crash(8))",
	    "function: filemap_fault " },
	  "aim = " },
	{ "cases/drgn-other-session.log",
	  NULL,
	  { "kernel: 6.18.7-example-2026.1.15 (by drgn)", "function: filemap_fault (by drgn)",
	    "source: mm/filemap.c:3519 (by drgn)", "wanted: 0x5a11 ", "first page: 0x5a10 ",
	    "system.journal (by drgn)" },
	  "aim = " },
	{ "cases/driver-oops-ended-before-race.log",
	  "folio-split",
	  { "process: journalctl ", "another report (--report 1): BUG: kernel NULL", "(driver)" },
	  "aim = " },
	{ "cases/cut-by-the-next.log",
	  "folio-split",
	  { "process: journalctl ", "wanted: 0x5a11 ", "(--report 1)", "(driver)" },
	  "aim = " },
	{ "cases/interleaved.log",
	  "folio-split",
	  { "process: journalctl ", "wanted: 0x5a11 ", "(--report 1)", "(driver)" },
	  "aim = " },
	{ "cases/process-name-space.log", "folio-split", { "process: Web Content " }, "aim = " },
	{ "cases/wanted-inside-folio.log",
	  "folio-split",
	  { "-wanted: 0x", "its order: 4 " },
	  "aim = \"auto\"" },
	/* Where the page is kept is known, and something else is there. */
	{ "cases/pages-in-other-registers.log",
	  "folio-split",
	  { "-wanted: 0x", "first page: 0x5a10 " },
	  "aim = \"16-17\"" },
	{ "cases/index-in-memory.log",
	  "folio-split",
	  { "-wanted: 0x", "function: find_lock_entries " },
	  "aim = \"16-17\"" },
	{ "cases/maps-and-cr2.log",
	  "folio-split",
	  { "wanted: 0x5a11 (23057) (by CR2 and the mapping)" },
	  "when = \"page == 23056\"" },
	{ "cases/index-zero-noise.log",
	  "folio-split",
	  { "-wanted: 0x", "first page: 0x0 " },
	  "aim = \"auto\"" },
	{ "cases/vmwarn-folio-contains.log",
	  "folio-split",
	  { "assertion: VM_WARN_ON_ONCE_FOLIO(!folio_contains(folio, index)) ", "wanted: 0x5a11 " },
	  "aim = " },
	{ "cases/fuse-aops.log", "folio-split", { "file system: fuse " }, "kind = \"image\"" },
	{ "cases/shmem-aops.log", "folio-split", { "file system: tmpfs " }, "kind = \"tmpfs\"" },
	{ "cases/debian-6.1.55-softlockup-xas.log",
	  "stale-folios",
	  { "based on 6.1.55 (Debian): it has the race", "process: kworker/u34:9 " },
	  "kind = \"stale-folios\"" },
	{ "cases/debian-6.1.128-softlockup-fixed.log",
	  "stale-folios",
	  { "based on 6.1.128 (Debian): it has the fix" },
	  "kind = \"stale-folios\"" },
	{ "cases/decoded-softlockup-6.1.log",
	  "stale-folios",
	  { "process: fsstress ", "based on 6.1.90" },
	  "kind = \"stale-folios\"" },
	{ "cases/small-address-6.1.log",
	  "stale-folios",
	  { "function: filemap_get_read_batch " },
	  "kind = \"stale-folios\"" },
	{ "cases/ubuntu-6.17.log",
	  "folio-split",
	  { "based on 6.17 (Ubuntu): whether it has the fix is unknown" },
	  "aim = " },
	{ "cases/ubuntu-6.8-stale.log",
	  "stale-folios",
	  { "based on 6.8 (Ubuntu): whether it has the fix is unknown" },
	  "stale-folios" },
	{ "cases/rhel9-stale.log",
	  "stale-folios",
	  { "(RHEL, or who builds it again): whether it has the fix is unknown" },
	  "stale-folios" },
	{ "bad/okd-fcos-6.0.10-not-locked.log",
	  "folio-unlocked",
	  { "-wanted: 0x", "function: iomap_readahead ", "its order: 6 " },
	  NULL },
	{ "bad/al2023-6.12-fadvise-hung.log",
	  "hung-task",
	  { "function: __lru_add_drain_all ", "process: tokio-runtime-w ", "kernel: 6.12.37-" },
	  NULL },
	{ "bad/dmesg-reltime-folio-wait.log",
	  "folio-wait",
	  { "function: folio_wait_bit_common ", "process: systemd-journal ", "file system: xfs " },
	  NULL },
	{ "bad/fuse-livelock-hung.log",
	  "fuse-server",
	  { "function: request_wait_answer ", "file system: fuse " },
	  NULL },
	{ "bad/bad-page-state-hugetlb.log", "hugetlb", { "process: kworker/0:3 " }, NULL },
	{ "bad/bad-page-map-ubuntu.log", "bad-page-map", { "process: systemd-journal " }, NULL },
	{ "bad/bad-page-amdgpu.log", "bad-page-state", { "process: Xorg " }, NULL },
	{ "bad/proxmox-zfs-migrate-bug.log",
	  "migration",
	  { "function: migrate_folio_extra " },
	  NULL },
	{ "bad/bcachefs-vm-warn-new-format.log",
	  "migration",
	  { "process: kcompactd0 ", "kernel: 7.1.3 ", "-wanted: 0x",
	    "function: migrate_pages_batch.isra.0 ", "file system: bcachefs " },
	  NULL },
	{ "bad/ceph-6.10-two-reports.log",
	  "file-system",
	  { "kernel: 6.10.1-vm+ ", "(--report 1)", "file system: ceph " },
	  NULL },
	{ "bad/launchpad-4.4-shmem-fault.log",
	  "file-system",
	  { "function: shmem_fault ", "process: a.out ", "kernel: 4.4.0-21-generic " },
	  NULL },
	{ "bad/hard-lockup-lru-lock.log", "hard-lockup", { "process: kswapd0 " }, NULL },
	{ "bad/folio_lock-gpf-driver.log",
	  "list-corruption",
	  { "function: folio_lruvec_lock_irqsave " },
	  NULL },
	{ "bad/warning-filemap-only.log", "warning", { "function: filemap_add_folio " }, NULL },
	{ "bad/other.log", "driver", { "function: example_probe " }, NULL },
	{ "bad/kasan-slab.log", "kasan", { "function: filemap_read ", "process: fio " }, NULL },
	{ "bad/told-twice.log",
	  "soft-lockup",
	  { "process: java ", "kernel: 3.10.0-1160",
	    "function: native_queued_spin_lock_slowpath " },
	  NULL },
	{ "bad/kcsan.log", "kcsan", { "function: filemap_read " }, NULL },
	{ "bad/lockdep.log", "lockdep", { NULL }, NULL },
	{ "bad/read-sibling-7.2.13.log", "read-sibling", { "process: foliostorm " }, NULL },
	{ "bad/small-address-6.18.log", "unknown", { "function: filemap_get_pages " }, NULL },
	{ "bad/rhel-8-warning.log", "file-system", { "function: xfs_vm_writepage " }, NULL },
	{ "bad/swap-entry.log", "swap-entry", { "process: fio " }, NULL },
	{ "bad/shmem-truncate.log", "shmem-truncate", { "process: puncher " }, NULL },
};

/* Imports a file. Returns what the importer does; the texts are the caller's. */
static int import(const char *name, unsigned int report, char **account, char **scenario)
{
	const struct import_options options = { .report = report };
	char path[400], message[1000] = "";
	size_t size;
	FILE *to = open_memstream(account, &size);
	int fd, r;

	snprintf(path, sizeof(path), TEST_DATA "/oops/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0 && to);
	report_capture(message, sizeof(message));
	r = import_fd(&importer_oops, &options, fd, to, scenario, NULL);
	report_capture(NULL, 0);
	fclose(to);
	close(fd);
	/* An error tells what it is. */
	CU_ASSERT_EQUAL(r != 0, *message != '\0');
	return r;
}

static void judge_account(const struct sample *sample, const char *account)
{
	char family[64];

	snprintf(family, sizeof(family), "family: %s\n", sample->family);
	if (sample->family && !strstr(account, family)) {
		printf("\n%s: no \"%s\" in %s", sample->file, family, account);
		CU_FAIL("family");
	}
	for (size_t i = 0; i < PARTS && sample->parts[i]; i++) {
		const char *part = sample->parts[i];
		bool wanted = *part != '-';

		if (wanted == (strstr(account, part + !wanted) != NULL))
			continue;
		printf("\n%s: %s in %s", sample->file, part, account);
		CU_FAIL("part");
	}
}

static void test_samples(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		char *account = NULL, *scenario = NULL;
		int r = import(samples[i].file, 0, &account, &scenario);

		CU_ASSERT_EQUAL(r, samples[i].scenario ? 0 : -ENOMSG);
		judge_account(&samples[i], account);
		CU_ASSERT_EQUAL(scenario != NULL, samples[i].scenario != NULL);
		if (scenario && samples[i].scenario && !strstr(scenario, samples[i].scenario)) {
			printf("\n%s: no %s in %s", samples[i].file, samples[i].scenario, scenario);
			CU_FAIL("scenario");
		}
		free(account);
		free(scenario);
	}
}

/* One report of `kinds`, behind its line "=== FAMILY NAME". */
static void judge_kind(const char *head, const char *text, size_t size)
{
	static const struct import_options options;
	char family[32], name[64], wanted[64], message[1000] = "", *account = NULL;
	int fd = memfd_create("input", MFD_CLOEXEC), r;
	size_t length;
	FILE *to = open_memstream(&account, &length);
	bool race, good;

	CU_ASSERT_FATAL(sscanf(head, "=== %31s %63s", family, name) == 2 && fd >= 0 && to &&
			write(fd, text, size) == (ssize_t)size && !lseek(fd, 0, SEEK_SET));
	report_capture(message, sizeof(message));
	r = import_fd(&importer_oops, &options, fd, to, NULL, NULL);
	report_capture(NULL, 0);
	fclose(to);
	close(fd);
	race = !strcmp(family, "folio-split") || !strcmp(family, "stale-folios");
	snprintf(wanted, sizeof(wanted), "family: %s\n", family);
	if (!strcmp(family, "none"))
		good = r == -ENODATA && !strstr(account, "family: ");
	else
		good = r == (race ? 0 : -ENOMSG) && strstr(account, wanted);
	CU_ASSERT_TRUE(good);
	if (!good)
		printf("\n%s is not told as %s: %s\n%s", name, family, message, account);
	free(account);
}

/* Reports in the forms of public trackers, made up: each is told for what it is. */
static void test_kinds(void)
{
	static char text[256 << 10];
	FILE *file = fopen(TEST_DATA "/oops/kinds", "re");
	size_t size = 0, count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	CU_ASSERT_FATAL(size < sizeof(text) - 1);
	for (char *head = text; head && *head; count++) {
		char *begin = strchr(head, '\n') + 1, *end = strstr(begin, "=== ");

		judge_kind(head, begin, end ? (size_t)(end - begin) : strlen(begin));
		head = end;
	}
	CU_ASSERT_TRUE(count >= 70);
}

/* Another one than the best, and one that is not there. */
static void test_report(void)
{
	static const char two[] = "cases/driver-oops-ended-before-race.log";
	char *account = NULL, *scenario = NULL;

	CU_ASSERT_EQUAL(import(two, 1, &account, &scenario), -ENOMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(account, "function: nv_ioctl "));
	CU_ASSERT_PTR_NOT_NULL(strstr(account, "process: nvtop "));
	free(account);
	CU_ASSERT_EQUAL(import(two, 2, &account, &scenario), 0);
	free(account);
	free(scenario);
	CU_ASSERT_EQUAL(import(two, 3, &account, &scenario), -EINVAL);
	free(account);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "samples", test_samples },
		{ "kinds", test_kinds },
		{ "one of several reports", test_report },
		CU_TEST_INFO_NULL,
	};

	return run_suite("import_cases", tests);
}
