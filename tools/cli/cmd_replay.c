/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "injector/base/text_file.h"
#include "tools/base/load_json.h"
#include "tools/base/read_line.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/machine/workplace.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { OPTION_OUT = 'o', OPTION_QUIET = 'q', OPTION_TRUST = 0x100 };

struct arguments {
	const char *recorded, *other, *out;
	bool quiet, trust;
};

static const struct argp_option options[] = {
	{ "out", OPTION_OUT, "DIR", 0, "Write the results of the new run to that directory", 0 },
	{ "quiet", OPTION_QUIET, NULL, 0, "Show no progress", 0 },
	{ "trust", OPTION_TRUST, NULL, 0,
	  "Run commands of the recorded scenario even if others may have written them", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_OUT:
		arguments->out = argument;
		return 0;
	case OPTION_TRUST:
		arguments->trust = true;
		return 0;
	case OPTION_QUIET:
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->other)
			argp_error(state, "%s: one directory, or two to compare", argument);
		if (arguments->recorded)
			arguments->other = argument;
		else
			arguments->recorded = argument;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->recorded)
			argp_error(state, "which RUN_DIR?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Opens the events of a run or the log of a mount; NULL (reported) if there are none. */
static FILE *open_recording(const char *place)
{
	char path[PATH_MAX];
	struct stat status;
	bool is_directory = !stat(place, &status) && S_ISDIR(status.st_mode);
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", place, is_directory ? "/events.jsonl" : "");
	file = text_file_stream(path);
	if (!file)
		report(0,
		       "%s: %s; name the --out directory of a run, which has an events.jsonl, or "
		       "the log of a mount",
		       path, text_file_error(-errno));
	return file;
}

/* Adds the event to the decisions of its rule. What an open window of misplace does to a read is
 * not a rule's decision. Returns 0 or -ENOMEM. */
static int add_decision(json_t *rules, json_t *event)
{
	const char *rule = json_string_value(json_object_get(event, "rule"));
	const char *action = json_string_value(json_object_get(event, "action"));
	_cleanup_free_ char *key = NULL;
	json_t *list;

	if (!rule || !*rule)
		return 0;
	if (asprintf(&key, "%s: %s", rule, action ?: "") < 0) {
		key = NULL;
		return -ENOMEM;
	}
	list = json_object_get(rules, key);
	if (!list) {
		list = json_array();
		if (json_object_set_new(rules, key, list))
			return -ENOMEM;
	}
	return json_array_append(list, event) ? -ENOMEM : 0;
}

/* Reads the lines into the decisions of each rule. damaged: counts lines that are not events.
 * Returns the number of events, or -errno. */
static ssize_t read_lines(FILE *file, json_t *rules, size_t *damaged)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t events = 0, length = 0;
	int r = 0;

	while (!r && (length = read_line(&line, &size, file)) > 0) {
		json_t *event = json_loads(line, 0, NULL);
		const char *type = json_string_value(json_object_get(event, "type"));

		events += !!type;
		/* The last line of a run that was killed is cut off. */
		*damaged += !type && strchr(line, '\n');
		if (type && !strcmp(type, "rule"))
			r = add_decision(rules, event);
		json_decref(event);
	}
	return r ? r : length < 0 ? length : events;
}

/* The rules of a recording, each with its decisions in the order of its matches. NULL (reported) if
 * it cannot be read or is not a recording. */
static json_t *read_decisions(const char *place)
{
	FILE *file = open_recording(place);
	json_t *rules = file ? json_object() : NULL;
	size_t damaged = 0;
	ssize_t events;

	if (!file)
		return NULL;
	events = read_lines(file, rules, &damaged);
	fclose(file);
	if (events > 0 && damaged)
		report(0, "%s: lines that are not events, and are left out: %zu", place, damaged);
	if (events > 0)
		return rules;
	if (events < 0)
		report((int)events, "%s", place);
	else
		report(0,
		       "%s: no line of it is an event; name the --out directory of a run, or the "
		       "log of a mount",
		       place);
	json_decref(rules);
	return NULL;
}

/* By match, since events are written when they end. */
static int by_match(const void *a, const void *b)
{
	json_int_t x = json_integer_value(json_object_get(*(json_t *const *)a, "match"));
	json_int_t y = json_integer_value(json_object_get(*(json_t *const *)b, "match"));

	return (x > y) - (x < y);
}

static json_t **sorted(const json_t *list)
{
	size_t count = json_array_size(list);
	json_t **events = calloc(count + 1, sizeof(json_t *));

	for (size_t i = 0; events && i < count; i++)
		events[i] = json_array_get(list, i);
	if (events)
		qsort(events, count, sizeof(json_t *), by_match);
	return events;
}

