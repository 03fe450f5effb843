/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Crashes in all the forms they come in, and what is made of them. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/oops_plan.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct oops_facts facts;
static struct oops_plan plan;

static void take_text(const char *text, size_t size)
{
	uint64_t line = 0;

	memset(&facts, 0, sizeof(facts));
	for (const char *at = text, *end = text + size; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = newline ? (size_t)(newline - at) : (size_t)(end - at);

		char *copy = malloc(length + 1);

		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, at, length);
		oops_take(&facts, copy, length, ++line);
		free(copy);
		at += length + 1;
	}
	oops_conclude(&facts);
	oops_make_plan(&plan, &facts);
}

/* The caller frees it. */
static char *read_data(const char *name, size_t *size)
{
	char path[400], *text = NULL;
	FILE *file;
	long length;

	snprintf(path, sizeof(path), TEST_DATA "/oops/%s", name);
	file = fopen(path, "re");
	CU_ASSERT_FATAL(file && !fseek(file, 0, SEEK_END));
	length = ftell(file);
	rewind(file);
	text = malloc((size_t)length);
	CU_ASSERT_FATAL(text && fread(text, 1, (size_t)length, file) == (size_t)length);
	fclose(file);
	*size = (size_t)length;
	return text;
}

static void take_data(const char *name)
{
	size_t size;
	char *text = read_data(name, &size);

	take_text(text, size);
	free(text);
}

static const struct sample {
	const char *name, *release, *process, *function, *source;
	uint64_t fault, folio, first;
	unsigned int hole, wanted, served;
	bool affected, tail;
} samples[] = {
	{ "crash-report-6.18.7.md", "6.18.7-cloudflare-2026.1.15", "journalctl", "filemap_fault",
	  "mm/filemap.c:3519", 0x7653, 0x7652, 0x7600, 83, 83, 82, true, true },
	{ "console-7.2.13.log", "7.2.13", "foliostorm", "filemap_fault", "mm/filemap.c:3618",
	  0x7653, 0x7652, 0x7600, 83, 83, 82, false, true },
	{ "journald.log", "7.2.13", "foliostorm", "filemap_fault", "mm/filemap.c:3618", 0x7653,
	  0x7652, 0x7600, 83, 83, 82, false, true },
	{ "dmesg-T.log", "7.2.13", "foliostorm", "filemap_fault", "mm/filemap.c:3618", 0x7653,
	  0x7652, 0x7600, 83, 83, 82, false, true },
	{ "cut.log", "7.2.13", "foliostorm", "filemap_fault", "mm/filemap.c:3618", 0x7653, 0x7652,
	  0x7600, 83, 83, 82, false, true },
	{ "arm64.log", "6.18.7-edge", "journalctl", "filemap_fault", "mm/filemap.c:3519", 0x737b,
	  0x737a, 0x7200, 379, 379, 378, true, true },
	{ "session.crash", "6.17.9-200.fc43.x86_64", "journalctl", "filemap_fault",
	  "mm/filemap.c:3490", 0x2f12, 0x2f00, 0x2e00, 257, 274, 256, true, false },
};

static void test_samples(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *sample = &samples[i];

		take_data(sample->name);
		CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_RELEASE].text, sample->release);
		CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_PROCESS].text, sample->process);
		CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_FUNCTION].text, sample->function);
		CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_SOURCE].text, sample->source);
		CU_ASSERT_EQUAL(facts.facts[OOPS_FAULT].number, sample->fault);
		CU_ASSERT_EQUAL(facts.facts[OOPS_FOLIO].number, sample->folio);
		CU_ASSERT_FATAL(plan.placed);
		CU_ASSERT_EQUAL(plan.order, 9);
		CU_ASSERT_EQUAL(plan.first, sample->first);
		CU_ASSERT_EQUAL(plan.hole, sample->hole);
		CU_ASSERT_EQUAL(plan.wanted, sample->wanted);
		CU_ASSERT_EQUAL(plan.served, sample->served);
		CU_ASSERT_EQUAL(plan.line != NULL, sample->affected);
		CU_ASSERT_EQUAL(plan.tail, sample->tail);
		CU_ASSERT_EQUAL(plan.hole + plan.count, sample->tail ? 512 : sample->hole + 1);
	}
}

/* Wherever it ends, and whatever byte of it is broken, it is taken in; what is before is not
 * lost. */
