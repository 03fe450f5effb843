/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_facts.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const oops_fact_names[OOPS_FACTS] = {
	[OOPS_RELEASE] = "kernel",
	[OOPS_ASSERTION] = "assertion",
	[OOPS_FUNCTION] = "function",
	[OOPS_SOURCE] = "source",
	[OOPS_PROCESS] = "process",
	[OOPS_FAULT] = "page that was wanted",
	[OOPS_FOLIO] = "folio that came, its first page",
	[OOPS_ORDER] = "folio that came, its order",
	[OOPS_FILE] = "file",
	[OOPS_FILESYSTEM] = "file system",
};

bool oops_is_number(enum oops_about about)
{
	return about == OOPS_FAULT || about == OOPS_FOLIO || about == OOPS_ORDER;
}

/* How much a value counts. */
enum {
	WEIGHT_PROSE = 1,
	WEIGHT_KERNEL = 2,
	WEIGHT_MEASURED = 3,
};

/* How the value after a clue ends. */
enum ending {
	END_WORD,   /* a blank, or what markup puts around it */
	END_NUMBER, /* as it is written: 0x... or decimal */
	END_HEX,    /* with or without 0x */
	END_PAGES,  /* a number of pages, of which the order is taken */
	END_CALL,   /* the clue is the value's beginning; the parenthesis that closes it */
	END_QUOTE,  /* a double quote */
	END_MARK,   /* an exclamation mark */
	END_PLACE,  /* what is not in a function's name */
};

/* Clues that stand before a value, in any line. */
static const struct clue {
	enum oops_about about;
	const char *before;
	enum ending ending;
	unsigned int weight;
	const char *from;
} clues[] = {
	{ OOPS_RELEASE, "| UNAME | `", END_WORD, WEIGHT_PROSE, "the report" },
	{ OOPS_RELEASE, "Linux version ", END_WORD, WEIGHT_PROSE, "the log" },
	{ OOPS_RELEASE, "RELEASE: ", END_WORD, WEIGHT_PROSE, "crash(8)" },
	{ OOPS_PROCESS, "| PROCESS | `", END_WORD, WEIGHT_PROSE, "the report" },
	{ OOPS_PROCESS, "COMMAND: \"", END_QUOTE, WEIGHT_MEASURED, "crash(8)" },
	{ OOPS_ASSERTION, "VM_BUG_ON_FOLIO(", END_CALL, WEIGHT_PROSE, "the report" },
	{ OOPS_ASSERTION, "VM_BUG_ON_PAGE(", END_CALL, WEIGHT_PROSE, "the report" },
	{ OOPS_SOURCE, "crash site is `", END_WORD, WEIGHT_PROSE, "the report" },
	{ OOPS_SOURCE, "kernel BUG at ", END_MARK, WEIGHT_PROSE, "crash(8)" },
	{ OOPS_FUNCTION, "[exception RIP: ", END_PLACE, WEIGHT_PROSE, "crash(8)" },
	{ OOPS_FUNCTION, "happened:** In `", END_PLACE, WEIGHT_PROSE, "the report" },
	{ OOPS_FAULT, "fault index ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FAULT, "file index ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FAULT, "`index` = ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FOLIO, "folio at index ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FOLIO, "folio->index` = ", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_FOLIO, "`index:0x", END_HEX, WEIGHT_PROSE, "the report" },
	{ OOPS_ORDER, "folio_nr_pages() = ", END_PAGES, WEIGHT_PROSE, "the report" },
};

/* What crash(8) answers: a command and what of its answer counts. A command that is not here is not
 * known; one without `asked` answers in clues, or in nothing that counts. */
static const struct answer {
	const char *command, *asked, *before;
	enum oops_about about;
	enum ending ending;
} answers[] = {
	{ "p", "vmf->pgoff", "= ", OOPS_FAULT, END_NUMBER },
	{ "p", "folio->index", "= ", OOPS_FOLIO, END_NUMBER },
	{ "p", "page->index", "= ", OOPS_FOLIO, END_NUMBER },
	{ "p", "folio_order", "= ", OOPS_ORDER, END_NUMBER },
	{ "p", " index", "= ", OOPS_FAULT, END_NUMBER },
	{ "p", NULL, NULL, OOPS_FACTS, END_WORD },
	{ "struct", "folio", " index = ", OOPS_FOLIO, END_NUMBER },
	{ "struct", "page", " index = ", OOPS_FOLIO, END_NUMBER },
	{ "struct", "vm_fault", "pgoff = ", OOPS_FAULT, END_NUMBER },
	{ "struct", "super_block_name", "= \"", OOPS_FILESYSTEM, END_QUOTE },
	{ "struct", NULL, NULL, OOPS_FACTS, END_WORD },
	{ "files", "", "REG  ", OOPS_FILE, END_WORD },
	{ "bt", NULL, NULL, OOPS_FACTS, END_WORD },
	{ "sys", NULL, NULL, OOPS_FACTS, END_WORD },
	{ "log", NULL, NULL, OOPS_FACTS, END_WORD },
	{ "dmesg", NULL, NULL, OOPS_FACTS, END_WORD },
};

