/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs that do a thing and end: mkfs, mkswap. */
#ifndef INJECTOR_BASE_PROGRAM_H
#define INJECTOR_BASE_PROGRAM_H

/*
 * Runs a program, found by PATH, to its end; what it says of success goes nowhere, its errors to
 * ours. arguments: ended by NULL, the first is its name. status: its exit code, or 128 and more by a
 * signal; set on success only. Returns 0; -errno it cannot be run (not reported).
 */
int program_run(const char *const arguments[], int *status);

#endif
