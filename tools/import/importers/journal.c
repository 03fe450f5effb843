/* SPDX-License-Identifier: GPL-2.0-or-later */
/* import journal: punches the holes that archiving a journal punches, in a stamped file of the same
 * size. */
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/import/import_storm.h"
#include "tools/import/importers/importers.h"
#include "tools/import/page_scan.h"
#include "tools/workloads/journal/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const states[JOURNAL_STATES] = {
	[JOURNAL_OFFLINE] = "offline",
	[JOURNAL_ONLINE] = "online",
	[JOURNAL_ARCHIVED] = "archived",
};

#define UNDERSTOOD(import, count, ...)                                                             \
	import_note(&(import)->account, IMPORT_UNDERSTOOD, count, 0, __VA_ARGS__)
#define REMARK(import, count, ...)                                                                 \
	import_note(&(import)->account, IMPORT_REMARK, count, 0, __VA_ARGS__)
#define NOT_USED(import, count, ...)                                                               \
	import_note(&(import)->account, IMPORT_NOT_USED, count, 0, __VA_ARGS__)

static void tell_header(struct import *import, const struct journal_plan *plan)
{
	const struct journal_header *header = &plan->header;
	uint32_t flags = header->incompatible;

	UNDERSTOOD(import, 1, "journal, %s format, %s hash%s%s",
		   flags & JOURNAL_COMPACT ? "compact" : "regular",
		   flags & JOURNAL_KEYED ? "keyed" : "plain",
		   flags & (JOURNAL_XZ | JOURNAL_LZ4 | JOURNAL_ZSTD) ? ", compressed" : "",
		   header->compatible & JOURNAL_SEALED ? ", sealed" : "");
	if (header->state < JOURNAL_STATES)
		UNDERSTOOD(import, 1, "state: %s", states[header->state]);
	else
		REMARK(import, 1, "state %u, which is none", header->state);
	UNDERSTOOD(import, plan->size, "bytes of file, %" PRIu64 " by its header",
		   header->header_size + header->arena_size);
	UNDERSTOOD(import, header->entries, "entries by the header");
	UNDERSTOOD(import, plan->seen.data,
		   "data objects by the hash table, %" PRIu64
		   " chains of entry arrays of the file's and theirs",
		   plan->seen.chains);
	if (plan->tail)
		UNDERSTOOD(import, 1, "the last object ends at 0x%" PRIx64 ", page 0x%" PRIx64,
			   plan->tail, plan->tail / page_size());
	else
		REMARK(import, 1, "the last object is not there (%s): no hole at the end",
		       plan->tail_wrong);
	if (header->state == JOURNAL_ARCHIVED)
		REMARK(import, 1, "archived already: the holes are those that it got then");
	if (plan->seen.bad)
		REMARK(import, plan->seen.bad, "damaged: the first at 0x%" PRIx64 ": %s",
		       plan->seen.bad_at, plan->seen.bad_text);
}

static void tell_holes(struct import *import, const struct journal_plan *plan)
{
	for (size_t i = 0; i < plan->hole_count; i++) {
		const struct journal_hole *hole = &plan->holes[i];

		UNDERSTOOD(import, 1,
			   "hole of %" PRIu64 " bytes at 0x%" PRIx64 " (page 0x%" PRIx64 "), %s",
			   hole->length, hole->offset, hole->offset / page_size(),
			   !hole->array ? "the end of the file"
			   : hole->data ? "unused entry array of a value"
					: "unused entry array of the file");
	}
	NOT_USED(import, plan->more, "holes more than a scenario takes");
	NOT_USED(import, plan->small, "unused pieces of less than 512K, which are not punched");
	NOT_USED(import, 1, "content: the scenario's file holds stamps of its own");
}

/* Counts the holes of the file; 0 if its file system does not report them. bytes: set to their
 * sum. */
static uint64_t count_holes(int fd, uint64_t size, uint64_t *bytes)
{
	uint64_t count = 0, at = 0;

	*bytes = 0;
	while (at < size) {
		off_t hole = lseek(fd, (off_t)at, SEEK_HOLE);

		if (hole < (off_t)at || (uint64_t)hole >= size)
			break;
		at = journal_next_data(&fd, (uint64_t)hole);
		at = at < size ? at : size;
		/* The file is being written to. */
		if (at == (uint64_t)hole)
			break;
		*bytes += at - (uint64_t)hole;
		count++;
	}
	return count;
}

