/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "injector/schedule/code_point.h"
#include "injector/schedule/function_code.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/guest/guest.h"
#include "tools/guest/kernel_options.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct arguments {
	const char *function;
	struct kernel_arguments kernel;
	struct guest_arguments machine;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->kernel;
		state->child_inputs[1] = &arguments->machine;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "function",
					     &arguments->function);
	}
}

/* Prints FUNCTION+0xN, and its name in a schedule. */
static void print_point(const struct function_part *part, uint64_t address, const char *point)
{
	char place[CODE_POINT_NAME + 32];

	snprintf(place, sizeof(place), "%s+0x%" PRIx64, part->symbol->name,
		 address - part->symbol->address);
	printf("%-32s %s\n", place, point);
}

static int print_place(void *context, const struct function_place *place)
{
	const struct function_code *code = context;
	char point[2 * CODE_POINT_NAME + 64];

	if (place->returns)
		snprintf(point, sizeof(point), "return of %s", code->name);
	else if (place->callee)
		snprintf(point, sizeof(point), "%s calls %s%s", code->name, place->callee->name,
			 place->jumps ? " (by a jump: nothing comes back)" : "");
	else
		snprintf(point, sizeof(point), "(a call of what a pointer leads to)");
	print_point(place->part, place->address, point);
	return 0;
}

static int print_function(const char *name, const struct kernel_text *kernel)
{
	char why[512], point[CODE_POINT_NAME + 16];
	struct function_code code;
	int r = function_code_find(&code, name, kernel, why, sizeof(why));

	for (size_t i = 0; !r && i < code.count; i++) {
		if (!function_code_entered(&code, &code.parts[i]))
			continue;
		snprintf(point, sizeof(point), "entry of %s", name);
		print_point(&code.parts[i], code.parts[i].symbol->address, point);
	}
	if (!r)
		r = function_code_walk(&code, print_place, &code, why, sizeof(why));
	if (r)
		report(0, "%s", why);
	return r;
}

/* An unsuitable name is a usage error; other errors mean that the kernel hides addresses or
 * code. */
static int exit_code_of_search(int r)
{
	if (r == -ENOENT || r == -ENOTUNIQ || r == -E2BIG)
		return EXIT_USAGE;
	return exit_code_of_error(r);
}

static int run_here(const char *name)
{
	struct kernel_symbols *symbols = kernel_symbols_read();
	struct kernel_text kernel;
	int r;

	if (!symbols)
		return report(-errno, "/proc/kallsyms"), EXIT_PRECONDITION;
	r = kernel_text_here(&kernel, symbols);
	if (!r && access("/proc/kcore", R_OK)) {
		report(-errno, "/proc/kcore, from which the kernel's code is read");
		r = -EPERM;
	}
	if (!r)
		r = print_function(name, &kernel);
	kernel_symbols_free(symbols);
	return exit_code_of_search(r);
}

/* Runs the same command in a guest with that kernel. */
static int run_in_guest(const struct arguments *arguments)
{
	char command[CODE_POINT_NAME + 32];
	struct guest_kernel kernel;
	int status = EXIT_AS_EXPECTED;
	const struct guest_config config = {
		.kernel = &kernel,
		.command = command,
		.machine = &arguments->machine,
		.progress = isatty(STDERR_FILENO),
		.status = &status,
	};
	int r = kernel_options_get(&arguments->kernel, arguments->machine.arch, &kernel);

	/* A checked name needs no quotes. */
	snprintf(command, sizeof(command), "foliostorm points %s", arguments->function);
	if (!r)
		r = guest_run(&config);
	return r ? exit_code_of_error(r) : status;
}

/* Returns 0, or -EINVAL (reported). */
static int check(const struct arguments *arguments)
{
	char text[2 * CODE_POINT_NAME], why[512];
	struct code_point point;

	snprintf(text, sizeof(text), "entry of %s", arguments->function);
	if (code_point_parse(text, &point, why, sizeof(why)) ||
	    strcmp(point.function, arguments->function) != 0)
		return report(0,
			      "%.80s is not the name of a function; name one of the kernel, such "
			      "as filemap_get_entry",
			      arguments->function);
	return kernel_options_check(&arguments->kernel, false)
		       ?: kernel_options_check_machine(&arguments->kernel, &arguments->machine);
}

int cmd_points(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &kernel_options_argp, 0,
		  "Kernel of a guest (without one, the running kernel):", 1 },
		{ &guest_options_argp, 0, "Guest:", 2 },
		{ 0 },
	};
	static const struct argp argp = {
		.parser = parse,
		.children = children,
		.args_doc = "FUNCTION",
		.doc = "Lists the points in a function of the kernel at which a schedule can hold "
		       "a thread: its entry, its returns, and each call that it makes.\v"
		       "Exit codes: 0 listed; 2 usage, or the kernel has no such function; 4 a "
		       "guest failed; 77 a precondition is missing.",
	};
	struct arguments arguments = { .function = NULL };

	command_line_parse(&argp, argc, argv, &arguments);
	if (check(&arguments))
		return EXIT_USAGE;
	return kernel_options_given(&arguments.kernel) ? run_in_guest(&arguments)
						       : run_here(arguments.function);
}
