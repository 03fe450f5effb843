/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes reports: as a line for people, and as keys of result.json. */
#include "injector/base/append_text.h"
#include "tools/machine/kernel_report.h"
#include "tools/machine/kernel_signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *kernel_report_format(const struct kernel_report *report, char *text, size_t size)
{
	char place[160] = "", pages[160] = "", who[64] = "";

	if (*report->function && *report->source)
		snprintf(place, sizeof(place), " in %s (%s)", report->function, report->source);
	else if (*report->function || *report->source)
		snprintf(place, sizeof(place), " in %s",
			 *report->function ? report->function : report->source);
	if (*report->frame && strcmp(report->frame, report->function)) {
		size_t used = strlen(place);

		append_text(place, sizeof(place), used, "%s %s", used ? " called by" : " in",
			    report->frame);
	}
	if (report->has_fault)
		snprintf(pages, sizeof(pages),
			 ": wanted page %" PRIu64 " (0x%" PRIx64 "), was given the folio of order "
			 "%u at page %" PRIu64 " (0x%" PRIx64 ")",
			 report->fault, report->fault, report->order, report->folio, report->folio);
	else if (report->has_folio)
		snprintf(pages, sizeof(pages),
			 ": a folio of order %u at page %" PRIu64 " (0x%" PRIx64 ")", report->order,
			 report->folio, report->folio);
	if (*report->process)
		snprintf(who, sizeof(who), ", process %s", report->process);
	snprintf(text, size, "%s%s%s%s%s%s", report->text, place, pages,
		 *report->file ? " of " : "", report->file, who);
	return text;
}

static json_t *make_kind(const void *at)
{
	return json_string(kernel_report_kind(at));
}

static json_t *make_family(const void *at)
{
	return json_string(kernel_signature_of(at)->family);
}

static json_t *make_inode(const void *at)
{
	const struct kernel_report *report = at;

	return report->inode ? key_number(report->inode) : NULL;
}

static json_t *make_fault(const void *at)
{
	const struct kernel_report *report = at;

	return report->has_fault ? key_number(report->fault) : NULL;
}

static json_t *make_folio(const void *at)
{
	const struct kernel_report *report = at;

	return report->has_folio ? key_number(report->folio) : NULL;
}

static json_t *make_order(const void *at)
{
	const struct kernel_report *report = at;

	return report->has_folio ? key_number(report->order) : NULL;
}

static json_t *make_address(const void *at)
{
	const struct kernel_report *report = at;

	return report->has_address ? key_number(report->address) : NULL;
}

const struct key kernel_report_keys[] = {
	{ "kind", KEY_TEXT, .always = "kernel-report" },
	{ "report", KEY_TEXT, NULL,
	  "kind of report: assertion; bad-page; lookup-spins: a look-up in the page "
	  "cache never ends; small-address: an oops below address 4096, in the page "
	  "cache or in a function called by it; folio-wait: a task waits for a folio "
	  "for ever; other",
	  0, .make = make_kind },
	{ "family", KEY_TEXT, NULL,
	  "by the table of signatures: `folio-split`, `stale-folios`, a kind of trouble "
	  "that is no race of the page cache, or `unknown`. The verdict does not depend "
	  "on it",
	  0, .make = make_family },
	{ "text", KEY_TEXT, NULL,
	  "its first line, such as `VM_BUG_ON_FOLIO(!folio_contains(folio, index))`", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, text) },
	{ "function", KEY_TEXT, NULL, "function in which it happened", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, function) },
	{ "frame", KEY_TEXT, NULL, "the innermost function of the page cache in the trace",
	  KEY_NULL, KEY_AT(key_text_or_null, struct kernel_report, frame) },
	{ "source", KEY_TEXT, NULL, "source file and line of an assertion", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, source) },
	{ "process", KEY_TEXT, NULL, "name of the running process", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, process) },
	{ "file", KEY_TEXT, NULL, "name of the file whose folio was dumped", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, file) },
	{ "inode", KEY_NUMBER, NULL, "inode number of that file", KEY_NULL, .make = make_inode },
	{ "fault_index", KEY_NUMBER, "page",
	  "page that was wanted. It is the value of a register that is a little above "
	  "`folio_index`: a good guess",
	  KEY_NULL, .make = make_fault },
	{ "folio_index", KEY_NUMBER, "page", "first page of the folio that was found", KEY_NULL,
	  .make = make_folio },
	{ "folio_order", KEY_NUMBER, NULL, "order of that folio", KEY_NULL, .make = make_order },
	{ "address", KEY_NUMBER, NULL, "address that could not be accessed", KEY_NULL,
	  .make = make_address },
	KEY_END,
};
