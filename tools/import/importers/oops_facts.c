/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_facts.h"
#include "injector/base/array.h"
#include "tools/base/needles.h"
#include "tools/import/importers/oops_session.h"
#include "tools/import/importers/oops_value.h"
#include "tools/machine/kernel_signature.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const oops_fact_names[OOPS_FACTS] = {
	[OOPS_RELEASE] = "kernel",
	[OOPS_ASSERTION] = "assertion",
	[OOPS_FUNCTION] = "function",
	[OOPS_SOURCE] = "source",
	[OOPS_PROCESS] = "process",
	[OOPS_FAULT] = "page that was wanted",
	[OOPS_FOLIO] = "folio that came, its first page",
	[OOPS_ORDER] = "folio that came, its order",
	[OOPS_FILE] = "file",
	[OOPS_FILESYSTEM] = "file system",
};

/* Clues that precede a value, in any line. */
static const struct clue {
	enum oops_about about;
	const char *before;
	enum oops_ending ending;
	unsigned int weight;
	const char *from;
} clues[] = {
	{ OOPS_RELEASE, "| UNAME | `", END_WORD, WEIGHT_PROSE, "the report" },
	{ OOPS_RELEASE, "Linux version ", END_WORD, WEIGHT_PROSE, "the log" },
	{ OOPS_RELEASE, "RELEASE: ", END_WORD, WEIGHT_PROSE, "crash(8)" },
	{ OOPS_PROCESS, "| PROCESS | `", END_WORD, WEIGHT_PROSE, "the report" },
	{ OOPS_PROCESS, "COMMAND: \"", END_QUOTE, WEIGHT_MEASURED, "crash(8)" },
	{ OOPS_ASSERTION, "VM_BUG_ON_FOLIO(", END_CALL, WEIGHT_PROSE, "the report" },
	{ OOPS_ASSERTION, "VM_BUG_ON_PAGE(", END_CALL, WEIGHT_PROSE, "the report" },
	{ OOPS_SOURCE, "crash site is `", END_WORD, WEIGHT_PROSE, "the report" },
	{ OOPS_SOURCE, "kernel BUG at ", END_MARK, WEIGHT_PROSE, "crash(8)" },
	{ OOPS_FUNCTION, "[exception RIP: ", END_PLACE, WEIGHT_PROSE, "crash(8)" },
	{ OOPS_FUNCTION, "happened:** In `", END_PLACE, WEIGHT_PROSE, "the report" },
	{ OOPS_FAULT, "fault index ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FAULT, "file index ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FAULT, "`index` = ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FOLIO, "folio at index ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FOLIO, "folio->index` = ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FOLIO, "`index:0x", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_ORDER, "folio_nr_pages() = ", END_PAGES, WEIGHT_PROSE, "the report" },
};

static const struct {
	const char *name, *marks[3];
} file_systems[OOPS_FILESYSTEMS] = {
	{ "xfs", { "XFS", "xfs_" } },
	{ "ext4", { "EXT4-fs", "ext4_" } },
	{ "btrfs", { "BTRFS", "btrfs_" } },
	{ "f2fs", { "F2FS-fs", "f2fs_" } },
	{ "tmpfs", { "shmem_", "tmpfs" } },
	{ "fuse", { "fuse_" } },
	{ "nfs", { "nfs_" } },
	{ "ceph", { "ceph_" } },
	{ "bcachefs", { "bch_", "bch2_" } },
	{ "zfs", { "zpl_", "zfs_" } },
	{ "ocfs2", { "ocfs2_" } },
	{ "gfs2", { "gfs2_" } },
	{ "erofs", { "erofs_" } },
	{ "cifs", { "cifs_" } },
	{ "9p", { "v9fs_" } },
	{ "hugetlbfs", { "hugetlbfs_" } },
};

static bool take_clues(struct oops_facts *facts, const char *text, uint64_t line)
{
	bool took = false;

	for (size_t i = 0; i < ARRAY_SIZE(clues); i++) {
		const struct clue *clue = &clues[i];
		size_t skip = clue->ending == END_CALL ? 0 : strlen(clue->before);

		for (const char *at = text; (at = strstr(at, clue->before));
		     at += strlen(clue->before)) {
			struct oops_fact value = {
				.weight = clue->weight,
				.from = clue->from,
				.line = line,
			};

			if (!oops_read_value(clue->ending, at + skip, &value) ||
			    !oops_is_sane(clue->about, &value))
				continue;
			oops_learn(facts, clue->about, &value);
			took = true;
		}
	}
	return took;
}

static void count_file_systems(struct oops_facts *facts, const char *text)
{
	for (size_t i = 0; i < OOPS_FILESYSTEMS; i++)
		for (const char *const *mark = file_systems[i].marks; *mark; mark++)
			for (const char *at = text; (at = strstr(at, *mark)); at++)
				facts->named[i] += at == text || !isalnum((unsigned char)at[-1]);
}

/* Whether a line has any of the clues: most lines of a log have none, so one pass decides. */
static struct needles needles;

static void make_needles(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(clues); i++)
		needles_add(&needles, clues[i].before);
	for (size_t i = 0; i < OOPS_FILESYSTEMS; i++)
		for (const char *const *mark = file_systems[i].marks; *mark; mark++)
			needles_add(&needles, *mark);
	for (size_t i = 0; oops_prompts[i]; i++)
		needles_add(&needles, oops_prompts[i]);
}

static bool may_say(const struct oops_facts *facts, const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct needle_match match;

	pthread_once(&once, make_needles);
	return *facts->command || needles_find(&needles, text, text + strlen(text), &match);
}

/* logged: the line may be from a kernel log. */
static void take_piece(struct oops_facts *facts, const char *text, uint64_t line, bool logged)
{
	bool took = false;

	if (logged) {
		facts->reports.subject.families = KERNEL_SPLIT | KERNEL_STALE;
		facts->reports.subject.everything = true;
		kernel_reports_line(&facts->reports, text);
		took = facts->reports.took;
	}
	if (may_say(facts, text)) {
		took |= take_clues(facts, text, line);
		took |= oops_take_session(facts, text, line);
		count_file_systems(facts, text);
	}
	if (!took)
		took = oops_maps_take(&facts->maps, text);
	facts->lines++;
	facts->used += took;
}

/* Rows of tables and blocks of code whose line ends were lost. */
static char *piece_end(char *text)
{
	static const char *const ends[] = { "| | ", "``` ", " ## ", " ### " };
	char *end = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		char *found = strstr(text, ends[i]);

		if (found && (!end || found < end))
			end = found;
	}
	/* Keeps the bar that begins the next row. */
	return end && *end == '|' ? end + 1 : end;
}

