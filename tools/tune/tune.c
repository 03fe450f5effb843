/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/exit_code.h"
#include "tools/base/out.h"
#include "tools/base/stop.h"
#include "tools/tune/tune_journal.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <string.h>

/* Seconds that a trial takes besides its storm, until it is known: making files. The same everywhere:
 * in a guest the same settings are lined up as here. */
static const double COST_BESIDE_STORM = 2;

/* So much of the budget is meant for the first pass of the search. */
static const double FIRST_PASS_SHARE = 0.25;

enum { SETTINGS_MIN = 4, SETTINGS_MAX = 128 };

const struct tune_goal tune_goals[] = {
	{ "hits", "hit", "punches_hit", "exposures", false },
	{ "exposures", "exposure", "exposures", "punches", false },
	{ "captures", "capture", "captures", "exposures", true },
	{ NULL },
};

/* Loads the scenario with more values than --set gives. */
static int load_with(const struct tune *tune, const char *path, const char *const *more,
		     size_t count, struct scenario *scenario)
{
	const struct run_arguments *run = tune->config->run;
	const char *sets[RUN_SETS_MAX + 1];
	const struct scenario_overrides overrides = { .sets = sets };

	memcpy(sets, run->sets, run->set_count * sizeof(sets[0]));
	for (size_t i = 0; i < count; i++)
		sets[run->set_count + i] = more[i];
	sets[run->set_count + count] = NULL;
	return scenario_load(scenario, path, &overrides, &tune->version);
}

static int load_setting(const struct tune *tune, const struct space_setting *setting,
			const char *path, struct scenario *scenario)
{
	char text[SPACE_KEYS_MAX][512];
	const char *sets[SPACE_KEYS_MAX];

	for (size_t k = 0; k < tune->space.key_count; k++) {
		const struct space_key *key = &tune->space.keys[k];

		snprintf(text[k], sizeof(text[k]), "%s=%s", key->path,
			 key->values[setting->value[k]].text);
		sets[k] = text[k];
	}
	return load_with(tune, path, sets, tune->space.key_count, scenario);
}

int tune_load(const struct tune *tune, size_t setting, const char *path, struct scenario *scenario)
{
	return setting ? load_setting(tune, &tune->space.settings[setting], path, scenario)
		       : load_with(tune, path, NULL, 0, scenario);
}

static bool is_original(const struct tune *tune, const struct space_setting *setting)
{
	for (size_t k = 0; k < tune->space.key_count; k++) {
		const struct space_key *key = &tune->space.keys[k];
		char number[64];
		const char *value = schema_value(&tune->scenario.config, scenario_keys, key->path,
						 number, sizeof(number));

		if (!value || strcmp(value, key->values[setting->value[k]].text))
			return false;
	}
	return true;
}

/* Values that do not go together make no setting, and the original is there already. */
static bool is_allowed(void *context, const struct space_setting *setting)
{
	const struct tune *tune = context;
	struct scenario scenario;
	char message[1024];
	int r;

	if (is_original(tune, setting))
		return false;
	report_capture(message, sizeof(message));
	r = load_setting(tune, setting, tune->config->scenario, &scenario);
	scenario_release(&scenario);
	report_capture(NULL, 0);
	return !r;
}

/* Keys whose values make no difference to what trials count, and why. */
static const struct {
	const char *key, *why;
} fixed_keys[] = {
	{ "seed", "each pass has its own" },
	{ "duration", "all trials are as long as --duration says" },
	{ "title", "it changes nothing" },
	{ "affected", "trials are counted, not judged" },
	{ "expect", "trials are counted, not judged" },
};

static int check_varies(const char *path)
{
	for (size_t i = 0; i < sizeof(fixed_keys) / sizeof(fixed_keys[0]); i++) {
		size_t length = strlen(fixed_keys[i].key);

		if (!strncmp(path, fixed_keys[i].key, length) && strchr(".[", path[length]))
			return report(0,
				      "--vary %s: %s does not vary in a tuning: %s; vary keys of "
				      "storm, readers, files, gate and others that change the run",
				      path, path, fixed_keys[i].why);
	}
	return 0;
}

