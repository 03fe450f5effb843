/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_keys.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/storm/target.h"
#include "tools/import/importers/oops_story.h"
#include "tools/import/importers/oops_value.h"
#include "tools/scenario/shown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 8 };

/* The file's own name if possible, else that of a journal. */
static void name_file(const struct oops_facts *facts, size_t number, char *name, size_t size)
{
	const char *stem = oops_base_name(oops_text(facts, OOPS_FILE, "system.journal"));
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

static void write_title(FILE *to, const struct oops_facts *facts, const char *const *affected)
{
	const struct kernel_report *report = oops_report(facts);
	char title[200];

	snprintf(title, sizeof(title), "The %s of %.40s on %.80s",
		 report && report->spins ? "lockup" : "crash",
		 oops_text(facts, OOPS_PROCESS, "a process"),
		 oops_text(facts, OOPS_RELEASE, "a kernel that is not named"));
	fputs("\ntitle    = ", to);
	import_write_text(to, title);
	fputs(";\naffected = (", to);
	for (size_t i = 0; affected[i]; i++)
		fprintf(to, "%s \"%s\"", i ? "," : "", affected[i]);
	fputs(" );\n", to);
}

static void write_stale_keys(const struct import *import, const struct oops_facts *facts)
{
	static const char *const affected[] = { "5.17 - 6.1.112", "6.2 - 6.6.53", "6.7 - 6.9",
						NULL };

	write_title(import->scenario, facts, affected);
	fputs("race     = \"stale-folios\";\n"
	      "seed     = 1;\nduration = 10.0;\n\n"
	      "backing  = { kind = \"image\"; size = \"512M\"; };\n"
	      "mount    = { data_path = \"daemon\"; };\n"
	      "workload = { kind = \"stale-folios\"; };\n",
	      import->scenario);
}

struct forced {
	const struct oops_facts *facts;
	const struct oops_plan *plan;
};

/*
 * As in scenarios/split-forced.cfg, which explains the points. The split is held before it stores
 * the folio that was found: by then that folio is released, and slots of other pages lead to it.
 */
static void print_schedule(FILE *to, const void *context)
{
	const struct forced *forced = context;
	const struct oops_facts *facts = forced->facts;
	const struct oops_plan *plan = forced->plan;
	static const char split[] = "__folio_split|__folio_freeze_and_split_unmapped";
	bool tmpfs = oops_is_on(facts, "tmpfs");
	const char *got = tmpfs ? "filemap_get_entry in shmem_get_folio_gfp"
				: "__filemap_get_folio|__filemap_get_folio_mpol in filemap_fault";
	char when[64] = "";

	if (oops_knows(facts, OOPS_FOLIO) && (plan->placed || plan->bounded))
		snprintf(when, sizeof(when), "when = \"page == %" PRIu64 "\";\n\t  ",
			 plan->first + plan->served);
	fprintf(to,
		"schedule = (\n"
		"\t{ hold = \"read\"; at = \"begin\"; until = \"split calls folio_lruvec_lock in "
		"%s\"; },\n"
		"\t{ hold = \"split\"; at = \"%s calls folio_lruvec_lock\";\n"
		"\t  until = \"read enters filemap_get_entry\"; },\n"
		"\t{ hold = \"split\"; at = \"%s calls __xa_store\"; %s"
		"until = \"read returns from %s\";\n"
		"\t  or = \"read calls xas_load in filemap_get_entry\"; },\n"
		"\t{ hold = \"read\"; at = \"return from %s\";\n"
		"\t  until = \"split returns from __folio_split\"; }\n"
		");\n",
		split, split, split, when, got, got);
}

/* How often it hits was measured in guests of 6.18.9 with the crash of 6.18.7 and, on tmpfs, with
 * memfd-forced.cfg. Other pages of the same form hit as often. */
static int write_schedule(FILE *to, const struct oops_facts *facts, const struct oops_plan *plan)
{
	const struct shown shown = { .kernel = "6.18.9", .passages = 58, .hits = 58 };
	const struct forced forced = { facts, plan };

	fputs("\n# Forces the interleaving, in a guest, or by BPF. To leave it to chance: --set "
	      "'schedule=()'\n",
	      to);
	return shown_print(to, print_schedule, &forced, shown);
}

static int write_keys(const struct import *import, const struct oops_facts *facts,
		      const struct oops_plan *plan)
{
	bool folio_known = plan->placed || plan->bounded;
	uint64_t folio = (uint64_t)page_size() << (folio_known ? plan->order : 9);
	uint64_t first = folio_known ? plan->first * page_size() : 0;
	const unsigned int kilobytes = page_size() >> 10; /* of a page */
	char name[64], sizes[3][32];
	FILE *to = import->scenario;

	write_title(to, facts, oops_affected(oops_is_on(facts, "ext4")));
	fprintf(to,
		"seed     = 1;\nduration = 120.0;\n\n"
		"backing  = { kind = \"%s\"; %ssize = \"512M\"; };\n"
		"mount    = { data_path = \"passthrough\"; };\n"
		"files    = (",
		oops_is_on(facts, "tmpfs") ? "tmpfs" : "image",
		oops_is_on(facts, "ext4") ? "fs = \"ext4\"; " : "");
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
		fprintf(to, "storm    = { op = \"punch\"; aim = %u; length = \"%uK\"", plan->hole,
			plan->count * kilobytes);
	else if (plan->bounded)
		fprintf(to, "storm    = { op = \"punch\"; aim = \"%u-%u\"; length = \"%uK\"",
			plan->hole, plan->last, kilobytes);
	else
		fprintf(to, "storm    = { op = \"punch\"; aim = \"auto\"; length = \"%uK\"",
			kilobytes);
	fputs("; through = \"backing\"; };\nwitness  = false;\n", to);
	if (plan->placed || (plan->bounded && !oops_knows(facts, OOPS_FOLIO)))
		fprintf(to, "readers  = ( { kind = \"load\"; count = 1; pages = \"%u-%u\"; } );\n",
			plan->wanted, plan->wanted);
	else
		fputs("readers  = ( { kind = \"load\"; count = 1; pages = \"exposed\"; } );\n", to);
	return write_schedule(to, facts, plan);
}

int oops_write_keys(const struct import *import, const struct oops_facts *facts,
		    const struct oops_plan *plan)
{
	int r = 0;

	if (plan->family == KERNEL_STALE)
		write_stale_keys(import, facts);
	else
		r = write_keys(import, facts, plan);
	return r ? report(r, "%s: the schedule of the scenario", import->path) : 0;
}