static void take_line(void *context, char *text, uint64_t line, bool marked)
{
	enum { LONG = 1000 };
	size_t length = strlen(text);
	char *at = text, *end;

	(void)marked;
	while (length > LONG && (end = piece_end(at))) {
		char kept = *end;

		*end = '\0';
		take_piece(context, at, line, false);
		*end = kept;
		at = end + 1;
	}
	take_piece(context, at, line, at == text);
}

void oops_take(struct oops_facts *facts, char *text, size_t length, uint64_t line)
{
	facts->log.take = take_line;
	facts->log.context = facts;
	log_text_line(&facts->log, text, length, line);
}

/* Of two equal reports, prefers the one with a function: syslogd also sends a report's first line
 * to all terminals, and that copy has nothing else. */
static int rank_of(const struct kernel_report *report)
{
	int where = *report->function != '\0';

	if (kernel_signature_of(report)->race)
		return 2 * (report->has_folio ? 4 : 3) + where;
	return 2 * (report->fatal || report->panicked ? 2 : !report->beside) + where;
}

const struct kernel_report *oops_report(const struct oops_facts *facts)
{
	const struct kernel_reports *reports = &facts->reports;
	const struct kernel_report *best = NULL;

	if (facts->chosen)
		return facts->chosen <= reports->count ? &reports->items[facts->chosen - 1] : NULL;
	for (size_t i = 0; i < reports->count; i++)
		if (!best || rank_of(&reports->items[i]) > rank_of(best))
			best = &reports->items[i];
	return best;
}

