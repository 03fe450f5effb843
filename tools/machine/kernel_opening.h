/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reports begin with, of every architecture and subsystem that is known here. */
#ifndef TOOLS_MACHINE_KERNEL_OPENING_H
#define TOOLS_MACHINE_KERNEL_OPENING_H

#include "tools/machine/kernel_line.h"

/* Of several that a line has the first counts; of those that begin at one place the first row. */
extern const struct kernel_opening kernel_openings[];
extern const size_t kernel_opening_count;

#endif
