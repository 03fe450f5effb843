/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "tools/base/number.h"
#include "tools/base/prose.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/import/import_parts.h"
#include "tools/import/importers/importers.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_OUTPUT = 'o',
	OPTION_UNDER = 'u',
	OPTION_FORCE = 'f',
	OPTION_QUIET = 'q',
	OPTION_KINDS = 0x100,
	OPTION_REPORT,
	OPTION_STORM,
};

struct arguments {
	const struct importer *importer;
	const char *path, *output;
	struct import_options options;
	bool force, quiet;
	const char *parts[IMPORT_PARTS_MAX]; /* further FILEs; ended by NULL */
	size_t part_count;
};

static const struct argp_option options[] = {
	{ "output", OPTION_OUTPUT, "SCENARIO", 0,
	  "The scenario to write; - prints it (FILE with the suffix .cfg, in the "
	  "working directory)",
	  0 },
	{ "under", OPTION_UNDER, "DIR", 0,
	  "Use the files under this directory (the one with most calls)", 0 },
	{ "report", OPTION_REPORT, "N", 0,
	  "For oops: use the Nth crash in FILE (the first one of a race)", 0 },
	{ "storm", OPTION_STORM, NULL, 0,
	  "Add a storm, which can be tuned, on files of the same size, with the hole "
	  "of FILE that exposes most pages",
	  0 },
	{ "force", OPTION_FORCE, NULL, 0,
	  "Replace an existing scenario; write one even if the input fits none", 0 },
	{ "kinds", OPTION_KINDS, "FORM", OPTION_ARG_OPTIONAL,
	  "List the kinds as " PROSE_FORMS ", and exit", 0 },
	{ "quiet", OPTION_QUIET, NULL, 0, "Do not print what was understood", 0 },
	{ 0 },
};

static void name_kinds(char *text, size_t size, const char *between)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; importers[i]; i++)
		used = append_text(text, size, used, "%s%s", i ? between : "", importers[i]->name);
}

static void print_kinds(struct argp_state *state, const char *name)
{
	enum prose_form form;

	if (prose_form_find(name, &form))
		argp_error(state, "--kinds=%s: allowed: " PROSE_FORMS, name);
	for (size_t i = 0; importers[i]; i++) {
		const struct importer *importer = importers[i];

		if (form == PROSE_LINES) {
			printf("%-8s %s\n", importer->name, importer->expects);
		} else if (form == PROSE_MARKDOWN) {
			printf("- **%s**: %s\n", importer->name, importer->about);
		} else {
			printf(".TP\n.B %s\n", importer->name);
			prose_man(stdout, importer->about);
		}
	}
}

static void take_argument(struct arguments *arguments, struct argp_state *state, char *argument)
{
	char kinds[200];

	if (!arguments->importer) {
		arguments->importer = importer_find(argument);
		name_kinds(kinds, sizeof(kinds), ", ");
		if (!arguments->importer)
			argp_error(state, "%s: no such KIND; allowed: %s", argument, kinds);
	} else if (!arguments->path) {
		arguments->path = argument;
	} else if (arguments->importer->has_parts && arguments->part_count < IMPORT_PARTS_MAX - 1) {
		arguments->parts[arguments->part_count++] = argument;
	} else {
		argp_error(state, "%s: one KIND and one FILE are all it takes", argument);
	}
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_OUTPUT:
		arguments->output = argument;
		return 0;
	case OPTION_UNDER:
		arguments->options.under = argument;
		return 0;
	case OPTION_REPORT:
		arguments->options.report =
			(unsigned int)number_option(state, "report", argument, 1, UINT32_MAX);
		return 0;
	case OPTION_STORM:
		arguments->options.storm = true;
		return 0;
	case OPTION_FORCE:
		arguments->force = true;
		return 0;
	case OPTION_KINDS:
		command_line_alone(state, "--kinds", argument);
		print_kinds(state, argument);
		command_line_end();
	case OPTION_QUIET:
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(arguments, state, argument);
		return 0;
	case ARGP_KEY_END:
		if (!arguments->path)
			argp_error(state, "which %s?", arguments->importer ? "FILE" : "KIND");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Lists the importers in --help. */
static char *help_kinds(int key, const char *text, void *input)
{
	char *full = NULL;
	size_t size;
	FILE *memory;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	memory = open_memstream(&full, &size);
	if (!memory)
		return (char *)text;
	fputs("KIND is\n\n", memory);
	for (size_t i = 0; importers[i]; i++)
		fprintf(memory, "  %-8s %s\n", importers[i]->name, importers[i]->expects);
	fprintf(memory, "\n%s", text);
	fclose(memory);
	return full;
}

/* "traces/app.strace" becomes "app.cfg". */
static void default_output(const char *path, char *output, size_t size)
{
	char name[PATH_MAX];
	const char *slash, *base, *dot;

	snprintf(name, sizeof(name), "%s", path);
	for (size_t end = strlen(name); end > 1 && name[end - 1] == '/';)
		name[--end] = '\0';
	slash = strrchr(name, '/');
	base = slash ? slash + 1 : name;
	dot = strrchr(base, '.');
	snprintf(output, size, "%.*s.cfg",
		 dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
}

int cmd_import(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "KIND FILE...",
		.doc = "Makes a scenario from what a customer sends.\vPrints what it understood "
		       "and what it did not, each with a count, and uses what it can.\n\nExit "
		       "codes: 0 the scenario is written; 2 usage, or FILE has nothing usable; 3 "
		       "FILE was understood, but no scenario fits; 4 an error.",
		.help_filter = help_kinds,
	};
	static struct arguments arguments;
	char output[PATH_MAX];
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	arguments.options.parts = arguments.parts;
	default_output(arguments.path, output, sizeof(output));
	if (!arguments.output)
		arguments.output = output;
	r = import_file(arguments.importer, &arguments.options, arguments.path, arguments.output,
			arguments.force, arguments.quiet ? NULL : stdout);
	if (r == -ENOMSG)
		return EXIT_INCONCLUSIVE;
	if (r)
		return r == -ENOMEM || r == -EIO || r == -ENOSPC ? EXIT_RUN_ERROR : EXIT_USAGE;
	if (!arguments.quiet && strcmp(arguments.output, "-"))
		printf("wrote %s\n", arguments.output);
	return EXIT_AS_EXPECTED;
}
