/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks the configuration of a guest's kernel for a scenario, before the guest boots. */
#ifndef TOOLS_GUEST_KERNEL_CONFIG_H
#define TOOLS_GUEST_KERNEL_CONFIG_H

#include "tools/guest/kernel.h"
#include "tools/scenario/scenario.h"

/*
 * Finds the configuration: config-RELEASE beside the image or in boot/ of the modules, config of
 * the modules, .config of the tree in which the image was built, or the one in an uncompressed
 * image (CONFIG_IKCONFIG). Returns its text, which the caller frees, or NULL.
 */
char *kernel_config_read(const struct guest_kernel *kernel);

/* Finds the options that a configuration lacks for a scenario. modules: whether the guest has
 * modules. text: gets a phrase for each, separated by semicolons ("CONFIG_XFS_FS is not set"), cut
 * to `size` bytes. Returns the number of these options. */
unsigned int kernel_config_lacks(const char *config, const struct scenario *scenario, bool modules,
				 char *text, size_t size);

/* Does both. Returns 0, also without a configuration; -EPERM: an option is missing (reported). */
int kernel_config_check(const struct guest_kernel *kernel, const struct scenario *scenario);

#endif