static void learn_text(struct oops_facts *facts, enum oops_about about, const char *text)
{
	struct oops_fact value = { .weight = WEIGHT_KERNEL, .from = "the kernel" };

	snprintf(value.text, sizeof(value.text), "%s", text);
	if (*text && oops_is_sane(about, &value))
		oops_learn(facts, about, &value);
}

static void learn(struct oops_facts *facts, enum oops_about about, unsigned int weight,
		  uint64_t number, const char *from)
{
	struct oops_fact value = { .weight = weight, .from = from, .number = number };

	if (oops_is_sane(about, &value))
		oops_learn(facts, about, &value);
}

static void learn_number(struct oops_facts *facts, enum oops_about about, bool known,
			 uint64_t number, const char *from)
{
	if (known)
		learn(facts, about, WEIGHT_KERNEL, number, from);
}

/* "ext4_da_aops": the file system of the dumped folio, whatever else is mounted. */
static void learn_owner(struct oops_facts *facts, const char *owner)
{
	for (size_t i = 0; i < OOPS_FILESYSTEMS; i++)
		for (const char *const *mark = file_systems[i].marks; *mark; mark++) {
			struct oops_fact value = {
				.weight = WEIGHT_KERNEL,
				.from = "the kernel's page dump",
			};

			if (strncmp(owner, *mark, strlen(*mark)))
				continue;
			snprintf(value.text, sizeof(value.text), "%s", file_systems[i].name);
			oops_learn(facts, OOPS_FILESYSTEM, &value);
		}
}

static void learn_file_system(struct oops_facts *facts)
{
	struct oops_fact value = { .weight = WEIGHT_PROSE, .from = "how often it is named" };
	size_t most = 0;

	for (size_t i = 1; i < OOPS_FILESYSTEMS; i++)
		if (facts->named[i] > facts->named[most])
			most = i;
	if (!facts->named[most])
		return;
	snprintf(value.text, sizeof(value.text), "%s", file_systems[most].name);
	oops_learn(facts, OOPS_FILESYSTEM, &value);
}

/* The fault's address and its mapping outweigh registers. A page that the folio contains cannot be
 * the wanted one. */
static void learn_mapped(struct oops_facts *facts, const struct kernel_report *report)
{
	const char *slash = strrchr(report->file, '/');
	uint64_t page;

	if (!report->has_cr2 || !report->has_folio || !strstr(report->text, "!folio_contains(") ||
	    !oops_maps_page(&facts->maps, report->cr2, slash ? slash + 1 : report->file, &page) ||
	    page >> (report->order & 31) == report->folio >> (report->order & 31))
		return;
	learn(facts, OOPS_FAULT, WEIGHT_MEASURED, page, "CR2 and the mapping");
}

void oops_conclude(struct oops_facts *facts)
{
	const struct kernel_report *report;

	log_text_end(&facts->log);
	report = oops_report(facts);
	if (report)
		learn_owner(facts, report->owner);
	learn_file_system(facts);
	if (!report)
		return;
	learn_text(facts, OOPS_RELEASE, report->release);
	if (!strncmp(report->text, "VM_", 3))
		learn_text(facts, OOPS_ASSERTION, report->text);
	learn_text(facts, OOPS_FUNCTION, report->function);
	learn_text(facts, OOPS_SOURCE, report->source);
	learn_text(facts, OOPS_PROCESS, report->process);
	learn_text(facts, OOPS_FILE, report->file);
	learn_number(facts, OOPS_FAULT, report->has_fault, report->fault,
		     report->fault_known ? "the register that holds it"
					 : "the only register that can hold it");
	learn_mapped(facts, report);
	learn_number(facts, OOPS_FOLIO, report->has_folio, report->folio, "the kernel's page dump");
	learn_number(facts, OOPS_ORDER, report->has_folio, report->order, "the kernel's page dump");
}
