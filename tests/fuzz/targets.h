/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parsers of what others wrote, each with one input at a time: for libFuzzer (fuzz/libfuzzer.c)
 * and for the samples (fuzz/corpus.c). */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

/* Takes an input. Returns 0 when it was of use; else what is wrong with it. Aborts when the parser
 * did not keep what it promises. */
typedef int fuzz_take(const char *name, const uint8_t *data, size_t size);

fuzz_take fuzz_import, fuzz_scenario, fuzz_rules, fuzz_control, fuzz_stream, fuzz_archive,
	fuzz_trace, fuzz_report, fuzz_kernel_log;

/* The target of that name, or of an importer's. NULL: none. */
fuzz_take *fuzz_target(const char *name);

/* A memory file with that content, at its start: the same descriptor each time, as a path too. */
int fuzz_file(const uint8_t *data, size_t size, const char **path);

#endif