/* Each value by itself must make a scenario. */
static int check_key(const struct tune *tune, const struct space_key *key)
{
	char set[512];
	const char *sets[] = { set };
	int r = check_varies(key->path);

	for (size_t i = 0; i < key->count && !r; i++) {
		struct scenario scenario;

		snprintf(set, sizeof(set), "%s=%s", key->path, key->values[i].text);
		r = load_with(tune, tune->config->scenario, sets, 1, &scenario);
		scenario_release(&scenario);
	}
	return r;
}

static int check(struct tune *tune)
{
	const struct tune_config *config = tune->config;
	int r = 0;

	if (load_with(tune, config->scenario, NULL, 0, &tune->scenario))
		return -EINVAL;
	if (!tune->scenario.has_storm)
		return report(0, "%s: there is no storm, and so nothing to tune", config->scenario);
	for (const char *const *vary = config->vary; *vary && !r; vary++) {
		r = space_add_key(&tune->space, *vary);
		if (!r && config->run->set_count + tune->space.key_count > RUN_SETS_MAX)
			r = report(0, "more than %d --set and --vary", RUN_SETS_MAX);
		if (!r)
			r = check_key(tune, &tune->space.keys[tune->space.key_count - 1]);
	}
	if (!r && config->goal->witness && !scenario_wants_witness(&tune->scenario))
		r = report(0, "--goal %s: only the witness counts them; add --set witness=true",
			   config->goal->name);
	return r;
}

static double expected_cost(const struct tune *tune)
{
	char with_unit[64];
	uint64_t duration = 0;

	snprintf(with_unit, sizeof(with_unit), "%ss", tune->config->duration);
	if (units_parse_duration(tune->config->duration, &duration))
		units_parse_duration(with_unit, &duration);
	return (double)duration / 1e9 + COST_BESIDE_STORM;
}

/* Settings to begin with, and the race of them. */
static int line_up(struct tune *tune)
{
	const struct tune_config *config = tune->config;
	double cost = expected_cost(tune), budget = (double)config->budget / 1e9;
	double most = FIRST_PASS_SHARE * budget / cost;
	size_t first = most < SETTINGS_MIN   ? SETTINGS_MIN
		       : most > SETTINGS_MAX ? SETTINGS_MAX
					     : (size_t)most;
	struct race_config race = {
		.budget = budget,
		.cost = cost,
		.seed = config->seed,
		.context = &tune->space,
	};

	tune->space.seed = config->seed;
	tune->space.allowed = is_allowed;
	tune->space.context = tune;
	if (space_fill(&tune->space, first, 3 * first))
		return -ENOMEM;
	if (tune->space.count < 2)
		return report(0, "no combination of the values given makes a scenario "
				 "other than the original");
	race.settings = tune->space.count;
	race.room = tune->space.room;
	race.near = tune->space.whole ? NULL : space_near;
	tune->race = race_make(&race);
	return tune->race ? 0 : report(-ENOMEM, "a tuning");
}

static int make_begin(struct tune *tune)
{
	const struct tune_config *config = tune->config;
	_cleanup_free_ char *text = scenario_text(&tune->scenario);
	json_t *vary = json_array();

	for (const char *const *key = config->vary; *key; key++)
		json_array_append_new(vary, json_string(*key));
	tune->begin = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:I, s:I, s:s}", "type", "begin",
				"version", FOLIOSTORM_VERSION, "where",
				config->kernel ? config->kernel->release : "here", "scenario",
				text ? text : "", "vary", vary, "goal", config->goal->name,
				"budget_ns", (json_int_t)config->budget, "seed",
				(json_int_t)config->seed, "duration", config->duration);
	return tune->begin ? 0 : report(-ENOMEM, "a tuning");
}

/* Tells the race what a line says. Returns 0, or -EINVAL when it is not the next trial's. */
static int tell(struct tune *tune, const json_t *line)
{
	struct race_trial trial;
	const struct race_result result = {
		.count = json_number_value(json_object_get(line, "count")),
		.seconds = json_number_value(json_object_get(line, "seconds")),
		.hints = json_number_value(json_object_get(line, tune->config->goal->hint)),
		.took = json_number_value(json_object_get(line, "took")),
		.failed = json_is_string(json_object_get(line, "error")),
	};

	if (!race_next(tune->race, &trial) ||
	    json_integer_value(json_object_get(line, "setting")) != (json_int_t)trial.setting ||
	    json_integer_value(json_object_get(line, "pass")) != (json_int_t)trial.pass)
		return -EINVAL;
	race_tell(tune->race, &result);
	return 0;
}