static const struct {
	const char *name, *marks[3];
} file_systems[OOPS_FILESYSTEMS] = {
	{ "xfs", { "XFS", "xfs_" } },       { "ext4", { "EXT4-fs", "ext4_" } },
	{ "btrfs", { "BTRFS", "btrfs_" } }, { "f2fs", { "F2FS-fs", "f2fs_" } },
	{ "tmpfs", { "shmem_", "tmpfs" } },
};

static void say(const struct oops_fact *fact, enum oops_about about, char *text, size_t size)
{
	if (oops_is_number(about))
		snprintf(text, size, "0x%" PRIx64, fact->number);
	else
		snprintf(text, size, "%s", fact->text);
}

/* A text may say less than another and mean the same: "..., index))" and "..., index), folio)". */
static bool is_same(enum oops_about about, const struct oops_fact *a, const struct oops_fact *b)
{
	size_t length = strlen(a->text), other = strlen(b->text);

	if (oops_is_number(about))
		return a->number == b->number;
	length = other < length ? other : length;
	/* The parenthesis that closes the shorter one. */
	length -= length && (a->text[length - 1] == ')' || b->text[length - 1] == ')');
	return length && !strncmp(a->text, b->text, length);
}

/* What stays is what weighs more, and then what came first. */
static void learn(struct oops_facts *facts, enum oops_about about, const struct oops_fact *value)
{
	struct oops_fact *fact = &facts->facts[about];
	bool same = is_same(about, fact, value);

	if (value->weight > fact->weight) {
		struct oops_fact old = *fact;

		*fact = *value;
		if (old.weight && !same)
			say(&old, about, fact->other, sizeof(fact->other));
	} else if (!same && !*fact->other && value->weight) {
		say(value, about, fact->other, sizeof(fact->other));
	}
}

static size_t length_of_call(const char *text)
{
	size_t length = strcspn(text, "("), depth = 0;

	for (; text[length]; length++) {
		depth += text[length] == '(';
		depth -= text[length] == ')';
		if (text[length] == ')' && !depth)
			return length + 1;
	}
	return 0;
}

/* Reads the value that begins at `text`. Returns whether there is one. */
static bool read_value(enum ending ending, const char *text, struct oops_fact *value)
{
	static const char *const ends[] = {
		[END_WORD] = " \t`|,;",
		[END_QUOTE] = "\"",
		[END_MARK] = "!",
		[END_PLACE] = " \t`|,;()[]+./!",
	};
	size_t length;
	char *end;

	if (ending == END_NUMBER || ending == END_HEX) {
		if (!isxdigit((unsigned char)*text))
			return false;
		value->number = strtoull(text, &end, ending == END_HEX ? 16 : 0);
		return end > text;
	}
	if (ending == END_PAGES) {
		value->number = strtoull(text, &end, 10);
		if (end == text || !value->number || value->number & (value->number - 1))
			return false;
		value->number = (uint64_t)__builtin_ctzll(value->number);
		return true;
	}
	length = ending == END_CALL ? length_of_call(text) : strcspn(text, ends[ending]);
	if (!length || length >= sizeof(value->text))
		return false;
	snprintf(value->text, sizeof(value->text), "%.*s", (int)length, text);
	return true;
}

/* A release is a version, a process and a function are names; whatever else stands there is not
 * them. */
static bool is_sane(enum oops_about about, const struct oops_fact *value)
{
	const unsigned char *text = (const unsigned char *)value->text;

	if (about == OOPS_RELEASE)
		return isdigit(*text) && strchr(value->text, '.');
	/* "VM_BUG_ON_FOLIO()" of somebody who explains it. */
	if (about == OOPS_ASSERTION && strstr(value->text, "()"))
		return false;
	if (about == OOPS_ORDER)
		return value->number < 32;
	if (oops_is_number(about))
		return value->number < UINT64_MAX >> 12;
	for (; *text; text++)
		if (!isprint(*text))
			return false;
	return true;
}

