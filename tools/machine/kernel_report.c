/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_report.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines that begin a report, or name the cause of one that has begun. The first row that a line
 * contains counts. */
static const struct opening {
	const char *text;
	enum kernel_meaning meaning;
	bool fatal, spins, waits;
} openings[] = {
	/* CONFIG_DEBUG_VM: VM_BUG_ON_FOLIO() and its like dump the page first. */
	{ "page dumped because: VM_BUG_ON", KERNEL_HIT, true, false, false },
	{ "page dumped because: VM_WARN_ON", KERNEL_HIT, false, false, false },
	{ "kernel BUG at mm/", KERNEL_HIT, true, false, false },
	{ "kernel BUG at lib/xarray.c", KERNEL_HIT, true, false, false },
	{ "kernel BUG at", KERNEL_TROUBLE, true, false, false },
	/* unaccount_page_cache_folio() of a folio that is still mapped, and bad_page(). */
	{ "BUG: Bad page cache", KERNEL_HIT, false, false, false },
	{ "BUG: Bad page state", KERNEL_HIT, false, false, false },
	{ "BUG: Bad page map", KERNEL_HIT, false, false, false },
	{ "BUG: soft lockup", KERNEL_TROUBLE, false, true, false },
	{ "BUG: unable to handle", KERNEL_TROUBLE, true, false, false },
	{ "BUG: kernel NULL pointer dereference", KERNEL_TROUBLE, true, false, false },
	{ "general protection fault", KERNEL_TROUBLE, true, false, false },
	/* arm64 */
	{ "Internal error: ", KERNEL_TROUBLE, true, false, false },
	{ "Unable to handle kernel", KERNEL_TROUBLE, true, false, false },
	{ "BUG:", KERNEL_TROUBLE, false, false, false },
	{ "Oops", KERNEL_TROUBLE, true, false, false },
	{ "Kernel panic", KERNEL_TROUBLE, true, false, false },
	{ "hard LOCKUP", KERNEL_TROUBLE, false, true, false },
	{ "detected stalls on CPUs/tasks", KERNEL_TROUBLE, false, true, false },
	{ "self-detected stall on CPU", KERNEL_TROUBLE, false, true, false },
	{ "blocked for more than", KERNEL_TROUBLE, false, false, true },
	{ "XFS: Internal error", KERNEL_TROUBLE, false, false, false },
	{ "Corruption of in-memory data", KERNEL_TROUBLE, false, false, false },
	{ "WARNING:", KERNEL_TROUBLE, false, false, false },
};

/*
 * Functions that walk the page cache or hand out its folios. An oops in one of them is a hit: only
 * a folio or node that should not have been there brings them down. A spin is one where a lookup
 * that finds a freed folio tries again for ever (6.1, kernel-facts of the older family).
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
	{ "xas_", true },
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

/* The row of a function of the page cache; NULL for others. */
static const struct cache_function *cache_function(const char *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(cache_functions); i++)
		if (!strncmp(function, cache_functions[i].prefix,
			     strlen(cache_functions[i].prefix)))
			return &cache_functions[i];
	return NULL;
}

static bool is_small_address(const struct kernel_report *report)
{
	return report->fatal && report->has_address && report->address < 4096 &&
	       (cache_function(report->function) || *report->frame);
}

/* Whoever is called by a look-up that tries again may be what the log shows. */
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

enum kernel_meaning kernel_report_meaning(const struct kernel_report *report)
{
	if (report->meaning != KERNEL_TROUBLE || (!report->fatal && !report->spins))
		return report->meaning;
	if (lookup_spins(report) || is_small_address(report))
		return KERNEL_HIT;
	return report->fatal && cache_function(report->function) ? KERNEL_HIT : KERNEL_TROUBLE;
}

/* "[Wed Feb  4 12:00:00 2026]" of dmesg -T. */
static bool is_date(const char *text)
{
	static const char *const days[] = {
		"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "
	};

	for (size_t i = 0; i < ARRAY_SIZE(days); i++)
		if (!strncmp(text, days[i], 4))
			return true;
	return false;
}

