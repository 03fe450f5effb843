/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a workplace: a header, then a line for each thing that would outlive its owner.
 *
 *     boot BOOT-ID TOKEN
 *     WHAT IDENTITY PATH
 *
 * IDENTITY distinguishes the thing from later ones at the same path; "-" means that it is about to
 * be made. A later line with the same WHAT and PATH replaces an earlier one. Control characters and
 * backslashes in PATH are written as \ooo. A line without newline was not written completely and is
 * ignored.
 */
#ifndef TOOLS_MACHINE_WORKPLACE_RECORD_H
#define TOOLS_MACHINE_WORKPLACE_RECORD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define RECORD_UNKNOWN "-"

enum {
	RECORD_BOOT_MAX = 40,
	RECORD_TOKEN_MAX = 16,
	RECORD_IDENTITY_MAX = 96,
	RECORD_ESCAPED_MAX = 4 * PATH_MAX
};

struct record_entry {
	char what[32], identity[RECORD_IDENTITY_MAX];
	char path[PATH_MAX];
};

struct record {
	bool this_boot;               /* the machine has not been rebooted since */
	char token[RECORD_TOKEN_MAX]; /* random, unique to this workplace */
	struct record_entry *entries;
	size_t count;
};

/* Writes the header of an empty record. token: gets a new random token. Returns 0 or -errno (not
 * reported). */
int record_begin(int fd, char token[RECORD_TOKEN_MAX]);

/* Writes a line, completely or not at all. path: absolute. Returns 0 or -errno (not reported). */
int record_add(int fd, const char *what, const char *identity, const char *path);

/* Reads a record from its beginning. Returns 0 or -errno (not reported). Call record_release() in
 * any case. */
int record_read(int fd, struct record *record);

void record_release(struct record *record);

/* Writes a path with its escapes, as in a record. Returns text. */
const char *record_escape(const char *path, char text[RECORD_ESCAPED_MAX]);

#endif
