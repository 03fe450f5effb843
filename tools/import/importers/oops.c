/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A crash in the page cache becomes a scenario: the same page of a file of the same length, in a
 * folio of which the same page is punched, and a reader that maps it.
 */
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/storm/target.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/oops_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 8, LENGTH_MAX = 400, WIDTH = 150 };

/* Comment text of the scenario, broken at blanks. */
static void write_comment(FILE *to, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " \n");

		if (column && column + 1 + length > WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		column += (size_t)fprintf(to, "%s%.*s", column ? " " : "# ", (int)length, text);
		text += length;
		if (*text == '\n') {
			fputc('\n', to);
			column = 0;
		}
		text += *text != '\0';
	}
	if (column)
		fputc('\n', to);
}

#define COMMENT(to, ...)                                                                           \
	do {                                                                                       \
		char comment[1200];                                                                \
                                                                                                   \
		snprintf(comment, sizeof(comment), __VA_ARGS__);                                   \
		write_comment(to, comment);                                                        \
	} while (0)

static const char *text_of(const struct oops_facts *facts, enum oops_about about,
			   const char *otherwise)
{
	return oops_knows(facts, about) ? facts->facts[about].text : otherwise;
}

/* Only what is printable and no line's end goes into a comment or a title. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void format_fact(const struct oops_facts *facts, enum oops_about about, char *text,
			size_t size)
{
	const struct oops_fact *fact = &facts->facts[about];

	if (about == OOPS_ORDER)
		snprintf(text, size, "%s: %" PRIu64, oops_fact_names[about], fact->number);
	else if (oops_is_number(about))
		snprintf(text, size, "%s: 0x%" PRIx64 " (%" PRIu64 ")", oops_fact_names[about],
			 fact->number, fact->number);
	else
		snprintf(text, size, "%s: %.90s", oops_fact_names[about], fact->text);
}

/* Nothing died: a processor made no progress, and the log tells where. */
static bool is_lockup(const struct oops_facts *facts)
{
	const struct kernel_report *report = oops_report(facts);

	return report && report->spins && !oops_knows(facts, OOPS_FOLIO);
}

/* What happened. A lockup says no more than where. */
static void explain_crash(const struct oops_facts *facts, char *text, size_t size)
{
	const char *process = text_of(facts, OOPS_PROCESS, "A process");
	const char *function = text_of(facts, OOPS_FUNCTION, "the kernel");

	if (is_lockup(facts))
		snprintf(text, size,
			 "%s was stuck in %s: it made no progress, and the log does not tell why. "
			 "A look-up in the page cache that finds a folio that was freed tries "
			 "again, for ever where that folio stays there. So it may be the older "
			 "family, of stale folios in the page cache, or something else. The race "
			 "that this scenario makes is not known to show itself so.",
			 process, function);
	else
		snprintf(text, size,
			 "%s stopped in %s: the page cache gave it a folio that does not hold the "
			 "page that it wanted. A kernel without CONFIG_DEBUG_VM does not look, and "
			 "hands out the wrong page's bytes.",
			 process, function);
}

/* What is said of the kernel's version. */
static void explain_kernel(const struct oops_plan *plan, char *text, size_t size)
{
	char version[KERNEL_TEXT_MAX];

	if (!plan->versioned) {
		snprintf(text, size,
			 "Which kernel it was is not in it. The race is in 6.15 to 6.18.19, 6.19 "
			 "to 6.19.8 and 7.0-rc1 to rc3.");
		return;
	}
	kernel_format(&plan->version, version, sizeof(version));
	if (plan->version.major < 6 || (plan->version.major == 6 && plan->version.minor < 10))
		snprintf(text, size,
			 "By its version %s does not have the race, which came with 6.15. Kernels "
			 "from 5.17 to 6.9 have another one, in which small folios are put into "
			 "the page cache (fixed by a4864671ca0b, 6758c1128ceb and de60fd8ddeda, in "
			 "6.6.54 and 6.1.113): this scenario does not make that one.",
			 version);
	else if (plan->line)
		snprintf(text, size,
			 "By its version %s has the race: it is in %s, %s (577a1f495fd7).", version,
			 plan->line->range, plan->line->fixed);
	else
		snprintf(text, size,
			 "By its version %s does not have the race, which is in 6.15 to 6.18.19, "
			 "6.19 to 6.19.8 and 7.0-rc1 to rc3: either its vendor took folio_split() "
			 "over without the fix 577a1f495fd7, and then say --expect hit there, or "
			 "the crash has another cause.",
			 version);
}

