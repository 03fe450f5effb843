/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the configuration of a guest's kernel. */
#ifndef TOOLS_GUEST_KERNEL_CONFIG_H
#define TOOLS_GUEST_KERNEL_CONFIG_H

#include "tools/guest/kernel.h"

/*
 * Finds the configuration: config-RELEASE beside the image or in boot/ of the modules, config of
 * the modules, .config of the tree in which the image was built, or the one in an uncompressed
 * image (CONFIG_IKCONFIG). where: gets the file's path, in PATH_MAX bytes; may be NULL. Returns its
 * text, which the caller frees, or NULL.
 */
char *kernel_config_read(const struct guest_kernel *kernel, char *where);

#endif
