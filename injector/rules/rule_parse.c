/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/near_name.h"
#include "injector/base/run_phase.h"
#include "injector/base/units.h"
#include "injector/rules/rule_spec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rule_parse_word(const struct rule_word *words, const char *text, int *value, char *why,
		    size_t size)
{
	size_t used;

	for (const struct rule_word *word = words; word->name; word++)
		if (!strcmp(word->name, text)) {
			*value = word->value;
			return 0;
		}
	used = append_text(why, size, 0, "\"%s\" is unknown; allowed:", text);
	for (const struct rule_word *word = words; word->name; word++)
		used = append_text(why, size, used, "%s %s", word == words ? "" : ",", word->name);
	return -EINVAL;
}

const struct rule_word rule_groups[] = {
	{ "data", HOOK_DATA },
	{ "metadata", HOOK_METADATA },
	{ "namespace", HOOK_NAMESPACE },
	{ "sync", HOOK_SYNC },
	{ "any", HOOK_DATA | HOOK_METADATA | HOOK_NAMESPACE | HOOK_SYNC },
	{ NULL, 0 },
};

static void list_operations(char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (const struct rule_word *group = rule_groups; group->name; group++)
		used = append_text(text, size, used, "%s%s", used ? ", " : "", group->name);
	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if (operation->delays && hook_operation_find(operation->name) == operation)
			used = append_text(text, size, used, ", %s", operation->name);
}

static uint64_t mask_of_name(const char *text)
{
	uint64_t mask = 0;

	for (const struct hook_operation *o = hook_operations; o->name; o++)
		if (!strcmp(o->name, text))
			mask |= HOOK_BIT(o->opcode);
	return mask;
}

static uint64_t mask_of_groups(unsigned int wanted)
{
	uint64_t mask = 0;

	for (const struct hook_operation *o = hook_operations; o->name; o++)
		if (o->delays && o->groups & wanted)
			mask |= HOOK_BIT(o->opcode);
	return mask;
}

static int refuse_operation(const char *text, const char *names, char *why, size_t size)
{
	struct near_names near = { .count = 0 };

	for (const struct rule_word *group = rule_groups; group->name; group++)
		near_names_offer(&near, text, group->name);
	for (const struct hook_operation *o = hook_operations; o->name; o++)
		near_names_offer(&near, text, o->name);
	snprintf(why, size, "no operation \"%s\"; %s%s%sallowed: %s", text,
		 near.count ? "did you mean " : "", near.count ? near.names[0] : "",
		 near.count ? "? " : "", names);
	return -EINVAL;
}

int rule_parse_operation(const char *text, void *field, char *why, size_t size)
{
	bool data_only = !strcmp(text, "fdatasync");
	const struct hook_operation *operation = hook_operation_find(data_only ? "fsync" : text);
	struct rule_operation *into = field;
	char names[600];

	list_operations(names, sizeof(names));
	if (operation && !operation->delays) {
		snprintf(why, size, "%s can be neither delayed nor failed; allowed: %s", text,
			 names);
		return -EINVAL;
	}
	into->exact = operation;
	into->data_only = data_only;
	into->mask = operation ? mask_of_name(operation->name) : 0;
	for (const struct rule_word *group = rule_groups; group->name; group++)
		if (!strcmp(group->name, text))
			into->mask = mask_of_groups((unsigned int)group->value);
	if (!into->mask)
		return refuse_operation(text, names, why, size);
	snprintf(into->name, sizeof(into->name), "%s", text);
	return 0;
}

