/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options for a guest's kernel, of every command that starts guests: --kernel, --image, --tree
 * and --modules. */
#ifndef TOOLS_GUEST_KERNEL_OPTIONS_H
#define TOOLS_GUEST_KERNEL_OPTIONS_H

#include "tools/guest/kernel.h"
#include "tools/guest/options.h"

#include <argp.h>
#include <stdbool.h>

struct kernel_arguments {
	const char *kernel, *image, *modules, *tree; /* as given, or NULL */
};

/* A child of a command's argp; its input is a zeroed struct kernel_arguments. */
extern const struct argp kernel_options_argp;

/* Returns whether a kernel was given. */
bool kernel_options_given(const struct kernel_arguments *arguments);

/* Refuses contradictory options and, if `required`, a missing kernel. Returns 0 or -EINVAL
 * (reported). */
int kernel_options_check(const struct kernel_arguments *arguments, bool required);

/* For commands with an optional guest: refuses options of a guest's machine without a kernel.
 * Returns 0 or -EINVAL (reported). */
int kernel_options_check_machine(const struct kernel_arguments *arguments,
				 const struct guest_arguments *machine);

/* Gets the kernel that was given, as guest_kernel_named(), guest_kernel_own() or
 * guest_kernel_tree(). */
int kernel_options_get(const struct kernel_arguments *arguments, enum guest_arch arch,
		       struct guest_kernel *kernel);

/* The same before anything is fetched, as guest_kernel_foresee(). */
int kernel_options_foresee(const struct kernel_arguments *arguments, enum guest_arch arch,
			   struct guest_kernel *kernel);

#endif