/* The first of these keys in which two events differ; NULL: none. */
static const char *difference(const json_t *a, const json_t *b, const char *const *keys)
{
	for (; *keys; keys++) {
		const json_t *one = json_object_get(a, *keys), *other = json_object_get(b, *keys);

		/* json_equal() is false for two missing values. */
		if ((one || other) && !json_equal(one, other))
			return *keys;
	}
	return NULL;
}

/* Copies a text of a recording, without control characters. Returns text. */
static const char *shown_text(const json_t *event, const char *key, char text[512])
{
	snprintf(text, 512, "%s", json_string_value(json_object_get(event, key)) ?: "");
	return plain_text(text, false);
}

static void show(const char *what, const json_t *event)
{
	char operation[512], path[512];

	printf("  %s: %s %s, %lld bytes at %lld, drawn %lld\n", what,
	       shown_text(event, "operation", operation), shown_text(event, "path", path),
	       json_integer_value(json_object_get(event, "length")),
	       json_integer_value(json_object_get(event, "offset")),
	       json_integer_value(json_object_get(event, "drawn")));
}

/*
 * Compares the decisions of a rule. A decision depends on seed and number of the match, so the same
 * operations give the same decisions. Returns whether they are the same, as far as both recordings
 * go.
 */
static bool compare_rule(const char *rule, const json_t *recorded, const json_t *again)
{
	static const char *const sequence[] = { "match",  "operation", "path",
						"offset", "length",    NULL };
	static const char *const decided[] = { "drawn", "error", NULL };
	size_t old = json_array_size(recorded), new = json_array_size(again);
	size_t count = old < new ? old : new, i;
	json_t **a = sorted(recorded), **b = sorted(again);
	const char *where = NULL, *what = NULL;
	char name[128];

	snprintf(name, sizeof(name), "%s", rule);
	plain_text(name, false);
	for (i = 0; a && b && i < count; i++) {
		where = difference(a[i], b[i], sequence);
		what = where ? NULL : difference(a[i], b[i], decided);
		if (where || what)
			break;
	}
	if (where)
		printf("%s: the operations differ from decision %zu on, in %s\n", name, i + 1,
		       where);
	else if (what)
		printf("%s: decision %zu differs in %s, for the same operation\n", name, i + 1,
		       what);
	else
		printf("%s: %zu decisions are the same", name, count);
	if (where || what) {
		show("recorded", a[i]);
		show("now", b[i]);
	} else if (old != new) {
		printf("; recorded were %zu, now there are %zu\n", old, new);
	} else {
		putchar('\n');
	}
	free(a);
	free(b);
	return !where && !what && (count || old == new);
}

/* Returns the exit code; EXIT_USAGE if one of them is not a recording. */
static int compare(const char *recorded, const char *again)
{
	json_t *a = read_decisions(recorded), *b = a ? read_decisions(again) : NULL;
	const json_t *list;
	const char *name;
	bool same = true, nothing;

	if (b) {
		json_object_foreach (a, name, list)
			same &= compare_rule(name, list, json_object_get(b, name));
		json_object_foreach (b, name, list)
			if (!json_object_get(a, name))
				same &= compare_rule(name, NULL, list);
		if (!json_object_size(a) && !json_object_size(b))
			puts("no rule has decided anything: there is nothing to compare");
	}
	nothing = !json_object_size(a) && !json_object_size(b);
	json_decref(a);
	json_decref(b);
	if (!b)
		return EXIT_USAGE;
	if (nothing)
		return EXIT_INCONCLUSIVE;
	return same ? EXIT_AS_EXPECTED : EXIT_NOT_AS_EXPECTED;
}

/* Warns if the kernel differs: rules decide alike on any kernel, but the storm takes another
 * course. */
static void say_other_kernel(const json_t *result)
{
	const char *kernel = json_string_value(json_object_get(result, "kernel"));
	struct utsname name;

	uname(&name);
	if (kernel && strcmp(kernel, name.release))
		fprintf(stderr, "recorded on kernel %s, and run again on %s\n", kernel,
			name.release);
}

/* Refuses a guest's run, which needs a guest that the user must choose. Returns 0 or -EINVAL
 * (reported). */
static int check_machine(const char *recorded, const json_t *result)
{
	const json_t *guest = json_object_get(result, "guest");
	const char *kernel = json_string_value(json_object_get(guest, "kernel"));

	if (!json_is_object(guest))
		return 0;
	return report(
		0,
		"%s: recorded in a guest on %s, and not to be run again on this machine; run "
		"it in one: foliostorm guest --kernel %s --cpus %lld --memory %lld --out NEW "
		"%s/scenario.cfg (a kernel of your own: --image FILE), then compare: foliostorm "
		"replay %s NEW",
		recorded, kernel ?: "another kernel", kernel ?: "VERSION",
		json_integer_value(json_object_get(guest, "cpus")),
		json_integer_value(json_object_get(guest, "memory_mib")), recorded, recorded);
}