/* Parses a size, or a plain number of bytes. */
static int parse_bytes(const char *text, size_t length, uint64_t *bytes)
{
	char copy[40];

	if (!length || length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return units_parse_size(copy, bytes);
}

int rule_parse_range(const char *text, void *field, char *why, size_t size)
{
	const char *dots = strstr(text, "..");
	struct rule_range range = { .last = UINT64_MAX, .set = true };
	int r;

	if (!dots) {
		r = parse_bytes(text, strlen(text), &range.first);
		range.last = range.first;
	} else {
		r = dots == text ? 0 : parse_bytes(text, (size_t)(dots - text), &range.first);
		if (!r && dots[2])
			r = parse_bytes(dots + 2, strlen(dots + 2), &range.last);
		if (dots == text && !dots[2])
			r = -EINVAL;
	}
	if (r || range.first > range.last) {
		snprintf(why, size,
			 r ? "\"%s\" is not a range; allowed: \"4K..1M\", \"1M..\", \"..4K\", \"0\""
			   : "\"%s\" can never match: it ends before it begins",
			 text);
		return -EINVAL;
	}
	*(struct rule_range *)field = range;
	return 0;
}

const char *rule_read_number(const char *text, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno ? NULL : end;
}

int rule_parse_number(const char *text, void *field, char *why, size_t size)
{
	struct rule_number *number = field;
	const char *end = rule_read_number(text, &number->value);

	number->set = end && !*end;
	if (number->set)
		return 0;
	snprintf(why, size, "\"%s\" is not valid; allowed: a number from 0", text);
	return -EINVAL;
}

int rule_parse_bytes(const char *text, void *field, char *why, size_t size)
{
	struct rule_number *number = field;

	bool plain = text[strspn(text, "0123456789")] == '\0';

	number->set = plain ? !strcmp(text, "0") : !units_parse_size(text, &number->value);
	if (number->set)
		return 0;
	snprintf(why, size, "\"%s\" is not valid; allowed: 0, or a size such as \"4M\"", text);
	return -EINVAL;
}

int rule_parse_nth(const char *text, void *field, char *why, size_t size)
{
	struct rule_nth nth = { .step = 1 };
	const char *at = rule_read_number(text, &nth.first);

	nth.last = nth.first;
	if (at && at[0] == '.' && at[1] == '.')
		at = rule_read_number(at + 2, &nth.last);
	else if (at && *at == '+')
		nth.last = UINT64_MAX;
	if (at && *at == '+') {
		at++;
		if (*at)
			at = rule_read_number(at, &nth.step);
	}
	if (!at || *at || !nth.first || !nth.step || nth.last < nth.first) {
		snprintf(why, size,
			 "\"%s\" %s; allowed: FIRST, FIRST..LAST, FIRST+, FIRST+STEP or "
			 "FIRST..LAST+STEP, counted from 1",
			 text,
			 at && !*at && nth.last < nth.first
				 ? "can never match: it ends before it begins"
				 : "is not a choice of matches");
		return -EINVAL;
	}
	*(struct rule_nth *)field = nth;
	return 0;
}

bool rule_nth_has(const struct rule_nth *nth, uint64_t n)
{
	return n >= nth->first && n <= nth->last && (n - nth->first) % nth->step == 0;
}

int rule_parse_probability(const char *text, void *field, char *why, size_t size)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || (*end && strcmp(end, "%")) || !(value >= 0)) {
		snprintf(why, size, "\"%s\" is not a probability; allowed: 0.01, \"1%%\", up to 1",
			 text);
		return -EINVAL;
	}
	if (*end)
		value /= 100;
	if (value == 0 || value > 1) {
		snprintf(why, size,
			 value > 1 ? "\"%s\" is more than 1; allowed: above 0, up to 1"
				   : "\"%s\" can never match; allowed: above 0, up to 1",
			 text);
		return -EINVAL;
	}
	*(double *)field = value;
	return 0;
}

int rule_parse_mode(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word modes[] = {
		{ "any", RULE_MODE_ANY },
		{ "allocate", RULE_MODE_ALLOCATE },
		{ "punch", RULE_MODE_PUNCH },
		{ "zero", RULE_MODE_ZERO },
		{ NULL, 0 },
	};

	return rule_parse_word(modes, text, field, why, size);
}

int rule_parse_flag(const char *text, void *field, char *why, size_t size)
{
	static const struct {
		const char *name;
		int value, mask;
	} flags[] = {
		{ "O_RDONLY", O_RDONLY, O_ACCMODE },   { "O_WRONLY", O_WRONLY, O_ACCMODE },
		{ "O_RDWR", O_RDWR, O_ACCMODE },       { "O_APPEND", O_APPEND, O_APPEND },
		{ "O_DIRECT", O_DIRECT, O_DIRECT },    { "O_SYNC", O_SYNC, O_SYNC },
		{ "O_DSYNC", O_DSYNC, O_DSYNC },       { "O_NONBLOCK", O_NONBLOCK, O_NONBLOCK },
		{ "O_NOATIME", O_NOATIME, O_NOATIME }, { "O_EXCL", O_EXCL, O_EXCL },
	};
	size_t used;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (!strcmp(flags[i].name, text)) {
			*(struct rule_flag *)field = (struct rule_flag){
				.value = (uint32_t)flags[i].value,
				.mask = (uint32_t)flags[i].mask,
			};
			return 0;
		}
	used = append_text(why, size, 0,
			   "\"%s\" is not a flag that the layer sees; allowed:", text);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		used = append_text(why, size, used, "%s %s", i ? "," : "", flags[i].name);
	return -EINVAL;
}

int rule_parse_per(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word words[] = {
		{ "rule", RULE_PER_RULE },
		{ "file", RULE_PER_FILE },
		{ "process", RULE_PER_PROCESS },
		{ "handle", RULE_PER_HANDLE },
		{ NULL, 0 },
	};

	return rule_parse_word(words, text, field, why, size);
}

int rule_parse_phase(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word phases[] = {
		{ "any", 0 },
		{ "preparing", RUN_PHASE_PREPARING },
		{ "storm", RUN_PHASE_STORM },
		{ "gather", RUN_PHASE_GATHER },
		{ "settle", RUN_PHASE_SETTLE },
		{ "punch", RUN_PHASE_PUNCH },
		{ "linger", RUN_PHASE_LINGER },
		{ "refill", RUN_PHASE_REFILL },
		{ NULL, 0 },
	};

	return rule_parse_word(phases, text, field, why, size);
}

int rule_parse_either(const struct rule_word *words, const char *text, void *field, char *why,
		      size_t size)
{
	int value, r = rule_parse_word(words, text, &value, why, size);

	if (!r)
		*(bool *)field = value;
	return r;
}

int rule_parse_at(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word places[] = { { "before", 0 }, { "after", 1 }, { NULL, 0 } };

	return rule_parse_either(places, text, field, why, size);
}
