/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/guest/snapshot.h"
#include "tools/machine/doctor.h"
#include "tools/machine/workplace.h"

#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

struct arguments {
	bool json, clean, cache;
};

enum option_key { OPTION_CACHE = 0x100 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print one JSON object", 0 },
	{ "clean", 'c', NULL, 0, "Remove what killed runs and mounts have left behind", 0 },
	{ "cache", OPTION_CACHE, NULL, 0,
	  "List the guest snapshots in the cache; with --clean, remove them", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	(void)argument;
	switch (key) {
	case 'j':
		arguments->json = true;
		return 0;
	case 'c':
		arguments->clean = true;
		return 0;
	case OPTION_CACHE:
		arguments->cache = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: allowed are options only", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_leftover(const char *line)
{
	printf("left over       %s\n", line);
}

static void print_snapshot(const char *line)
{
	printf("snapshot        %s\n", line);
}

/* Returns the number that could not be removed. */
static int print_snapshots(bool clean)
{
	int count = snapshot_list(clean, print_snapshot);

	printf("%-15s ", "snapshots");
	if (clean)
		puts(count ? "some could not be removed" : "removed, or none");
	else
		puts(count ? "see above; foliostorm doctor --clean --cache removes them" : "none");
	return clean ? count : 0;
}

static int exit_code(const struct arguments *arguments, bool complete, int left)
{
	if (arguments->clean && left)
		return EXIT_RUN_ERROR;
	return complete ? EXIT_AS_EXPECTED : EXIT_PRECONDITION;
}

/* Prints what is missing. said: the row that gave each reason first; further rows refer to it. */
static void print_missing(const struct doctor_check *check, const char *detail, json_t *said)
{
	const char *first = json_string_value(json_object_get(said, detail));
	char consequence[256];

	printf("%-15s %-8s ", check->name,
	       check->needed_by & ~(unsigned int)NEED_WITNESS ? "missing" : "no");
	if (first) {
		printf("as %s: %s\n", first, check->consequence);
		return;
	}
	printf("%s: %s\n", detail,
	       doctor_consequence(check, detail, consequence, sizeof(consequence)));
	json_object_set_new(said, detail, json_string(check->name));
}

static int print_lines(const struct arguments *arguments)
{
	json_t *said = json_object();
	bool complete = true;
	char detail[256];
	int left;

	for (const struct doctor_check *check = doctor_checks; check->name; check++) {
		bool there = check->look(detail, sizeof(detail));

		if (there)
			printf("%-15s %-8s %s\n", check->name, "ok", detail);
		else
			print_missing(check, detail, said);
		complete &= there || !(check->needed_by & NEED_DEFAULT);
	}
	json_decref(said);
	left = workplace_leftovers(arguments->clean, print_leftover);
	if (arguments->clean)
		printf("%-15s %s\n", "leftovers",
		       left ? "some could not be removed" : "removed, or none");
	else
		printf("%-15s %s\n", "leftovers",
		       left ? "see above; foliostorm doctor --clean removes them" : "none");
	if (arguments->cache)
		left += print_snapshots(arguments->clean);
	return exit_code(arguments, complete, left);
}

/* Returns the number that could not be removed. */
static int add_snapshots(json_t *object, bool clean)
{
	int count = snapshot_list(clean, NULL);

	json_object_set_new(object, "snapshots", json_integer(count));
	return clean ? count : 0;
}

static int print_json(const struct arguments *arguments)
{
	json_t *object = json_object(), *checks = json_array();
	char detail[256], consequence[256];
	bool complete = true;
	int left;

	for (const struct doctor_check *check = doctor_checks; check->name; check++) {
		bool there = check->look(detail, sizeof(detail));

		json_array_append_new(
			checks, json_pack("{s:s, s:b, s:s, s:s}", "name", check->name, "ok", there,
					  "detail", detail, "if_absent",
					  doctor_consequence(check, there ? "" : detail,
							     consequence, sizeof(consequence))));
		complete &= there || !(check->needed_by & NEED_DEFAULT);
	}
	json_object_set_new(object, "checks", checks);
	left = workplace_leftovers(arguments->clean, NULL);
	json_object_set_new(object, "leftovers", json_integer(left));
	if (arguments->cache)
		left += add_snapshots(object, arguments->clean);
	command_line_print_json(object);
	json_decref(object);
	return exit_code(arguments, complete, left);
}

int cmd_doctor(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Checks the requirements on this machine, and says what does not work if "
		       "one is missing.\vExit codes: 0 the default scenario can run; 2 usage; 4 "
		       "leftovers could not be removed; 77 a requirement is missing.",
	};
	struct arguments arguments = { .json = false };

	command_line_parse(&argp, argc, argv, &arguments);
	return arguments.json ? print_json(&arguments) : print_lines(&arguments);
}
