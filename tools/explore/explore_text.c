/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/explore/explore_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/save.h"
#include "tools/scenario/config_edit.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/shown.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char DURATION[] = "300"; /* seconds, longest duration of a series without --duration */

static int load(const struct explore_config *config, struct scenario *scenario)
{
	const struct scenario_overrides overrides =
		scenario_overrides_of_guest(&config->run->overrides);

	return scenario_load(scenario, config->scenario, &overrides, &config->kernel->version);
}

static int check(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;

	if (scenario->schedule.count)
		return report(0,
			      "%s: it has a schedule; allowed: a scenario without one, which is "
			      "looked for",
			      scenario->path);
	if (!scenario->has_storm)
		return report(0, "%s: has no storm, whose punches could be held; allowed: with one",
			      scenario->path);
	if (scenario->readers.count != 1 || readers[0].count != 1)
		return report(0,
			      "%s: more readers than one, or none; allowed: one, as with --set "
			      "'readers[0].count=1'",
			      scenario->path);
	return 0;
}

static bool has_gate(const struct scenario *scenario)
{
	return scenario->gate.split || scenario->gate.meet || scenario->gate.reader ||
	       scenario->gate.lookup;
}

static int edit(const struct explore_config *config, bool has_gate, char **text)
{
	static const char *const gates[] = { "gate.split", "gate.meet", "gate.reader",
					     "gate.lookup" };
	const struct run_arguments *run = config->run;
	int r = 0;

	for (size_t i = 0; i < run->set_count && !r; i++) {
		const char *equals = strchr(run->sets[i], '=');
		_cleanup_free_ char *path =
			equals ? strndup(run->sets[i], (size_t)(equals - run->sets[i])) : NULL;

		r = path ? config_edit_set(text, path, equals + 1, NULL) : -ENOMEM;
	}
	if (!r && run->overrides.seed)
		r = config_edit_set(text, "seed", run->overrides.seed, NULL);
	for (size_t i = 0; has_gate && i < ARRAY_SIZE(gates) && !r; i++)
		r = config_edit_set(text, gates[i], "0", NULL);
	return r;
}

int explore_text_read(const struct explore_config *config, char **text)
{
	struct scenario scenario;
	int r = load(config, &scenario);

	if (!r && check(&scenario))
		r = -EINVAL;
	if (!r)
		r = config_edit_read(scenario.path, text);
	if (!r)
		r = edit(config, has_gate(&scenario), text);
	scenario_release(&scenario);
	return r;
}

static void print_event(FILE *to, const struct schedule_event *event)
{
	char text[SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 16];

	fprintf(to, "\"%s\"", schedule_event_text(event, text, sizeof(text)));
}

static void print_hold(FILE *to, const char *role, const struct code_point *at)
{
	char text[2 * CODE_POINT_NAME + 16];

	fprintf(to, "\t{ hold = \"%s\"; at = \"%s\"; until = ", role,
		code_point_text(at, text, sizeof(text)));
}

/* The storm is held at each of its points, and waits for points of the reader. */
static void print_all_points(FILE *to, const struct explore_points *points)
{
	static const struct code_point begin = { .kind = POINT_BEGIN };
	size_t reads = points->count - points->storm, read = 0;

	fputs("schedule = (\n", to);
	print_hold(to, "read", &begin);
	print_event(to, &points->events[0]);
	for (size_t i = 0; i < points->storm; i++) {
		fputs("; },\n", to);
		print_hold(to, points->events[i].role, &points->events[i].at);
		fputs("( ", to);
		for (size_t k = 0; k < SCHEDULE_EVENTS_MAX && k < reads; k++) {
			fputs(k ? ", " : "", to);
			print_event(to, &points->events[points->storm + read++ % reads]);
		}
		fputs(" )", to);
	}
	fputs("; }\n);\n", to);
}

int explore_text_series(const struct explore *explore, uint64_t made, const char *path)
{
	const char *duration = explore->config->run->overrides.duration;
	_cleanup_free_ char *text = strdup(explore->text);
	char number[32];
	struct save save;
	int r;

	if (!text)
		return report(-ENOMEM, "%s", path);
	snprintf(number, sizeof(number), "%" PRIu64, made);
	r = config_edit_set(&text, "expect.made", number, NULL);
	if (!r)
		r = config_edit_set(&text, "duration", duration ? duration : DURATION, NULL);
	if (!r)
		r = save_begin(&save, path);
	if (r)
		return r;
	fprintf(save.file, "%s\n", text);
	print_all_points(save.file, &explore->points);
	return save_end(&save, path);
}

static void print_schedule(FILE *to, const void *context)
{
	const struct explore_schedule *schedule = context;

	fputs("schedule = (\n", to);
	for (size_t i = 0; i < schedule->count; i++) {
		print_hold(to, schedule->holds[i].role, &schedule->holds[i].at);
		print_event(to, &schedule->until[i]);
		fprintf(to, "; }%s\n", i + 1 < schedule->count ? "," : "");
	}
	fputs(");\n", to);
}

static int print_found(FILE *to, const struct explore *explore,
		       const struct explore_schedule *schedule)
{
	const struct explore_tried *best = &explore->subsets[explore->needed];

	fprintf(to, "%s\n# Found by foliostorm explore on %s: of %u passages %u made, %u hit.\n",
		explore->text, explore->config->kernel->name, best->score.passages, best->made,
		best->score.hits);
	return shown_print(to, print_schedule, schedule,
			   (struct shown){ .kernel = explore->config->kernel->name,
					   .passages = best->score.passages,
					   .hits = best->score.hits });
}

int explore_text_found(const struct explore *explore, const struct explore_schedule *schedule,
		       const char *path)
{
	struct save save;
	int r = save_begin(&save, path), found;

	if (r)
		return r;
	found = print_found(save.file, explore, schedule);
	if (found)
		report(found, "%s", path);
	r = save_end(&save, path);
	return r ? r : found;
}