static bool take_clues(struct oops_facts *facts, const char *text, uint64_t line)
{
	bool took = false;

	for (size_t i = 0; i < ARRAY_SIZE(clues); i++) {
		const struct clue *clue = &clues[i];
		size_t skip = clue->ending == END_CALL ? 0 : strlen(clue->before);

		for (const char *at = text; (at = strstr(at, clue->before));
		     at += strlen(clue->before)) {
			struct oops_fact value = {
				.weight = clue->weight,
				.from = clue->from,
				.line = line,
			};

			if (!read_value(clue->ending, at + skip, &value) ||
			    !is_sane(clue->about, &value))
				continue;
			learn(facts, clue->about, &value);
			took = true;
		}
	}
	return took;
}

/* "aops:ext4_da_aops": whose folio it was that the kernel dumped, whatever is mounted besides. */
static void learn_dumped(struct oops_facts *facts, size_t file_system, uint64_t line)
{
	struct oops_fact value = {
		.weight = WEIGHT_KERNEL,
		.from = "the kernel's page dump",
		.line = line,
	};

	snprintf(value.text, sizeof(value.text), "%s", file_systems[file_system].name);
	learn(facts, OOPS_FILESYSTEM, &value);
}

static void count_file_systems(struct oops_facts *facts, const char *text, uint64_t line)
{
	static const char dumped[] = "aops:";
	const long length = sizeof(dumped) - 1;

	for (size_t i = 0; i < OOPS_FILESYSTEMS; i++)
		for (const char *const *mark = file_systems[i].marks; *mark; mark++)
			for (const char *at = text; (at = strstr(at, *mark)); at++) {
				facts->named[i]++;
				if (at - text >= length &&
				    !memcmp(at - length, dumped, (size_t)length))
					learn_dumped(facts, i, line);
			}
}

/* The command's first word is the row's. */
static bool is_command(const char *command, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(command, name, length) && !isalnum((unsigned char)command[length]);
}

static void count_unknown(struct oops_facts *facts, uint64_t line)
{
	int length = (int)strcspn(facts->command, " \t`");
	size_t i = 0;

	while (i < facts->unknown_count &&
	       strncmp(facts->unknown[i].name, facts->command, (size_t)length))
		i++;
	if (i == OOPS_COMMANDS)
		return;
	if (i == facts->unknown_count) {
		snprintf(facts->unknown[i].name, sizeof(facts->unknown[i].name), "%.*s",
			 length < 20 ? length : 20, facts->command);
		facts->unknown[i].line = line;
		facts->unknown_count++;
	}
	facts->unknown[i].count++;
}

/* The prompt and a command. Returns what comes after it in the line. */
static const char *take_command(struct oops_facts *facts, const char *text, uint64_t line)
{
	size_t length = strcspn(text, "`");
	bool known = false;

	snprintf(facts->command, sizeof(facts->command), "%.*s", (int)length, text);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		known |= is_command(facts->command, answers[i].command);
	if (!known && *facts->command)
		count_unknown(facts, line);
	return text + length;
}

static bool take_answer(struct oops_facts *facts, const char *text, uint64_t line)
{
	bool took = false;

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		const struct answer *answer = &answers[i];
		struct oops_fact value = {
			.weight = WEIGHT_MEASURED,
			.from = "crash(8)",
			.line = line,
		};
		const char *at;

		if (!answer->asked || !is_command(facts->command, answer->command) ||
		    !strstr(facts->command, answer->asked))
			continue;
		at = strstr(text, answer->before);
		if (!at || !read_value(answer->ending, at + strlen(answer->before), &value) ||
		    !is_sane(answer->about, &value))
			continue;
		learn(facts, answer->about, &value);
		/* The rows of a command go from the more to the less special. */
		return true;
	}
	return took;
}

/* Commands and answers, in lines of their own or one behind the other in one. */
static bool take_session(struct oops_facts *facts, const char *text, uint64_t line)
{
	static const char prompt[] = "crash> ";
	const char *at = strstr(text, prompt);
	bool took = false;

	if (!at)
		return *facts->command && take_answer(facts, text, line);
	while (at) {
		const char *next, *rest;
		char answer[256];

		rest = take_command(facts, at + sizeof(prompt) - 1, line);
		next = strstr(rest, prompt);
		snprintf(answer, sizeof(answer), "%.*s",
			 (int)(next ? next - rest : (long)strcspn(rest, "\n")), rest);
		took |= take_answer(facts, answer, line);
		at = next;
	}
	/* An answer within the line was the whole answer. */
	if (strchr(text, '`'))
		*facts->command = '\0';
	return took;
}