int tune_take(struct tune *tune, json_t *line)
{
	int r = tell(tune, line);

	if (r) {
		json_decref(line);
		return report(0, "a trial was not the one that is next");
	}
	if (tune->journal)
		tune_journal_write(tune->journal, line);
	if (tune->events)
		tune_journal_write(tune->events, line);
	json_array_append_new(tune->trials, line);
	return 0;
}

static int open_journal(struct tune *tune)
{
	const struct run_arguments *run = tune->config->run;
	char path[PATH_MAX];
	size_t i;
	json_t *line;

	tune->trials = json_array();
	if (tune->config->events) {
		tune->events = fopen(tune->config->events, "we");
		if (!tune->events)
			return report(-errno, "%s", tune->config->events);
		/* Whoever follows them may stop when it likes. */
		signal(SIGPIPE, SIG_IGN);
	}
	if (!run->out)
		return 0;
	if (out_make(run->out))
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/trials.jsonl", run->out);
	json_decref(tune->trials);
	if (tune_journal_open(path, tune->begin, !tune->config->trials_only, &tune->trials,
			      &tune->journal))
		return -EINVAL;
	json_array_foreach (tune->trials, i, line)
		if (tell(tune, line))
			return report(0, "%s: trial %zu does not follow from those before it", path,
				      i + 1);
	tune->resumed = (unsigned int)i;
	return 0;
}

void tune_show(struct tune *tune)
{
	size_t order[3 * SETTINGS_MAX + 2];
	char best[160] = "", line[320];
	const struct race_arm *arm;

	if (!tune->config->progress && !tune->config->plain)
		return;
	if (race_order(tune->race, order)) {
		arm = race_arm(tune->race, order[0]);
		space_describe(&tune->space, order[0], best, sizeof(best));
		snprintf(best + strlen(best), sizeof(best) - strlen(best), ": %.1f %s/s",
			 rate_of(arm->final.trials ? &arm->final : &arm->search),
			 tune->config->goal->name);
	}
	snprintf(line, sizeof(line), "%zu trials, %.0f of %.0f s, %zu settings left%s%s",
		 json_array_size(tune->trials), race_spent(tune->race),
		 (double)tune->config->budget / 1e9, race_left(tune->race),
		 *best ? ", the best now " : "", best);
	progress_line(&tune->progress, line);
}

static int make_trials(struct tune *tune)
{
	struct race_trial trial;
	int r = 0;

	while (!r && race_next(tune->race, &trial)) {
		json_t *line = tune_trial_line(tune, &trial);

		if (tune->events) {
			json_object_set_new(line, "type", json_string("start"));
			tune_journal_write(tune->events, line);
			json_object_set_new(line, "type", json_string("trial"));
		}
		r = stop_wanted() ? -EINTR : tune_trial_run(tune, &trial, line);
		if (!r && tune_take(tune, line))
			r = EXIT_RUN_ERROR;
		else if (r)
			json_decref(line);
	}
	return r;
}

int tune_run(struct tune *tune, const struct tune_config *config)
{
	struct race_trial trial;
	int r;

	*tune = (struct tune){ .config = config };
	progress_init(&tune->progress, config->progress, config->plain);
	if (config->kernel)
		tune->version = config->kernel->version;
	else if (kernel_running(&tune->version))
		return report(0, "the kernel's version cannot be read"), EXIT_PRECONDITION;
	if (check(tune) || (config->run->out && out_check(config->run->out)) || line_up(tune) ||
	    make_begin(tune) || open_journal(tune))
		return EXIT_USAGE;
	stop_catch();
	r = config->kernel && race_next(tune->race, &trial) ? tune_in_guest(tune)
							    : make_trials(tune);
	progress_end(&tune->progress);
	tune->interrupted = r == -EINTR;
	return r == -EINTR ? 0 : r;
}

void tune_release(struct tune *tune)
{
	scenario_release(&tune->scenario);
	space_release(&tune->space);
	if (tune->race)
		race_free(tune->race);
	json_decref(tune->begin);
	json_decref(tune->trials);
	if (tune->journal)
		fclose(tune->journal);
	if (tune->events)
		fclose(tune->events);
}
