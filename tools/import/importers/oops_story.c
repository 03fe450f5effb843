/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_story.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "injector/storm/target.h"
#include "tools/import/importers/oops_keys.h"
#include "tools/import/importers/oops_value.h"

#include <inttypes.h>
#include <string.h>

enum { WIDTH = 100 }; /* columns of a line */

/* Writes comment text, broken at blanks. */
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

void oops_format_fact(const struct oops_facts *facts, enum oops_about about, char *text,
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

static bool is_stale(const struct oops_plan *plan)
{
	return plan->family == KERNEL_STALE;
}

/* Describes what happened; a lockup shows only where. */
static void explain_crash(const struct oops_facts *facts, const struct oops_plan *plan, char *text,
			  size_t size)
{
	const struct kernel_report *report = oops_report(facts);
	const char *process = oops_text(facts, OOPS_PROCESS, "A process");
	const char *function = oops_text(facts, OOPS_FUNCTION, "the kernel");

	if (report && report->spins)
		snprintf(text, size,
			 "%s was stuck in %s: it made no progress, and the log does not tell why. "
			 "A look-up in the page cache that finds a folio that was freed tries "
			 "again, for ever where that folio stays there: that is the race of stale "
			 "folios, "
			 "which this scenario makes.",
			 process, function);
	else if (is_stale(plan))
		snprintf(
			text, size,
			"%s stopped in %s: %s. The race of stale folios leaves such entries in the "
			"XArray, and this scenario makes it.",
			process, function, plan->signature->says);
	else if (plan->signature && !plan->signature->race)
		snprintf(text, size,
			 "%s stopped in %s: %s. That is none of the races that this testbed knows "
			 "(%s); the scenario of the split race was forced.",
			 process, function, plan->signature->says, plan->signature->family);
	else
		snprintf(text, size,
			 "%s stopped in %s: the page cache gave it a folio that does not hold the "
			 "page that it wanted. A kernel without CONFIG_DEBUG_VM does not look, and "
			 "hands out the wrong page's bytes.",
			 process, function);
}

/* The race for which the kernel's version is checked. */
static const char *ranges_of(const struct oops_plan *plan)
{
	return is_stale(plan) ? "5.17 to 6.1.112, 6.2 to 6.6.53 and 6.7 to 6.9"
			      : "6.15 to 6.18.19, 6.19 to 6.19.8 and 7.0-rc1 to rc3";
}

/* Describes what the kernel's version implies. */
static void explain_kernel(const struct oops_plan *plan, char *text, size_t size)
{
	const char *fixes =
		is_stale(plan) ? "a4864671ca0b, 6758c1128ceb, de60fd8ddeda" : "577a1f495fd7";
	char version[KERNEL_TEXT_MAX];

	if (!plan->versioned) {
		snprintf(text, size, "Which kernel it was is not in it. The race is in %s.",
			 ranges_of(plan));
		return;
	}
	kernel_format(&plan->version, version, sizeof(version));
	if (plan->fix == KERNEL_FIX_UNKNOWN)
		snprintf(text, size,
			 "Whether the kernel has the fix (%s) is unknown: it is %s's, based on %s, "
			 "and %s. "
			 "Upstream the race is in %s.",
			 fixes, plan->vendor->name, version, plan->vendor->source, ranges_of(plan));
	else if (plan->line)
		snprintf(text, size, "By its version %s has the race: it is in %s, %s (%s).",
			 version, plan->line->range, plan->line->fixed, fixes);
	else if (is_stale(plan))
		snprintf(text, size,
			 "By its version %s %s (%s), which are in 6.1.113, 6.6.54 and 6.10: either "
			 "its "
			 "vendor left them out, or the crash has another cause.",
			 version,
			 plan->fix == KERNEL_FIX_IN ? "has the fixes of that race"
						    : "is older than that race and its fixes",
			 fixes);
	else if (plan->fix == KERNEL_FIX_BEFORE &&
		 (plan->version.major < 6 ||
		  (plan->version.major == 6 && plan->version.minor < 10)))
		snprintf(text, size,
			 "By its version %s does not have the race, which came with 6.15. Kernels "
			 "from 5.17 to 6.9 have another one, in which small folios are put into "
			 "the page cache (fixed by a4864671ca0b, 6758c1128ceb and de60fd8ddeda, in "
			 "6.6.54 and 6.1.113): this scenario does not make that one.",
			 version);
	else
		snprintf(text, size,
			 "By its version %s does not have the race, which is in 6.15 to 6.18.19, "
			 "6.19 to 6.19.8 and 7.0-rc1 to rc3: either its vendor took folio_split() "
			 "over without the fix 577a1f495fd7, and then say --expect hit there, or "
			 "the crash has another cause.",
			 version);
}

/* The page size of the crashed kernel, if it is not that of the run. */
static void explain_pages(const struct oops_facts *facts, char *text, size_t size)
{
	const struct kernel_report *report = oops_report(facts);
	unsigned int page = report ? kernel_report_page_size(report) : 4;

	*text = '\0';
	if (page != page_size() >> 10)
		snprintf(
			text, size,
			"Its pages had %u KiB, and its numbers count those. The scenario takes the "
			"same numbers of pages of %d KiB.",
			page, page_size() >> 10);
}

static void explain_place(const struct oops_plan *plan, char *text, size_t size)
{
	uint64_t wanted = plan->first + plan->wanted, served = plan->first + plan->served;

	if (plan->bounded) {
		snprintf(text, size,
			 "Where the hole was does not follow: %s. In a folio of order %u, with the "
			 "pages 0x%" PRIx64 " to 0x%" PRIx64
			 " of the file, a hole at any of its pages %u to %u leads to the other "
			 "one, and the scenario goes over them in turn.",
			 plan->why, plan->order, plan->first,
			 plan->first + ((uint64_t)1 << plan->order) - 1, plan->hole, plan->last);
		return;
	}
	if (!plan->placed) {
		snprintf(text, size,
			 "Where the hole was does not follow: %s. So the scenario aims at the best "
			 "page for the kernel that it runs on.",
			 plan->why);
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

/* The file system, if a run can make it; else XFS. */
static bool is_ext4(const struct oops_facts *facts)
{
	return oops_is_on(facts, "ext4");
}

/* Also noted in the account. */
size_t oops_assumptions(const struct oops_facts *facts, const struct oops_plan *plan,
			char texts[][OOPS_TEXT])
{
	size_t count = 0;

	if (plan->placed || plan->bounded)
		snprintf(texts[count++], OOPS_TEXT,
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
		snprintf(texts[count++], OOPS_TEXT,
			 "a hole punched at that moment, from the beginning of its page on: a "
			 "truncation splits a folio as well, and journald's holes begin within a "
			 "page, which shows more than this (partial-page.cfg)");
	if (!is_ext4(facts) && !oops_is_on(facts, "xfs") &&
	    (is_stale(plan) || !oops_is_on(facts, "tmpfs")))
		snprintf(texts[count++], OOPS_TEXT, "XFS as the file system: %s",
			 oops_knows(facts, OOPS_FILESYSTEM) ? "what is named, a run cannot make"
							    : "the file system is not named");
	if (is_stale(plan))
		snprintf(texts[count++], OOPS_TEXT,
			 "a thread that adds a small folio while a large one comes and goes: how "
			 "the "
			 "entry got there is not in the log");
	else
		snprintf(texts[count++], OOPS_TEXT,
			 "a reader that loads from a mapping, as journalctl does: the stack of the "
			 "fault tells no more than that");
	return count;
}

static void write_list(FILE *to, const char *title, char items[][OOPS_TEXT], size_t count)
{
	if (!count)
		return;
	COMMENT(to, "%s", title);
	for (size_t i = 0; i < count; i++)
		COMMENT(to, "- %s%s", items[i], i + 1 < count ? ";" : ".");
	fputs("#\n", to);
}

/* The known facts, or the names of the unknown ones. Returns their number. */
static size_t list_facts(const struct oops_facts *facts, bool known, char texts[][OOPS_TEXT])
{
	size_t count = 0;
	char text[1200];

	for (int about = 0; about < OOPS_FACTS; about++) {
		const struct oops_fact *one = &facts->facts[about];

		if (known != (one->weight != 0))
			continue;
		if (!known) {
			snprintf(texts[count++], OOPS_TEXT, "%s", oops_fact_names[about]);
			continue;
		}
		oops_format_fact(facts, (enum oops_about)about, text, sizeof(text));
		snprintf(texts[count++], OOPS_TEXT, "%.160s (by %s)%s%s", text, one->from,
			 *one->other ? ", where something else says " : "", one->other);
	}
	return count;
}

static void write_text(FILE *to, const char *text)
{
	COMMENT(to, "%s", text);
}

/* Describes what happened, where, and on which kernel. */
static void write_explanations(FILE *to, const struct oops_facts *facts,
			       const struct oops_plan *plan)
{
	char text[1200];

	explain_crash(facts, plan, text, sizeof(text));
	write_text(to, text);
	if (!is_stale(plan)) {
		explain_place(plan, text, sizeof(text));
		write_text(to, text);
	}
	explain_pages(facts, text, sizeof(text));
	write_text(to, text);
	explain_kernel(plan, text, sizeof(text));
	write_text(to, text);
}

static void write_story(const struct import *import, const struct oops_facts *facts,
			const struct oops_plan *plan)
{
	char items[OOPS_FACTS][OOPS_TEXT], assumed[OOPS_ASSUMPTIONS][OOPS_TEXT];
	FILE *to = import->scenario;

	COMMENT(to, "Made of %s by foliostorm import oops.", oops_base_name(import->path));
	fputs("#\n", to);
	write_explanations(to, facts, plan);
	fputs("#\n", to);
	write_list(to, "What is in it:", items, list_facts(facts, true, items));
	write_list(to, "What is not:", items, list_facts(facts, false, items));
	write_list(to, "What is assumed:", assumed, oops_assumptions(facts, plan, assumed));
	write_text(to,
		   is_stale(plan)
			   ? "After a hit a reader hangs in the kernel: run it in a guest. The "
			     "race is described in stale-folios.cfg."
			   : "Its files are as long as the page's number asks for, and hold data "
			     "only where the folio is; there are several, so that one is made anew "
			     "while another is punched. No content is taken over.");
}

int oops_write_scenario(const struct import *import, const struct oops_facts *facts,
			const struct oops_plan *plan)
{
	write_story(import, facts, plan);
	return oops_write_keys(import, facts, plan);
}
