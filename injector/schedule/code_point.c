/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/code_point.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The grammar. F and G stand for names, N for an offset, S for a number; the rest is literal. */
static const struct form {
	const char *place, *deed;
} forms[] = {
	[POINT_BEGIN] = { "begin", "begins" },
	[POINT_ENTRY] = { "entry of F", "enters F" },
	[POINT_RETURN] = { "return of F", "returns from F" },
	[POINT_CALL] = { "F calls G", "calls G in F" },
	[POINT_RETURN_FROM] = { "return from G in F", "returns from G in F" },
	[POINT_OFFSET] = { "F+N", "reaches F+N" },
	[POINT_STEP] = { "step S", "begins step S" },
	[POINT_STEP_END] = { "end of step S", "ends step S" },
};

static const char *form_of(const struct code_point *point, bool deed)
{
	return deed ? forms[point->kind].deed : forms[point->kind].place;
}

/* The length of the name at the start of the text; 0: none. */
static size_t name_length(const char *text)
{
	size_t length = 0;

	if (!isalpha((unsigned char)*text) && *text != '_')
		return 0;
	while (isalnum((unsigned char)text[length]) || (text[length] && strchr("_.", text[length])))
		length++;
	return length;
}

/* Reads a name, or several, and advances the text; false: there is none, or it is too long. */
static bool take_name(const char **text, char *name)
{
	size_t length = 0, next;

	while ((next = name_length(*text + length))) {
		length += next;
		if ((*text)[length] != '|')
			break;
		length++;
	}
	if (!next || length >= CODE_POINT_NAME)
		return false;
	memcpy(name, *text, length);
	name[length] = '\0';
	*text += length;
	return true;
}

static bool take_offset(const char **text, uint64_t *offset)
{
	char *end;

	if (strncmp(*text, "0x", 2) != 0 || !isxdigit((unsigned char)(*text)[2]))
		return false;
	errno = 0;
	*offset = strtoull(*text + 2, &end, 16);
	*text = end;
	return !errno;
}

static bool take_step(const char **text, uint64_t *step)
{
	enum { STEPS = 1000 };

	if (!isdigit((unsigned char)**text))
		return false;
	for (*step = 0; isdigit((unsigned char)**text) && *step < STEPS; (*text)++)
		*step = *step * 10 + (uint64_t)(**text - '0');
	return *step < STEPS;
}

/* Any white space matches a space. */
static bool take_character(const char **text, char wanted)
{
	if (wanted == ' ' && isspace((unsigned char)**text)) {
		while (isspace((unsigned char)**text))
			(*text)++;
		return true;
	}
	return *(*text)++ == wanted;
}

static bool fits(const char *form, const char *text, struct code_point *point)
{
	bool fit = true;

	while (isspace((unsigned char)*text))
		text++;
	for (; *form && fit; form++) {
		if (*form == 'F')
			fit = take_name(&text, point->function);
		else if (*form == 'G')
			fit = take_name(&text, point->callee);
		else if (*form == 'N')
			fit = take_offset(&text, &point->offset);
		else if (*form == 'S')
			fit = take_step(&text, &point->offset);
		else
			fit = *text && take_character(&text, *form);
	}
	while (fit && isspace((unsigned char)*text))
		text++;
	return fit && !*text;
}

static int parse(const char *text, bool deed, struct code_point *point, char *why, size_t size)
{
	size_t used;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct code_point read = { .kind = (enum code_point_kind)i };

		if (!fits(form_of(&read, deed), text, &read))
			continue;
		if (code_point_is_step(&read))
			snprintf(read.function, sizeof(read.function), CODE_MARK_FUNCTION);
		*point = read;
		return 0;
	}
	used = append_text(why, size, 0, "\"%.80s\" is not %s; allowed: ", text,
			   deed ? "what a role can do" : "a point in the kernel's code");
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		used = append_text(why, size, used, "%s%s", i ? ", " : "",
				   deed ? forms[i].deed : forms[i].place);
	append_text(why, size, used,
		    ", where F and G are functions, N is an offset such as 0x1262, and S is the "
		    "number of a step, from 0");
	return -EINVAL;
}

int code_point_parse(const char *text, struct code_point *point, char *why, size_t size)
{
	return parse(text, false, point, why, size);
}

int code_point_parse_deed(const char *text, struct code_point *point, char *why, size_t size)
{
	return parse(text, true, point, why, size);
}

static const char *write_form(const struct code_point *point, bool deed, char *text, size_t size)
{
	char offset[32], step[32];
	size_t used = 0;

	*text = '\0';
	snprintf(offset, sizeof(offset), "0x%" PRIx64, point->offset);
	snprintf(step, sizeof(step), "%" PRIu64, point->offset);
	for (const char *form = form_of(point, deed); *form; form++) {
		const char plain[] = { *form, '\0' };

		used = append_text(text, size, used, "%s",
				   *form == 'F'   ? point->function
				   : *form == 'G' ? point->callee
				   : *form == 'N' ? offset
				   : *form == 'S' ? step
						  : plain);
	}
	return text;
}

const char *code_point_text(const struct code_point *point, char *text, size_t size)
{
	return write_form(point, false, text, size);
}

const char *code_point_deed(const struct code_point *point, char *text, size_t size)
{
	return write_form(point, true, text, size);
}

bool code_point_names(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = names; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (!strncmp(at, name, length) && (!at[length] || at[length] == '|'))
			return true;
	}
	return false;
}

bool code_point_same(const struct code_point *a, const struct code_point *b)
{
	return a->kind == b->kind && !strcmp(a->function, b->function) &&
	       !strcmp(a->callee, b->callee) && a->offset == b->offset;
}