static void explain_place(const struct oops_plan *plan, bool lockup, char *text, size_t size)
{
	uint64_t wanted = plan->first + plan->wanted, served = plan->first + plan->served;

	if (!plan->placed) {
		snprintf(text, size,
			 "Where %s does not follow: %s. So the scenario aims at the best "
			 "page for the kernel that it runs on.",
			 lockup ? "a hole was, if there was one," : "the hole was", plan->why);
		return;
	}
	snprintf(text, size,
		 "Page 0x%" PRIx64 " of the file was wanted, and the folio that begins at page "
		 "0x%" PRIx64 " came. That is what a look-up gets while a folio that holds both is "
		 "taken apart at page 0x%" PRIx64
		 ". So the hole begins there%s. The folio of order %u that is assumed has the "
		 "pages 0x%" PRIx64 " to 0x%" PRIx64 " of the file: the hole is at its page %u, "
		 "the page that is read is its page %u, and its page %u is what is served.",
		 wanted, served, plan->first + plan->hole,
		 plan->tail
			 ? ", at the page that was wanted, and goes to the end of the folio: the "
			   "unused tail of a file that is done with"
			 : "",
		 plan->order, plan->first, plan->first + ((uint64_t)1 << plan->order) - 1,
		 plan->hole, plan->wanted, plan->served);
}

/* Which of the file systems that a run can make; XFS where it is none of them. */
static bool is_ext4(const struct oops_facts *facts)
{
	return !strcmp(text_of(facts, OOPS_FILESYSTEM, ""), "ext4");
}

/* Each with its reason; the account has them as well. */
static size_t list_assumptions(const struct oops_facts *facts, const struct oops_plan *plan,
			       char texts[][LENGTH_MAX])
{
	size_t count = 0;

	if (plan->placed)
		snprintf(texts[count++], LENGTH_MAX,
			 "order %u of the folio before it was split: the order that a dump shows "
			 "is that of the part that came, and %s",
			 plan->order,
			 plan->order == 9 && is_ext4(facts)
				 ? "9 (2 MiB) is the largest that a file gets"
			 : plan->order == 9
				 ? "9 (2 MiB) is what XFS gives to large writes and huge "
				   "mappings"
				 : "a larger one does not hold both pages so");
	if (plan->placed)
		snprintf(texts[count++], LENGTH_MAX,
			 "a hole punched at that moment, from the beginning of its page on: a "
			 "truncation splits a folio as well, and journald's holes begin within a "
			 "page, which shows more than this (partial-page.cfg)");
	if (!is_ext4(facts) && strcmp(text_of(facts, OOPS_FILESYSTEM, ""), "xfs"))
		snprintf(texts[count++], LENGTH_MAX, "XFS as the file system: %s",
			 oops_knows(facts, OOPS_FILESYSTEM) ? "what is named, a run cannot make"
							    : "the file system is not named");
	snprintf(texts[count++], LENGTH_MAX, "a reader that loads from a mapping%s",
		 is_lockup(facts) ? ": who reads, and how, is not in the log"
				  : ", as journalctl does: the stack of the fault tells no more "
				    "than that");
	return count;
}