/* "Feb 04 12:00:00 host kernel: " of journald and syslog, "kern  :warn  : " of dmesg -x. */
static const char *without_origin(const char *line)
{
	static const char by_logger[] = " kernel: ", by_level[] = "kern  :";
	const char *found;

	if (!strncmp(line, by_level, sizeof(by_level) - 1)) {
		found = strchr(line + sizeof(by_level) - 1, ':');
		return found ? found + 1 : line;
	}
	/* Date and host come before it. */
	found = isalnum((unsigned char)*line) ? strstr(line, by_logger) : NULL;
	return found && found - line < 100 ? found + sizeof(by_logger) - 1 : line;
}

/* Skips that, "<4>", "[   12.345678] ", "[  T123] " and blanks. */
static const char *without_stamp(const char *line)
{
	const char *end;

	line = without_origin(line);
	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		end = *line == '<' ? strchr(line, '>') : *line == '[' ? strchr(line, ']') : NULL;
		if (!end || (strspn(line + 1, " 0123456789.TC") != (size_t)(end - line - 1) &&
			     !is_date(line + 1)))
			return line;
		line = end + 1;
	}
}

/* Copies what follows `before` in the line up to one of `ends`. Returns whether it was there. */
static bool word_after(const char *line, const char *before, const char *ends, char *word,
		       size_t size)
{
	const char *found = strstr(line, before);

	if (!found)
		return false;
	found += strlen(before);
	snprintf(word, size, "%.*s", (int)strcspn(found, ends), found);
	return true;
}

static bool number_after(const char *line, const char *before, int base, uint64_t *number)
{
	const char *found = strstr(line, before);
	char *end;

	if (!found)
		return false;
	found += strlen(before);
	*number = strtoull(found, &end, base);
	return end > found;
}

/* "s! [kworker/1:1:22]" of a soft lockup: a name, which may hold colons, and a number. */
static void take_stuck(struct kernel_report *report, const char *line)
{
	char *colon;

	if (!word_after(line, "s! [", "]", report->process, sizeof(report->process)))
		return;
	colon = strrchr(report->process, ':');
	if (colon)
		*colon = '\0';
}

static const struct opening *opening_of(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(openings); i++)
		if (strstr(line, openings[i].text))
			return &openings[i];
	return NULL;
}

/* The dump before an assertion: "page: refcount:2 ... index:0x100 pfn:0x7500", "head: order:4 ...",
 * "aops:... ino:83 dentry name(?):\"system.journal\"" (mm/debug.c, 5.10 to 7.2). */
static bool dump_line(struct kernel_report *dump, const char *line)
{
	uint64_t order;

	if (!strncmp(line, "page: refcount:", 15) || !strncmp(line, "page:", 5)) {
		memset(dump, 0, sizeof(*dump));
		dump->has_folio = number_after(line, " index:", 16, &dump->folio);
	} else if (!strncmp(line, "head: order:", 12) || !strncmp(line, "head:", 5)) {
		if (number_after(line, "order:", 10, &order))
			dump->order = (unsigned int)order;
	} else if (!strncmp(line, "aops:", 5)) {
		number_after(line, "ino:", 16, &dump->inode);
		if (!word_after(line, "dentry name(?):\"", "\"", dump->file, sizeof(dump->file)))
			word_after(line, "dentry name:\"", "\"", dump->file, sizeof(dump->file));
	} else {
		return false;
	}
	return true;
}

