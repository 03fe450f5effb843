/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz targets: the parsers of foreign input, one input per call. Used by libFuzzer
 * (fuzz/libfuzzer.c) and with the samples (fuzz/corpus.c). */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

/* Parses an input. name: of the target or importer. Returns 0 if the input was useful, else
 * nonzero. Aborts if the parser breaks a promise. */
typedef int fuzz_take(const char *name, const uint8_t *data, size_t size);

fuzz_take fuzz_import, fuzz_scenario, fuzz_rules, fuzz_control, fuzz_stream, fuzz_archive,
	fuzz_trace, fuzz_report, fuzz_kernel_log;

/* The target of that name, or fuzz_import for the name of an importer; NULL if there is none. */
fuzz_take *fuzz_target(const char *name);

/* Returns a descriptor of a memory file with that content, at its start; *path (unless NULL) is set
 * to a path of it. Both are reused by the next call. Aborts on failure. */
int fuzz_file(const uint8_t *data, size_t size, const char **path);

#endif