/* The file's own name where that can be one, else what a journal is called. */
static void name_file(const struct oops_facts *facts, size_t number, char *name, size_t size)
{
	const char *stem = base_name(text_of(facts, OOPS_FILE, "system.journal"));
	const char *dot = strrchr(stem, '.');
	size_t length = dot && dot > stem ? (size_t)(dot - stem) : strlen(stem);
	bool usable = length && length < 40 && strlen(stem) < 48;

	for (const char *c = stem; usable && *c; c++)
		usable = strchr("-_.@", *c) || (*c >= '0' && *c <= '9') ||
			 ((*c | 32) >= 'a' && (*c | 32) <= 'z');
	if (!usable) {
		stem = "system.journal";
		length = 6;
		dot = stem + length;
	}
	if (number)
		snprintf(name, size, "%.*s-%zu%s", (int)length, stem, number + 1, dot ? dot : "");
	else
		snprintf(name, size, "%s", stem);
}

static void write_list(FILE *to, const char *title, char items[][LENGTH_MAX], size_t count)
{
	if (!count)
		return;
	COMMENT(to, "%s", title);
	for (size_t i = 0; i < count; i++)
		COMMENT(to, "- %s%s", items[i], i + 1 < count ? ";" : ".");
	fputs("#\n", to);
}

/* What is known of the crash, or the names of what is not. Returns how many. */
static size_t list_facts(const struct oops_facts *facts, bool known, char texts[][LENGTH_MAX])
{
	size_t count = 0;
	char text[1200];

	for (int about = 0; about < OOPS_FACTS; about++) {
		const struct oops_fact *one = &facts->facts[about];

		if (known != (one->weight != 0))
			continue;
		if (!known) {
			snprintf(texts[count++], LENGTH_MAX, "%s", oops_fact_names[about]);
			continue;
		}
		format_fact(facts, (enum oops_about)about, text, sizeof(text));
		snprintf(texts[count++], LENGTH_MAX, "%.160s (by %s)%s%s", text, one->from,
			 *one->other ? ", where something else says " : "", one->other);
	}
	return count;
}

static void write_story(const struct import *import, const struct oops_facts *facts,
			const struct oops_plan *plan)
{
	char items[OOPS_FACTS][LENGTH_MAX], assumed[4][LENGTH_MAX], text[1200];
	FILE *to = import->scenario;

	COMMENT(to, "Made of %s by foliostorm import oops.", base_name(import->path));
	fputs("#\n", to);
	explain_crash(facts, text, sizeof(text));
	COMMENT(to, "%s", text);
	explain_place(plan, is_lockup(facts), text, sizeof(text));
	COMMENT(to, "%s", text);
	explain_kernel(plan, text, sizeof(text));
	COMMENT(to, "%s", text);
	fputs("#\n", to);
	write_list(to, "What is in it:", items, list_facts(facts, true, items));
	write_list(to, "What is not:", items, list_facts(facts, false, items));
	write_list(to, "What is assumed:", assumed, list_assumptions(facts, plan, assumed));
	COMMENT(to, "Its files are as long as the page's number asks for, and hold data only where "
		    "the folio is; there are several, so that one is made anew while another is "
		    "punched. No content is taken over.");
}

