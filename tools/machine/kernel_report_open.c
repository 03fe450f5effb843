/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the first lines of a report, and a page dump that may precede them. */
#include "tools/machine/kernel_report_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool kernel_word_after(const char *line, const char *before, const char *ends, char *word,
		       size_t size)
{
	const char *found = strstr(line, before);

	if (!found)
		return false;
	found += strlen(before);
	snprintf(word, size, "%.*s", (int)strcspn(found, ends), found);
	return true;
}

bool kernel_number_after(const char *line, const char *before, int base, uint64_t *number)
{
	const char *found = strstr(line, before);
	char *end;

	if (!found)
		return false;
	found += strlen(before);
	*number = strtoull(found, &end, base);
	return end > found;
}

void kernel_process_after(struct kernel_report *report, const char *line, const char *before,
			  const char *const *ends)
{
	const char *found = strstr(line, before), *end = NULL;

	if (!found || *report->process)
		return;
	found += strlen(before);
	for (; *ends; ends++) {
		const char *one = strstr(found, *ends);

		if (one && (!end || one < end))
			end = one;
	}
	end = end ? end : found + strlen(found);
	while (end > found && isspace((unsigned char)end[-1]))
		end--;
	snprintf(report->process, sizeof(report->process), "%.*s", (int)(end - found), found);
}

/* Removes the number from "kworker/1:1:22", a name, which may contain colons, and a number. */
static void without_number(char *process)
{
	char *colon = strrchr(process, ':');

	if (colon)
		*colon = '\0';
}

/* Takes "CPU#4: kcompactd0/67" of a warning from 6.19 on. */
static void take_warned(struct kernel_report *report, const char *line)
{
	const char *at = strstr(line, ", CPU#");
	char *slash;

	if (at && !*report->process &&
	    kernel_word_after(at, ": ", "\n", report->process, sizeof(report->process))) {
		slash = strrchr(report->process, '/');
		if (slash)
			*slash = '\0';
	}
}

/* Page dumps: "page: refcount:2 ... index:0x100 pfn:0x7500", "head: order:4 ...",
 * "aops:... ino:83 dentry name(?):\"system.journal\"" (mm/debug.c, 5.10 to 7.2). */
void kernel_report_dump(struct kernel_report *dump, const struct kernel_line *line)
{
	uint64_t order;

	switch (line->kind) {
	case KERNEL_LINE_PAGE:
		memset(dump, 0, sizeof(*dump));
		dump->has_folio = kernel_number_after(line->text, " index:", 16, &dump->folio);
		return;
	case KERNEL_LINE_HEAD:
		if (kernel_number_after(line->text, "order:", 10, &order))
			dump->order = (unsigned int)order;
		return;
	default:
		kernel_number_after(line->text, "ino:", 16, &dump->inode);
		kernel_word_after(line->text, "aops:", " \t", dump->owner, sizeof(dump->owner));
		if (!kernel_word_after(line->text, "dentry name(?):\"", "\"", dump->file,
				       sizeof(dump->file)))
			kernel_word_after(line->text, "dentry name:\"", "\"", dump->file,
					  sizeof(dump->file));
	}
}

void kernel_report_opening(struct kernel_report *report, const struct kernel_line *line)
{
	static const char *const page_ends[] = { " pfn:", " pte:", NULL };
	static const char *const by_ends[] = { "/", NULL };
	struct kernel_line rest;
	const char *at = strstr(line->text, " in ");

	kernel_word_after(line->text, "kernel BUG at ", "!", report->source,
			  sizeof(report->source));
	kernel_process_after(report, line->text, "in process ", page_ends);
	kernel_process_after(report, line->text, " by task ", by_ends);
	if (!*report->process && kernel_word_after(line->text, "INFO: task ", " ", report->process,
						   sizeof(report->process)))
		without_number(report->process);
	if (line->opening->spins && !*report->process &&
	    kernel_word_after(line->text, "s! [", "]", report->process, sizeof(report->process)))
		without_number(report->process);
	report->has_address |=
		kernel_number_after(line->text, "address: ", 16, &report->address) ||
		kernel_number_after(line->text, "dereference at ", 16, &report->address) ||
		kernel_number_after(line->text, "virtual address ", 16, &report->address) ||
		kernel_number_after(line->text, "request at ", 16, &report->address);
	if (!starts(line->text, "WARNING:") && !starts(line->text, "BUG: K") &&
	    !starts(line->text, "UBSAN"))
		return;
	if (!*report->source &&
	    !kernel_word_after(line->text, " at ", " ", report->source, sizeof(report->source)) &&
	    !starts(line->text, "BUG: K"))
		kernel_word_after(line->text, "WARNING: ", " ", report->source,
				  sizeof(report->source));
	/* "WARNING: [CONDITION] FILE:LINE at FUNCTION, CPU#4: PROCESS/PID" from 6.19 on. */
	if (!strchr(report->source, ':'))
		kernel_word_after(line->text,
				  starts(line->text, "WARNING: [") ? "] " : "WARNING: ", " ",
				  report->source, sizeof(report->source));
	if (!strchr(report->source, ':') || !strchr(report->source, '.'))
		*report->source = '\0';
	take_warned(report, line->text);
	at = at && starts(line->text, "BUG: K") ? at + 4 : strstr(line->text, "+0x");
	while (at && at > line->text && !isspace((unsigned char)at[-1]))
		at--;
	if (!at || *report->function)
		return;
	kernel_line_read(&rest, at);
	memcpy(report->function, rest.function, sizeof(report->function));
	if (!*report->function && starts(line->text, "BUG: K"))
		snprintf(report->function, sizeof(report->function), "%.*s",
			 (int)strcspn(at, " /+"), at);
}
