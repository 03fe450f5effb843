/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's kernel needs for a scenario, checked before the guest boots. */
#ifndef TOOLS_GUEST_KERNEL_NEEDS_H
#define TOOLS_GUEST_KERNEL_NEEDS_H

#include "tools/guest/kernel.h"
#include "tools/scenario/scenario.h"

/* Finds what a kernel with that configuration lacks for a scenario: options, and the files of
 * modules. text: gets a phrase for each, separated by semicolons ("CONFIG_XFS_FS is not set"), cut
 * to `size` bytes. Returns their number. */
unsigned int kernel_lacks(const struct guest_kernel *kernel, const char *config,
			  const struct scenario *scenario, char *text, size_t size);

/* Finds the configuration as well. Returns 0, also without a configuration; -EPERM: something is
 * missing (reported). */
int kernel_needs_check(const struct guest_kernel *kernel, const struct scenario *scenario);

#endif
