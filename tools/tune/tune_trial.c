/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_trial.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/child.h"
#include "tools/base/exit_code.h"
#include "tools/base/keys.h"
#include "tools/base/stop.h"
#include "tools/verdict/result_keys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

/* A run that exceeds its duration by this much is stuck. */
enum { STUCK_MS = 180000 };

static const char *const phase_names[] = {
	[CONTEST_SEARCH] = "search",
	[CONTEST_FINAL] = "final",
};

struct start {
	const char *const *words;
	int output, errors; /* memfds */
};

json_t *tune_trial_line(const struct tune *tune, const struct contest_trial *trial)
{
	/* All trials of a pass punch and read the same pages. */
	const uint64_t seed = tune->config->seed + trial->pass;
	json_t *values = json_object();

	for (size_t k = 0; k < tune->space.key_count && trial->setting; k++) {
		const struct space_key *key = &tune->space.keys[k];

		json_object_set_new(
			values, key->path,
			json_string(
				key->values[tune->space.settings[trial->setting].value[k]].text));
	}
	return json_pack("{s:s, s:I, s:s, s:i, s:I, s:o, s:I}", "type", "trial", "trial",
			 (json_int_t)json_array_size(tune->trials) + 1, "phase",
			 phase_names[trial->phase], "pass", (int)trial->pass, "setting",
			 (json_int_t)trial->setting, "values", values, "seed", (json_int_t)seed);
}

void tune_trial_failed(json_t *line, double took, const char *why)
{
	json_object_set_new(line, "count", json_integer(0));
	json_object_set_new(line, "seconds", json_real(0));
	json_object_set_new(line, "took", json_real(took));
	result_keys_copy(line, NULL, RESULT_TRIAL);
	json_object_set_new(line, "error", key_text_of(why));
}

static void take_result(const struct tune *tune, json_t *line, const json_t *result, double took)
{
	json_int_t count = json_integer_value(json_object_get(result, tune->config->goal->key));
	const char *verdict = json_string_value(json_object_get(result, "verdict"));

	/* A hit that only the kernel log shows counts as one. */
	if (!count && !strcmp(tune->config->goal->name, "hits") && verdict &&
	    !strcmp(verdict, "HIT"))
		count = 1;
	json_object_set_new(line, "count", json_integer(count));
	json_object_set(line, "seconds", json_object_get(result, "duration_seconds"));
	json_object_set_new(line, "took", json_real(took));
	result_keys_copy(line, result, RESULT_TRIAL);
	json_object_set_new(line, "error", json_null());
}

static int become_run(void *context)
{
	const struct start *start = context;

	child_become(start->words, start->output, start->errors);
	return 127;
}

/* The last line of the run's output. */
static void last_words(int fd, const struct child *child, char *text, size_t size)
{
	FILE *file = fdopen(dup(fd), "re");
	char line[400];

	snprintf(text, size, "the run ended with %s", child_status(child));
	if (!file)
		return;
	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (*line != '\n')
			snprintf(text, size, "%.*s", (int)strcspn(line, "\n"), line);
	fclose(file);
}

/* Returns 0 when the run has ended; -EINTR if this program was told to stop. */
static int wait_for(struct tune *tune, struct child *child)
{
	uint64_t limit = units_now() + (uint64_t)STUCK_MS * 1000000 + 2 * tune->config->budget;

	while (!child_ended(child)) {
		tune_show(tune);
		if (stop_wanted()) {
			child_signal(child, SIGTERM);
			if (!child_wait(child, 20000))
				child_kill(child, 5000);
			return -EINTR;
		}
		if (units_now() > limit)
			child_kill(child, 5000);
		child_wait(child, 50);
	}
	return 0;
}

static int follow(struct tune *tune, struct child *child, const struct start *start, json_t *line)
{
	uint64_t began = units_now();
	char words[400];
	json_t *result;
	double took;
	int r = wait_for(tune, child), failure;

	if (r)
		return r;
	failure = error_of_exit_code(child_exit_code(child));
	took = (double)(units_now() - began) / 1e9;
	last_words(start->errors, child, words, sizeof(words));
	if (failure == -EINVAL || error_is_precondition(failure)) {
		const char *said = !strncmp(words, "foliostorm: ", 12) ? words + 12 : words;

		return report(0, "%s", said), failure;
	}
	lseek(start->output, 0, SEEK_SET);
	result = json_loadfd(start->output, 0, NULL);
	if (result && !failure)
		take_result(tune, line, result, took);
	else
		tune_trial_failed(line, took,
				  result ? json_string_value(json_object_get(result, "reason"))
					 : words);
	json_decref(result);
	return 0;
}

static int start_and_follow(struct tune *tune, const char *const *words, json_t *line)
{
	_cleanup_close_ int output = memfd_create("result", MFD_CLOEXEC);
	_cleanup_close_ int errors = memfd_create("errors", MFD_CLOEXEC);
	struct start start = { words, output, errors };
	struct child child = { .pid = 0 };

	if (output < 0 || errors < 0)
		return report(-errno, "memory for a trial");
	return child_start(&child, become_run, &start) ?: follow(tune, &child, &start, line);
}

int tune_trial_run(struct tune *tune, const struct contest_trial *trial, json_t *line)
{
	const struct space *space = &tune->space;
	struct run_arguments run = { .set_count = tune->config->run->set_count };
	const char *words[8 + RUN_WORDS_MAX] = { "foliostorm", "run", "--quiet", "--format",
						 "json" };
	char sets[SPACE_KEYS_MAX][512], seed[24];
	size_t count = 5;

	memcpy(run.sets, tune->config->run->sets, run.set_count * sizeof(run.sets[0]));
	for (size_t k = 0; k < space->key_count && trial->setting; k++) {
		const struct space_key *key = &space->keys[k];

		snprintf(sets[k], sizeof(sets[k]), "%s=%s", key->path,
			 key->values[space->settings[trial->setting].value[k]].text);
		run.sets[run.set_count++] = sets[k];
	}
	snprintf(seed, sizeof(seed), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(line, "seed")));
	run.overrides.seed = seed;
	run.overrides.duration = tune->config->duration;
	run.overrides.trust = tune->config->run->overrides.trust;
	count += run_options_words(&run, words + count);
	words[count++] = tune->config->scenario;
	words[count] = NULL;
	return start_and_follow(tune, words, line);
}