/* With --storm: punches one hole repeatedly, instead of each of them once. */
static void write_storm(struct import *import, const struct journal_plan *plan)
{
	struct storm_site sites[LAYOUT_HOLES_MAX];
	const struct storm_evidence evidence = {
		.sites = sites,
		.count = plan->hole_count,
		.file = "system.journal",
		.size = plan->size,
		.mapped = true,
	};
	FILE *to = import->scenario;

	for (size_t i = 0; i < plan->hole_count; i++)
		sites[i] = (struct storm_site){
			.file = evidence.file,
			.offset = plan->holes[i].offset,
			.length = plan->holes[i].length,
		};
	fputs("# A hole that systemd-journald punches into a journal file when it archives it, on "
	      "files\n"
	      "# of our own. Made by: foliostorm import journal --storm\n"
	      "title    = \"A journal is archived, a hole of it again and again\";\n"
	      "duration = 30.0;\n",
	      to);
	import_storm_write(import, &evidence);
	fputs("backing  = { kind = \"image\"; size = \"512M\"; };\n"
	      "mount    = { data_path = \"passthrough\"; };\n",
	      to);
}

static void write_scenario(struct import *import, const struct journal_plan *plan)
{
	FILE *to = import->scenario;
	const uint64_t huge = LAYOUT_REGION;
	char size[32];

	fprintf(to,
		"# The holes that systemd-journald punches into a journal file when it archives "
		"it, in its order,\n# on a file of the same size with content of our own. Made "
		"by: foliostorm import journal\n");
	fprintf(to, "title    = ");
	import_write_text(to, "A journal is archived");
	fprintf(to, ";\naffected = ( \"6.15 - 6.18.19\", \"6.19 - 6.19.8\", \"7.0-rc1 - 7.0-rc3\" "
		    ");\nduration = 30.0;\n");
	fprintf(to, "backing  = { kind = \"image\"; size = \"%s\"; };\n",
		units_format_size(plan->hole_count * 2 * 3 * huge + (512 << 20), size,
				  sizeof(size)));
	fprintf(to,
		"workload = { kind = \"journal\"; folio = \"2M\";\n"
		"\t     rotate = { keep = 1; };\n"
		"\t     readers = { kind = \"procmem\"; count = 1; };\n"
		"\t     layout = { size = \"%" PRIu64 "\"; holes = (",
		plan->size);
	for (size_t i = 0; i < plan->hole_count; i++)
		fprintf(to, "%s\n\t\t{ offset = \"%" PRIu64 "\"; length = \"%" PRIu64 "\"; }",
			i ? "," : "", plan->holes[i].offset, plan->holes[i].length);
	fprintf(to, " ); }; };\ngate     = { split = \"20us\"; meet = \"500us\"; reader = "
		    "\"20us\"; };\n");
}

/* If no hole exposes anything, says which one would; holes of a journal extend to the end of a
 * folio. */
static void tell_what_would(struct import *import)
{
	const uint64_t size = page_size();
	const unsigned int pages = (unsigned int)(LAYOUT_REGION / size);
	unsigned int best = 0, most = 0;

	for (unsigned int page = 1; page < pages; page++) {
		const struct storm_site site = { .offset = page * size,
						 .length = (pages - page) * size };
		unsigned int first, count, exposed = storm_site_exposes(&site, &first, &count);

		best = exposed > most ? page : best;
		most = exposed > most ? exposed : most;
	}
	REMARK(import, 1,
	       "a hole from page %u of its 2 MiB to their end would expose %u; --storm makes the "
	       "best one",
	       best, most);
}

/* Notes holes that expose nothing, by the aim model. */
static void tell_exposed(struct import *import, const struct journal_plan *plan)
{
	struct layout_hole holes[LAYOUT_HOLES_MAX];
	const struct journal_layout layout = {
		.size = plan->size,
		.holes = { .items = holes, .count = plan->hole_count },
	};
	uint64_t idle = 0;

	for (size_t i = 0; i < plan->hole_count; i++)
		holes[i] = (struct layout_hole){ .offset = plan->holes[i].offset,
						 .length = plan->holes[i].length };
	for (size_t i = 0; i < plan->hole_count; i++)
		idle += !layout_exposed(&layout, &holes[i], AIM_BATCHED) &&
			!layout_exposed(&layout, &holes[i], AIM_INTERLEAVED);
	REMARK(import, idle,
	       "holes whose punch exposes no page that is in use, in folios of 2 MiB");
	REMARK(import, idle && idle == plan->hole_count,
	       "no hole exposes anything: a run of this is inconclusive");
	if (idle == plan->hole_count)
		tell_what_would(import);
}