/* logged: it may be a line of a kernel log. */
static void take_piece(struct oops_facts *facts, const char *text, uint64_t line, bool logged)
{
	bool took = false;

	if (logged) {
		facts->reports.subject.families = KERNEL_SPLIT | KERNEL_STALE;
		facts->reports.subject.everything = true;
		kernel_reports_line(&facts->reports, text);
		took = facts->reports.took;
	}
	took |= take_clues(facts, text, line);
	took |= take_session(facts, text, line);
	count_file_systems(facts, text, line);
	facts->lines++;
	facts->used += took;
}

/* Rows of tables and blocks of code, where somebody lost the ends of lines. */
static char *piece_end(char *text)
{
	static const char *const ends[] = { "| | ", "``` ", " ## ", " ### " };
	char *end = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		char *found = strstr(text, ends[i]);

		if (found && (!end || found < end))
			end = found;
	}
	/* The bar that the next row begins with stays. */
	return end && *end == '|' ? end + 1 : end;
}

int oops_take(struct oops_facts *facts, const char *text, size_t length, uint64_t line)
{
	enum { LONG = 1000 };
	char *copy = malloc(length + 1), *at = copy, *end;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool control = byte < ' ' && byte != '\t' && byte != '\r' && byte != '\033';

		facts->not_text += control;
		copy[i] = (char)(control || byte == '\r' ? ' ' : byte);
	}
	copy[length] = '\0';
	while (length > LONG && (end = piece_end(at))) {
		char kept = *end;

		*end = '\0';
		take_piece(facts, at, line, false);
		*end = kept;
		at = end + 1;
	}
	take_piece(facts, at, line, at == copy);
	free(copy);
	return 0;
}

const struct kernel_report *oops_report(const struct oops_facts *facts)
{
	const struct kernel_report *hit = kernel_reports_hit(&facts->reports);

	for (size_t i = 0; i < facts->reports.count; i++)
		if (kernel_report_meaning(&facts->reports, &facts->reports.items[i]) ==
			    KERNEL_HIT &&
		    facts->reports.items[i].has_folio)
			return &facts->reports.items[i];
	return hit ? hit : kernel_reports_fatal(&facts->reports);
}

static void learn_text(struct oops_facts *facts, enum oops_about about, const char *text)
{
	struct oops_fact value = { .weight = WEIGHT_KERNEL, .from = "the kernel" };

	snprintf(value.text, sizeof(value.text), "%s", text);
	if (*text && is_sane(about, &value))
		learn(facts, about, &value);
}

static void learn_number(struct oops_facts *facts, enum oops_about about, bool known,
			 uint64_t number, const char *from)
{
	struct oops_fact value = { .weight = WEIGHT_KERNEL, .from = from, .number = number };

	if (known && is_sane(about, &value))
		learn(facts, about, &value);
}

static void learn_file_system(struct oops_facts *facts)
{
	struct oops_fact value = { .weight = WEIGHT_PROSE, .from = "how often it is named" };
	size_t most = 0;

	for (size_t i = 1; i < OOPS_FILESYSTEMS; i++)
		if (facts->named[i] > facts->named[most])
			most = i;
	if (!facts->named[most])
		return;
	snprintf(value.text, sizeof(value.text), "%s", file_systems[most].name);
	learn(facts, OOPS_FILESYSTEM, &value);
}

void oops_conclude(struct oops_facts *facts)
{
	const struct kernel_report *report = oops_report(facts);

	learn_file_system(facts);
	if (!report)
		return;
	learn_text(facts, OOPS_RELEASE, report->release);
	if (!strncmp(report->text, "VM_BUG_ON", 9))
		learn_text(facts, OOPS_ASSERTION, report->text);
	learn_text(facts, OOPS_FUNCTION, report->function);
	learn_text(facts, OOPS_SOURCE, report->source);
	learn_text(facts, OOPS_PROCESS, report->process);
	learn_text(facts, OOPS_FILE, report->file);
	learn_number(facts, OOPS_FAULT, report->has_fault, report->fault, "a register, a guess");
	learn_number(facts, OOPS_FOLIO, report->has_folio, report->folio, "the kernel's page dump");
	learn_number(facts, OOPS_ORDER, report->has_folio, report->order, "the kernel's page dump");
}
