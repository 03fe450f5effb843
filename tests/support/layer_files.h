/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files of tests that look at a mount and at what is beneath. */
#ifndef TESTS_SUPPORT_LAYER_FILES_H
#define TESTS_SUPPORT_LAYER_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

/* "DIRECTORY/NAME"; valid until the second next call of the thread. */
const char *join(const char *directory, const char *name);

/* Makes a file of that text; what fails is an assertion that failed. */
void put(const char *path, const char *text);

/* Whether a file holds that text, of up to 126 bytes, and no other. */
bool has(const char *path, const char *text);

/* Of the file itself, also a link; its st_size is -1 where there is none. */
struct stat status_of(const char *path);

#endif
