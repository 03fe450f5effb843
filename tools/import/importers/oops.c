/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import oops: turns a crash in the page cache into a scenario with the same page of a file of the
 * same length, a punch at the same page of its folio, and a reader that maps it.
 */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/log_file.h"
#include "tools/import/importers/oops_plan.h"
#include "tools/import/importers/oops_story.h"
#include "tools/import/importers/oops_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Notes the kernel's other reports, with their numbers for --report. */
static void account_for_reports(struct import *import, const struct oops_facts *facts)
{
	const struct kernel_report *used = oops_report(facts);

	for (size_t i = 0; i < facts->reports.count; i++) {
		const struct kernel_report *report = &facts->reports.items[i];

		if (report != used)
			import_note(&import->account, IMPORT_NOT_USED, 1, 0,
				    "another report (--report %zu): %.50s (%s)", i + 1,
				    report->text, kernel_signature_of(report)->family);
	}
	for (int i = 0; i < 2; i++)
		if (facts->reports.displaced[i])
			import_note(&import->account, IMPORT_NOT_USED, facts->reports.displaced[i],
				    0, "reports beyond the %d that are kept", KERNEL_REPORTS_KEPT);
}

static void note_fix(struct import_account *account, const struct oops_facts *facts,
		     const struct oops_plan *plan)
{
	static const char *const words[] = {
		[KERNEL_FIX_UNKNOWN] = "whether it has the fix is unknown",
		[KERNEL_FIX_MISSING] = "it has the race",
		[KERNEL_FIX_IN] = "it has the fix",
		[KERNEL_FIX_BEFORE] = "it is older than the race",
	};
	char version[KERNEL_TEXT_MAX];

	if (!plan->versioned ||
	    (plan->signature ? !plan->signature->race : !oops_knows(facts, OOPS_FUNCTION)))
		return;
	kernel_format(&plan->version, version, sizeof(version));
	import_note(account, plan->fix == KERNEL_FIX_MISSING ? IMPORT_UNDERSTOOD : IMPORT_REMARK, 1,
		    0, "the kernel is based on %s (%s): %s", version, plan->vendor->name,
		    words[plan->fix]);
}

/* A report without the facts of every crash was truncated, or its lines are out of order. */
static void tell_missing(struct import_account *account, const struct oops_facts *facts,
			 const struct oops_plan *plan)
{
	static const enum oops_about always[] = { OOPS_RELEASE, OOPS_FUNCTION, OOPS_PROCESS };
	const struct kernel_report *report = oops_report(facts);
	char missing[100] = "";
	size_t used = 0;

	if (!report || !report->fatal || !plan->signature || !plan->signature->race)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (!oops_knows(facts, always[i]))
			used = append_text(missing, sizeof(missing), used, "%s%s", used ? ", " : "",
					   oops_fact_names[always[i]]);
	if (*missing)
		snprintf(account->headline, sizeof(account->headline),
			 "THE REPORT IS INCOMPLETE: %s not found, as where lines of it are missing",
			 missing);
}

