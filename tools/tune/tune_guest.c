/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest runs `foliostorm tune` itself, continues its journal, and reports each trial as it
 * ends. So many trials share a boot, and nothing has to be sent to a running guest. A guest that
 * dies loses one trial, and the next guest continues after it.
 */
#include "tools/tune/tune_guest.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/exit_code.h"
#include "tools/base/quote.h"
#include "tools/base/stop.h"
#include "tools/guest/guest.h"
#include "tools/tune/tune_journal.h"
#include "tools/tune/tune_trial.h"

#include <errno.h>
#include <string.h>

/* Guests in a row that may end without a trial. */
enum { FRUITLESS_MAX = 3 };

struct guest_tuning {
	struct tune *tune;
	json_t *under_way; /* the trial that has begun, or NULL */
	uint64_t began;    /* CLOCK_MONOTONIC ns of the host */
	size_t brought;
	bool wrong; /* an unexpected line came */
};

static void on_event(void *context, const json_t *event)
{
	struct guest_tuning *tuning = context;
	const char *type = json_string_value(json_object_get(event, "type"));

	if (!event) {
		tune_show(tuning->tune);
	} else if (!strcmp(type, "start")) {
		json_decref(tuning->under_way);
		tuning->under_way = json_deep_copy(event);
		json_object_set_new(tuning->under_way, "type", json_string("trial"));
		tuning->began = units_now();
	} else if (!strcmp(type, "trial") && !tuning->wrong) {
		json_decref(tuning->under_way);
		tuning->under_way = NULL;
		tuning->brought++;
		tuning->wrong = tune_take(tuning->tune, json_deep_copy(event)) != 0;
	}
}

/* The guest's command. The caller frees it; NULL without memory. */
static char *make_command(const struct tune *tune)
{
	const struct tune_config *config = tune->config;
	char *text = NULL, number[32];
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	fputs("exec foliostorm tune --quiet --trials-only --events /run/events --out /tmp/tune",
	      memory);
	for (const char *const *vary = config->vary; *vary; vary++) {
		fputs(" --vary ", memory);
		quote_word(memory, *vary);
	}
	snprintf(number, sizeof(number), "%juns", (uintmax_t)config->budget);
	fprintf(memory, " --goal %s --budget %s --seed %ju --duration ", config->goal->name, number,
		(uintmax_t)config->seed);
	quote_word(memory, config->duration);
	fputs(" /tmp/tuned.cfg >/dev/null", memory);
	fclose(memory);
	return text;
}

/* The guest's journal. The caller frees it; NULL without memory. */
static char *journal_text(const struct tune *tune)
{
	char *text = NULL;
	size_t size, i;
	json_t *line;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	tune_journal_write(memory, tune->begin);
	json_array_foreach (tune->trials, i, line)
		tune_journal_write(memory, line);
	fclose(memory);
	return text;
}

/* Records the trial in which the guest died: a hit if the kernel's report is one, else a
 * failure. */
static void account_for_death(struct guest_tuning *tuning, const struct guest_end_told *told)
{
	double took = (double)(units_now() - tuning->began) / 1e9;
	json_t *line = tuning->under_way;

	tuning->under_way = NULL;
	tune_trial_failed(line, took, told->text);
	if (told->hit) {
		json_object_set_new(line, "count", json_integer(1));
		json_object_set_new(line, "seconds", json_real(took));
		json_object_set_new(line, "verdict", json_string("HIT"));
		json_object_set_new(line, "kind", json_string("kernel-report"));
		json_object_set_new(line, "report", json_string(told->text));
		json_object_set_new(line, "error", json_null());
	}
	tuning->brought++;
	tuning->wrong = tune_take(tuning->tune, line) != 0;
}

/* Boots a guest. Returns 0 if the trials are done or the guest died; else as tune_in_guest(). */
static int boot(struct guest_tuning *tuning)
{
	struct tune *tune = tuning->tune;
	_cleanup_free_ char *command = make_command(tune), *journal = journal_text(tune),
			    *scenario = scenario_text(&tune->scenario);
	const struct initrd_file files[] = {
		{ "tmp/tune/trials.jsonl", journal, 0 },
		{ "tmp/tuned.cfg", scenario, 0 },
		{ NULL, NULL, 0 },
	};
	struct guest_arguments machine = *tune->config->machine;
	struct guest_end_told told = { .died = false };
	int status = 0, r;
	const struct guest_config config = {
		.kernel = tune->config->kernel,
		.command = command,
		.machine = &machine,
		.progress = tune->config->progress,
		.plain = tune->config->plain,
		.files = files,
		.brings = &tune->scenario,
		.event = on_event,
		.context = tuning,
		.status = &status,
		.told = &told,
	};

	if (!command || !journal || !scenario)
		return report(-ENOMEM, "the guest's job");
	if (!machine.timeout)
		machine.timeout = 2 * tune->config->budget + 600000000000;
	r = guest_run(&config) ?: error_of_exit_code(status);
	if (told.stopped || stop_wanted())
		return -EINTR;
	if (told.died && tuning->under_way)
		account_for_death(tuning, &told);
	else if (told.died)
		report(0, "%s, between trials", told.text);
	else if (r && *told.text)
		report(0, "%s", told.text);
	return told.died ? 0 : r;
}

int tune_in_guest(struct tune *tune)
{
	struct guest_tuning tuning = { .tune = tune };
	struct contest_trial trial;
	unsigned int fruitless = 0;
	int r = 0;

	while (!r && contest_next(tune->contest, &trial)) {
		size_t brought = tuning.brought;

		r = boot(&tuning);
		json_decref(tuning.under_way);
		tuning.under_way = NULL;
		if (tuning.wrong)
			r = -EIO;
		fruitless = tuning.brought > brought ? 0 : fruitless + 1;
		if (!r && fruitless == FRUITLESS_MAX)
			r = (report(0, "%d guests in a row brought no trial home", FRUITLESS_MAX),
			     -EIO);
	}
	return r;
}
