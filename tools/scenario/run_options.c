/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/run_options.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/number.h"
#include "tools/base/words.h"

#include <string.h>
#include <unistd.h>

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
	OPTION_EXIT_CODES,
	OPTION_ORIGIN,
	OPTION_BUILD_ID,
	OPTION_ENGINE,
	OPTION_UNTIL_PROOF,
	OPTION_COLOR,
	OPTION_SUMMARY,
};

/* Allowed in names of CI systems in KCIDB. */
#define ORIGIN_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"

static const char *const format_names[] = {
	[FORMAT_TEXT] = "text",       [FORMAT_JSON] = "json",
	[FORMAT_KTAP] = "ktap",       [FORMAT_JUNIT] = "junit",
	[FORMAT_GITHUB] = "github",   [FORMAT_KCIDB] = "kcidb",
	[FORMAT_SUMMARY] = "summary", NULL,
};

static const char *const color_names[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
	NULL,
};

static const char *const exit_codes_names[] = {
	[EXIT_CODES_OWN] = "own",
	[EXIT_CODES_BISECT] = "bisect",
	NULL,
};

static const struct argp_option options[] = {
	{ "set", OPTION_SET, "PATH=VALUE", 0, "Override one key: storm.aim=257, readers[0].count=2",
	  0 },
	{ "seed", OPTION_SEED, "N", 0, "Override the seed", 0 },
	{ "duration", OPTION_DURATION, "TIME", 0, "Override the duration: seconds, or 500ms, 2m",
	  0 },
	{ "expect", OPTION_EXPECT, "VERDICT", 0,
	  "The expected verdict: hit, clean, or auto: by the kernel's version", 0 },
	{ "schedule-engine", OPTION_ENGINE, "ENGINE", 0,
	  "What follows the schedule: auto, bpf or qemu", 0 },
	{ "until-proof", OPTION_UNTIL_PROOF, NULL, 0,
	  "End the storm at a hit, or as soon as there is enough evidence for CLEAN", 0 },
	{ "out", OPTION_OUT, "DIR", 0, "Write the results to that directory, which is created", 0 },
	{ "format", OPTION_FORMAT, "FORMAT", 0,
	  "What to print: text, json, ktap, junit, github, kcidb or summary", 0 },
	{ "quiet", OPTION_QUIET, NULL, 0, "Show no progress", 0 },
	{ "trust", OPTION_TRUST, NULL, 0,
	  "Run commands of the scenario even if others may have written them", 0 },
	{ 0 },
};

static void add_set(struct run_arguments *arguments, struct argp_state *state, const char *set)
{
	if (arguments->set_count == RUN_SETS_MAX)
		argp_error(state, "more than %d --set", RUN_SETS_MAX);
	arguments->sets[arguments->set_count++] = set;
}

