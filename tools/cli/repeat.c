/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/repeat.h"
#include "injector/base/report.h"
#include "tools/base/exit_code.h"
#include "tools/base/number.h"
#include "tools/base/save.h"
#include "tools/cli/regression.h"
#include "tools/verdict/result_keys.h"
#include "tools/verdict/result_read.h"
#include "tools/verdict/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum option_key { OPTION_REPEAT = 'n', OPTION_UNTIL_HIT = 0x600 };

static const struct argp_option options[] = {
	{ "repeat", OPTION_REPEAT, "N", 0,
	  "Run it N times, each time with the next seed; the worst run decides", 0 },
	{ "until-hit", OPTION_UNTIL_HIT, NULL, 0,
	  "End the run at the first hit, and with --repeat the whole series; one hit "
	  "is enough",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct repeat_arguments *arguments = state->input;

	switch (key) {
	case OPTION_REPEAT:
		arguments->count =
			(unsigned int)number_option(state, "repeat", argument, 1, OUT_RUNS_MAX);
		return 0;
	case OPTION_UNTIL_HIT:
		arguments->until_hit = true;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->count)
			arguments->count = 1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp repeat_options_argp = { .options = options, .parser = parse };

int repeat_check(const struct repeat_arguments *arguments, const struct run_arguments *run)
{
	if (arguments->until_hit && run->overrides.until)
		return report(0, "--until-hit and --until-proof go without each other; the latter "
				 "ends at a hit as well, and each run by itself");
	return 0;
}

static bool is_hit(const json_t *result)
{
	const char *verdict = json_string_value(json_object_get(result, "verdict"));

	return verdict && !strcmp(verdict, verdict_names[VERDICT_HIT]);
}

static void write_file(struct repeat *repeat, const json_t *object)
{
	char path[4200];

	if (!repeat->out)
		return;
	snprintf(path, sizeof(path), "%s/repeat.json", repeat->out);
	repeat->unsaved |= save_json(path, object, JSON_INDENT(2)) != 0;
}

/* Records which directories are ours, for out_clear() after this process was killed. */
static void mark(struct repeat *repeat, size_t runs)
{
	json_t *object = json_pack("{s:I, s:n}", "runs", (json_int_t)runs, "outcome");

	write_file(repeat, object);
	json_decref(object);
}

/* Sets seed and directory of the next run. Returns whether there is one. */
static bool next(struct repeat *repeat, struct run_arguments *run)
{
	size_t done = json_array_size(repeat->each);

	if (repeat->arguments->until_hit)
		run->overrides.until = "hit";
	if (repeat->arguments->count == 1)
		return !done;
	if (done == repeat->arguments->count || (done && repeat->arguments->until_hit &&
						 is_hit(json_array_get(repeat->each, done - 1))))
		return false;
	/* Nothing follows an interrupted run. */
	if (done &&
	    json_is_true(json_object_get(json_array_get(repeat->each, done - 1), "interrupted")))
		return false;
	if (done) {
		mark(repeat, done + 1);
		snprintf(repeat->seed, sizeof(repeat->seed), "%" PRIu64,
			 (repeat->first_seed + done) & INT64_MAX);
		run->overrides.seed = repeat->seed;
	}
	if (repeat->out) {
		snprintf(repeat->directory, sizeof(repeat->directory), "%s/%zu", repeat->out,
			 done + 1);
		run->out = repeat->directory;
	}
	return true;
}

void repeat_add(struct repeat *repeat, json_t *result, uint64_t scenario_seed)
{
	if (!json_array_size(repeat->each))
		repeat->first_seed = scenario_seed;
	json_array_append(repeat->each, result);
}

static json_int_t exposures_of(const json_t *result)
{
	return json_integer_value(json_object_get(result, "exposures"));
}

/* The run that decides: with --until-hit one that hit, else the worst; of equally bad ones without
 * a hit, the one with the fewest exposures. */
static json_t *deciding(const struct repeat *repeat)
{
	unsigned int severity, worst = 0;
	json_t *result, *chosen = NULL;
	size_t i;

	if (repeat->arguments->until_hit)
		json_array_foreach (repeat->each, i, result)
			if (is_hit(result))
				return result;
	json_array_foreach (repeat->each, i, result) {
		severity = test_outcome_severity(result_outcome(result));
		if (!chosen || severity > worst ||
		    (severity == worst && !is_hit(chosen) &&
		     exposures_of(result) < exposures_of(chosen))) {
			chosen = result;
			worst = severity;
		}
	}
	return chosen;
}

/* The sum of a key over the runs that know it. */
static json_t *sum_of(const struct key *key, const json_t *each)
{
	json_int_t total = 0;
	double real = 0;
	bool known = false;
	json_t *result;
	size_t i;

	json_array_foreach (each, i, result) {
		const json_t *value = json_object_get(result, key->name);

		if (__builtin_add_overflow(total, json_integer_value(value), &total))
			total = INT64_MAX;
		real += json_number_value(value);
		known |= json_is_number(value);
	}
	if (key->type == KEY_REAL)
		return json_real(real);
	return known ? json_integer(total) : json_null();
}

static json_t *combine(const struct repeat *repeat)
{
	json_t *sum = json_object(), *each = json_array(), *result, *from = deciding(repeat);
	size_t count = json_array_size(repeat->each), i, hits = 0;
	bool enough = repeat->arguments->until_hit && is_hit(from);
	double punches;

	result_keys_copy(sum, from, RESULT_DECIDING);
	json_array_foreach (repeat->each, i, result) {
		json_t *summary = json_object();

		hits += is_hit(result);
		result_keys_copy(summary, result, RESULT_EACH);
		json_array_append_new(each, summary);
	}
	for (const struct key *key = result_keys; key->name; key++)
		if (key->flags & RESULT_SUM)
			json_object_set_new(sum, key->name, sum_of(key, repeat->each));
	punches = json_number_value(json_object_get(sum, "punches"));
	json_object_set_new(
		sum, "hit_rate",
		json_real(punches > 0
				  ? json_number_value(json_object_get(sum, "punches_hit")) / punches
				  : 0));
	json_object_set_new(sum, "reason",
			    json_sprintf("%zu of %zu runs hit; in the %s: %s", hits, count,
					 enough ? "one that hit" : "worst",
					 json_string_value(json_object_get(from, "reason")) ?: ""));
	json_object_set_new(sum, "runs", json_integer((json_int_t)count));
	json_object_set_new(sum, "runs_hit", json_integer((json_int_t)hits));
	json_object_set_new(sum, "each", each);
	return sum;
}

/* The result of all runs, a new reference; NULL before the first. error: of the last run; set to
 * -EIO if only repeat.json could not be written. */
static json_t *result_of(struct repeat *repeat, int *error, char *why, size_t size)
{
	json_t *result;

	if (!json_array_size(repeat->each))
		return NULL;
	if (repeat->arguments->count == 1)
		return json_incref(json_array_get(repeat->each, 0));
	result = combine(repeat);
	write_file(repeat, result);
	if (repeat->unsaved && !*error) {
		*error = -EIO;
		snprintf(why, size, RESULT_NOT_WRITTEN);
	}
	return result;
}

int repeat_all(const struct repeat_arguments *arguments, struct run_arguments *run,
	       const char *scenario, repeat_run *once, void *context)
{
	struct repeat repeat = { .arguments = arguments, .out = run->out };
	char why[512] = "", name[128];
	struct regression regression;
	json_t *result;
	int code, r = regression_begin(&regression, run);

	if (r)
		return exit_code_of_error(r);
	repeat.each = json_array();
	r = out_claim(&repeat.claim, arguments->count > 1 ? run->out : NULL);
	while (!r && next(&repeat, run))
		r = once(context, &repeat, why, sizeof(why));
	result = result_of(&repeat, &r, why, sizeof(why));
	test_point_name(scenario, name, sizeof(name));
	/* The scenario's mistake is reported already. */
	code = r == -EINVAL && !result ? (int)EXIT_USAGE
				       : regression_conclude(&regression, name, r, why, result);
	json_decref(result);
	json_decref(repeat.each);
	out_release(&repeat.claim);
	regression_release(&regression);
	return code;
}
