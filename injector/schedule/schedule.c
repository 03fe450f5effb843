/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule.h"
#include "injector/base/append_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const subjects[SCHEDULE_SUBJECTS] = {
	[SUBJECT_PAGE] = "page",
	[SUBJECT_ARGUMENT] = "argument",
	[SUBJECT_RETURN] = "return",
	[SUBJECT_NTH] = "nth",
};

/* "<=" and ">=" before their prefixes, for take_word(). */
static const char *const comparisons[SCHEDULE_COMPARISONS] = {
	[COMPARE_EQUAL] = "==", [COMPARE_NOT_EQUAL] = "!=", [COMPARE_AT_MOST] = "<=",
	[COMPARE_LESS] = "<",   [COMPARE_AT_LEAST] = ">=",  [COMPARE_MORE] = ">",
};

static const char exposed_word[] = "exposed";

static const char *skip_space(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Reads a role's name and advances the text; false: there is none, or it is too long. */
static bool take_role(const char **text, char *role)
{
	size_t length = 0;

	while (isalnum((unsigned char)(*text)[length]) ||
	       ((*text)[length] && strchr("_-", (*text)[length])))
		length++;
	if (!length || length >= SCHEDULE_ROLE)
		return false;
	memcpy(role, *text, length);
	role[length] = '\0';
	*text += length;
	return true;
}

int schedule_parse_role(const char *text, void *role, char *why, size_t size)
{
	const char *rest = text;

	if (take_role(&rest, role) && !*rest)
		return 0;
	snprintf(why, size,
		 "\"%.40s\" is not the name of a role; allowed: up to %d letters, digits, _ and -",
		 text, SCHEDULE_ROLE - 1);
	return -EINVAL;
}

int schedule_parse_point(const char *text, void *point, char *why, size_t size)
{
	return code_point_parse(text, point, why, size);
}

int schedule_parse_event(const char *text, void *event, char *why, size_t size)
{
	const char *rest = skip_space(text);
	struct schedule_event read;

	if (!take_role(&rest, read.role) || !isspace((unsigned char)*rest)) {
		snprintf(why, size,
			 "\"%.80s\" is not an event; allowed: a role and what it does, such as "
			 "\"read enters filemap_get_entry\"",
			 text);
		return -EINVAL;
	}
	if (code_point_parse_deed(rest + 1, &read.at, why, size))
		return -EINVAL;
	*(struct schedule_event *)event = read;
	return 0;
}

/* Reads a word of a table and advances the text. Returns its index; `count`: none. */
static size_t take_word(const char **text, const char *const *words, size_t count)
{
	size_t i;

	*text = skip_space(*text);
	for (i = 0; i < count; i++)
		if (!strncmp(*text, words[i], strlen(words[i]))) {
			*text += strlen(words[i]);
			break;
		}
	return i;
}

static bool take_argument(const char **text, struct schedule_condition *condition)
{
	if (condition->subject != SUBJECT_ARGUMENT)
		return true;
	*text = skip_space(*text);
	if (**text < '1' || **text > '0' + SCHEDULE_ARGUMENTS_MAX)
		return false;
	condition->argument = (unsigned int)(*(*text)++ - '0');
	return true;
}

/* Reads a number up to 2^64 - 1, so that addresses can be written as they are printed. */
static bool take_number(const char **text, int64_t *value)
{
	const char *digits = *text + (**text == '-');
	int base = !strncmp(digits, "0x", 2) ? 16 : 10;
	uint64_t number;
	char *end;

	if (base == 16 ? !isxdigit((unsigned char)digits[2]) : !isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	number = strtoull(digits, &end, base);
	if (errno || (digits != *text && number > 1ULL << 63))
		return false;
	*value = (int64_t)(digits == *text ? number : -number);
	*text = end;
	return true;
}

static bool take_value(const char **text, struct schedule_condition *condition)
{
	*text = skip_space(*text);
	if (condition->subject != SUBJECT_NTH &&
	    !strncmp(*text, exposed_word, strlen(exposed_word))) {
		*text += strlen(exposed_word);
		condition->exposed = true;
		return true;
	}
	return take_number(text, &condition->value) &&
	       (condition->subject != SUBJECT_NTH || condition->value > 0);
}

int schedule_parse_condition(const char *text, void *condition, char *why, size_t size)
{
	const char *rest = text;
	struct schedule_condition read = { 0 };

	read.subject = (enum schedule_subject)take_word(&rest, subjects, SCHEDULE_SUBJECTS);
	if (read.subject != SCHEDULE_SUBJECTS && take_argument(&rest, &read)) {
		read.comparison = (enum schedule_comparison)take_word(&rest, comparisons,
								      SCHEDULE_COMPARISONS);
		if (read.comparison != SCHEDULE_COMPARISONS && take_value(&rest, &read) &&
		    !*skip_space(rest)) {
			*(struct schedule_condition *)condition = read;
			return 0;
		}
	}
	snprintf(
		why, size,
		"\"%.80s\" is not a condition; allowed: page, argument 1 to argument %d, return or "
		"nth; ==, !=, <, <=, > or >=; a number or (not for nth) exposed",
		text, SCHEDULE_ARGUMENTS_MAX);
	return -EINVAL;
}

const char *schedule_condition_text(const struct schedule_condition *condition, char *text,
				    size_t size)
{
	char argument[16] = "", value[32];

	if (condition->subject == SUBJECT_ARGUMENT)
		snprintf(argument, sizeof(argument), " %u", condition->argument);
	snprintf(value, sizeof(value), "%" PRId64, condition->value);
	snprintf(text, size, "%s%s %s %s", subjects[condition->subject], argument,
		 comparisons[condition->comparison], condition->exposed ? exposed_word : value);
	return text;
}

const char *schedule_event_text(const struct schedule_event *event, char *text, size_t size)
{
	size_t used = append_text(text, size, 0, "%s ", event->role);

	code_point_deed(&event->at, text + used, size - used);
	return text;
}