/* The most important finding: the signature of the race, or other damage. */
static void tell_headline(struct import *import, const struct page_scan *scan)
{
	char *headline = import->account.headline;
	const size_t size = sizeof(import->account.headline);
	const uint64_t shifted = scan->found[PAGE_SCAN_SHIFTED];
	const uint64_t others = scan->found[PAGE_SCAN_ZERO] + scan->found[PAGE_SCAN_COPIED] +
				scan->found[PAGE_SCAN_BROKEN];

	if (shifted)
		snprintf(headline, size,
			 "THE JOURNAL HOLDS THE SIGNATURE OF THE SPLIT RACE: %ju pages hold "
			 "another page (see remarks)",
			 (uintmax_t)shifted);
	else if (others)
		snprintf(headline, size,
			 "THE JOURNAL IS DAMAGED, not as the split race does it: see the pages in "
			 "remarks");
}

/* Looks for damage that the page cache could have done: pages that hold another. */
static void tell_damage(struct import *import)
{
	enum { TOLD = 8 };
	struct page_scan scan;
	size_t told = 0;
	char text[300];
	int r = page_scan_file(&scan, import->fd);

	if (r) {
		REMARK(import, 1, "damage was not looked for: %s", strerror(-r));
		return;
	}
	for (size_t i = 0; i < scan.run_count && told < TOLD; i++) {
		if (scan.runs[i].sort == PAGE_SCAN_EQUAL)
			continue;
		told++;
		REMARK(import, scan.runs[i].count, "%s",
		       page_scan_format(&scan.runs[i], text, sizeof(text)));
	}
	tell_headline(import, &scan);
}

static int nothing(const struct import *import)
{
	report(0,
	       "%s: archiving it would punch no hole of 512K or more; expected a journal that "
	       "has such a hole, or --storm, which makes one on files of its own",
	       import->path);
	return -ENODATA;
}

static int read_journal(struct import *import)
{
	struct journal_source source = { .get = journal_get_file,
					 .next_data = journal_next_data,
					 .context = &import->fd };
	struct journal_plan *plan;
	struct stat status;
	char wrong[112];
	uint64_t holes;
	int r;

	if (fstat(import->fd, &status))
		return import_fail(import, 0, "%s", strerror(errno));
	source.size = (uint64_t)status.st_size;
	if (source.size < JOURNAL_HEADER_MIN) {
		import_fail(import, 0,
			    source.size ? "%ju bytes: is too short for a journal's header"
					: "is empty",
			    (uintmax_t)source.size);
		return -ENODATA;
	}
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return import_fail(import, 0, "%s", strerror(ENOMEM));
	holes = count_holes(import->fd, source.size, &source.holes);
	r = journal_plan_make(plan, &source, JOURNAL_HOLE, wrong);
	if (r == -EBADMSG) {
		import_fail(import, 0, "%s", wrong);
		r = -ENODATA;
	} else if (r) {
		import_fail(import, 0, "%s", strerror(-r));
	} else {
		tell_header(import, plan);
		tell_damage(import);
		UNDERSTOOD(import, holes, "holes there now, %" PRIu64 " bytes", source.holes);
		tell_holes(import, plan);
		tell_exposed(import, plan);
		if (import->options.storm)
			write_storm(import, plan);
		else if (plan->hole_count)
			write_scenario(import, plan);
		else
			r = nothing(import);
	}
	free(plan);
	return r;
}

const struct importer importer_journal = {
	.name = "journal",
	.expects = "a journal file of systemd, of any state",
	.about = "A journal file of systemd, whole or damaged, of any state. The scenario "
		 "punches the holes that archiving the file would, in systemd-journald's "
		 "order, on a file of the same size with content of its own: from the "
		 "last object to the end, and what is unused of entry arrays, each of 512 "
		 "KiB or more. The account lists them, the state of the file, and the "
		 "holes that are there already; and pages that hold another page of the file, "
		 "as a look-up gets it while a folio is split, the signature of the race. "
		 "It may be packed, as `.zst`.",
	.seeks = true,
	.has_storms = true,
	.read = read_journal,
};