static void test_damaged(void)
{
	size_t size;
	char *text = read_data("console-7.2.13.log", &size);

	for (size_t end = 0; end < size; end += 7)
		take_text(text, end);
	CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_FUNCTION].text, "filemap_fault");
	for (size_t i = 0; i < size; i += 11) {
		char kept = text[i];

		text[i] = (char)(i * 37);
		take_text(text, size);
		text[i] = kept;
	}
	for (size_t i = 0; i < size; i += 2)
		text[i] = '\0';
	take_text(text, size);
	CU_ASSERT_EQUAL(facts.log.not_text, (size + 1) / 2);
	CU_ASSERT_FALSE(plan.placed);
	free(text);
}

static void take_lines(const char *text)
{
	take_text(text, strlen(text));
}

/* What is measured counts more than what a register suggests, and both more than prose; what does
 * not agree is kept. */
static void test_disagreement(void)
{
	take_lines("fault index 0x100\ncrash> p -x index\n$1 = 0x7653\nfault index 0x200\n"
		   "folio at index 0x7652\nfolio at index 0x7640\n");
	CU_ASSERT_EQUAL(facts.facts[OOPS_FAULT].number, 0x7653);
	CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_FAULT].other, "0x100");
	CU_ASSERT_EQUAL(facts.facts[OOPS_FOLIO].number, 0x7652);
	CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_FOLIO].other, "0x7640");
	CU_ASSERT_EQUAL(facts.lines, facts.used + 1);
}

/* Pages that no one folio explains; and each that one does is explained by the aim model. */
static void test_places(void)
{
	static const struct {
		uint64_t fault, folio;
		bool placed;
	} cases[] = {
		{ 0x7653, 0x7652, true },
		{ 0x7652, 0x7653, false },
		{ 0x7653, 0x7653, false },
		{ 0x7600, 0x75ff, false },
		{ 0x40000000000, 0x3ffffffffff, false },
		{ 511, 256, true },
		{ 0x1ff, 0, false },
	};
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "fault index 0x%lx\nfolio at index 0x%lx\n",
			 cases[i].fault, cases[i].folio);
		take_lines(text);
		CU_ASSERT_EQUAL(plan.placed, cases[i].placed);
		CU_ASSERT_EQUAL(plan.why == NULL, cases[i].placed);
		if (plan.placed) {
			CU_ASSERT_EQUAL(plan.first + plan.wanted, cases[i].fault);
			CU_ASSERT_EQUAL(plan.first + plan.served, cases[i].folio);
		}
	}
}

static void test_lines_of_kernels(void)
{
	static const struct {
		const char *release;
		bool affected;
	} cases[] = {
		{ "6.14.11", false },  { "6.15-rc1", true }, { "6.16.12+deb14", true },
		{ "6.17.99", true },   { "6.18.0", true },   { "6.18.19-cloudflare", true },
		{ "6.18.20", false },  { "6.19.8", true },   { "6.19.9", false },
		{ "7.0.0-rc3", true }, { "7.0-rc4", false }, { "7.2.12", false },
	};
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "| UNAME | `%s` |\n", cases[i].release);
		take_lines(text);
		CU_ASSERT_TRUE(plan.versioned);
		CU_ASSERT_EQUAL(plan.line != NULL, cases[i].affected);
	}
	take_lines("| UNAME | `my machine` |\nLinux version none\n");
	CU_ASSERT_FALSE(plan.versioned);
}

/* The importer as a whole, over a file. Returns its answer. */
static int import(const char *data, size_t size, char **scenario)
{
	static const struct import_options options;
	int fd = memfd_create("input", 0), r;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, data, size) == (ssize_t)size && !lseek(fd, 0, 0));
	r = import_fd(&importer_oops, &options, fd, NULL, scenario, NULL);
	close(fd);
	return r;
}

static void test_nothing_of_use(void)
{
	static const char *const names[] = { "bad/other.log", "bad/quiet.log" };
	char *scenario = NULL;

	for (size_t i = 0; i < 2; i++) {
		size_t size;
		char *text = read_data(names[i], &size);

		CU_ASSERT_EQUAL(import(text, size, &scenario), i ? -ENODATA : -ENOMSG);
		CU_ASSERT_PTR_NULL(scenario);
		free(text);
	}
	CU_ASSERT_EQUAL(import("", 0, &scenario), -ENODATA);
	CU_ASSERT_EQUAL(import("\x7f"
			       "ELF\0\0\0",
			       7, &scenario),
			-EINVAL);
}

/* A crash that does not say which pages: the scenario aims where it hurts most. */
static void test_without_pages(void)
{
	static const char text[] = "kernel BUG at mm/filemap.c:3519!\n"
				   "CPU: 7 PID: 1 Comm: a\"b\\ Not tainted 6.18.7 #1\n"
				   "RIP: 0010:filemap_fault+0xa61/0x1410\n";
	char *scenario;

	CU_ASSERT_EQUAL_FATAL(import(text, sizeof(text) - 1, &scenario), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "aim = \"auto\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "The crash of a\\\"b\\\\ on 6.18.7"));
	free(scenario);
}