static void begin(struct kernel_reports *reports, const struct opening *opening, const char *line)
{
	static const char because[] = "page dumped because: ";
	struct kernel_report *last = reports->count ? &reports->items[reports->count - 1] : NULL;
	const char *text = strstr(line, because);

	text = text ? text + sizeof(because) - 1 : line;
	/* One death has many first lines: assertion, BUG, Oops, and a panic after the trace has
	 * ended. The first is the cause. */
	if (last && last->fatal && opening->fatal &&
	    (reports->open || strstr(line, "Kernel panic"))) {
		last->meaning = opening->meaning > last->meaning ? opening->meaning : last->meaning;
	} else if (reports->count < KERNEL_REPORTS_KEPT) {
		last = &reports->items[reports->count++];
		*last = reports->dump;
		memcpy(last->release, reports->release, sizeof(last->release));
		last->meaning = opening->meaning;
		last->fatal = opening->fatal;
		last->spins = opening->spins;
		last->waits = opening->waits;
		snprintf(last->text, sizeof(last->text), "%s", text);
		reports->open = true;
	} else {
		return;
	}
	memset(&reports->dump, 0, sizeof(reports->dump));
	reports->in_user_mode = false;
	word_after(line, "kernel BUG at ", "!", last->source, sizeof(last->source));
	word_after(line, "in process ", " ", last->process, sizeof(last->process));
	word_after(line, "INFO: task ", ":", last->process, sizeof(last->process));
	if (opening->spins)
		take_stuck(last, line);
	last->has_address |= number_after(line, "address: ", 16, &last->address);
}

/* The register that holds the index of the fault is the compiler's choice (RBP in the seed crash and
 * in a build of 7.2.13): it is the one a little above the index of the folio that was found. RAX is
 * what the page dump returned. arm64 keeps what outlives calls in x19 to x28. */
static void registers(struct kernel_report *report, const char *line)
{
	enum { SPAN = 512 };
	static const char *const names[] = { "RBX: ", "RCX: ", "RDX: ", "RSI: ", "RDI: ", "RBP: ",
					     "R08: ", "R09: ", "R10: ", "R11: ", "R12: ", "R13: ",
					     "R14: ", "R15: ", "x19: ", "x20: ", "x21: ", "x22: ",
					     "x23: ", "x24: ", "x25: ", "x26: ", "x27: ", "x28: " };
	uint64_t value;

	if (!report->has_folio || !*report->function)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!number_after(line, names[i], 16, &value) || value <= report->folio ||
		    value - report->folio >= SPAN)
			continue;
		/* Small numbers are anything: the index nearest above is not always the fault's. */
		if (report->has_fault && strcmp(names[i], "RBP: "))
			continue;
		report->fault = value;
		report->has_fault = true;
	}
}

/* "CPU: 7 PID: 1 Comm: journalctl Not tainted 6.18.7 #1 SMP": the word before the build's number. */
static void take_release(struct kernel_report *report, const char *line)
{
	const char *end = strstr(line, " #"), *begin = end;

	if (!end || !isdigit((unsigned char)end[2]))
		return;
	while (begin > line && !isspace((unsigned char)begin[-1]))
		begin--;
	if (isdigit((unsigned char)*begin))
		snprintf(report->release, sizeof(report->release), "%.*s", (int)(end - begin),
			 begin);
}

static bool is_registers(const char *line)
{
	static const char *const names[] = { "RAX: ", "RDX: ", "RBP: ", "R10: ", "R13: ", "x" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(line, names[i], strlen(names[i])) && strstr(line, ": "))
			return true;
	return false;
}

/* A line of a call trace, "filemap_read+0xca/0x310"; those that the kernel is not sure of begin with
 * a question mark. */
static bool frame_of(const char *line, char *function, size_t size)
{
	size_t length = strcspn(line, "+ ");

	if (*line == '?' || strncmp(line + length, "+0x", 3))
		return false;
	snprintf(function, size, "%.*s", (int)length, line);
	return true;
}