/* Refuses an output that would destroy the recording: --repeat in RUN/.. clears RUN, and files may
 * be links. Returns 0 or -EINVAL (reported). */
static int check_out(const char *recorded, const char *out)
{
	static const char *const lost[] = { "", "/..", "/events.jsonl", "/scenario.cfg" };
	char old[PATH_MAX], new[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		snprintf(old, sizeof(old), "%s%s", recorded, lost[i]);
		snprintf(new, sizeof(new), "%s%s", out,
			 *lost[i] && lost[i][1] != '.' ? lost[i] : "");
		if (lead_to_same_file(old, new))
			return report(
				0,
				"--out %s: the new run would overwrite the recording in %s; give "
				"another directory",
				out, recorded);
	}
	return 0;
}

/* Checks that the recording can be repeated here. Returns 0 or -EINVAL (reported). */
static int check(const struct arguments *arguments)
{
	char path[PATH_MAX];
	json_t *result, *decisions;
	int r;

	snprintf(path, sizeof(path), "%s/scenario.cfg", arguments->recorded);
	if (access(path, R_OK))
		return report(0,
			      "%s: no scenario to run again is there (a log has none: name a "
			      "second one to compare with)",
			      arguments->recorded);
	decisions = read_decisions(arguments->recorded);
	json_decref(decisions);
	if (!decisions)
		return -EINVAL;
	if (arguments->out && check_out(arguments->recorded, arguments->out))
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/result.json", arguments->recorded);
	result = load_json(path, NULL);
	r = check_machine(arguments->recorded, result);
	if (!r)
		say_other_kernel(result);
	json_decref(result);
	return r;
}

static int run_again(const struct arguments *arguments, const char *out)
{
	char path[PATH_MAX];
	char *words[8] = { (char *)"foliostorm run", (char *)"--out", (char *)out, path };
	int count = 4, code;

	snprintf(path, sizeof(path), "%s/scenario.cfg", arguments->recorded);
	if (arguments->quiet)
		words[count++] = (char *)"--quiet";
	if (arguments->trust)
		words[count++] = (char *)"--trust";
	code = cmd_run(count, words);
	/* The verdict does not matter, only the decisions. */
	return code == EXIT_USAGE || code == EXIT_RUN_ERROR || code == EXIT_PRECONDITION
		       ? code
		       : EXIT_AS_EXPECTED;
}

/* Repeats the run in a workplace, which is removed even if this process is killed. */
static int run_and_compare(const struct arguments *arguments)
{
	struct workplace workplace = { .lock_fd = -1 };
	_cleanup_close_ int tree = -1;
	char out[PATH_MAX];
	int code;

	if (check(arguments))
		return EXIT_USAGE;
	if (arguments->out) {
		snprintf(out, sizeof(out), "%s", arguments->out);
	} else if (geteuid()) {
		return report(0, "a run requires root"), EXIT_PRECONDITION;
	} else {
		if (workplace_make(&workplace))
			return EXIT_RUN_ERROR;
		snprintf(out, sizeof(out), "%s/replay", workplace.path);
		tree = workplace_tree(&workplace, out);
	}
	code = tree < 0 && !arguments->out ? EXIT_RUN_ERROR : run_again(arguments, out);
	if (code == EXIT_AS_EXPECTED) {
		code = compare(arguments->recorded, out);
		if (code == EXIT_USAGE) /* the recording could be read, so it is the new run */
			code = EXIT_RUN_ERROR;
	}
	if (!arguments->out && workplace_remove(&workplace))
		code = EXIT_RUN_ERROR;
	return code;
}

int cmd_replay(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "RUN_DIR [OTHER]",
		.doc = "Runs the scenario of an earlier run in RUN_DIR again, and compares the "
		       "decisions of its rules.\vWith OTHER nothing is run: the decisions recorded "
		       "there are compared. Either may be the log of a mount. The same operations "
		       "get the same decisions; for each rule, the first difference in operations "
		       "is reported.\n\nExit codes: 0 the same, as far as both go; 1 different; 3 "
		       "nothing to compare; 2, 4, 77 as of run.",
	};
	struct arguments arguments = { .recorded = NULL };

	command_line_parse(&argp, argc, argv, &arguments);
	if (arguments.other && (arguments.out || arguments.trust))
		return report(0,
			      "%s goes with one RUN_DIR, which is run again; with OTHER nothing "
			      "is run",
			      arguments.out ? "--out" : "--trust"),
		       EXIT_USAGE;
	if (arguments.other)
		return compare(arguments.recorded, arguments.other);
	return run_and_compare(&arguments);
}
