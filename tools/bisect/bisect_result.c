/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_result.h"
#include "injector/base/array.h"
#include "tools/guest/outcome.h"

#include <math.h>
#include <string.h>

const char *const bisect_answer_names[] = {
	[BISECT_GOOD] = "good",
	[BISECT_BAD] = "bad",
	[BISECT_CANNOT_TELL] = "skip",
};

static const char *text_of(const json_t *result, const char *key)
{
	return json_string_value(json_object_get(result, key)) ?: "";
}

static bool has_verdict(const json_t *result, const char *verdict)
{
	return !strcmp(text_of(result, "verdict"), verdict);
}

bool bisect_result_is_hit(const json_t *result)
{
	return has_verdict(result, "HIT");
}

bool bisect_result_is_inconclusive(const json_t *result)
{
	return has_verdict(result, "INCONCLUSIVE");
}

enum bisect_answer bisect_result_answer(const json_t *result)
{
	if (bisect_result_is_hit(result))
		return BISECT_BAD;
	return has_verdict(result, "CLEAN") || has_verdict(result, "VERIFIED") ? BISECT_GOOD
									       : BISECT_CANNOT_TELL;
}

bool bisect_result_is_unrun(const json_t *result)
{
	return json_is_true(json_object_get(result, "unavailable")) ||
	       json_is_true(json_object_get(result, "skip"));
}

bool bisect_result_failed(const json_t *result)
{
	return has_verdict(result, "ERROR") && !outcome_is_of_kernel(result) &&
	       !bisect_result_is_unrun(result);
}

struct proportion_count bisect_result_counts(const json_t *result)
{
	const json_t *schedule = json_object_get(result, "schedule");
	double hits = json_number_value(json_object_get(result, "punches_hit"));
	double captured = json_number_value(json_object_get(result, "punches_captured"));
	struct proportion_count count = {
		.tries = json_number_value(json_object_get(result, "passages")),
	};

	if (json_is_object(schedule))
		count.tries = json_number_value(json_object_get(schedule, "made")) +
			      json_number_value(json_object_get(schedule, "withstood"));
	count.count = fmax(fmax(hits, captured), bisect_result_is_hit(result));
	count.count = fmin(count.count, count.tries);
	return count;
}

double bisect_result_chance(const struct proportion_count *runs, size_t count)
{
	const struct proportion_count sum = proportion_sum(runs, count);
	const double noise = proportion_noise(PROPORTION_SHARE, runs, count);

	if (sum.tries <= 0)
		return 0;
	return proportion_of(PROPORTION_SHARE, sum,
			     proportion_spread(PROPORTION_SHARE, runs, count, noise), 0.95)
		.low;
}

/* Kept from a result; those with a title are in the comparison. */
static const struct row {
	const char *key, *title;
} rows[] = {
	{ "verdict", "verdict" },
	{ "kernel", "release" },
	{ "punches", "punches" },
	{ "punches_hit", "of them hit" },
	{ "passages", "passages" },
	{ "exposures", "exposures" },
	{ "hit_rate", NULL },
	{ "first_hit_seconds", "first hit after (s)" },
	{ "duration_seconds", "storm (s)" },
	{ "reason", NULL },
};

void bisect_result_copy(json_t *entry, const json_t *result, double seconds)
{
	const enum bisect_answer answer = bisect_result_answer(result);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *value = json_object_get(result, rows[i].key);

		json_object_set(entry, rows[i].key, value ?: json_null());
	}
	if (json_is_true(json_object_get(result, "unavailable")))
		json_object_set_new(entry, "unavailable", json_true());
	json_object_set_new(entry, "answer", json_string(bisect_answer_names[answer]));
	json_object_set_new(entry, "seconds", json_real(round(seconds * 10) / 10));
}

enum bisect_answer bisect_result_find(const json_t *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(bisect_answer_names); i++)
		if (!strcmp(text_of(entry, "answer"), bisect_answer_names[i]))
			return (enum bisect_answer)i;
	return BISECT_CANNOT_TELL;
}

void bisect_result_print(FILE *to, const json_t *entry)
{
	const json_t *first = json_object_get(entry, "first_hit_seconds");
	const json_t *punches = json_object_get(entry, "punches");
	const json_t *passages = json_object_get(entry, "passages");

	if (!to)
		return;
	fprintf(to, "%-16s %-13s %-5s", text_of(entry, "name"), text_of(entry, "verdict"),
		text_of(entry, "answer"));
	/* If no reader saw the hit, only the reason tells what it was. */
	if (bisect_result_find(entry) == BISECT_CANNOT_TELL ||
	    (bisect_result_is_hit(entry) &&
	     !json_integer_value(json_object_get(entry, "punches_hit"))))
		fprintf(to, " %s", text_of(entry, "reason"));
	else if (json_integer_value(punches))
		fprintf(to, " %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " punches hit",
			json_integer_value(json_object_get(entry, "punches_hit")),
			json_integer_value(punches));
	if (bisect_result_find(entry) == BISECT_GOOD && json_is_integer(passages))
		fprintf(to, ", %" JSON_INTEGER_FORMAT " passages", json_integer_value(passages));
	if (json_is_number(first))
		fprintf(to, ", first after %.3f s", json_number_value(first));
	fputc('\n', to);
	fflush(to);
}

static const char *value_text(const json_t *value, char *text, size_t size)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, size, "%.3f", json_real_value(value));
	else
		snprintf(text, size, "-");
	return text;
}

void bisect_result_compare(FILE *to, const json_t *one, const json_t *other)
{
	char first[32], second[32];

	fprintf(to, "%-20s %-30s %s\n", "", text_of(one, "name"), text_of(other, "name"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].title)
			fprintf(to, "%-20s %-30s %s\n", rows[i].title,
				value_text(json_object_get(one, rows[i].key), first, sizeof(first)),
				value_text(json_object_get(other, rows[i].key), second,
					   sizeof(second)));
	fprintf(to, "%s: %s\n", text_of(one, "name"), text_of(one, "reason"));
	fprintf(to, "%s: %s\n", text_of(other, "name"), text_of(other, "reason"));
}
