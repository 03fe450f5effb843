/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_line.h"
#include "injector/base/array.h"
#include "tools/base/needles.h"
#include "tools/machine/kernel_opening.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 80 }; /* of a line without a mark: what may be before the kernel's part */

/* Words that may stand before an opening, and belong to it. */
static const char *const leads[] = {
	"watchdog: ", "NMI watchdog: ", "rcu: ", "INFO: ", "get_swap_device: ", "swap_info_get: ",
};

/* Other marks of lines. */
static const struct mark {
	const char *text;
	enum kernel_line_kind kind;
} marks[] = {
	{ "page:", KERNEL_LINE_PAGE },
	{ "head:", KERNEL_LINE_HEAD },
	{ "aops:", KERNEL_LINE_OWNER },
	{ "file:", KERNEL_LINE_FILE },
	{ "page dumped because:", KERNEL_LINE_BECAUSE },
	{ "RIP: 0033:", KERNEL_LINE_USER },
	{ "RIP: 002b:", KERNEL_LINE_USER },
	{ "RIP: 0023:", KERNEL_LINE_USER },
	{ "User PSW :", KERNEL_LINE_USER },
	{ "RIP: ", KERNEL_LINE_PLACE },
	{ "EIP: ", KERNEL_LINE_PLACE },
	{ "EIP is at ", KERNEL_LINE_PLACE },
	{ "IP: [<", KERNEL_LINE_PLACE },
	{ "RIP  [<", KERNEL_LINE_OTHER },
	{ "pc : ", KERNEL_LINE_PLACE },
	{ "pc is at ", KERNEL_LINE_PLACE },
	{ "PC: [<", KERNEL_LINE_PLACE },
	{ "TPC: <", KERNEL_LINE_PLACE },
	{ "RPC: <", KERNEL_LINE_OTHER },
	{ "IAOQ[0]: ", KERNEL_LINE_PLACE },
	{ "IAOQ[1]: ", KERNEL_LINE_OTHER },
	{ "RP(r2): ", KERNEL_LINE_OTHER },
	{ "ERA: ", KERNEL_LINE_PLACE },
	{ "epc   : ", KERNEL_LINE_PLACE },
	{ "ra    : ", KERNEL_LINE_OTHER },
	{ "PC is at ", KERNEL_LINE_PLACE },
	{ "lr : ", KERNEL_LINE_OTHER },
	{ "LR is at ", KERNEL_LINE_OTHER },
	{ "LR [", KERNEL_LINE_OTHER },
	{ "NIP [", KERNEL_LINE_PLACE },
	{ "NIP: ", KERNEL_LINE_OTHER },
	{ "Krnl PSW :", KERNEL_LINE_PLACE },
	{ "epc : ", KERNEL_LINE_PLACE },
	{ "Comm: ", KERNEL_LINE_TASK },
	{ ", comm: ", KERNEL_LINE_TASK },
	{ "Not tainted", KERNEL_LINE_TAINT },
	{ "Tainted: ", KERNEL_LINE_TAINT },
	{ "---[ end ", KERNEL_LINE_END },
	{ "Linux version ", KERNEL_LINE_VERSION },
	{ "ProcVersionSignature: ", KERNEL_LINE_VERSION },
	{ "memcg:", KERNEL_LINE_OTHER },
	{ "flags: 0x", KERNEL_LINE_OTHER },
	{ "raw: ", KERNEL_LINE_OTHER },
	{ "Hardware name:", KERNEL_LINE_OTHER },
	{ "Modules linked in:", KERNEL_LINE_OTHER },
	{ "Workqueue: ", KERNEL_LINE_OTHER },
	{ "Code: ", KERNEL_LINE_OTHER },
	{ "Krnl Code:", KERNEL_LINE_OTHER },
	{ "Call Trace:", KERNEL_LINE_TRACE },
	{ "Call trace:", KERNEL_LINE_TRACE },
	{ "Call Trace from ", KERNEL_LINE_TRACE },
	{ "<TASK>", KERNEL_LINE_TRACE },
	{ "</TASK>", KERNEL_LINE_OTHER },
	{ "------------[ cut here ]", KERNEL_LINE_OTHER },
	{ "[ cut here ]", KERNEL_LINE_OTHER },
	{ "Last Breaking-Event-Address", KERNEL_LINE_OTHER },
	{ "RSP: ", KERNEL_LINE_OTHER },
	{ "CR2: ", KERNEL_LINE_OTHER },
	{ "PKRU: ", KERNEL_LINE_OTHER },
	{ "pstate: ", KERNEL_LINE_OTHER },
	{ "#PF: ", KERNEL_LINE_OTHER },
	{ "PGD ", KERNEL_LINE_OTHER },
	{ "FS:  ", KERNEL_LINE_OTHER },
	{ "CS:  ", KERNEL_LINE_OTHER },
	{ "Mem abort info", KERNEL_LINE_OTHER },
	{ "ESR = ", KERNEL_LINE_OTHER },
	{ "EC = ", KERNEL_LINE_OTHER },
	{ "Data abort info", KERNEL_LINE_OTHER },
	{ "NMI backtrace for cpu", KERNEL_LINE_OTHER },
	{ "Sending NMI ", KERNEL_LINE_OTHER },
	{ "sp : ", KERNEL_LINE_OTHER },
	{ "RAX: ", KERNEL_LINE_REGISTERS },
	{ "RBX: ", KERNEL_LINE_REGISTERS },
	{ "RDX: ", KERNEL_LINE_REGISTERS },
	{ "RBP: ", KERNEL_LINE_REGISTERS },
	{ "R10: ", KERNEL_LINE_REGISTERS },
	{ "R12: ", KERNEL_LINE_REGISTERS },
	{ "R13: ", KERNEL_LINE_REGISTERS },
	{ "EAX: ", KERNEL_LINE_REGISTERS },
	{ "ESI: ", KERNEL_LINE_REGISTERS },
	{ "x29: ", KERNEL_LINE_REGISTERS },
	{ "x28: ", KERNEL_LINE_REGISTERS },
	{ "x27: ", KERNEL_LINE_REGISTERS },
	{ "x26: ", KERNEL_LINE_REGISTERS },
	{ "x25: ", KERNEL_LINE_REGISTERS },
	{ "x24: ", KERNEL_LINE_REGISTERS },
	{ "x23: ", KERNEL_LINE_REGISTERS },
	{ "x22: ", KERNEL_LINE_REGISTERS },
	{ "x21: ", KERNEL_LINE_REGISTERS },
	{ "x20: ", KERNEL_LINE_REGISTERS },
	{ "x19: ", KERNEL_LINE_REGISTERS },
	{ "r10: ", KERNEL_LINE_REGISTERS },
	{ "r7 : ", KERNEL_LINE_REGISTERS },
	{ "GPR12: ", KERNEL_LINE_REGISTERS },
	{ "GPR16: ", KERNEL_LINE_REGISTERS },
	{ "GPR20: ", KERNEL_LINE_REGISTERS },
	{ "GPR24: ", KERNEL_LINE_REGISTERS },
	{ "GPR28: ", KERNEL_LINE_REGISTERS },
	{ "GPR", KERNEL_LINE_OTHER },
	{ "Krnl GPRS:", KERNEL_LINE_REGISTERS },
	{ "s0 : ", KERNEL_LINE_REGISTERS },
	{ "s1 : ", KERNEL_LINE_REGISTERS },
	{ "s2 : ", KERNEL_LINE_REGISTERS },
	{ "s3 : ", KERNEL_LINE_REGISTERS },
	{ "s4 : ", KERNEL_LINE_REGISTERS },
	{ "s5 : ", KERNEL_LINE_REGISTERS },
	{ "s8 : ", KERNEL_LINE_REGISTERS },
	{ "s11: ", KERNEL_LINE_REGISTERS },
	{ "s0 ", KERNEL_LINE_REGISTERS },
	{ "s1 ", KERNEL_LINE_REGISTERS },
	{ "s5 ", KERNEL_LINE_REGISTERS },
	/* Between a function and the text after it. */
	{ "+0x", KERNEL_LINE_FRAME },
	{ ".c:", KERNEL_LINE_FRAME },
	{ ".h:", KERNEL_LINE_FRAME },
	{ ".S:", KERNEL_LINE_FRAME },
};

