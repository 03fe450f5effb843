/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_result.h"
#include "injector/base/cleanup.h"

#include <string.h>

static struct rate_interval interval_of(const struct tune *tune, const struct rate_sum *sum)
{
	return rate_interval(sum, contest_noise(tune->contest), CONTEST_CONFIDENCE);
}

const char *tune_result_rate(const struct tune *tune, const struct rate_sum *sum, char *text,
			     size_t size)
{
	struct rate_interval interval = interval_of(tune, sum);

	if (sum->trials)
		snprintf(text, size, "%.2f %s/s (95 %%: %.2f to %.2f)", rate_of(sum),
			 tune->config->goal->name, interval.low, interval.high);
	else
		snprintf(text, size, "not tried");
	return text;
}

const char *tune_result_claim(const struct tune *tune, bool second, char *text, size_t size)
{
	struct contest_outcome outcome = contest_outcome(tune->contest);
	const struct rate_difference *over = second ? &outcome.over_second : &outcome.over_original;
	const char *other = second ? "the second best" : "the original";

	if (!second && !outcome.best)
		snprintf(text, size, "nothing that was tried is better than the original");
	else if (over->rounds < 2)
		snprintf(text, size, "nothing is known of how it compares with %s", other);
	else
		snprintf(text, size,
			 "with 95 %% confidence %.2f to %.2f %s/s more than %s, by %zu rounds side "
			 "by side%s",
			 over->interval.low, over->interval.high, tune->config->goal->name, other,
			 over->rounds, over->interval.low > 0 ? "" : ": they are not told apart");
	return text;
}

double tune_result_punches(const struct tune *tune, size_t setting, const char *phase, double *hit)
{
	double punches = 0;
	size_t i;
	json_t *line;

	*hit = 0;
	json_array_foreach (tune->trials, i, line) {
		if (json_integer_value(json_object_get(line, "setting")) != (json_int_t)setting ||
		    strcmp(json_string_value(json_object_get(line, "phase")) ?: "", phase))
			continue;
		punches += json_number_value(json_object_get(line, "punches"));
		*hit += json_number_value(json_object_get(line, "punches_hit"));
	}
	return punches;
}

static json_t *phase_json(const struct tune *tune, size_t setting, const char *phase,
			  const struct rate_sum *sum)
{
	struct rate_interval interval = interval_of(tune, sum);
	double hit, punches = tune_result_punches(tune, setting, phase, &hit);

	/* json_real() returns NULL for infinity, which "o?" turns into null. */
	return json_pack("{s:i, s:f, s:f, s:f, s:o?, s:o?, s:o?}", "trials", (int)sum->trials,
			 "count", sum->count, "seconds", sum->seconds, "rate", rate_of(sum), "low",
			 json_real(interval.low), "high", json_real(interval.high), "hit_rate",
			 punches > 0 ? json_real(hit / punches) : NULL);
}

static json_t *setting_json(const struct tune *tune, size_t setting)
{
	const struct contest_arm *arm = contest_arm(tune->contest, setting);
	const struct space *space = &tune->space;
	json_t *values = json_object();

	for (size_t k = 0; k < space->key_count && setting; k++)
		json_object_set_new(
			values, space->keys[k].path,
			json_string(space->keys[k].values[space->settings[setting].value[k]].text));
	return json_pack("{s:I, s:o, s:o, s:o, s:i, s:i}", "setting", (json_int_t)setting, "values",
			 values, "search", phase_json(tune, setting, "search", &arm->search),
			 "final", phase_json(tune, setting, "final", &arm->final), "failures",
			 (int)arm->failures, "rung", (int)arm->rung);
}

static json_t *difference_json(const struct rate_difference *difference)
{
	if (difference->rounds < 2)
		return json_null();
	return json_pack("{s:f, s:o?, s:o?, s:I}", "difference", difference->difference, "low",
			 json_real(difference->interval.low), "high",
			 json_real(difference->interval.high), "rounds",
			 (json_int_t)difference->rounds);
}

static json_t *setting_or_null(size_t setting)
{
	return setting == SIZE_MAX ? json_null() : json_integer((json_int_t)setting);
}

