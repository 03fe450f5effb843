/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "injector/base/kernel.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/scenario/scenario_needs.h"
#include "tools/scenario/shipped_load.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

struct arguments {
	struct kernel_version kernel;
	bool affects, json;
	char **words;
	size_t word_count;
};

static const struct argp_option options[] = {
	{ "kernel", 'k', "VERSION", 0,
	  "Only scenarios of races that this kernel has by its version", 0 },
	{ "json", 'j', NULL, 0, "Print a JSON list, with paths and affected kernels", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'k':
		if (kernel_parse(argument, &arguments->kernel))
			argp_error(state,
				   "--kernel %s: not a version; allowed: a version such as 6.18.9",
				   argument);
		arguments->affects = true;
		return 0;
	case 'j':
		arguments->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		arguments->words = state->argv + state->next;
		arguments->word_count = (size_t)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *affected_json(const struct scenario *scenario)
{
	const struct kernel_range *ranges = scenario->affected.items;
	char first[KERNEL_TEXT_MAX], last[KERNEL_TEXT_MAX];
	json_t *list = json_array();

	for (size_t i = 0; i < scenario->affected.count; i++)
		json_array_append_new(
			list, json_sprintf("%s - %s",
					   kernel_format(&ranges[i].first, first, sizeof(first)),
					   kernel_format(&ranges[i].last, last, sizeof(last))));
	return list;
}

static json_t *needs_json(const struct scenario *scenario)
{
	json_t *list = json_array();
	const char *word;

	for (size_t i = 0; (word = scenario_need(scenario, i)); i++)
		json_array_append_new(list, json_string(word));
	return list;
}

/* Returns a new row, or NULL (reported). */
static json_t *scenario_row(const struct shipped *shipped, const struct kernel_version *kernel,
			    bool *affects)
{
	struct scenario scenario;
	json_t *row;

	if (shipped_load(&scenario, shipped, kernel))
		return NULL;
	*affects = scenario_affects(&scenario, kernel);
	row = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "name", shipped->name, "title",
			scenario.title, "race", scenario.race->name, "needs", needs_json(&scenario),
			"affected", affected_json(&scenario), "path", shipped->path);
	scenario_release(&scenario);
	return row;
}

/* Files of rules have no title: their first line describes them. */
static json_t *rules_row(const struct shipped *shipped)
{
	FILE *file = text_file_stream(shipped->path);
	char line[256] = "";

	if (!file || !fgets(line, sizeof(line), file) || strncmp(line, "# ", 2) != 0)
		report(0, "%s: its first line does not say what it is for", shipped->path);
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return json_pack("{s:s, s:s, s:s, s:[s], s:[], s:s}", "name", shipped->name, "title",
			 *line ? line + 2 : "", "race", "none", "needs", "mount", "affected",
			 "path", shipped->path);
}

static bool has_word(const json_t *row, const char *word)
{
	static const char *const keys[] = { "name", "title", "race" };
	const json_t *need;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcasestr(json_string_value(json_object_get(row, keys[i])), word))
			return true;
	json_array_foreach (json_object_get(row, "needs"), i, need)
		if (strcasestr(json_string_value(need), word))
			return true;
	return false;
}

static bool is_wanted(const struct arguments *arguments, const json_t *row, bool affects)
{
	for (size_t i = 0; i < arguments->word_count; i++)
		if (!has_word(row, arguments->words[i]))
			return false;
	return affects || !arguments->affects;
}

/* Returns the rows. wrong: set if a file could not be read. */
static json_t *make_rows(const struct arguments *arguments, const struct shipped_list *list,
			 bool *wrong)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct shipped *shipped = &list->items[i];
		bool affects = false;
		json_t *row = shipped_is_rules(shipped)
				      ? rules_row(shipped)
				      : scenario_row(shipped, &arguments->kernel, &affects);

		*wrong |= !row;
		if (row && is_wanted(arguments, row, affects))
			json_array_append(rows, row);
		json_decref(row);
	}
	return rows;
}

static const char *joined(const json_t *list, char *text, size_t size)
{
	const json_t *word;
	size_t i, used = 0;

	snprintf(text, size, "-");
	json_array_foreach (list, i, word)
		used = append_text(text, size, used, "%s%s", i ? "," : "", json_string_value(word));
	return text;
}

static void print_rows(const json_t *rows)
{
	const json_t *row;
	char needs[128];
	size_t i;

	json_array_foreach (rows, i, row)
		printf("%-22s  %-16s  %-16s  %s\n", json_string_value(json_object_get(row, "name")),
		       json_string_value(json_object_get(row, "race")),
		       joined(json_object_get(row, "needs"), needs, sizeof(needs)),
		       json_string_value(json_object_get(row, "title")));
}

int cmd_scenarios(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[WORD...]",
		.doc = "Lists the scenarios and files of rules that come with foliostorm, with "
		       "name, race, needs and title. With WORDs, lists those that contain all of "
		       "them.\vCommands accept these names instead of a file: `foliostorm run "
		       "split-window`. Exit codes: 0 listed; 3 none matches; 4 one cannot be read.",
	};
	struct arguments arguments = { .json = false };
	struct shipped_list list;
	bool wrong = false;
	json_t *rows;
	int code;

	command_line_parse(&argp, argc, argv, &arguments);
	if (!arguments.affects)
		kernel_running(&arguments.kernel);
	wrong = shipped_list(&list);
	rows = make_rows(&arguments, &list, &wrong);
	if (!json_array_size(rows) && !wrong)
		report(0, "none fits; `foliostorm scenarios` lists all of them");
	if (arguments.json) {
		command_line_print_json(rows);
	} else {
		print_rows(rows);
	}
	code = wrong                   ? EXIT_RUN_ERROR
	       : json_array_size(rows) ? EXIT_AS_EXPECTED
				       : EXIT_INCONCLUSIVE;
	json_decref(rows);
	shipped_list_release(&list);
	return code;
}
