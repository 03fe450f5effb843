/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers for tests that compare files on a mount with those beneath it. */
#ifndef TESTS_SUPPORT_LAYER_FILES_H
#define TESTS_SUPPORT_LAYER_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

/* "DIRECTORY/NAME". Valid until the second call from now in this thread. */
const char *join(const char *directory, const char *name);

/* Writes a file with that text. A failure fails an assertion of the test. */
void put(const char *path, const char *text);

/* Whether a file consists of exactly that text, of at most 126 bytes. */
bool has(const char *path, const char *text);

/* lstat(); st_size is -1 if that fails. */
struct stat status_of(const char *path);

#endif
