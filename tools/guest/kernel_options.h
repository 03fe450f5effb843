/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel a guest boots: --kernel, --image, --tree and --modules of every command that starts
 * guests. */
#ifndef TOOLS_GUEST_KERNEL_OPTIONS_H
#define TOOLS_GUEST_KERNEL_OPTIONS_H

#include "tools/guest/kernel.h"
#include "tools/guest/options.h"

#include <argp.h>
#include <stdbool.h>

struct kernel_arguments {
	const char *kernel, *image, *modules, *tree; /* as given, or NULL */
};

/* To be a child of a command's argp; its input is a zeroed struct kernel_arguments. */
extern const struct argp kernel_options_argp;

/* Whether a kernel was named. */
bool kernel_options_given(const struct kernel_arguments *arguments);

/* What contradicts itself; and that there is no kernel, if one is required. Returns 0, or -EINVAL
 * (reported). */
int kernel_options_check(const struct kernel_arguments *arguments, bool required);

/* Where a guest is not required: whether options of a guest's machine were given without a kernel.
 * Returns 0, or -EINVAL (reported). */
int kernel_options_check_machine(const struct kernel_arguments *arguments,
				 const struct guest_arguments *machine);

/* Gets the kernel that was named, as guest_kernel_named(), guest_kernel_own() or
 * guest_kernel_tree(). */
int kernel_options_get(const struct kernel_arguments *arguments, enum guest_arch arch,
		       struct guest_kernel *kernel);

/* The same before anything is fetched, as guest_kernel_foresee(). */
int kernel_options_foresee(const struct kernel_arguments *arguments, enum guest_arch arch,
			   struct guest_kernel *kernel);

#endif
