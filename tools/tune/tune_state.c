/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_state.h"
#include "injector/base/append_text.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"
#include "tools/tune/tune_journal.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

const struct tune_goal tune_goals[] = {
	{ "hits", "hit", "punches_hit", "exposures", false },
	{ "exposures", "exposure", "exposures", "punches", false },
	{ "captures", "capture", "captures", "exposures", true },
	{ .name = NULL },
};

/* Tells the contest the result in a line. Returns 0, or -EINVAL if it is not the next trial's. */
static int tell(struct tune *tune, const json_t *line)
{
	struct contest_trial trial;
	const struct contest_result result = {
		.count = json_number_value(json_object_get(line, "count")),
		.seconds = json_number_value(json_object_get(line, "seconds")),
		.hints = json_number_value(json_object_get(line, tune->config->goal->hint)),
		.took = json_number_value(json_object_get(line, "took")),
		.failed = json_is_string(json_object_get(line, "error")),
	};

	if (!contest_next(tune->contest, &trial) ||
	    json_integer_value(json_object_get(line, "setting")) != (json_int_t)trial.setting ||
	    json_integer_value(json_object_get(line, "pass")) != (json_int_t)trial.pass)
		return -EINVAL;
	contest_tell(tune->contest, &result);
	return 0;
}

/* If trials cannot be kept any more, the tuning continues: its result matters more. */
static void keep_in_journal(struct tune *tune, const json_t *line)
{
	int r = tune->journal ? tune_journal_write(tune->journal, line) : 0;

	if (!r)
		return;
	report(r, "%s/trials.jsonl: trials are not kept any more", tune->config->run->out);
	tune->unsaved = true;
	fclose(tune->journal);
	tune->journal = NULL;
}

int tune_take(struct tune *tune, json_t *line)
{
	int r = tell(tune, line);

	if (r) {
		json_decref(line);
		return report(0, "a trial was not the one that is next");
	}
	keep_in_journal(tune, line);
	if (tune->events)
		tune_journal_write(tune->events, line);
	json_array_append_new(tune->trials, line);
	return 0;
}

int tune_open_journal(struct tune *tune)
{
	const struct run_arguments *run = tune->config->run;
	char path[PATH_MAX];
	size_t i;
	json_t *line;
	int r;

	tune->trials = json_array();
	if (tune->config->events) {
		tune->events = open_output_stream(tune->config->events);
		if (!tune->events)
			return -EINVAL;
		/* A reader of the events may close its end at any time. */
		signal(SIGPIPE, SIG_IGN);
	}
	if (!run->out)
		return 0;
	r = out_claim(&tune->claim, run->out);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/trials.jsonl", run->out);
	json_decref(tune->trials);
	r = tune_journal_open(path, tune->begin, !tune->config->trials_only, &tune->trials,
			      &tune->journal);
	if (r)
		return r;
	json_array_foreach (tune->trials, i, line)
		if (tell(tune, line))
			return report(0, "%s: trial %zu does not follow from those before it", path,
				      i + 1);
	tune->resumed = (unsigned int)i;
	return out_remove(run->out, "tune.json");
}

void tune_show(struct tune *tune)
{
	size_t order[3 * TUNE_SETTINGS_MAX + 2];
	char best[160] = "", line[320];
	const struct contest_arm *arm;

	if (!tune->config->progress && !tune->config->plain)
		return;
	if (contest_order(tune->contest, order)) {
		arm = contest_arm(tune->contest, order[0]);
		space_describe(&tune->space, order[0], best, sizeof(best));
		append_text(best, sizeof(best), strlen(best), ": %.1f %s/s",
			    rate_of(arm->final.trials ? &arm->final : &arm->search),
			    tune->config->goal->name);
	}
	snprintf(line, sizeof(line), "%zu trials, %.0f of %.0f s, %zu settings left%s%s",
		 json_array_size(tune->trials), contest_spent(tune->contest),
		 (double)tune->config->budget / 1e9, contest_left(tune->contest),
		 *best ? ", the best now " : "", best);
	progress_line(&tune->progress, line);
}

void tune_release(struct tune *tune)
{
	scenario_release(&tune->scenario);
	space_release(&tune->space);
	if (tune->contest)
		contest_free(tune->contest);
	json_decref(tune->begin);
	json_decref(tune->trials);
	if (tune->journal)
		fclose(tune->journal);
	if (tune->events)
		fclose(tune->events);
	out_release(&tune->claim);
}
