/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/remove_tree.h"
#include "injector/base/report.h"
#include "tools/base/out.h"
#include "tools/base/stop.h"
#include "tools/bundle/rerun.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/guest/kernel_options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

enum option_key {
	OPTION_OUT = 'o',
	OPTION_LIST = 'l',
	OPTION_TRUST = 0x900,
};

struct arguments {
	const char *file, *out;
	bool list;
	struct rerun rerun;
	struct kernel_arguments kernel;
	struct guest_arguments machine;
	char named[2 * PATH_MAX]; /* IMAGE:MODULES */
};

static const struct argp_option options[] = {
	{ "list", OPTION_LIST, NULL, 0, "List the contents and run nothing", 0 },
	{ "out", OPTION_OUT, "DIR", 0, "Write the results of the new run to that directory", 0 },
	{ "trust", OPTION_TRUST, NULL, 0,
	  "Run those commands of its scenario that run on this machine, and copy the "
	  "files that it names",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->kernel;
		state->child_inputs[1] = &arguments->machine;
		return 0;
	case OPTION_LIST:
		arguments->list = true;
		return 0;
	case OPTION_OUT:
		arguments->out = argument;
		return 0;
	case OPTION_TRUST:
		arguments->rerun.trust = true;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "bundle", &arguments->file);
	}
}

/* Sets the kernel for guest_kernel_named(); NULL if none was given. Returns 0 or -errno
 * (reported). */
static int name_kernel(struct arguments *arguments)
{
	const struct kernel_arguments *kernel = &arguments->kernel;
	const char *image = kernel->image, *modules = kernel->modules;
	struct guest_kernel built;
	int r = kernel->tree ? guest_kernel_tree(&built, kernel->tree) : 0;

	if (r)
		return r;
	if (kernel->tree) {
		image = built.image;
		modules = built.modules;
	}
	arguments->rerun.kernel = image ? arguments->named : kernel->kernel;
	if (image)
		snprintf(arguments->named, sizeof(arguments->named), "%s%s%s%s",
			 strchr(image, '/') ? "" : "./", image, modules ? ":" : "", modules ?: "");
	return 0;
}

static int compare(const struct bundle *bundle, const json_t *now)
{
	static const int codes[] = {
		[RERUN_SAME] = EXIT_AS_EXPECTED,
		[RERUN_DIFFERS] = EXIT_NOT_AS_EXPECTED,
		[RERUN_INCONCLUSIVE] = EXIT_INCONCLUSIVE,
	};
	const struct bundle_part *part = &bundle->parts[BUNDLE_RESULT];
	json_t *then = json_loadb(part->data, part->size, 0, NULL);
	int code = codes[rerun_compare(stdout, then, now)];

	json_decref(then);
	return code;
}

static int run_in(struct arguments *arguments, const struct bundle *bundle, const char *out)
{
	json_t *now;
	int r;

	arguments->rerun.out = out;
	arguments->rerun.machine = &arguments->machine;
	stop_catch();
	r = rerun(bundle, &arguments->rerun, &now);
	r = r ? exit_code_of_error(r) : compare(bundle, now);
	json_decref(now);
	return r;
}

/* Runs in a temporary directory. */
static int run_apart(struct arguments *arguments, const struct bundle *bundle)
{
	struct file_identity identity;
	char out[PATH_MAX];
	int fd, code;

	snprintf(out, sizeof(out), "%s/foliostorm-rerun.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(out))
		return report(-errno, "%s", out), EXIT_RUN_ERROR;
	fd = open(out, O_PATH | O_CLOEXEC);
	file_identity_of(fd, &identity);
	close(fd);
	code = run_in(arguments, bundle, out);
	if (remove_tree(out, &identity, false))
		report(0, "%s stays", out);
	return code;
}

static int run(struct arguments *arguments, const struct bundle *bundle)
{
	bundle_list(stdout, bundle);
	fflush(stdout);
	if (arguments->list)
		return EXIT_AS_EXPECTED;
	if (!arguments->out)
		return run_apart(arguments, bundle);
	/* The guest claims the directory itself. */
	return run_in(arguments, bundle, arguments->out);
}

/* Refuses options that need a run. Returns 0 or -EINVAL (reported). */
static int check_list(const struct arguments *arguments)
{
	const char *given = arguments->out           ? "--out"
			    : arguments->rerun.trust ? "--trust"
			    : kernel_options_given(&arguments->kernel)
				    ? "the kernel"
				    : guest_options_given(&arguments->machine);

	return given ? report(0, "--list runs nothing: it goes without %s", given) : 0;
}

int cmd_rerun(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &kernel_options_argp, 0, NULL, 0 },
		{ &guest_options_argp, 0, "Guest:", 2 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Repeats a run that `foliostorm bundle` packed, in a guest with the same "
		       "kernel if that is available, and compares.\vExit codes: 0 the same "
		       "verdict, and rates within their intervals; 1 not; 2 usage, or the bundle "
		       "is refused; 3 inconclusive; 4 the run failed; 77 a precondition is "
		       "missing.",
		.children = children,
	};
	struct arguments arguments = { .file = NULL };
	struct bundle bundle;
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	if (arguments.list && check_list(&arguments))
		return EXIT_USAGE;
	r = kernel_options_check(&arguments.kernel, false);
	if (!r && arguments.out)
		r = out_check(arguments.out);
	r = r ?: name_kernel(&arguments);
	if (r)
		return exit_code_of_error(r);
	r = bundle_read(&bundle, arguments.file);
	r = r ? exit_code_of_error(r) : run(&arguments, &bundle);
	bundle_release(&bundle);
	return r;
}
