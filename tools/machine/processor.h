/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_MACHINE_PROCESSOR_H
#define TOOLS_MACHINE_PROCESSOR_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Whether the processors are QEMU's own, in software (TCG), by a text such as /proc/cpuinfo:
 * windows are some hundred times as wide there, so what was measured on one says nothing of the
 * other.
 */
bool processor_is_emulated_in(FILE *cpuinfo);

/* The same of this machine; false when it does not say. */
bool processor_is_emulated(void);

#endif
