/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/kernel_options.h"
#include "injector/base/report.h"

enum { OPTION_TREE = 0x480 };

static const struct argp_option options[] = {
	{ "kernel", 'k', "VERSION", 0,
	  "One of Debian's kernels: 6.18.9; 6.18 (the newest of that series); latest; "
	  "stable",
	  0 },
	{ "image", 'i', "FILE", 0,
	  "A kernel image of your own instead: bzImage, Image (arm64), or vmlinux", 0 },
	{ "tree", OPTION_TREE, "DIR", 0, "The kernel built in that source tree, with its modules",
	  0 },
	{ "modules", 'm', "DIR", 0,
	  "Modules of that image; not needed if the image has everything built in", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct kernel_arguments *arguments = state->input;

	switch (key) {
	case 'k':
		arguments->kernel = argument;
		return 0;
	case 'i':
		arguments->image = argument;
		return 0;
	case OPTION_TREE:
		arguments->tree = argument;
		return 0;
	case 'm':
		arguments->modules = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp kernel_options_argp = { .options = options, .parser = parse };

bool kernel_options_given(const struct kernel_arguments *arguments)
{
	return arguments->kernel || arguments->image || arguments->tree;
}

int kernel_options_check(const struct kernel_arguments *arguments, bool required)
{
	if (!!arguments->kernel + !!arguments->image + !!arguments->tree > 1)
		return report(0, "give one of --kernel VERSION, --image FILE and --tree DIR, not "
				 "several");
	if (arguments->modules && !arguments->image)
		return report(0,
			      "--modules goes with --image; --tree takes the modules of its tree");
	if (required && !kernel_options_given(arguments))
		return report(0, "which kernel? give --kernel VERSION, --image FILE or --tree DIR "
				 "(`foliostorm kernels` lists the versions)");
	return 0;
}

int kernel_options_check_machine(const struct kernel_arguments *arguments,
				 const struct guest_arguments *machine)
{
	const char *given = guest_options_given(machine);

	if (!given || kernel_options_given(arguments))
		return 0;
	return report(0,
		      "%s is of a guest: give its kernel by --kernel VERSION, --image FILE or "
		      "--tree DIR",
		      given);
}

int kernel_options_foresee(const struct kernel_arguments *arguments, enum guest_arch arch,
			   struct guest_kernel *kernel)
{
	if (arguments->kernel)
		return guest_kernel_foresee(kernel, arguments->kernel, arch);
	return kernel_options_get(arguments, arch, kernel);
}

int kernel_options_get(const struct kernel_arguments *arguments, enum guest_arch arch,
		       struct guest_kernel *kernel)
{
	if (arguments->tree)
		return guest_kernel_tree(kernel, arguments->tree);
	return arguments->kernel ? guest_kernel_named(kernel, arguments->kernel, arch)
				 : guest_kernel_own(kernel, arguments->image, arguments->modules);
}