static void write_keys(const struct import *import, const struct oops_facts *facts,
		       const struct oops_plan *plan)
{
	uint64_t folio = (uint64_t)TARGET_PAGE_SIZE << (plan->placed ? plan->order : 9);
	uint64_t first = plan->placed ? plan->first * TARGET_PAGE_SIZE : 0;
	const char *const *affected = oops_affected(is_ext4(facts));
	char name[64], title[200], sizes[3][32];
	FILE *to = import->scenario;

	snprintf(title, sizeof(title), "The %s of %.40s on %.80s",
		 is_lockup(facts) ? "lockup" : "crash", text_of(facts, OOPS_PROCESS, "a process"),
		 text_of(facts, OOPS_RELEASE, "a kernel that is not named"));
	fputs("\ntitle    = ", to);
	import_write_text(to, title);
	fputs(";\naffected = (", to);
	for (size_t i = 0; affected[i]; i++)
		fprintf(to, "%s \"%s\"", i ? "," : "", affected[i]);
	fprintf(to,
		" );\nseed     = 1;\nduration = 10.0;\n\n"
		"backing  = { kind = \"image\"; %ssize = \"512M\"; };\n"
		"mount    = { data_path = \"passthrough\"; };\n"
		"files    = (",
		is_ext4(facts) ? "fs = \"ext4\"; " : "");
	for (size_t i = 0; i < FILES; i++) {
		name_file(facts, i, name, sizeof(name));
		fprintf(to, "%s{ name = ", i ? ",\n             " : " ");
		import_write_text(to, name);
		fprintf(to, "; first = \"%s\"; size = \"%s\"; folio = \"%s\"; }",
			units_format_size(first, sizes[0], sizeof(sizes[0])),
			units_format_size(first + folio, sizes[1], sizeof(sizes[1])),
			units_format_size(folio, sizes[2], sizeof(sizes[2])));
	}
	fputs(" );\n\n", to);
	if (plan->placed)
		fprintf(to,
			"storm    = { op = \"punch\"; aim = %u; length = \"%uK\"; through = "
			"\"mount\"; "
			"settle = \"200us\"; };\n",
			plan->hole, plan->count * 4);
	else
		fputs("storm    = { op = \"punch\"; aim = \"auto\"; length = \"4K\"; through = "
		      "\"mount\"; settle = \"200us\"; };\n",
		      to);
	fputs("witness  = true;\n"
	      "gate     = { split = \"20us\"; meet = \"500us\"; reader = \"20us\"; };\n",
	      to);
	if (plan->placed)
		/* Its page is unmapped by the punch, long before the split, so there is no wait to learn. */
		fprintf(to,
			"readers  = ( { kind = \"load\"; count = 1; pages = \"%u-%u\"; wait = "
			"\"none\"; } );\n",
			plan->wanted, plan->wanted);
	else
		fputs("readers  = ( { kind = \"load\"; count = 1; pages = \"exposed\"; } );\n", to);
}

/* What the kernel's own reports leave over. */
static void account_for_reports(struct import *import, const struct oops_facts *facts)
{
	const struct kernel_report *used = oops_report(facts);

	for (size_t i = 0; i < facts->reports.count; i++)
		if (&facts->reports.items[i] != used)
			import_note(&import->account, IMPORT_NOT_USED, 1, 0,
				    "another report of the kernel: %.80s",
				    facts->reports.items[i].text);
}

static void account_for(struct import *import, const struct oops_facts *facts,
			const struct oops_plan *plan, uint64_t cut, uint64_t first_cut)
{
	struct import_account *account = &import->account;
	char text[1200], assumed[4][LENGTH_MAX];
	size_t assumes = list_assumptions(facts, plan, assumed);

	for (int about = 0; about < OOPS_FACTS; about++) {
		const struct oops_fact *one = &facts->facts[about];

		if (!one->weight)
			continue;
		format_fact(facts, (enum oops_about)about, text, sizeof(text));
		import_note(account, IMPORT_UNDERSTOOD, 1, one->line, "%.90s (by %s)", text,
			    one->from);
		if (*one->other)
			import_note(account, IMPORT_REMARK, 1, 0, "%s: something else says %s",
				    oops_fact_names[about], one->other);
	}
	for (int about = 0; about < OOPS_FACTS; about++)
		if (!oops_knows(facts, (enum oops_about)about))
			import_note(account, IMPORT_REMARK, 1, 0, "not in it: %s",
				    oops_fact_names[about]);
	for (size_t i = 0; i < assumes; i++)
		import_note(account, IMPORT_REMARK, 1, 0, "assumed: %.*s",
			    (int)strcspn(assumed[i], ":"), assumed[i]);
	if (is_lockup(facts))
		import_note(account, IMPORT_REMARK, 1, 0,
			    "a lockup: where it was stuck is known, why is not; stale folios (the "
			    "older family), or something else");
	if (!plan->placed)
		import_note(account, IMPORT_REMARK, 1, 0, "no place for the hole: %s", plan->why);
	account_for_reports(import, facts);
	for (size_t i = 0; i < facts->unknown_count; i++)
		import_note(account, IMPORT_NOT_USED, facts->unknown[i].count,
			    facts->unknown[i].line, "crash(8) command %s", facts->unknown[i].name);
	if (facts->lines > facts->used)
		import_note(account, IMPORT_NOT_USED, facts->lines - facts->used, 0,
			    "lines that say nothing of the crash");
	if (facts->log.not_text)
		import_note(account, IMPORT_NOT_USED, facts->log.not_text, 0,
			    "bytes that are no text");
	if (cut)
		import_note(account, IMPORT_NOT_USED, cut, first_cut,
			    "ends of lines of more than %d bytes", IMPORT_LINE_MAX);
}

