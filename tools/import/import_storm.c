/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/import_storm.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "injector/storm/aim.h"
#include "injector/storm/target.h"
#include "tools/reading/stamp.h"

#include <inttypes.h>
#include <string.h>

enum {
	FILES = 4,   /* one is made anew while another is punched */
	REGIONS = 2, /* folios of each */
	NAME = 40,
};

#define FOLIO ((uint64_t)2 << 20)

/* Sets the part of the hole in the folio at offset `folio` of the file. Returns the pages that it
 * exposes. */
static unsigned int exposes(const struct storm_site *site, uint64_t folio, struct aim_punch *punch)
{
	uint64_t begin = site->offset > folio ? site->offset - folio : 0;
	uint64_t end = site->offset + site->length - folio;
	const uint64_t page = page_size();
	int batched, interleaved;

	end = end < FOLIO ? end : FOLIO;
	*punch = (struct aim_punch){
		.order = target_order(FOLIO),
		.first = (unsigned int)(begin / page),
		.count = (unsigned int)((end + page - 1) / page - begin / page),
	};
	batched = aim_preferred(AIM_BATCHED, punch, NULL);
	interleaved = aim_preferred(AIM_INTERLEAVED, punch, NULL);
	batched = batched > interleaved ? batched : interleaved;
	return batched > 0 ? (unsigned int)batched : 0;
}

unsigned int storm_site_exposes(const struct storm_site *site, unsigned int *first,
				unsigned int *count)
{
	const uint64_t folios[] = {
		site->offset / FOLIO * FOLIO,
		(site->offset + site->length - 1) / FOLIO * FOLIO,
	};
	unsigned int best = 0;

	/* Whole folios within the hole are dropped, not split. */
	for (int i = 0; i < (folios[0] == folios[1] ? 1 : 2); i++) {
		struct aim_punch punch;
		unsigned int exposed = exposes(site, folios[i], &punch);

		if (exposed <= best && i)
			continue;
		best = exposed;
		*first = punch.first;
		*count = punch.count;
	}
	return best;
}

/* The hole to punch: that of the evidence that exposes most; without one, the best of all. */
struct choice {
	const struct storm_site *site; /* NULL: none */
	unsigned int exposed, first, count;
};

static struct choice choose(const struct storm_evidence *evidence)
{
	struct choice best = { .site = NULL };

	for (size_t i = 0; i < evidence->count; i++) {
		struct choice one = { .site = &evidence->sites[i] };

		one.exposed = storm_site_exposes(one.site, &one.first, &one.count);
		if (one.exposed > best.exposed)
			best = one;
	}
	return best;
}

static void tell(struct import *import, const struct storm_evidence *evidence,
		 const struct choice *choice)
{
	struct import_account *account = &import->account;
	int best = aim_best(AIM_BOTH, target_order(FOLIO), 1);

	import_note(account, IMPORT_UNDERSTOOD, evidence->count, 0,
		    "different holes, for the storm");
	if (choice->site)
		import_note(account, IMPORT_REMARK, 1, 0,
			    "storm: a hole of %u pages at page %u of a folio of %u, as in %.30s, "
			    "exposes %u",
			    choice->count, choice->first, target_pages(FOLIO), choice->site->file,
			    choice->exposed);
	else
		import_note(account, IMPORT_REMARK, 1, 0,
			    "storm: %s; one of a page at page %d of a folio would",
			    evidence->count ? "no hole of these exposes anything in folios of 2 MiB"
					    : "no hole is made here",
			    best);
	if (!evidence->mapped)
		import_note(account, IMPORT_REMARK, 1, 0,
			    "storm: nothing is mapped here, and XFS locks calls out of a punch: it "
			    "reads by procmem");
}

/* Makes a file name for a scenario from the last part of a path, with letters that need no
 * quotes. */
static void make_name(const char *path, char name[NAME])
{
	const char *slash = strrchr(path, '/');

	snprintf(name, NAME, "%.30s", slash ? slash + 1 : path);
	for (char *c = name; *c; c++)
		if (!strchr("-_.@", *c) && !(*c >= '0' && *c <= '9') &&
		    !((*c | 32) >= 'a' && (*c | 32) <= 'z'))
			*c = '_';
	if (!*name || *name == '.')
		snprintf(name, NAME, "file");
}

uint64_t import_storm_write(struct import *import, const struct storm_evidence *evidence)
{
	const struct choice choice = choose(evidence);
	const char *path = choice.site ? choice.site->file : evidence->file;
	uint64_t first = choice.site ? choice.site->offset / FOLIO * FOLIO : 0;
	/* The folio's place in the file matters only for stamps, whose range is limited. */
	bool within = first <= STAMP_FILE_SIZE_MAX - REGIONS * FOLIO;
	char name[NAME], sizes[2][32];
	FILE *to = import->scenario;

	tell(import, evidence, &choice);
	first = within ? first : 0;
	make_name(path ? path : "file", name);
	fprintf(to, "affected = ( \"6.15 - 6.18.19\", \"6.19 - 6.19.8\", \"7.0-rc1 - 7.0-rc3\" );\n"
		    "files    = (");
	units_format_size(first, sizes[0], sizeof(sizes[0]));
	units_format_size(first + REGIONS * FOLIO, sizes[1], sizeof(sizes[1]));
	for (int i = 0; i < FILES; i++)
		fprintf(to,
			"%s{ name = \"storm-%d-%s\"; first = \"%s\"; size = \"%s\"; folio = "
			"\"2M\"; }",
			i ? ",\n             " : " ", i + 1, name, sizes[0], sizes[1]);
	fputs(" );\n", to);
	if (choice.site)
		fprintf(to,
			"# The hole of the evidence that exposes most. To tune: --vary storm.aim, "
			"storm.length\n"
			"storm    = { op = \"punch\"; aim = %u; length = \"%uK\"; pause = \"1ms\"; "
			"};\n",
			choice.first, choice.count * (page_size() >> 10));
	else
		fprintf(to,
			"# No hole of the evidence exposes anything: this one does.\n"
			"storm    = { op = \"punch\"; aim = \"auto\"; length = \"%uK\"; pause = "
			"\"1ms\"; };\n",
			page_size() >> 10);
	fprintf(to,
		"gate     = { split = \"20us\"; meet = \"500us\"; reader = \"20us\"; };\n"
		"readers  = ( { kind = \"%s\"; count = 1; pages = \"exposed\"; } );\n",
		evidence->mapped ? "load" : "procmem");
	return (uint64_t)FILES * REGIONS * FOLIO * 2;
}
