/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_report.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANY = KERNEL_SPLIT | KERNEL_STALE };

/*
 * Lines that begin a report, or name the cause of one that has begun. The first row that a line
 * contains counts. family: of the runs in which it is a hit; 0: its function decides. named: it is one
 * only where it names something of the run, since it has other causes, too.
 */
static const struct opening {
	const char *text;
	unsigned int family;
	bool named, fatal, spins, waits;
} openings[] = {
	/* CONFIG_DEBUG_VM: VM_BUG_ON_FOLIO() and its like dump the page first. */
	{ "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(", ANY, .fatal = true },
	{ "page dumped because: VM_BUG_ON", ANY, .named = true, .fatal = true },
	{ "page dumped because: VM_WARN_ON", ANY, .named = true },
	{ "kernel BUG at", .fatal = true },
	/* unaccount_page_cache_folio() of a folio that is still mapped, and bad_page(). */
	{ "BUG: Bad page cache", ANY, .named = true },
	{ "BUG: Bad page state", ANY, .named = true },
	{ "BUG: Bad page map", ANY, .named = true },
	/* A lookup that finds a freed folio tries again for ever: 5.17 to 6.9. */
	{ "BUG: soft lockup", KERNEL_STALE, .named = true, .spins = true },
	{ "BUG: unable to handle", .fatal = true },
	{ "BUG: kernel NULL pointer dereference", .fatal = true },
	{ "general protection fault", .fatal = true },
	/* arm64 */
	{ "Internal error: ", .fatal = true },
	{ "Unable to handle kernel", .fatal = true },
	{ .text = "BUG:" },
	{ "Oops", .fatal = true },
	{ "Kernel panic", .fatal = true },
	{ "hard LOCKUP", KERNEL_STALE, .named = true, .spins = true },
	{ "detected stalls on CPUs/tasks", KERNEL_STALE, .named = true, .spins = true },
	{ "self-detected stall on CPU", KERNEL_STALE, .named = true, .spins = true },
	{ "blocked for more than", .waits = true },
	{ .text = "XFS: Internal error" },
	{ .text = "Corruption of in-memory data" },
	{ .text = "WARNING:" },
};

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
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

/* What is to be kept rather: hits, and of the rest what tells why the kernel died. */
static int worth_of(const struct kernel_reports *reports, const struct kernel_report *report)
{
	return kernel_report_meaning(reports, report) == KERNEL_HIT ? 2 : report->fatal;
}

/* Makes room for a report of which it is not known yet what it is. */
static struct kernel_report *add_report(struct kernel_reports *reports)
{
	struct kernel_report *items = reports->items, *least = items, *end = items + reports->count;

	if (reports->count == ARRAY_SIZE(reports->items)) {
		for (struct kernel_report *item = items; item < end; item++)
			if (worth_of(reports, item) <= worth_of(reports, least))
				least = item;
		reports->displaced[kernel_report_meaning(reports, least)]++;
		memmove(least, least + 1, (size_t)(end - least - 1) * sizeof(*least));
		reports->count--;
	}
	return &items[reports->count++];
}

/* A bad page is dumped behind the report of it. */
static bool take_dump(struct kernel_reports *reports, const char *line)
{
	struct kernel_report *report = &reports->items[reports->count - 1], *dump = &reports->dump;

	if (!starts(line, "page dumped because: ") || !strstr(report->text, "BUG: Bad page"))
		return false;
	memcpy(report->file, dump->file, sizeof(report->file));
	report->inode = dump->inode;
	report->has_folio = dump->has_folio;
	report->folio = dump->folio;
	report->order = dump->order;
	memset(dump, 0, sizeof(*dump));
	return true;
}

/* One death has many first lines: assertion, BUG, Oops, and a panic after the trace has ended. The
 * first is the cause. An assertion that only warns dumps the page before its warning. */
static bool goes_on(const struct kernel_reports *reports, const struct kernel_report *last,
		    const struct opening *opening, const char *line)
{
	if (last->fatal && opening->fatal)
		return reports->open || strstr(line, "Kernel panic");
	return reports->open && starts(last->text, "VM_WARN_ON") && !*last->process &&
	       strstr(line, "WARNING:");
}

static void begin(struct kernel_reports *reports, const struct opening *opening, const char *line)
{
	static const char because[] = "page dumped because: ";
	struct kernel_report *last = reports->count ? &reports->items[reports->count - 1] : NULL;
	const char *text = strstr(line, because);

	text = text ? text + sizeof(because) - 1 : line;
	if (!last || !goes_on(reports, last, opening, line)) {
		last = add_report(reports);
		*last = reports->dump;
		memcpy(last->release, reports->release, sizeof(last->release));
		last->fatal = opening->fatal;
		last->spins = opening->spins;
		last->waits = opening->waits;
		snprintf(last->text, sizeof(last->text), "%s", text);
		reports->open = true;
	}
	if (!last->family) {
		last->family = opening->family;
		last->named = opening->named;
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
		if (!*report->frame && kernel_in_page_cache(frame))
			memcpy(report->frame, frame, sizeof(frame));
	} else if (!reports->in_user_mode && is_registers(line)) {
		registers(report, line);
	} else {
		return false;
	}
	return true;
}

bool kernel_reports_line(struct kernel_reports *reports, const char *line)
{
	const struct opening *opening;

	line = without_stamp(line);
	reports->took = true;
	if (!strncmp(line, "Linux version ", 14))
		word_after(line, "Linux version ", " ", reports->release, sizeof(reports->release));
	if (dump_line(&reports->dump, line))
		return false;
	opening = opening_of(line);
	if (opening)
		begin(reports, opening, line);
	else
		reports->took =
			reports->open && (take_dump(reports, line) || add_line(reports, line));
	return opening;
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
