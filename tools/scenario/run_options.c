/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/run_options.h"
#include "injector/base/array.h"
#include "tools/base/words.h"

#include <string.h>

enum option_key {
	OPTION_SET = 's',
	OPTION_SEED = 'S',
	OPTION_DURATION = 'd',
	OPTION_EXPECT = 'e',
	OPTION_OUT = 'o',
	OPTION_FORMAT = 'f',
	OPTION_QUIET = 'q',
	OPTION_BASELINE = 0x200,
	OPTION_SAVE_BASELINE,
	OPTION_TRUST,
};

static const struct argp_option options[] = {
	{ "set", OPTION_SET, "PATH=VALUE", 0, "Override one key: storm.aim=257, readers[0].count=2",
	  0 },
	{ "seed", OPTION_SEED, "N", 0, "Override the seed", 0 },
	{ "duration", OPTION_DURATION, "TIME", 0, "Override the duration: seconds, or 500ms, 2m",
	  0 },
	{ "expect", OPTION_EXPECT, "VERDICT", 0, "hit, clean, or auto: by the kernel", 0 },
	{ "out", OPTION_OUT, "DIR", 0, "Leave result.json, events.jsonl and scenario.cfg there",
	  0 },
	{ "format", OPTION_FORMAT, "FORMAT", 0, "text, json, ktap or junit", 0 },
	{ "quiet", OPTION_QUIET, NULL, 0, "No progress", 0 },
	{ "trust", OPTION_TRUST, NULL, 0,
	  "Run the commands of a scenario that others may have written", 0 },
	{ 0 },
};

static void add_set(struct run_arguments *arguments, struct argp_state *state, const char *set)
{
	if (arguments->set_count == RUN_SETS_MAX)
		argp_error(state, "more than %d --set", RUN_SETS_MAX);
	arguments->sets[arguments->set_count++] = set;
}

static void take_format(struct run_arguments *arguments, struct argp_state *state,
			const char *format)
{
	static const char *const names[] = {
		[FORMAT_TEXT] = "text",
		[FORMAT_JSON] = "json",
		[FORMAT_KTAP] = "ktap",
		[FORMAT_JUNIT] = "junit",
		NULL,
	};
	char list[64];

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(format, names[i])) {
			arguments->format = (enum output_format)i;
			return;
		}
	argp_error(state, "--format %s: allowed: %s", format,
		   words_join(names, sizeof(*names), list, sizeof(list)));
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct run_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		arguments->overrides.sets = arguments->sets;
		return 0;
	case OPTION_SET:
		add_set(arguments, state, argument);
		return 0;
	case OPTION_SEED:
		arguments->overrides.seed = argument;
		return 0;
	case OPTION_DURATION:
		arguments->overrides.duration = argument;
		return 0;
	case OPTION_EXPECT:
		arguments->overrides.expect = argument;
		return 0;
	case OPTION_OUT:
		arguments->out = argument;
		return 0;
	case OPTION_FORMAT:
		take_format(arguments, state, argument);
		return 0;
	case OPTION_QUIET:
		arguments->quiet = true;
		return 0;
	case OPTION_TRUST:
		arguments->overrides.trust = TRUST_ALL;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option baseline_options[] = {
	{ "baseline", OPTION_BASELINE, "FILE", 0,
	  "Fail if hits, or where none are expected exposures, have fallen below what they were",
	  0 },
	{ "save-baseline", OPTION_SAVE_BASELINE, "FILE", 0,
	  "Keep there what --baseline is to compare with", 0 },
	{ 0 },
};

static error_t parse_baseline(int key, char *argument, struct argp_state *state)
{
	struct run_arguments *arguments = state->input;

	switch (key) {
	case OPTION_BASELINE:
		arguments->baseline = argument;
		return 0;
	case OPTION_SAVE_BASELINE:
		arguments->save_baseline = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp baseline_options_argp = { .options = baseline_options, .parser = parse_baseline };

const struct argp run_options_argp = { .options = options, .parser = parse };

size_t run_options_words(const struct run_arguments *arguments, const char *words[RUN_WORDS_MAX])
{
	const struct {
		const char *option, *value;
	} singles[] = {
		{ "--seed", arguments->overrides.seed },
		{ "--duration", arguments->overrides.duration },
		{ "--expect", arguments->overrides.expect },
	};
	size_t count = 0;

	for (size_t i = 0; i < arguments->set_count; i++) {
		words[count++] = "--set";
		words[count++] = arguments->sets[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++)
		if (singles[i].value) {
			words[count++] = singles[i].option;
			words[count++] = singles[i].value;
		}
	if (arguments->overrides.trust == TRUST_ALL)
		words[count++] = "--trust";
	words[count] = NULL;
	return count;
}