/* Returns whether it says something. */
static bool add_line(struct kernel_reports *reports, const char *line)
{
	struct kernel_report *report = &reports->items[reports->count - 1];
	char frame[sizeof(report->frame)];

	if (!strncmp(line, "RIP: ", 5)) {
		reports->in_user_mode = !!strncmp(line, "RIP: 0010:", 10);
		if (!reports->in_user_mode && !*report->function)
			word_after(line, "RIP: 0010:", "+/ ", report->function,
				   sizeof(report->function));
	} else if (!strncmp(line, "pc : ", 5)) {
		if (!*report->function)
			word_after(line, "pc : ", "+/ ", report->function,
				   sizeof(report->function));
	} else if (strstr(line, " PID: ") && strstr(line, "Comm: ")) {
		if (!*report->process)
			word_after(line, "Comm: ", " ", report->process, sizeof(report->process));
		take_release(report, line);
	} else if (!strncmp(line, "---[ end trace", 14) ||
		   !strncmp(line, "---[ end Kernel panic", 21)) {
		reports->open = false;
	} else if (!reports->in_user_mode && frame_of(line, frame, sizeof(frame))) {
		if (!*report->frame && cache_function(frame))
			memcpy(report->frame, frame, sizeof(frame));
	} else if (!reports->in_user_mode && is_registers(line)) {
		registers(report, line);
	} else {
		return false;
	}
	return true;
}

enum kernel_meaning kernel_reports_line(struct kernel_reports *reports, const char *line)
{
	const struct opening *opening;

	line = without_stamp(line);
	reports->took = true;
	if (!strncmp(line, "Linux version ", 14))
		word_after(line, "Linux version ", " ", reports->release, sizeof(reports->release));
	if (dump_line(&reports->dump, line))
		return KERNEL_NOTHING;
	opening = opening_of(line);
	if (opening) {
		begin(reports, opening, line);
		return opening->meaning;
	}
	reports->took = reports->open && add_line(reports, line);
	return KERNEL_NOTHING;
}

uint64_t kernel_reports_of(const struct kernel_reports *reports, enum kernel_meaning meaning)
{
	uint64_t count = 0;

	for (size_t i = 0; i < reports->count; i++)
		count += kernel_report_meaning(&reports->items[i]) == meaning;
	return count;
}

const struct kernel_report *kernel_reports_hit(const struct kernel_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (kernel_report_meaning(&reports->items[i]) == KERNEL_HIT)
			return &reports->items[i];
	return NULL;
}

const struct kernel_report *kernel_reports_fatal(const struct kernel_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (reports->items[i].fatal)
			return &reports->items[i];
	return NULL;
}

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

		snprintf(place + used, sizeof(place) - used, "%s %s", used ? " called by" : " in",
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
	  "what it is: assertion, bad-page, lookup-spins (a look-up in the page cache never ends), "
	  "small-address (an oops in it, or in what it called, below 4096), folio-wait (a task "
	  "waits for a folio for ever), or other",
	  0, .make = make_kind },
	{ "text", KEY_TEXT, NULL,
	  "its first line, such as `VM_BUG_ON_FOLIO(!folio_contains(folio, index))`", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, text) },
	{ "function", KEY_TEXT, NULL, "where it happened", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, function) },
	{ "frame", KEY_TEXT, NULL, "the innermost function of the page cache in the trace",
	  KEY_NULL, KEY_AT(key_text_or_null, struct kernel_report, frame) },
	{ "source", KEY_TEXT, NULL, "file and line of an assertion", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, source) },
	{ "process", KEY_TEXT, NULL, "who was running", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, process) },
	{ "file", KEY_TEXT, NULL, "the name of the file whose folio was dumped", KEY_NULL,
	  KEY_AT(key_text_or_null, struct kernel_report, file) },
	{ "inode", KEY_NUMBER, NULL, "of that file", KEY_NULL, .make = make_inode },
	{ "fault_index", KEY_NUMBER, "page",
	  "that was wanted: read off the registers, the one a little above `folio_index`, so a "
	  "good guess",
	  KEY_NULL, .make = make_fault },
	{ "folio_index", KEY_NUMBER, "page", "where the folio that was found begins", KEY_NULL,
	  .make = make_folio },
	{ "folio_order", KEY_NUMBER, NULL, "of that folio", KEY_NULL, .make = make_order },
	{ "address", KEY_NUMBER, NULL, "that could not be accessed", KEY_NULL,
	  .make = make_address },
	KEY_END,
};