/* Returns the index of the name that is the option's value. */
static unsigned int take_name(struct argp_state *state, const char *option,
			      const char *const *names, const char *name)
{
	char list[64];

	for (unsigned int i = 0; names[i]; i++)
		if (!strcmp(name, names[i]))
			return i;
	argp_error(state, "--%s %s: allowed: %s", option, name,
		   words_join(names, sizeof(*names), list, sizeof(list)));
	return 0;
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
	case OPTION_ENGINE:
		arguments->overrides.engine = argument;
		return 0;
	case OPTION_UNTIL_PROOF:
		arguments->overrides.until = "proof";
		return 0;
	case OPTION_OUT:
		arguments->out = argument;
		return 0;
	case OPTION_FORMAT:
		arguments->format =
			(enum output_format)take_name(state, "format", format_names, argument);
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

static const struct argp_option conclusion_options[] = {
	{ "summary", OPTION_SUMMARY, NULL, 0, "The same as --format summary: one line", 0 },
	{ "color", OPTION_COLOR, "WHEN", 0,
	  "Colour the verdict: auto (on a terminal, unless NO_COLOR is set), always or never", 0 },
	{ "baseline", OPTION_BASELINE, "FILE", 0,
	  "Fail if the rate of hits (where no hit is expected: of exposures) has "
	  "fallen below the one saved in FILE",
	  0 },
	{ "save-baseline", OPTION_SAVE_BASELINE, "FILE", 0,
	  "Save the rates in FILE, for --baseline", 0 },
	{ "origin", OPTION_ORIGIN, "NAME", 0,
	  "With --format kcidb: name of the reporting CI system in KCIDB", 0 },
	{ "build-id", OPTION_BUILD_ID, "ORIGIN:ID", 0,
	  "With --format kcidb: ID of the tested build, if that is reported "
	  "separately",
	  0 },
	{ "exit-codes", OPTION_EXIT_CODES, "CODES", 0,
	  "own, or bisect for `git bisect run`: 0 good, 1 bad, 125 cannot tell, 128 "
	  "and above: the run failed. Good is CLEAN, unless --expect says otherwise",
	  0 },
	{ 0 },
};

/* A bisection looks for a change of the verdict, so the expectation must not depend on the
 * version. */
static void check_bisection(struct run_arguments *arguments, struct argp_state *state)
{
	if (arguments->exit_codes != EXIT_CODES_BISECT)
		return;
	if (arguments->baseline || arguments->save_baseline)
		argp_error(state, "--exit-codes bisect goes without baselines");
	if (!arguments->overrides.expect)
		arguments->overrides.expect = "clean";
	else if (!strcmp(arguments->overrides.expect, "auto"))
		argp_error(state, "--exit-codes bisect: --expect auto changes with the kernel's "
				  "version; allowed: hit or clean");
}

static void check_kcidb(const struct run_arguments *arguments, struct argp_state *state)
{
	const char *colon = arguments->build_id ? strchr(arguments->build_id, ':') : NULL;

	if (arguments->format != FORMAT_KCIDB && (arguments->origin || arguments->build_id))
		argp_error(state, "--origin and --build-id go with --format kcidb");
	if (arguments->format != FORMAT_KCIDB)
		return;
	if (!arguments->origin)
		argp_error(state, "--format kcidb requires --origin NAME, as your CI system has it "
				  "in KCIDB");
	if (strspn(arguments->origin, ORIGIN_LETTERS) != strlen(arguments->origin) ||
	    !*arguments->origin)
		argp_error(state, "--origin %s: allowed: a-z, 0-9 and _", arguments->origin);
	if (arguments->build_id &&
	    (!colon || colon == arguments->build_id || !colon[1] ||
	     arguments->build_id + strspn(arguments->build_id, ORIGIN_LETTERS) != colon))
		argp_error(state, "--build-id %s: expected ORIGIN:ID, as it was reported",
			   arguments->build_id);
}

static error_t parse_conclusion(int key, char *argument, struct argp_state *state)
{
	struct run_arguments *arguments = state->input;

	switch (key) {
	case OPTION_BASELINE:
		arguments->baseline = argument;
		return 0;
	case OPTION_SAVE_BASELINE:
		arguments->save_baseline = argument;
		return 0;
	case OPTION_EXIT_CODES:
		arguments->exit_codes =
			(enum exit_codes)take_name(state, "exit-codes", exit_codes_names, argument);
		return 0;
	case OPTION_SUMMARY:
		arguments->format = FORMAT_SUMMARY;
		return 0;
	case OPTION_COLOR:
		arguments->color =
			(enum terminal_color)take_name(state, "color", color_names, argument);
		return 0;
	case OPTION_ORIGIN:
		arguments->origin = argument;
		return 0;
	case OPTION_BUILD_ID:
		arguments->build_id = argument;
		return 0;
	case ARGP_KEY_END:
		check_bisection(arguments, state);
		check_kcidb(arguments, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp conclusion_options_argp = { .options = conclusion_options,
					      .parser = parse_conclusion };

const struct argp run_options_argp = { .options = options, .parser = parse };

int run_options_check(const struct run_arguments *arguments, const struct run_limits *limits)
{
	const struct scenario_overrides *overrides = &arguments->overrides;
	const struct {
		const char *option, *given, *why;
	} rows[] = {
		{ "expect", overrides->expect, limits->expect },
		{ "until-proof", overrides->until, limits->until },
		{ "schedule-engine", overrides->engine, limits->engine },
	};

	if (arguments->format != FORMAT_TEXT && arguments->format != FORMAT_JSON)
		return report(0, "--format: allowed for %s: text, json", limits->job);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].given && rows[i].why)
			return report(0, "--%s is not for %s%s", rows[i].option, limits->job,
				      rows[i].why);
	return 0;
}

bool run_options_progress(const struct run_arguments *arguments)
{
	return !arguments->quiet && isatty(STDERR_FILENO);
}

int run_options_seed(const struct run_arguments *arguments, uint64_t *seed)
{
	const char *text = arguments->overrides.seed;

	*seed = 1;
	if (text && number_parse(text, 0, INT32_MAX, seed))
		return report(0, "--seed %s: allowed: a number from 0 to %d", text, INT32_MAX);
	return 0;
}

size_t run_options_words(const struct run_arguments *arguments, const char *words[RUN_WORDS_MAX])
{
	const struct {
		const char *option, *value;
	} singles[] = {
		{ "--seed", arguments->overrides.seed },
		{ "--duration", arguments->overrides.duration },
		{ "--expect", arguments->overrides.expect },
		{ "--schedule-engine", arguments->overrides.engine },
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
	if (arguments->overrides.until)
		words[count++] = "--until-proof";
	if (arguments->overrides.trust == TRUST_ALL)
		words[count++] = "--trust";
	words[count] = NULL;
	return count;
}

const char *run_options_given(const struct run_arguments *arguments)
{
	const char *words[RUN_WORDS_MAX];

	return run_options_words(arguments, words) ? words[0] : NULL;
}

enum exit_codes run_options_exit_codes(int argc, char **argv)
{
	static const char name[] = "--exit-codes";
	enum { SHORTEST = 5 }; /* "--exi": no other option begins so */
	enum exit_codes codes = EXIT_CODES_OWN;

	for (int i = 1; i < argc; i++) {
		size_t length = strcspn(argv[i], "=");
		const char *value = argv[i][length] ? argv[i] + length + 1 : argv[i + 1];

		if (length >= SHORTEST && length < sizeof(name) && value &&
		    !strncmp(argv[i], name, length))
			codes = strcmp(value, exit_codes_names[EXIT_CODES_BISECT])
					? EXIT_CODES_OWN
					: EXIT_CODES_BISECT;
	}
	return codes;
}
