/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_judge.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/keys.h"
#include "tools/base/load_json.h"
#include "tools/base/open_output.h"
#include "tools/base/save.h"
#include "tools/bisect/bisect_result.h"
#include "tools/guest/outcome.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/verdict/power.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Measuring the bad end: most runs, and hits that are enough; punches of a storm's first run. */
enum { MEASURE_RUNS = 5, MEASURE_HITS = 10 };
#define MEASURE_PUNCHES "200"

static const double MISS = 1e-3; /* probability to take a kernel like the bad end for good */

/* The options of a run, added to the user's. */
struct trial {
	const struct bisect_kernel *kernel;
	char directory[PATH_MAX];
	struct run_arguments run;
	char seed[24], duration[32], needed[64], made[64];
	struct scenario scenario; /* resolved for the kernel with the user's options */
};

static void set(struct trial *trial, const char *text)
{
	if (trial->run.set_count < RUN_SETS_MAX)
		trial->run.sets[trial->run.set_count++] = text;
}

/* The user's options, and CLEAN as the expected verdict. */
static void begin_options(const struct bisect *bisect, struct trial *trial)
{
	trial->run = *bisect->config->run;
	trial->run.overrides.sets = trial->run.sets;
	trial->run.overrides.expect = "clean";
}

static void judge_options(const struct bisect *bisect, struct trial *trial)
{
	begin_options(bisect, trial);
	trial->run.overrides.until = "proof";
	if (!bisect->needed)
		return;
	snprintf(trial->needed, sizeof(trial->needed), "expect.passages=%" PRIu64, bisect->needed);
	set(trial, trial->needed);
	if (!scenario_is_forced(&trial->scenario))
		return;
	snprintf(trial->made, sizeof(trial->made), "expect.made=%" PRIu64, bisect->needed);
	set(trial, trial->made);
}

/* number: of the run, from 0. Each run has another seed; the first is short if possible. */
static void measure_options(const struct bisect *bisect, struct trial *trial, unsigned int number)
{
	const struct scenario *scenario = &trial->scenario;

	begin_options(bisect, trial);
	if (scenario->until != UNTIL_DURATION)
		set(trial, "until=\"duration\"");
	if (!number && scenario->has_storm && !scenario->storm.punches && !scenario->schedule.count)
		set(trial, "storm.punches=" MEASURE_PUNCHES);
	if (!number)
		return;
	snprintf(trial->seed, sizeof(trial->seed), "%" PRIu64,
		 (scenario->seed + number) & INT64_MAX);
	trial->run.overrides.seed = trial->seed;
}

/* Lengthens a run by the ratio of needed to achieved passages, and half as much again. */
static void lengthen(const struct bisect *bisect, struct trial *trial, const json_t *result)
{
	static const double LEAST = 4, MOST = 40;      /* factors */
	static const double LONGEST = 24 * 3600 * 1e3; /* ms, of a scenario */
	const double had = bisect_result_counts(result).tries;
	const double wanted = had > 0 ? 1.5 * (double)bisect->needed / had : 0;

	if (!trial->scenario.duration)
		return;
	snprintf(trial->duration, sizeof(trial->duration), "%.0fms",
		 fmin((double)trial->scenario.duration / 1e6 * fmin(fmax(wanted, LEAST), MOST),
		      LONGEST));
	trial->run.overrides.duration = trial->duration;
}

/* Makes a run, and repeats it if it failed without the kernel's fault. */
static int run(struct bisect *bisect, struct trial *trial, json_t **result)
{
	const struct bisect_config *config = bisect->config;
	const struct bisect_attempt attempt = {
		.out = trial->directory,
		.scenario = config->scenario,
		.run = &trial->run,
		.machine = config->machine,
	};
	char line[128];
	int r = 0;

	snprintf(line, sizeof(line), "%s: running", trial->kernel->name);
	progress_phase(&bisect->progress, line);
	for (int try = 0; try < 2; try++) {
		r = config->runner.run(config->runner.context, trial->kernel, &attempt, result);
		if (r || !bisect_result_failed(*result))
			return r;
		if (!try)
			json_decref(*result);
	}
	report(0, "%s: the run failed twice: %s", trial->kernel->name,
	       json_string_value(json_object_get(*result, "reason")));
	json_decref(*result);
	*result = NULL;
	return -EIO;
}

