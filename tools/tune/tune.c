/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/keys.h"
#include "tools/base/out.h"
#include "tools/base/stop.h"
#include "tools/tune/tune_guest.h"
#include "tools/tune/tune_journal.h"
#include "tools/tune/tune_load.h"
#include "tools/tune/tune_trial.h"

#include <errno.h>
#include <string.h>

/* Estimated seconds of a trial besides its storm, for making files. A constant, so that guest and
 * host make the same settings. */
static const double COST_BESIDE_STORM = 2;

/* Share of the budget for the first pass of the search. */
static const double FIRST_PASS_SHARE = 0.25;

enum { SETTINGS_MIN = 4 };

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

/* Refuses values that conflict, and the original, which is there already. */
static bool is_allowed(void *context, const struct space_setting *setting)
{
	const struct tune *tune = context;
	struct scenario scenario;
	char message[1024];
	int r;

	if (is_original(tune, setting))
		return false;
	report_capture(message, sizeof(message));
	r = tune_load_setting(tune, setting, tune->config->scenario, &scenario);
	scenario_release(&scenario);
	report_capture(NULL, 0);
	return !r;
}

/* Keys that cannot change what trials count, and why. */
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
	for (size_t i = 0; i < ARRAY_SIZE(fixed_keys); i++) {
		size_t length = strlen(fixed_keys[i].key);

		if (!strncmp(path, fixed_keys[i].key, length) && strchr(".[", path[length]))
			return report(0,
				      "--vary %s: %s does not vary in a tuning: %s; vary keys of "
				      "storm, readers, files, gate and others that change the run",
				      path, path, fixed_keys[i].why);
	}
	return 0;
}

/* Each value alone must make a valid scenario. */
static int check_key(const struct tune *tune, const struct space_key *key)
{
	char set[512];
	const char *sets[] = { set };
	int r = check_varies(key->path);

	for (size_t i = 0; i < key->count && !r; i++) {
		static const char prefix[] = "--set: ";
		struct scenario scenario;
		char said[2048] = "";

		snprintf(set, sizeof(set), "%s=%s", key->path, key->values[i].text);
		report_capture(said, sizeof(said));
		r = tune_load_with(tune, tune->config->scenario, sets, 1, &scenario);
		report_capture(NULL, 0);
		scenario_release(&scenario);
		/* The value is not from --set. */
		if (r)
			report(0, "--vary %s: %s", set,
			       said + (!strncmp(said, prefix, strlen(prefix)) ? strlen(prefix)
									      : 0));
	}
	return r;
}

static int check(struct tune *tune)
{
	const struct tune_config *config = tune->config;
	uint64_t duration = 0;
	int r = 0;

	if (tune_load(tune, 0, config->scenario, &tune->scenario))
		return -EINVAL;
	if (!tune->scenario.has_storm)
		return report(0, "%s: has no storm, so there is nothing to tune", config->scenario);
	if (!units_parse_seconds(config->duration, &duration) && duration > config->budget)
		return report(
			0,
			"--budget: %g s are less than a trial takes (--duration %s); allowed: "
			"enough for many trials",
			(double)config->budget / 1e9, config->duration);
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
	uint64_t duration = 0;

	units_parse_seconds(tune->config->duration, &duration);
	return (double)duration / 1e9 + COST_BESIDE_STORM;
}

/* Makes the initial settings and their contest. */
static int line_up(struct tune *tune)
{
	const struct tune_config *config = tune->config;
	double cost = expected_cost(tune), budget = (double)config->budget / 1e9;
	double most = FIRST_PASS_SHARE * budget / cost;
	size_t first = most < SETTINGS_MIN        ? SETTINGS_MIN
		       : most > TUNE_SETTINGS_MAX ? TUNE_SETTINGS_MAX
						  : (size_t)most;
	struct contest_config contest = {
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
	contest.settings = tune->space.count;
	contest.room = tune->space.room;
	contest.near = tune->space.whole ? NULL : space_near;
	tune->contest = contest_make(&contest);
	return tune->contest ? 0 : report(-ENOMEM, "a tuning");
}

static int make_begin(struct tune *tune)
{
	const struct tune_config *config = tune->config;
	_cleanup_free_ char *text = scenario_text(&tune->scenario);
	json_t *vary = json_array();

	for (const char *const *key = config->vary; *key; key++)
		json_array_append_new(vary, key_text_of(*key));
	tune->begin = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:I, s:I, s:s}", "type", "begin",
				"version", FOLIOSTORM_VERSION, "where",
				config->kernel ? config->kernel->release : "here", "scenario",
				key_text_of(text ? text : ""), "vary", vary, "goal",
				config->goal->name, "budget_ns", (json_int_t)config->budget, "seed",
				(json_int_t)config->seed, "duration", config->duration);
	return tune->begin ? 0 : report(-ENOMEM, "a tuning");
}

static int make_trials(struct tune *tune)
{
	struct contest_trial trial;
	int r = 0;

	while (!r && contest_next(tune->contest, &trial)) {
		json_t *line = tune_trial_line(tune, &trial);

		if (tune->events) {
			json_object_set_new(line, "type", json_string("start"));
			tune_journal_write(tune->events, line);
			json_object_set_new(line, "type", json_string("trial"));
		}
		r = stop_wanted() ? -EINTR : tune_trial_run(tune, &trial, line);
		if (!r && tune_take(tune, line))
			r = -EIO;
		else if (r)
			json_decref(line);
	}
	return r;
}

/* Returns as tune_run(). */
static int begin(struct tune *tune, const struct tune_config *config)
{
	*tune = (struct tune){ .config = config, .claim = OUT_UNCLAIMED };
	progress_init(&tune->progress, config->progress, config->plain);
	if (config->kernel)
		tune->version = config->kernel->version;
	else if (kernel_running(&tune->version))
		return report(0, "the kernel's version cannot be read"), -EPERM;
	if (check(tune))
		return -EINVAL;
	return config->run->out ? out_check(config->run->out) : 0;
}

int tune_check(const struct tune_config *config)
{
	struct tune tune;
	int r = begin(&tune, config);

	tune_release(&tune);
	if (!r && config->events)
		r = out_check_file("--events", config->events, OUT_ANY);
	return r;
}

int tune_run(struct tune *tune, const struct tune_config *config)
{
	struct contest_trial trial;
	int r = begin(tune, config);

	if (r)
		return r;
	r = line_up(tune) ?: make_begin(tune) ?: tune_open_journal(tune);
	if (r)
		return r;
	stop_catch();
	r = config->kernel && contest_next(tune->contest, &trial) ? tune_in_guest(tune)
								  : make_trials(tune);
	progress_end(&tune->progress);
	tune->interrupted = r == -EINTR;
	return r == -EINTR ? 0 : r;
}
