/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "tools/base/out.h"
#include "tools/bundle/bundle.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"

#include <argp.h>

enum option_key {
	OPTION_OUT = 'o',
	OPTION_TRACE = 0x900,
};

struct arguments {
	const char *directory, *out, *trace;
};

static const struct argp_option options[] = {
	{ "out", OPTION_OUT, "FILE", 0, "The bundle, such as race.tar.zst", 0 },
	{ "trace", OPTION_TRACE, "FILE", 0, "The scenario's trace, if it has been moved or renamed",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_OUT:
		arguments->out = argument;
		return 0;
	case OPTION_TRACE:
		arguments->trace = argument;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "run directory",
					     &arguments->directory);
	}
}

int cmd_bundle(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "DIR",
		.doc = "Packs a run that wrote its results to DIR into one file: the scenario as "
		       "resolved, its trace, and the result. `foliostorm rerun` repeats it.\vExit "
		       "codes: 0 written; 2 usage, or DIR is not a run; 4 the bundle cannot be "
		       "written.",
	};
	struct arguments arguments = { .directory = NULL };
	struct bundle bundle;
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	if (!arguments.out)
		return report(0, "where to? -o FILE.tar.zst"), EXIT_USAGE;
	/* bundle_write() would replace a device or a pipe. */
	r = out_check_file("--out", arguments.out, OUT_REGULAR);
	if (r)
		return exit_code_of_error(r);
	r = bundle_collect(&bundle, arguments.directory, arguments.trace)
		    ?: bundle_write(&bundle, arguments.out);
	if (!r)
		bundle_list(stdout, &bundle);
	bundle_release(&bundle);
	return exit_code_of_error(r);
}