/* Makes runs to measure the bad end. result: the last one that hit; if the first does not hit, the
 * first one. */
static int measure(struct bisect *bisect, struct trial *trial, json_t **result, json_t *entry)
{
	struct proportion_count runs[MEASURE_RUNS], sum = { 0, 0 };
	unsigned int number = 0, counted = 0;
	json_t *last;
	int r;

	do {
		measure_options(bisect, trial, number++);
		r = run(bisect, trial, &last);
		if (r)
			return r;
		if (!*result || bisect_result_is_hit(last)) {
			json_decref(*result);
			*result = json_incref(last);
		}
		runs[counted] = bisect_result_counts(last);
		counted += runs[counted].tries > 0;
		sum = proportion_sum(runs, counted);
		json_decref(last);
		if (!bisect_result_is_hit(*result))
			return 0;
	} while (number < MEASURE_RUNS && sum.count < MEASURE_HITS);
	bisect->chance = bisect_result_chance(runs, counted);
	bisect->needed = bisect_passages(bisect->chance);
	json_object_set_new(entry, "measured",
			    json_pack("{s:i, s:f, s:f, s:f, s:I}", "runs", (int)number, "hits",
				      sum.count, "passages", sum.tries, "chance", bisect->chance,
				      "needed", (json_int_t)bisect->needed));
	return 0;
}

/* Makes the runs of a kernel. A bad end whose first run does not hit is judged like other
 * kernels. */
static int make_runs(struct bisect *bisect, struct trial *trial, bool measured, json_t **result,
		     json_t *entry)
{
	int r = measured ? measure(bisect, trial, result, entry) : 0;

	for (int try = 0; !r && try < 2; try++) {
		if (*result && (bisect_result_is_hit(*result) || bisect_result_is_unrun(*result)))
			return 0;
		judge_options(bisect, trial);
		if (try)
			lengthen(bisect, trial, *result);
		json_decref(*result);
		r = run(bisect, trial, result);
		if (r || !bisect_result_is_inconclusive(*result))
			return r;
	}
	return r;
}

static char *resolve(const struct bisect *bisect, struct trial *trial, int *r)
{
	struct run_arguments run = *bisect->config->run;
	struct scenario_overrides overrides;

	run.overrides.sets = run.sets;
	overrides = scenario_overrides_of_guest(&run.overrides);
	*r = scenario_load(&trial->scenario, bisect->config->scenario, &overrides,
			   &trial->kernel->version);
	return *r ? NULL : scenario_text(&trial->scenario);
}

/* What must be equal to use an earlier result. */
static json_t *conditions_of(const struct bisect *bisect, const struct bisect_kernel *kernel,
			     const char *identity, const char *scenario)
{
	const char *words[GUEST_WORDS_MAX];
	const size_t count = guest_options_words(bisect->config->machine, words);
	json_t *machine = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(machine, key_text_of(words[i]));
	return json_pack("{s:o, s:s, s:o, s:s, s:o, s:I}", "kernel", key_text_of(kernel->text),
			 "identity", identity, "scenario", key_text_of(scenario), "version",
			 FOLIOSTORM_VERSION, "machine", machine, "needed",
			 (json_int_t)bisect->needed);
}

/* Returns an earlier entry under the same conditions, or NULL. Takes over the measurement of the
 * bad end. */
static json_t *take_kept(struct bisect *bisect, const char *name, const json_t *conditions)
{
	json_t *entry = json_object_get(bisect->kept, name);
	const json_t *measured = json_object_get(entry, "measured");

	if (!json_equal(json_object_get(entry, "conditions"), conditions))
		return NULL;
	if (measured) {
		bisect->chance = json_number_value(json_object_get(measured, "chance"));
		bisect->needed = (uint64_t)json_integer_value(json_object_get(measured, "needed"));
	}
	return json_incref(entry);
}

static int judge_anew(struct bisect *bisect, struct trial *trial, bool measured, json_t *entry)
{
	const uint64_t began = units_now();
	json_t *result = NULL;
	int r;

	snprintf(trial->directory, sizeof(trial->directory), "%s/runs/%s", bisect->config->out,
		 trial->kernel->name);
	if (make_output_path(trial->directory))
		return -EIO;
	r = make_runs(bisect, trial, measured, &result, entry);
	progress_end(&bisect->progress);
	if (!r)
		bisect_result_copy(entry, result, (double)(units_now() - began) / 1e9);
	json_decref(result);
	return r;
}

