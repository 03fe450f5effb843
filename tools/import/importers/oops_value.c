/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool oops_is_number(enum oops_about about)
{
	return about == OOPS_FAULT || about == OOPS_FOLIO || about == OOPS_ORDER;
}

static void say(const struct oops_fact *fact, enum oops_about about, char *text, size_t size)
{
	if (oops_is_number(about))
		snprintf(text, size, "0x%" PRIx64, fact->number);
	else
		snprintf(text, size, "%s", fact->text);
}

/* A text may be a part of another and mean the same: "..., index))" and "..., index), folio)". */
static bool is_same(enum oops_about about, const struct oops_fact *a, const struct oops_fact *b)
{
	size_t length = strlen(a->text), other = strlen(b->text);

	if (oops_is_number(about))
		return a->number == b->number;
	length = other < length ? other : length;
	/* Ignores the closing parenthesis of the shorter one. */
	length -= length && (a->text[length - 1] == ')' || b->text[length - 1] == ')');
	return length && !strncmp(a->text, b->text, length);
}

void oops_learn(struct oops_facts *facts, enum oops_about about, const struct oops_fact *value)
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

bool oops_read_value(enum oops_ending ending, const char *text, struct oops_fact *value)
{
	static const char *const ends[] = {
		[END_WORD] = " \t`|,;",          [END_QUOTE] = "\"",     [END_MARK] = "!",
		[END_PLACE] = " \t`|,;()[]+./!", [END_APOSTROPHE] = "'", [END_LINE] = " :)",
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
	if (ending == END_LINE) {
		text += strcspn(text, "(");
		text += *text == '(';
	}
	length = ending == END_CALL ? length_of_call(text) : strcspn(text, ends[ending]);
	if (ending == END_LINE && text[length] == ':')
		length += 1 + strspn(text + length + 1, "0123456789");
	if (!length || length >= sizeof(value->text))
		return false;
	snprintf(value->text, sizeof(value->text), "%.*s", (int)length, text);
	return true;
}

bool oops_is_sane(enum oops_about about, const struct oops_fact *value)
{
	const unsigned char *text = (const unsigned char *)value->text;

	if (about == OOPS_RELEASE)
		return isdigit(*text) && strchr(value->text, '.');
	/* "VM_BUG_ON_FOLIO()" in an explanation. */
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

const char *oops_text(const struct oops_facts *facts, enum oops_about about, const char *otherwise)
{
	return oops_knows(facts, about) ? facts->facts[about].text : otherwise;
}

bool oops_is_on(const struct oops_facts *facts, const char *file_system)
{
	return !strcmp(oops_text(facts, OOPS_FILESYSTEM, ""), file_system);
}

const char *oops_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
