/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for the files of a kernel's modules. */
#ifndef TOOLS_GUEST_MODULES_H
#define TOOLS_GUEST_MODULES_H

#include <stdbool.h>

/* Returns whether a module is in a directory or anywhere below it, packed or not ("xfs.ko",
 * "xfs.ko.xz"). Dashes and underscores of the name are the same. name: NULL for any module. */
bool modules_have(const char *directory, const char *name);

#endif