int bisect_judge(struct bisect *bisect, const struct bisect_kernel *kernel, const char *identity,
		 bool measured, enum bisect_answer *answer)
{
	struct trial trial = { .kernel = kernel };
	_cleanup_free_ char *text = NULL;
	json_t *conditions, *entry = bisect_step(bisect, kernel->name);
	int r;

	if (entry) {
		*answer = bisect_result_find(entry);
		return 0;
	}
	text = resolve(bisect, &trial, &r);
	if (!text) {
		scenario_release(&trial.scenario);
		return r ?: -ENOMEM;
	}
	conditions = conditions_of(bisect, kernel, identity, text);
	entry = take_kept(bisect, kernel->name, conditions);
	if (!entry) {
		entry = json_pack("{s:s, s:O}", "name", kernel->name, "conditions", conditions);
		r = judge_anew(bisect, &trial, measured, entry);
	}
	if (!r) {
		*answer = bisect_result_find(entry);
		json_array_append(bisect->steps, entry);
		json_object_set(bisect->kept, kernel->name, entry);
		bisect->unsaved += bisect_save(bisect, NULL) != 0;
		bisect_result_print(bisect->config->table, entry);
	}
	json_decref(entry);
	json_decref(conditions);
	scenario_release(&trial.scenario);
	return r;
}

uint64_t bisect_passages(double chance)
{
	if (chance <= 0)
		return 0;
	return (uint64_t)fmax(chance < 1 ? ceil(log(MISS) / log1p(-chance)) : 1,
			      POWER_PASSAGES_LEAST);
}

json_t *bisect_step(const struct bisect *bisect, const char *name)
{
	size_t i;
	json_t *entry;

	json_array_foreach (bisect->steps, i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "name")), name))
			return entry;
	return NULL;
}

static void path_of(const struct bisect_config *config, char *path, size_t size)
{
	snprintf(path, size, "%s/bisect.json", config->out);
}

int bisect_save(struct bisect *bisect, json_t *more)
{
	json_t *all =
		json_pack("{s:o, s:s, s:b}", "scenario", key_text_of(bisect->config->scenario),
			  "version", FOLIOSTORM_VERSION, "fixed", bisect->config->fixed);
	json_t *value;
	char path[PATH_MAX + 16];
	const char *name;
	int r;

	if (more)
		json_object_update(all, more);
	json_decref(more);
	json_object_set(all, "steps", bisect->steps);
	/* Entries that only earlier bisections used: a later one may need them. */
	json_t *others = json_array();
	json_object_foreach (bisect->kept, name, value)
		if (!bisect_step(bisect, name))
			json_array_append(others, value);
	json_object_set_new(all, "others", others);
	path_of(bisect->config, path, sizeof(path));
	r = save_json(path, all, JSON_INDENT(2));
	json_decref(all);
	return r;
}

static void keep(json_t *kept, const json_t *entries)
{
	size_t i;
	json_t *entry;

	json_array_foreach (entries, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));

		/* Unavailable kernels may become available. */
		if (name && json_is_string(json_object_get(entry, "answer")) &&
		    !json_is_true(json_object_get(entry, "unavailable")))
			json_object_set(kept, name, entry);
	}
}

int bisect_open(struct bisect *bisect, const struct bisect_config *config)
{
	char path[PATH_MAX + 16];
	json_error_t error;
	json_t *before;

	*bisect = (struct bisect){ .config = config, .steps = json_array(), .kept = json_object() };
	progress_init(&bisect->progress, config->progress, config->plain);
	path_of(config, path, sizeof(path));
	if (access(path, F_OK))
		return 0;
	before = load_json(path, &error);
	if (!json_is_array(json_object_get(before, "steps"))) {
		report(0, "%s: %s; remove it, or give another --out", path,
		       before ? "not of a bisection" : error.text);
		json_decref(before);
		return -EINVAL;
	}
	keep(bisect->kept, json_object_get(before, "others"));
	keep(bisect->kept, json_object_get(before, "steps"));
	json_decref(before);
	return 0;
}

void bisect_release(struct bisect *bisect)
{
	json_decref(bisect->steps);
	json_decref(bisect->kept);
}