static struct needles needles;

static void make_needles(void)
{
	for (size_t i = 0; i < kernel_opening_count; i++)
		needles_add(&needles, kernel_openings[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(leads); i++)
		needles_add(&needles, leads[i]);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		needles_add(&needles, marks[i].text);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$';
}

static void keep_function(struct kernel_line *line, const char *from, const char *end)
{
	snprintf(line->function, sizeof(line->function), "%.*s", (int)(end - from), from);
}

/* Takes the function whose name ends at `end`. Returns whether there is one. */
static bool take_name(struct kernel_line *line, const char *begin, const char *end)
{
	const char *from = end;

	while (from > begin && is_word(from[-1]))
		from--;
	if (from == end || isdigit((unsigned char)*from))
		return false;
	keep_function(line, from, end);
	line->text = from;
	line->unsure = from - begin >= 2 && from[-1] == ' ' && from[-2] == '?';
	return true;
}

/* Takes "filemap_read+0xca/0x310", where `at` is the plus. */
static bool take_frame(struct kernel_line *line, const char *begin, const char *at)
{
	const char *next = at + 3;

	next += strspn(next, "0123456789abcdef");
	if (next == at + 3 || strncmp(next, "/0x", 3) || !take_name(line, begin, at))
		return false;
	/* "+0x12/0x90 [nvidia]"; the brackets may hold more: "[xfs 1c2d3e]". */
	next += 3 + strspn(next + 3, "0123456789abcdef");
	if (!strncmp(next, " [", 2))
		snprintf(line->module, sizeof(line->module), "%.*s", (int)strcspn(next + 2, " ]"),
			 next + 2);
	return true;
}

/* Takes "filemap_read (mm/filemap.c:1)" of decode_stacktrace.sh, drgn and others; `at` is the
 * dot. */
static bool take_decoded(struct kernel_line *line, const char *begin, const char *at)
{
	if (!isdigit((unsigned char)at[3]))
		return false;
	while (at > begin && (is_word(at[-1]) || at[-1] == '/' || at[-1] == '-'))
		at--;
	return at - begin > 3 && at[-1] == '(' && at[-2] == ' ' && take_name(line, begin, at - 2);
}

/* Takes the function of a place, after its mark. */
static void take_place(struct kernel_line *line, const char *at)
{
	const char *begin = at, *end = at + strlen(at), *text = line->text;
	struct needle_match match;

	for (; needles_find(&needles, at, end, &match); at = match.at + 1) {
		const char *word = needles.words[match.number];

		if (strcmp(word, "+0x") ? word[0] == '.' && take_decoded(line, begin, match.at)
					: take_frame(line, begin, match.at))
			break;
	}
	line->text = text;
	line->unsure = false;
}

/* Takes the caller, "[ T123]", "[   C1]" or "[   T12@C3]", from the text before the kernel's
 * part. */
static void take_caller(struct kernel_line *line, const char *begin, const char *end)
{
	for (const char *at = begin; (at = memchr(at, '[', (size_t)(end - at))); at++) {
		const char *number = at + 1 + strspn(at + 1, " ");

		if ((*number == 'T' || *number == 'C') && isdigit((unsigned char)number[1]))
			line->caller = strtoull(number + 1, NULL, 10) << 2 | 2U | (*number == 'C');
	}
}

/* Returns the begin of the release. lockdep has it before the mark: "6.18.5 #1 Not tainted". */
static const char *begin_of_release(const char *begin, const char *at)
{
	const char *word = at;

	for (int words = 0; words < 2; words++) {
		while (word > begin && word[-1] == ' ')
			word--;
		while (word > begin && word[-1] != ' ')
			word--;
		if (!words && *word != '#')
			return at;
	}
	return isdigit((unsigned char)*word) ? word : at;
}

/* Returns whether a mark has its usual meaning in this line. */
static bool is_so(struct kernel_line *line, enum kernel_line_kind kind, const char *begin,
		  const struct needle_match *match)
{
	const char *at = match->at;

	if (kind == KERNEL_LINE_FRAME)
		return *at == '+' ? take_frame(line, begin, at) : take_decoded(line, begin, at);
	if (at > begin && isalnum((unsigned char)at[-1]) && isalnum((unsigned char)*at))
		return false;
	line->text = at;
	/* loongarch has no colon after a register's name. */
	if (kind == KERNEL_LINE_REGISTERS && !strchr(needles.words[match->number], ':'))
		return strspn(at + 3, "0123456789abcdef") == 16;
	if (kind == KERNEL_LINE_PAGE)
		return strstr(at, "refcount:") || strstr(at, "count:");
	if (kind == KERNEL_LINE_HEAD)
		return strstr(at, "order:");
	if (kind == KERNEL_LINE_FILE)
		return strstr(at, " mmap:") != NULL;
	if (kind == KERNEL_LINE_TAINT)
		line->text = begin_of_release(begin, at);
	if (kind == KERNEL_LINE_PLACE)
		take_place(line, at + needles.lengths[match->number] - 1);
	return true;
}

static bool is_opening(const struct kernel_opening *opening, const char *begin, const char *at)
{
	if (at > begin && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))
		return false;
	return !opening->is || opening->is(at + strlen(opening->text));
}

void kernel_line_read(struct kernel_line *line, const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *end = text + strlen(text), *lead = NULL;
	struct needle_match match;

	pthread_once(&once, make_needles);
	*line = (struct kernel_line){ .text = text };
	for (const char *at = text; needles_find(&needles, at, end, &match); at = match.at + 1) {
		size_t number = match.number;

		if (number < kernel_opening_count) {
			if (!is_opening(&kernel_openings[number], text, match.at))
				continue;
			line->kind = KERNEL_LINE_OPENING;
			line->opening = &kernel_openings[number];
			line->text = lead ? lead : match.at;
			break;
		}
		number -= kernel_opening_count;
		if (number < ARRAY_SIZE(leads)) {
			lead = lead ? lead : match.at;
			continue;
		}
		number -= ARRAY_SIZE(leads);
		if (is_so(line, marks[number].kind, text, &match)) {
			line->kind = marks[number].kind;
			break;
		}
		line->text = text;
	}
	line->behind = end;
	if (line->kind != KERNEL_LINE_NONE) {
		line->behind = match.at + needles.lengths[match.number];
		end = line->text;
	} else if (end - text > PREFIX) {
		end = text + PREFIX;
	}
	take_caller(line, text, end);
}
