/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/near_name.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/control/control_client.h"
#include "tools/scenario/scenario_rules.h"

#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_JSON = 'j', OPTION_FILE = 'f', OPTION_TRUST = 0x100, WORDS_MAX = 6 };

enum { WATCH_NS = 1000000000 };

struct arguments {
	const char *words[WORDS_MAX]; /* mount point, command, ... */
	unsigned int count;
	const char *file; /* with rules */
	bool json;
	enum schema_trust trust;
};

static const struct argp_option options[] = {
	{ "json", OPTION_JSON, NULL, 0, "Print the answer as JSON, in one line", 0 },
	{ "file", OPTION_FILE, "FILE", 0, "For rules add and rules set: read the rules from FILE",
	  0 },
	{ "trust", OPTION_TRUST, NULL, 0,
	  "Accept commands in FILE even if others may have written it", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_JSON:
		arguments->json = true;
		return 0;
	case OPTION_TRUST:
		arguments->trust = TRUST_ALL;
		return 0;
	case OPTION_FILE:
		arguments->file = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->count == WORDS_MAX)
			argp_error(state, "%s: too many arguments", argument);
		arguments->words[arguments->count++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->count || !*arguments->words[0])
			argp_error(state, "which MOUNTPOINT?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_rules(const json_t *answer)
{
	const json_t *rule, *ago;
	char last[32];
	size_t i;

	printf("%4s %-20s %-20s %-20s %10s %10s %10s\n", "rule", "name", "operations", "actions",
	       "matched", "fired", "last, ago");
	json_array_foreach (json_object_get(answer, "rules"), i, rule) {
		ago = json_object_get(rule, "fired_ago_ns");
		snprintf(last, sizeof(last), "-");
		if (json_is_integer(ago))
			units_format_duration((uint64_t)json_integer_value(ago), last,
					      sizeof(last));
		printf("%4lld %-20s %-20s %-20s %10lld %10lld %10s%s\n", number_of(rule, "id"),
		       text_of(rule, "name"), text_of(rule, "operations"), text_of(rule, "actions"),
		       number_of(rule, "matched"), number_of(rule, "fired"), last,
		       json_is_true(json_object_get(rule, "enabled")) ? "" : "  disabled");
	}
}

static void print_holds(const json_t *answer)
{
	const json_t *hold;
	size_t i;

	printf("%-20s %8s %8s %10s %10s\n", "hold", "waiting", "count", "released", "timed out");
	json_array_foreach (json_object_get(answer, "holds"), i, hold)
		printf("%-20s %8lld %8lld %10lld %10lld\n", text_of(hold, "name"),
		       number_of(hold, "waiting"), number_of(hold, "count"),
		       number_of(hold, "released"), number_of(hold, "timed_out"));
}

static void print_operations(const json_t *answer)
{
	static const char *const latencies[] = { "p50_ns", "p99_ns", "p999_ns", "max_ns" };
	const json_t *operation;
	const char *name;
	char text[32];

	printf("%-16s %10s %8s %10s %10s %10s %10s\n", "operation", "answered", "errors", "p50",
	       "p99", "p99.9", "max");
	json_object_foreach ((json_t *)json_object_get(answer, "operations"), name, operation) {
		printf("%-16s %10lld %8lld", name, number_of(operation, "count"),
		       number_of(operation, "errors"));
		for (size_t i = 0; i < ARRAY_SIZE(latencies); i++)
			printf(" %10s",
			       units_format_duration((uint64_t)number_of(operation, latencies[i]),
						     text, sizeof(text)));
		putchar('\n');
	}
}

static void print_crash(const json_t *answer);

static void print_status(const json_t *answer)
{
	const json_t *fuse = json_object_get(answer, "fuse");
	const json_t *descriptors = json_object_get(answer, "descriptors");
	char uptime[32];

	printf("%s on %s: data path %s, FUSE %lld.%lld, %lld threads, seed %lld, for %s\n",
	       text_of(answer, "source"), text_of(answer, "mountpoint"),
	       text_of(answer, "data_path"), number_of(fuse, "major"), number_of(fuse, "minor"),
	       number_of(fuse, "threads"), number_of(answer, "seed"),
	       units_format_duration((uint64_t)number_of(answer, "uptime_ns"), uptime,
				     sizeof(uptime)));
	printf("%lld of %lld descriptors\n", number_of(descriptors, "open"),
	       number_of(descriptors, "limit"));
	if (json_is_string(json_object_get(answer, "storm")))
		printf("storm %s\n", text_of(answer, "storm"));
	print_operations(answer);
	print_rules(answer);
	print_holds(answer);
	if (number_of(json_object_get(answer, "crash"), "crashes")) {
		printf("%lld crashes, the last: ",
		       number_of(json_object_get(answer, "crash"), "crashes"));
		print_crash(json_object_get(answer, "crash"));
		if (json_is_true(json_object_get(json_object_get(answer, "crash"), "off")))
			puts("it fails all requests until it is mounted again");
	}
	printf("%lld events\n", number_of(answer, "events"));
}

/* Clears a terminal first. */
static void print_watched(const json_t *answer)
{
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	print_status(answer);
	if (!isatty(STDOUT_FILENO))
		putchar('\n');
}

static void print_set(const json_t *answer)
{
	printf("%lld set\n", number_of(answer, "set"));
	if (*text_of(answer, "warning"))
		fprintf(stderr, "foliostorm: %s\n", text_of(answer, "warning"));
}

static void print_added(const json_t *answer)
{
	printf("%lld added\n", number_of(answer, "added"));
	if (*text_of(answer, "warning"))
		fprintf(stderr, "foliostorm: %s\n", text_of(answer, "warning"));
}

static void print_released(const json_t *answer)
{
	printf("%lld released\n", number_of(answer, "released"));
}

static void print_crash(const json_t *answer)
{
	printf("%lld files, %lld pages not synced: %lld of them lost, %lld bytes",
	       number_of(answer, "files"), number_of(answer, "pages"), number_of(answer, "lost"),
	       number_of(answer, "bytes"));
	if (number_of(answer, "changes"))
		printf("; %lld changes of names, sizes and space undone",
		       number_of(answer, "changes"));
	putchar('\n');
}

/* Commands. words: after the mount point. argument: required; optional: may be omitted. */
static const struct row {
	const char *words, *argument, *optional;
	const char *command;
	void (*print)(const json_t *answer);
	enum { ONCE, FOLLOW, AGAIN /* every second, until the layer ends */ } how;
} rows[] = {
	{ "status", NULL, NULL, "status", print_status, ONCE },
	{ "watch", NULL, NULL, "status", print_watched, AGAIN },
	{ "rules", NULL, NULL, "rules-list", print_rules, ONCE },
	{ "rules list", NULL, NULL, "rules-list", print_rules, ONCE },
	{ "rules add", "text", NULL, "rules-add", print_added, ONCE },
	{ "rules set", "text", NULL, "rules-set", print_set, ONCE },
	{ "rules reset", NULL, "rule", "rules-reset", NULL, ONCE },
	{ "rules remove", "rule", NULL, "rules-remove", NULL, ONCE },
	{ "rules enable", "rule", NULL, "rules-enable", NULL, ONCE },
	{ "rules disable", "rule", NULL, "rules-disable", NULL, ONCE },
	{ "holds", NULL, NULL, "holds-list", print_holds, ONCE },
	{ "holds list", NULL, NULL, "holds-list", print_holds, ONCE },
	{ "holds release", "hold", "count", "holds-release", print_released, ONCE },
	{ "storm start", NULL, NULL, "storm-start", NULL, ONCE },
	{ "storm stop", NULL, NULL, "storm-stop", NULL, ONCE },
	{ "crash", NULL, "how", "crash", print_crash, ONCE },
	{ "log", NULL, NULL, "log", NULL, FOLLOW },
};

static const size_t row_count = ARRAY_SIZE(rows);

/* The number of words if the arguments begin with all words of the row; else 0. */
static unsigned int words_that_fit(const struct row *row, const struct arguments *arguments)
{
	char one[64] = "", two[64] = "";

	if (arguments->count > 1)
		snprintf(one, sizeof(one), "%s", arguments->words[1]);
	if (arguments->count > 2)
		snprintf(two, sizeof(two), "%s %s", arguments->words[1], arguments->words[2]);
	return !strcmp(row->words, two) ? 2 : !strcmp(row->words, one) ? 1 : 0;
}

/* The row with the most matching words. */
static const struct row *find_row(const struct arguments *arguments, unsigned int *words)
{
	const struct row *found = NULL;

	*words = 0;
	for (size_t i = 0; i < row_count; i++) {
		unsigned int fits = words_that_fit(&rows[i], arguments);

		if (fits > *words) {
			*words = fits;
			found = &rows[i];
		}
	}
	return found;
}

/* Whether a row without arguments, such as "rules", matched only because no row has the next
 * word. */
static bool ends_too_soon(const struct row *row, const struct arguments *arguments)
{
	const size_t length = strlen(row->words);

	if (arguments->count <= 2 || strchr(row->words, ' ') || row->argument || row->optional)
		return false;
	for (size_t i = 0; i < row_count; i++)
		if (!strncmp(rows[i].words, row->words, length) && rows[i].words[length] == ' ')
			return true;
	return false;
}

/* Reports the allowed commands: all, or those that begin with the first word. */
static int complain(const struct arguments *arguments)
{
	const char *first = arguments->count > 1 ? arguments->words[1] : "";
	size_t length = strlen(first), all_used = 0, used = 0;
	char all[256] = "", some[256] = "", names[256] = "";
	struct near_names near = { .count = 0 };

	for (size_t i = 0; i < row_count; i++) {
		if (length && !strncmp(rows[i].words, first, length) &&
		    rows[i].words[length] == ' ')
			used = append_text(some, sizeof(some), used, "%s%s", used ? ", " : "",
					   rows[i].words);
		all_used = append_text(all, sizeof(all), all_used, "%s%s", i ? ", " : "",
				       rows[i].words);
		near_names_offer(&near, first, rows[i].words);
	}
	near_names_text(&near, names, sizeof(names));
	if (!length)
		report(0, "which command? allowed: %s", all);
	else
		report(0, "%s%s%s: no such command; %s%s%sallowed: %s", first,
		       *some && arguments->count > 2 ? " " : "",
		       *some && arguments->count > 2 ? arguments->words[2] : "",
		       *names && !*some ? "did you mean " : "", *some ? "" : names,
		       *names && !*some ? "? " : "", *some ? some : all);
	return EXIT_USAGE;
}

/* Sets a key of a request to a text. Returns 0, or -EINVAL if it is not UTF-8 (reported). */
static int set_text(json_t *request, const char *key, const char *text)
{
	return json_object_set_new(request, key, json_string(text))
		       ? report(0, "%s: is not UTF-8; give the %s in that encoding", text, key)
		       : 0;
}

/* Returns the request; NULL (reported) if the arguments do not fit the row. */
static json_t *make_request(const struct row *row, const struct arguments *arguments,
			    unsigned int words)
{
	_cleanup_free_ char *text = NULL;
	json_t *request = json_pack("{s:s}", "command", row->command);
	unsigned int at = 1 + words;
	json_int_t count;
	int wrong = 0;
	char rest;
	bool takes_rule = row->argument && !strcmp(row->argument, "text");

	if (arguments->file && (!takes_rule || at < arguments->count)) {
		report(0,
		       takes_rule ? "%s: give RULE or --file FILE, not both"
				  : "%s: --file goes with rules add and rules set",
		       row->words);
		json_decref(request);
		return NULL;
	}
	if (takes_rule && arguments->file) {
		if (!rules_text_of_file(arguments->file, arguments->trust, &text))
			set_text(request, "text", text);
	} else if (row->argument && at < arguments->count) {
		set_text(request, row->argument, arguments->words[at++]);
	} else if (row->argument) {
		report(0, takes_rule ? "%s: which RULE? (or --file FILE)" : "%s: which %s?",
		       row->words, row->argument);
	}
	if (row->optional && at < arguments->count) {
		bool is_count = !strcmp(row->optional, "count");

		if (!is_count)
			wrong = set_text(request, row->optional, arguments->words[at]);
		else if (sscanf(arguments->words[at], "%lld%c", &count, &rest) == 1)
			json_object_set_new(request, row->optional, json_integer(count));
		at += !is_count || json_object_get(request, row->optional);
	}
	if (at < arguments->count)
		report(0, "%s: %s is one argument too many, or not a number", row->words,
		       arguments->words[at]);
	if (!wrong && at == arguments->count &&
	    (!row->argument || json_object_get(request, row->argument)))
		return request;
	json_decref(request);
	return NULL;
}

/* Prints the log until the layer ends, or stops sending it. */
static int follow(FILE *from)
{
	static const char refusal[] = "{\"ok\":false";
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, from) > 0) {
		if (!strncmp(line, refusal, sizeof(refusal) - 1)) {
			report(0, "the log was not read as fast as it came; the rest is not here");
			return EXIT_RUN_ERROR;
		}
		if (fputs(line, stdout) < 0 || fflush(stdout))
			break;
	}
	return EXIT_AS_EXPECTED;
}