/* Something of the page cache must be in it: a crash elsewhere is not this testbed's. */
static bool is_of_page_cache(const struct oops_facts *facts)
{
	const struct kernel_report *report = oops_report(facts);

	if (oops_knows(facts, OOPS_FAULT) && oops_knows(facts, OOPS_FOLIO))
		return true;
	if (report)
		return kernel_report_meaning(&facts->reports, report) == KERNEL_HIT;
	return !strncmp(text_of(facts, OOPS_FUNCTION, ""), "filemap_", 8) ||
	       strstr(text_of(facts, OOPS_ASSERTION, ""), "folio_contains") ||
	       !strncmp(text_of(facts, OOPS_SOURCE, ""), "mm/filemap.c", 12);
}

static int fail(const struct import *import, const struct oops_facts *facts)
{
	const struct kernel_report *report = oops_report(facts);

	if (report)
		import_fail(import, 0, "a crash, but none of the page cache: %s%s%s", report->text,
			    *report->function ? " in " : "", report->function);
	else
		import_fail(import, 0, "no crash in %ju lines", (uintmax_t)facts->lines);
	return -ENODATA;
}

static int read_oops(struct import *import)
{
	struct oops_facts *facts = calloc(1, sizeof(*facts));
	struct import_lines lines;
	struct import_line line;
	struct oops_plan plan;
	uint64_t cut = 0, first_cut = 0;
	int r;

	r = facts ? import_lines_open(&lines, import->fd) : report(-ENOMEM, "%s", import->path);
	if (r) {
		free(facts);
		return r;
	}
	while (import_lines_next(&lines, &line)) {
		oops_take(facts, line.text, line.length, lines.number);
		if (line.cut && !cut++)
			first_cut = lines.number;
	}
	if (lines.error)
		r = report(lines.error, "%s", import->path);
	import_lines_close(&lines);
	oops_conclude(facts);
	oops_make_plan(&plan, facts);
	account_for(import, facts, &plan, cut, first_cut);
	if (!r && !is_of_page_cache(facts))
		r = fail(import, facts);
	if (!r) {
		write_story(import, facts, &plan);
		write_keys(import, facts, &plan);
	}
	free(facts);
	return r;
}

const struct importer importer_oops = {
	.name = "oops",
	.expects = "a kernel log, a session of crash(8), or a report of a crash",
	.about =
		"A crash in the page cache: a kernel log, whatever stands before its lines "
		"(dmesg, journald, syslog, netconsole, pstore, serial consoles, containers and "
		"collectors of logs), in JSON, HTML or mail, wrapped, coloured, in UTF-16, or "
		"packed by gzip, xz, zstd, lz4 or bzip2; of x86, arm64, s390x, ppc64 or riscv64; a "
		"session of `crash`(8) or drgn; or a report that somebody wrote. The scenario has "
		"the hole "
		"where it must have been for the page that was wanted to be served as "
		"the folio that came, in a file where that page has the same number. Its "
		"comments tell what was found, what was not and what is assumed.",
	.read = read_oops,
};
