/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_MACHINE_PROCESSOR_H
#define TOOLS_MACHINE_PROCESSOR_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Returns whether QEMU emulates the processors in software (TCG). cpuinfo: a text like
 * /proc/cpuinfo. Race windows are about a hundred times as wide there, so measurements cannot be
 * compared.
 */
bool processor_is_emulated_in(FILE *cpuinfo);

/* The same for this machine; false if /proc/cpuinfo does not tell. */
bool processor_is_emulated(void);

#endif