/* A run can be on ext4 as well: what the kernel dumped says so, whatever else is mounted. */
static void test_ext4(void)
{
	static const char text[] =
		"XFS (sda1): Mounting V5 Filesystem\nXFS (sda1): Ending clean mount\n"
		"XFS (sda2): Mounting V5 Filesystem\n"
		"page: refcount:2 mapcount:0 mapping:0000000012345678 index:0x7652 pfn:0x7500\n"
		"aops:ext4_da_aops ino:83 dentry name(?):\"system.journal\"\n"
		"page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))\n"
		"kernel BUG at mm/filemap.c:3519!\n"
		"CPU: 7 PID: 1 Comm: journalctl Not tainted 6.18.7 #1\n"
		"RIP: 0010:filemap_fault+0xa61/0x1410\n"
		"RBP: 0000000000007653 R08: 0 R09: 0\n";
	char *scenario;

	take_lines(text);
	CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_FILESYSTEM].text, "ext4");
	CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_FILESYSTEM].other, "xfs");
	CU_ASSERT_EQUAL_FATAL(import(text, sizeof(text) - 1, &scenario), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "fs = \"ext4\";"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "\"6.16 - 6.18.19\""));
	CU_ASSERT_PTR_NULL(strstr(scenario, "as the file system"));
	free(scenario);
}

/* A lockup tells where, and not why. */
static void test_lockup(void)
{
	static const char text[] =
		"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/1:1:22]\n"
		"CPU: 1 PID: 22 Comm: kworker/1:1 Not tainted 6.1.52 #1\n"
		"RIP: 0010:xas_load+0x2d/0x40\n";
	char *scenario;

	take_lines(text);
	CU_ASSERT_STRING_EQUAL(facts.facts[OOPS_PROCESS].text, "kworker/1:1");
	CU_ASSERT_EQUAL_FATAL(import(text, sizeof(text) - 1, &scenario), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "# kworker/1:1 was stuck in xas_load: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "The lockup of kworker/1:1 on 6.1.52"));
	CU_ASSERT_PTR_NULL(strstr(scenario, "gave it a folio"));
	free(scenario);
}

/* Commands of a session that are not known, each by its whole name. */
static void test_commands(void)
{
	take_lines("crash> pstree\ncrash> ps\ncrash>  ps -a\n"
		   "crash> a-command-with-a-long-name\ncrash> a-command-with-a-long-name\n"
		   "crash>  p vmf->pgoff\n$1 = 0x12\n");
	CU_ASSERT_EQUAL(facts.unknown_count, 3);
	CU_ASSERT_STRING_EQUAL(facts.unknown[0].name, "pstree");
	CU_ASSERT_EQUAL(facts.unknown[0].count, 1);
	CU_ASSERT_STRING_EQUAL(facts.unknown[1].name, "ps");
	CU_ASSERT_EQUAL(facts.unknown[1].count, 2);
	CU_ASSERT_EQUAL(facts.unknown[2].count, 2);
	CU_ASSERT_EQUAL(facts.facts[OOPS_FAULT].number, 0x12);
}

/* The last line of a mail that is cut off within it is taken once. */
static void test_cut_mail(void)
{
	static const char *const ends[] = { "=", "=\n", "==", "=\r\n" };
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		snprintf(text, sizeof(text),
			 "dead: the page that was asked for was another one, by its fault index "
			 "0x12%s",
			 ends[i]);
		take_lines(text);
		CU_ASSERT_EQUAL(facts.facts[OOPS_FAULT].number, 0x12);
	}
}

/* Aims and lengths count pages of the kernel that runs it. */
static void test_page_size(void)
{
	size_t size;
	char *text = read_data("console-7.2.13.log", &size), *scenario;

	page_size_choose(65536);
	CU_ASSERT_EQUAL_FATAL(import(text, size, &scenario), 0);
	page_size_choose(4096);
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "aim = 83; length = \"27456K\""));
	free(scenario);
	free(text);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "samples", test_samples },
		{ "cut and broken input", test_damaged },
		{ "sources that do not agree", test_disagreement },
		{ "places of holes", test_places },
		{ "lines of kernels", test_lines_of_kernels },
		{ "nothing of use", test_nothing_of_use },
		{ "a crash without pages", test_without_pages },
		{ "a crash on ext4", test_ext4 },
		{ "a lockup", test_lockup },
		{ "commands of a session", test_commands },
		{ "a mail that is cut off", test_cut_mail },
		{ "pages of another size", test_page_size },
		CU_TEST_INFO_NULL,
	};

	return run_suite("import_oops", tests);
}
