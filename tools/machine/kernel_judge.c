/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides what a report that kernel_report.c has read means to a run. */
#include "injector/base/array.h"
#include "tools/machine/kernel_report.h"

#include <stdio.h>
#include <string.h>

enum { COMM_LENGTH = 15 }; /* bytes of a name in the kernel, TASK_COMM_LEN - 1 */

/*
 * Functions that walk the page cache or return its folios. An oops of the run in one of them is a
 * hit: only a wrong folio or node makes them crash. A lockup is a hit in a look-up, which retries
 * for ever when it finds a freed folio (seen on 6.1).
 */
static const struct cache_function {
	const char *prefix;
	bool spins;
} cache_functions[] = {
	{ "filemap_get_entry", true },
	{ "filemap_get_read_batch", true },
	{ "__filemap_get_folio", true },
	{ "mapping_get_entry", true },
	{ "find_get_entr", true },
	{ "find_lock_entries", true },
	{ "next_uptodate_", true },
	{ "xas_load", true },
	{ "xas_start", true },
	{ "xas_descend", true },
	{ "xas_find", true },
	{ "xas_next", true },
	/* Other functions change the array, and may wait for memory. */
	{ "xas_", false },
	{ "folio_try_get", true },
	{ "filemap_", false },
	{ "__filemap_", false },
	{ "folio_", false },
	{ "__folio_", false },
	{ "__split_unmapped_folio", false },
	{ "page_cache_", false },
	{ "delete_from_page_cache", false },
	{ "truncate_", false },
	{ "invalidate_", false },
	{ "workingset_", false },
	{ "shrink_folio_list", false },
	{ "__remove_mapping", false },
	{ "iomap_", false },
};

/* Returns the row of a function of the page cache; NULL for others. */
static const struct cache_function *cache_function(const char *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(cache_functions); i++)
		if (!strncmp(function, cache_functions[i].prefix,
			     strlen(cache_functions[i].prefix)))
			return &cache_functions[i];
	return NULL;
}

bool kernel_in_page_cache(const char *function)
{
	return cache_function(function);
}

static bool is_small_address(const struct kernel_report *report)
{
	return report->fatal && report->has_address && report->address < 4096 &&
	       (cache_function(report->function) || *report->frame);
}

/* Returns whether a look-up retries for ever. The log may show a function that it calls. */
static bool lookup_spins(const struct kernel_report *report)
{
	const struct cache_function *at = cache_function(report->function);
	const struct cache_function *above = cache_function(report->frame);

	return report->spins && ((at && at->spins) || (!at && above && above->spins));
}

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

const char *kernel_report_kind(const struct kernel_report *report)
{
	if (starts(report->text, "VM_BUG_ON") || starts(report->text, "VM_WARN_ON"))
		return "assertion";
	if (strstr(report->text, "BUG: Bad page"))
		return "bad-page";
	if (lookup_spins(report))
		return "lookup-spins";
	if (is_small_address(report))
		return "small-address";
	if (report->waits &&
	    (starts(report->frame, "folio_wait") || starts(report->frame, "__folio_lock")))
		return "folio-wait";
	return "other";
}

void kernel_subject_add(struct kernel_subject *subject, const char *name)
{
	if (subject->name_count < ARRAY_SIZE(subject->names))
		snprintf(subject->names[subject->name_count++], sizeof(subject->names[0]), "%s",
			 name);
}

static bool is_of_run(const struct kernel_subject *subject, const struct kernel_report *report)
{
	for (size_t i = 0; i < subject->name_count; i++)
		if (!strncmp(report->process, subject->names[i], COMM_LENGTH) ||
		    !strcmp(report->file, subject->names[i]))
			return true;
	return subject->everything;
}

enum kernel_meaning kernel_report_meaning(const struct kernel_reports *reports,
					  const struct kernel_report *report)
{
	const struct kernel_subject *subject = &reports->subject;
	bool of_run = is_of_run(subject, report), hit;

	if (report->family & subject->families)
		hit = (!report->spins || lookup_spins(report)) &&
		      (of_run || !report->named || (report->spins && subject->stuck));
	else
		hit = !report->family && of_run && report->fatal &&
		      (is_small_address(report) || cache_function(report->function));
	return hit ? KERNEL_HIT : KERNEL_TROUBLE;
}

uint64_t kernel_reports_of(const struct kernel_reports *reports, enum kernel_meaning meaning)
{
	uint64_t count = reports->displaced[meaning];

	for (size_t i = 0; i < reports->count; i++)
		count += kernel_report_meaning(reports, &reports->items[i]) == meaning;
	return count;
}

const struct kernel_report *kernel_reports_hit(const struct kernel_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (kernel_report_meaning(reports, &reports->items[i]) == KERNEL_HIT)
			return &reports->items[i];
	return NULL;
}

const struct kernel_report *kernel_reports_fatal(const struct kernel_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (reports->items[i].fatal || reports->items[i].panicked)
			return &reports->items[i];
	return NULL;
}
