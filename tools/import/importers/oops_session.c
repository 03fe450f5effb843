/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads sessions of debuggers: crash(8) and drgn. */
#include "tools/import/importers/oops_session.h"
#include "injector/base/array.h"
#include "tools/import/importers/oops_value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Stands for the first word of drgn's commands, which have none. */
#define DRGN "drgn"

/* The answers of crash(8) that count: command, and the fact in its answer. A command without a row
 * is unknown; one without `asked` has no answer of that form. */
static const struct answer {
	const char *command, *asked, *before;
	enum oops_about about;
	enum oops_ending ending;
} answers[] = {
	{ "p", "vmf->pgoff", "= ", OOPS_FAULT, END_NUMBER },
	{ "p", "folio->index", "= ", OOPS_FOLIO, END_NUMBER },
	{ "p", "page->index", "= ", OOPS_FOLIO, END_NUMBER },
	{ "p", "->pgoff", "= ", OOPS_FAULT, END_NUMBER },
	{ "p", "struct folio *&->index", "= ", OOPS_FOLIO, END_NUMBER },
	{ "p", "struct page *&->index", "= ", OOPS_FOLIO, END_NUMBER },
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
	{ DRGN, "UTS_RELEASE", "\"", OOPS_RELEASE, END_QUOTE },
	{ DRGN, ".comm", "\"", OOPS_PROCESS, END_QUOTE },
	{ DRGN, "pgoff", ")", OOPS_FAULT, END_NUMBER },
	{ DRGN, "folio_order(", ")", OOPS_ORDER, END_NUMBER },
	{ DRGN, ".index", ")", OOPS_FOLIO, END_NUMBER },
	{ DRGN, "[\"index\"]", ")", OOPS_FAULT, END_NUMBER },
	{ DRGN, "d_path(", "b'", OOPS_FILE, END_APOSTROPHE },
	{ DRGN, "_path(", "b'", OOPS_FILE, END_APOSTROPHE },
	{ DRGN, "s_type.name", "\"", OOPS_FILESYSTEM, END_QUOTE },
	{ DRGN, "", "#0  ", OOPS_FUNCTION, END_PLACE },
	{ DRGN, "", "#0  ", OOPS_SOURCE, END_LINE },
};

enum { CRASH_PROMPTS = 2 };

const char *const oops_prompts[] = { "crash> ", "crash64> ", ">>> ", NULL };

/* Whether the command's first word is the row's. */
static bool is_command(const char *command, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(command, name, length) && !isalnum((unsigned char)command[length]);
}

static void count_unknown(struct oops_facts *facts, uint64_t line)
{
	size_t length = strcspn(facts->command, " \t`"), i = 0;
	char name[sizeof(facts->unknown[i].name)];

	snprintf(name, sizeof(name), "%.*s", length < 20 ? (int)length : 20, facts->command);
	while (i < facts->unknown_count && strcmp(facts->unknown[i].name, name))
		i++;
	if (i == OOPS_COMMANDS)
		return;
	if (i == facts->unknown_count) {
		strcpy(facts->unknown[i].name, name);
		facts->unknown[i].line = line;
		facts->unknown_count++;
	}
	facts->unknown[i].count++;
}

/* Skips prompt and command. Returns the rest of the line. */
static const char *take_command(struct oops_facts *facts, const char *text, uint64_t line)
{
	size_t length;
	bool known = false;

	text += strspn(text, " \t");
	length = strcspn(text, "`");
	snprintf(facts->command, sizeof(facts->command), "%.*s", (int)length, text);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		known |= is_command(facts->command, answers[i].command);
	if (!known && *facts->command)
		count_unknown(facts, line);
	return text + length;
}

/* Whether a command contains the text, whose parts are divided by "&". */
static bool asks(const char *command, const char *asked)
{
	char part[32];
	size_t length = strcspn(asked, "&");

	snprintf(part, sizeof(part), "%.*s", (int)length, asked);
	command = strstr(command, part);
	return command && (!asked[length] || strstr(command, asked + length + 1));
}

static bool take_answer(struct oops_facts *facts, const char *text, uint64_t line)
{
	bool drgn = is_command(facts->command, DRGN), took = false;

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		const struct answer *answer = &answers[i];
		struct oops_fact value = {
			.weight = WEIGHT_MEASURED,
			.from = drgn ? "drgn" : "crash(8)",
			.line = line,
		};
		const char *at;

		if (!answer->asked || !is_command(facts->command, answer->command) ||
		    !asks(facts->command, answer->asked))
			continue;
		at = strstr(text, answer->before);
		if (!at || !oops_read_value(answer->ending, at + strlen(answer->before), &value) ||
		    !oops_is_sane(answer->about, &value))
			continue;
		oops_learn(facts, answer->about, &value);
		took = true;
		/* Rows of a command go from special to general; a frame has two facts. */
		if (*answer->before != '#')
			return true;
	}
	return took;
}

/* Reads commands and answers of crash(8), which may be on the same line. */
static bool take_crash(struct oops_facts *facts, const char *at, const char *prompt, uint64_t line)
{
	bool took = false;

	while (at) {
		const char *next, *rest;
		char answer[256];

		rest = take_command(facts, at + strlen(prompt), line);
		next = strstr(rest, prompt);
		snprintf(answer, sizeof(answer), "%.*s",
			 (int)(next ? next - rest : (long)strcspn(rest, "\n")), rest);
		took |= take_answer(facts, answer, line);
		at = next;
	}
	return took;
}

bool oops_take_session(struct oops_facts *facts, const char *text, uint64_t line)
{
	const char *const drgn = oops_prompts[CRASH_PROMPTS];
	bool took;

	for (int i = 0; i < CRASH_PROMPTS; i++) {
		const char *at = strstr(text, oops_prompts[i]);

		if (!at)
			continue;
		took = take_crash(facts, at, oops_prompts[i], line);
		/* An answer on the same line is complete. */
		if (strchr(text, '`'))
			*facts->command = '\0';
		return took;
	}
	if (!strncmp(text, drgn, strlen(drgn))) {
		snprintf(facts->command, sizeof(facts->command), DRGN " %s", text + strlen(drgn));
		return true;
	}
	return *facts->command && take_answer(facts, text, line);
}