json_t *tune_result_json(const struct tune *tune)
{
	struct contest_outcome outcome = contest_outcome(tune->contest);
	_cleanup_free_ size_t *order = calloc(contest_settings(tune->contest), sizeof(*order));
	size_t count = order ? contest_order(tune->contest, order) : 0;
	json_t *result = json_copy(tune->begin), *settings = json_array();
	struct contest_trial next;

	json_object_del(result, "type");
	for (size_t i = 0; i < count; i++)
		json_array_append_new(settings, setting_json(tune, order[i]));
	json_object_set_new(result, "complete", json_boolean(!contest_next(tune->contest, &next)));
	json_object_set_new(result, "trials",
			    json_integer((json_int_t)json_array_size(tune->trials)));
	json_object_set_new(result, "spent_seconds", json_real(contest_spent(tune->contest)));
	json_object_set_new(result, "combinations", json_real(space_size(&tune->space)));
	json_object_set_new(result, "confidence", json_real(CONTEST_CONFIDENCE));
	json_object_set_new(result, "best", setting_or_null(outcome.best));
	json_object_set_new(result, "second", setting_or_null(outcome.second));
	json_object_set_new(result, "over_original", difference_json(&outcome.over_original));
	json_object_set_new(result, "over_second", difference_json(&outcome.over_second));
	json_object_set_new(result, "better", json_boolean(tune_result_better(tune)));
	json_object_set_new(result, "settings", settings);
	return result;
}

bool tune_result_better(const struct tune *tune)
{
	struct contest_outcome outcome = contest_outcome(tune->contest);

	return outcome.best != SIZE_MAX && outcome.best && outcome.over_original.rounds >= 2 &&
	       outcome.over_original.interval.low > 0;
}

static void print_setting(FILE *to, const struct tune *tune, const char *name, size_t setting)
{
	const struct contest_arm *arm = contest_arm(tune->contest, setting);
	bool final = arm->final.trials;
	double hit, punches = tune_result_punches(tune, setting, final ? "final" : "search", &hit);
	char text[SPACE_KEYS_MAX * 128];

	fprintf(to, "%-10s %s\n", name, space_describe(&tune->space, setting, text, sizeof(text)));
	fprintf(to, "           %s",
		tune_result_rate(tune, final ? &arm->final : &arm->search, text, sizeof(text)));
	if (punches > 0)
		fprintf(to, ", %.1f %% of %.0f punches hit", 100 * hit / punches, punches);
	fprintf(to, ", %u trials%s\n", final ? arm->final.trials : arm->search.trials,
		final ? "" : " of the search");
}

void tune_result_print(FILE *to, const struct tune *tune)
{
	struct contest_outcome outcome = contest_outcome(tune->contest);
	struct contest_trial next;
	char text[320];

	fprintf(to, "scenario   %s (%s)\n", tune->scenario.title, tune->scenario.path);
	fprintf(to, "kernel     %s\n",
		tune->config->kernel ? tune->config->kernel->release : "this machine's");
	fprintf(to, "trials     %zu in %.0f s of %.0f", json_array_size(tune->trials),
		contest_spent(tune->contest), (double)tune->config->budget / 1e9);
	if (tune->resumed)
		fprintf(to, ", %u of them were there", tune->resumed);
	fprintf(to, "; %zu settings of %.0f\n", contest_settings(tune->contest) - 1,
		space_size(&tune->space));
	if (contest_next(tune->contest, &next))
		fprintf(to, "           interrupted: %s\n",
			tune->config->run->out ? "the same command goes on"
					       : "without --out it begins anew");
	if (outcome.best == SIZE_MAX) {
		fprintf(to, "best       no trial worked\n");
		return;
	}
	print_setting(to, tune, "best", outcome.best);
	if (outcome.second != SIZE_MAX && outcome.second)
		print_setting(to, tune, "second", outcome.second);
	if (outcome.best)
		print_setting(to, tune, "original", 0);
	fprintf(to, "claim      %s\n", tune_result_claim(tune, false, text, sizeof(text)));
	if (outcome.second != SIZE_MAX && outcome.second)
		fprintf(to, "           %s\n", tune_result_claim(tune, true, text, sizeof(text)));
}
