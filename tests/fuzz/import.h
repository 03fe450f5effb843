/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_IMPORT_H
#define TESTS_FUZZ_IMPORT_H

#include <stddef.h>
#include <stdint.h>

/* Imports an input in memory, and aborts when the importer breaks its promises. kind: a name of
 * importers[]. Returns what import_fd() returns. */
int fuzz_import(const char *kind, const uint8_t *data, size_t size);

#endif
