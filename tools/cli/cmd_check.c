/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/kernel.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/cli/data_path.h"
#include "tools/guest/options.h"
#include "tools/scenario/config_text.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/scenario_rules.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/shipped.h"
#include "tools/trace/trace.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_KERNEL = 'k', OPTION_QUIET = 'q', OPTION_DATA_PATH = 'D', OPTION_TRUST = 0x100 };

struct arguments {
	struct kernel_version kernel;
	enum layer_data_path data_path;
	enum schema_trust trust;
	bool quiet;
	char **files;
	int count;
};

static const struct argp_option options[] = {
	{ "kernel", OPTION_KERNEL, "VERSION", 0,
	  "Check for runs on that kernel, which decides where a punch is aimed (the "
	  "running one)",
	  0 },
	{ "data-path", OPTION_DATA_PATH, "PATH", 0,
	  "Check rules for a mount with that data path (daemon, on which most rules "
	  "can match)",
	  0 },
	{ "trust", OPTION_TRUST, NULL, 0, "Accept commands that others may have written", 0 },
	{ "quiet", OPTION_QUIET, NULL, 0, "Print only errors", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_KERNEL:
		if (kernel_parse(argument, &arguments->kernel))
			argp_error(state, "--kernel %s: not a version; allowed: one such as 6.18.9",
				   argument);
		return 0;
	case OPTION_DATA_PATH:
		data_path_option(state, argument, &arguments->data_path);
		return 0;
	case OPTION_TRUST:
		arguments->trust = TRUST_ALL;
		return 0;
	case OPTION_QUIET:
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARGS:
		arguments->files = state->argv + state->next;
		arguments->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which FILE?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool is_trace(const char *path)
{
	static const char begin[] = "foliostorm-trace ";
	FILE *file = text_file_stream(path);
	char text[sizeof(begin)] = "";
	bool is = file && fgets(text, sizeof(text), file) && !strcmp(text, begin);

	if (file)
		fclose(file);
	return is;
}

static int check_trace(const char *path, const struct arguments *arguments)
{
	struct trace trace;
	char why[400];
	int r = trace_load(&trace, path, why, sizeof(why));

	(void)arguments;
	if (r)
		report(0, "%s: %s", path, why);
	trace_release(&trace);
	return r;
}

static bool holds_only_rules(const config_t *config)
{
	int count = !!config_lookup(config, "rules") + !!config_lookup(config, "crash");

	return count && config_setting_length(config_root_setting(config)) == count;
}

/* Whether it is a file of rules. Mistakes of syntax are left to the check of scenarios. */
static bool is_rules(const char *path)
{
	struct config_text text;
	config_t config;
	char unsaid[400] = "";
	bool is;

	report_capture(unsaid, sizeof(unsaid));
	config_init(&config);
	is = !config_text_read(&text, path) && !config_text_parse(&text, &config) &&
	     holds_only_rules(&config);
	config_destroy(&config);
	config_text_release(&text);
	report_capture(NULL, 0);
	return is;
}

static int check_rules(const char *path, const struct arguments *arguments)
{
	const struct rules_config config = {
		.no_data = arguments->data_path == LAYER_PASSTHROUGH,
		.maps_past = arguments->data_path == LAYER_MIXED,
		.kernel = arguments->kernel,
	};
	struct rules *rules;
	int r = rules_make(&rules, &config);

	if (r)
		return report(r, "rules");
	r = rules_load(path, arguments->trust, rules);
	rules_free(rules);
	return r;
}

static int check_scenario(const char *path, const struct arguments *arguments)
{
	const struct scenario_overrides overrides = { .trust = arguments->trust };
	struct scenario scenario;
	int r = scenario_load(&scenario, path, &overrides, &arguments->kernel);

	/* Its schedule as on a machine that has enough of all. */
	if (!r)
		r = scenario_schedule_engine(&scenario, GUEST_CPUS_MAX,
					     scenario_guest_engine(&scenario));
	scenario_release(&scenario);
	return r;
}

/* A file is of the first kind that it looks like. */
static const struct kind {
	const char *name;
	bool (*is)(const char *path);
	int (*check)(const char *path, const struct arguments *arguments);
} kinds[] = {
	{ "trace", is_trace, check_trace },
	{ "rules", is_rules, check_rules },
	{ "scenario", NULL, check_scenario },
};

static int check_file(const char *path, const struct arguments *arguments)
{
	const struct kind *kind = kinds;
	char found[PATH_MAX];
	int r;

	path = shipped_find(path, found, sizeof(found));
	if (!path)
		return -EINVAL;
	while (kind->is && !kind->is(path))
		kind++;
	r = kind->check(path, arguments);
	if (!r && !arguments->quiet)
		printf("%s: %s, nothing is wrong\n", path, kind->name);
	return r;
}

int cmd_check(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Checks scenarios, rules and traces as a run or a mount would, and does "
		       "nothing else. Does not require root.\vThe contents of a FILE decide which "
		       "of these it is. Exit codes: 0 no errors; 2 errors.",
	};
	struct arguments arguments = { .data_path = LAYER_DAEMON };
	int wrong = 0;

	if (kernel_running(&arguments.kernel))
		report(0, "this kernel has no version that can be read; name one by --kernel");
	command_line_parse(&argp, argc, argv, &arguments);
	for (int i = 0; i < arguments.count; i++)
		wrong |= check_file(arguments.files[i], &arguments);
	return wrong ? EXIT_USAGE : EXIT_AS_EXPECTED;
}