static void account_for_facts(struct import_account *account, const struct oops_facts *facts)
{
	char text[1200];

	for (int about = 0; about < OOPS_FACTS; about++) {
		const struct oops_fact *one = &facts->facts[about];

		if (!one->weight)
			continue;
		oops_format_fact(facts, (enum oops_about)about, text, sizeof(text));
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
}

static void account_for(struct import *import, const struct oops_facts *facts,
			const struct oops_plan *plan, uint64_t cut, uint64_t first_cut)
{
	struct import_account *account = &import->account;
	char assumed[OOPS_ASSUMPTIONS][OOPS_TEXT];
	size_t assumes = oops_assumptions(facts, plan, assumed);

	account_for_facts(account, facts);
	tell_missing(account, facts, plan);
	for (size_t i = 0; i < assumes; i++)
		import_note(account, IMPORT_REMARK, 1, 0, "assumed: %.*s",
			    (int)strcspn(assumed[i], ":"), assumed[i]);
	if (plan->signature)
		import_note(account, IMPORT_UNDERSTOOD, 1, 0, "family: %s",
			    plan->signature->family);
	note_fix(account, facts, plan);
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

/* Whether prose describes a crash of the page cache. */
static bool is_told(const struct oops_facts *facts)
{
	return (oops_knows(facts, OOPS_FAULT) && oops_knows(facts, OOPS_FOLIO)) ||
	       !strncmp(oops_text(facts, OOPS_FUNCTION, ""), "filemap_", 8) ||
	       strstr(oops_text(facts, OOPS_ASSERTION, ""), "folio_contains") ||
	       !strncmp(oops_text(facts, OOPS_SOURCE, ""), "mm/filemap.c", 12);
}

/* Whether unread lines of the report matter: a fact is missing, and it is of a race or of an
 * unknown family. */
static bool is_unread(const struct oops_facts *facts, const struct oops_plan *plan)
{
	const struct kernel_report *report = oops_report(facts);

	return report && report->unread && report->fatal &&
	       (plan->signature->race || !strcmp(plan->signature->family, "unknown")) &&
	       (!*report->process || !*report->release || !*report->function);
}

/* Refuses a report that does not give a scenario. Returns 0, -EINVAL,
 * -ENODATA, or -ENOMSG. */
static int judge(const struct import *import, const struct oops_facts *facts,
		 const struct oops_plan *plan)
{
	const struct kernel_report *crash = oops_report(facts);
	char what[400];

	if (facts->chosen && !crash)
		return report(0, "--report %u: %s has %zu", facts->chosen, import->path,
			      facts->reports.count);
	if (!plan->signature && !is_told(facts)) {
		import_fail(import, 0, "no crash in %ju lines%s", (uintmax_t)facts->lines,
			    facts->reports.orphan
				    ? ", but parts of one (\"RIP: ...\" and its "
				      "like): the lines above are missing, which tell "
				      "what it is"
				    : "");
		return -ENODATA;
	}
	if (import->force || !plan->signature)
		return 0;
	if (is_unread(facts, plan)) {
		import_fail(
			import, 0,
			"%ju lines of the report \"%.80s\" could not be read, and with them%s%s%s; "
			"--force goes on without",
			(uintmax_t)crash->unread, crash->text,
			*crash->process ? "" : " the process", *crash->release ? "" : " the kernel",
			*crash->function ? "" : " the function");
		return -ENODATA;
	}
	if (plan->signature->race)
		return 0;
	report(0,
	       "%s: %s (%s): %s. No scenario fits, and none is written; --force writes that of the "
	       "split race",
	       import->path, kernel_report_format(crash, what, sizeof(what)),
	       plan->signature->family, plan->signature->says);
	return -ENOMSG;
}

/* Lines that were too long and lost their ends. */
struct cuts {
	uint64_t count, first;
};

/* Reads all lines into facts, which are cleared first. */
static int read_log(struct import *import, const struct log_file *file, bool reversed,
		    struct oops_facts *facts, struct cuts *cuts)
{
	struct import_lines lines;
	struct import_line line;
	int r = import_lines_open(&lines, file->fd);

	if (r)
		return r;
	memset(facts, 0, sizeof(*facts));
	*cuts = (struct cuts){ 0 };
	facts->chosen = import->options.report;
	facts->log.fold = file->fold;
	facts->log.hard = file->hard;
	facts->log.reversed = reversed;
	facts->log.parts.newlines = file->newlines;
	while (import_lines_next(&lines, &line)) {
		oops_take(facts, line.text, line.length, lines.number);
		if (line.cut && !cuts->count++)
			cuts->first = lines.number;
	}
	if (lines.error)
		r = report(lines.error, "%s", import->path);
	import_lines_close(&lines);
	oops_conclude(facts);
	return r;
}

/* Reads the log; once more in reverse if its newest line is first. */
static int read_file(struct import *import, struct oops_facts *facts, struct cuts *cuts)
{
	struct log_file file;
	bool reversed = false;
	int r = log_file_open(&file, import->fd, import->directory, import->path);

	if (r)
		return r;
	r = read_log(import, &file, false, facts, cuts);
	if (!r && kernel_reports_reversed(&facts->reports) && log_file_can_reverse(&file)) {
		reversed = true;
		r = log_file_reverse(&file, import->path);
		if (!r)
			r = read_log(import, &file, true, facts, cuts);
	}
	if (file.base64)
		import_note(&import->account, IMPORT_REMARK, 1, 0, "decoded: it was base64");
	if (file.parts)
		import_note(&import->account, IMPORT_REMARK, 1, 0,
			    "parts of pstore, put in order: the newest is the first");
	if (reversed)
		import_note(&import->account, IMPORT_REMARK, 1, 0,
			    "read from its end: the newest line is the first");
	log_file_close(&file);
	return r;
}

static int read_oops(struct import *import)
{
	struct oops_facts *facts = calloc(1, sizeof(*facts));
	struct oops_plan plan;
	struct cuts cuts;
	int r = facts ? read_file(import, facts, &cuts) : report(-ENOMEM, "%s", import->path);

	if (r) {
		free(facts);
		return r;
	}
	oops_make_plan(&plan, facts);
	account_for(import, facts, &plan, cuts.count, cuts.first);
	r = judge(import, facts, &plan);
	if (!r)
		r = oops_write_scenario(import, facts, &plan);
	free(facts);
	return r;
}

const struct importer importer_oops = {
	.name = "oops",
	.expects = "a kernel log, a session of crash(8), or a report of a crash",
	.about = "A crash in the page cache: a kernel log, whatever stands before its lines "
		 "(dmesg, journald, syslog, netconsole, pstore, serial consoles, containers and "
		 "collectors of logs), in JSON, HTML or mail, folded, cut into parts, coloured, "
		 "the newest line "
		 "first, in base64 or UTF-16, or "
		 "packed by gzip, xz, zstd, lz4 or bzip2; of x86, arm64, s390x, ppc64, riscv64 or "
		 "loongarch64; a "
		 "session of `crash`(8) or drgn; or a report that somebody wrote. The scenario has "
		 "the hole "
		 "where it must have been for the page that was wanted to be served as "
		 "the folio that came, in a file where that page has the same number. Its "
		 "comments tell what was found, what was not and what is assumed.",
	.has_reports = true,
	.read = read_oops,
};