static int print_answer(const struct row *row, const struct arguments *arguments,
			const json_t *answer)
{
	bool good = json_is_true(json_object_get(answer, "ok"));
	const char *error = text_of(answer, "error");

	if (arguments->json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (!good && arguments->file && !strncmp(error, "rule:", 5)) {
		/* The layer received a text, and does not know its file. */
		report(0, "%s%s", arguments->file, error + 4);
	} else if (!good) {
		report(0, "%s", error);
	} else if (row->print) {
		row->print(answer);
	}
	return good ? EXIT_AS_EXPECTED : EXIT_USAGE;
}

static int talk(const struct row *row, const struct arguments *arguments, json_t *request)
{
	int fd = control_connect(arguments->words[0]), code = EXIT_RUN_ERROR;
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	json_t *answer = NULL;

	if (!stream) {
		json_decref(request);
		return code;
	}
	if (!control_send(fd, request))
		answer = control_receive(stream);
	if (answer)
		code = print_answer(row, arguments, answer);
	else
		report(0, "%s: the layer hung up", arguments->words[0]);
	fflush(stdout);
	if (answer && code == EXIT_AS_EXPECTED && row->how == FOLLOW)
		code = follow(stream);
	json_decref(answer);
	fclose(stream);
	return code;
}

/* Once a layer has answered, its end is not an error. */
static int watch(const struct row *row, const struct arguments *arguments, json_t *request)
{
	bool seen = false;
	char why[300];
	int code;

	for (;;) {
		why[0] = '\0';
		if (seen)
			report_capture(why, sizeof(why));
		code = talk(row, arguments, json_incref(request));
		report_capture(NULL, 0);
		if (code != EXIT_AS_EXPECTED)
			break;
		seen = true;
		units_sleep(WATCH_NS);
	}
	json_decref(request);
	return seen ? EXIT_AS_EXPECTED : code;
}

int cmd_ctl(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "MOUNTPOINT COMMAND",
		.doc = "Controls a running layer.\v"
		       "COMMAND is one of\n"
		       "  status                     negotiated options, counts, rules, holds\n"
		       "  watch                      the status every second, until the layer "
		       "ends\n"
		       "  rules [list]               the rules, and how often each fired\n"
		       "  rules add RULE|-f FILE     adds rules: 'when = \"fsync\"; do = { delay = "
		       "\"1s\"; };'\n"
		       "  rules set RULE|-f FILE     replaces all rules\n"
		       "  rules reset [NAME]         resets the counters\n"
		       "  rules remove|enable|disable NAME\n"
		       "  holds [list]               the holds, and the requests waiting in them\n"
		       "  holds release NAME [N]     releases N requests, or all\n"
		       "  storm start|stop           starts or stops the storm of a run\n"
		       "  crash [whole|pages|torn]   cuts the power, like the key crash\n"
		       "  log                        prints actions of rules as JSON, as they "
		       "happen\n\n"
		       "Exit codes: 0 done; 2 usage, or the layer refused; 4 no layer there, or "
		       "it closed the connection.",
	};
	struct arguments arguments = { .count = 0 };
	unsigned int words;
	const struct row *row;
	json_t *request;

	command_line_parse(&argp, argc, argv, &arguments);
	row = find_row(&arguments, &words);
	if (!row || ends_too_soon(row, &arguments))
		return complain(&arguments);
	request = make_request(row, &arguments, words);
	if (!request)
		return EXIT_USAGE;
	return row->how == AGAIN ? watch(row, &arguments, request) : talk(row, &arguments, request);
}
