/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest's kernel was configured: what it lacks for a scenario is known before it boots. */
#ifndef TOOLS_GUEST_KERNEL_CONFIG_H
#define TOOLS_GUEST_KERNEL_CONFIG_H

#include "tools/guest/kernel.h"
#include "tools/scenario/scenario.h"

/*
 * Finds the configuration: config-RELEASE beside the image, or in boot/ or the directory of the
 * modules; .config of the tree that the image was built in; or within an image that is not packed
 * (CONFIG_IKCONFIG). Returns its text, the caller's, to be freed; NULL: there is none.
 */
char *kernel_config_read(const struct guest_kernel *kernel);

/* What a configuration lacks for a scenario, a phrase for each option, separated by semicolons:
 * "CONFIG_XFS_FS is not set". modules: whether there are any. Returns how many options that are;
 * text holds `size` bytes. */
unsigned int kernel_config_lacks(const char *config, const struct scenario *scenario, bool modules,
				 char *text, size_t size);

/* Both, where a configuration is found. Returns 0, or -EPERM (reported). */
int kernel_config_check(const struct guest_kernel *kernel, const struct scenario *scenario);

#endif
