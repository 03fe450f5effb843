/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts that begin reports, of all known architectures and subsystems. */
#ifndef TOOLS_MACHINE_KERNEL_OPENING_H
#define TOOLS_MACHINE_KERNEL_OPENING_H

#include "tools/machine/kernel_line.h"

/* If a line has several, the first in the line counts; at the same place, the first row. */
extern const struct kernel_opening kernel_openings[];
extern const size_t kernel_opening_count;

#endif
