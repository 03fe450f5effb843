/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a workplace: a header, then a line for each thing that would outlive its owner.
 *
 *     boot BOOT-ID TOKEN
 *     WHAT IDENTITY PATH
 *
 * IDENTITY tells the thing from others that get its name; "-" stands for one that is about to be
 * made, until a line with the same path says what it became. Bytes of PATH that would end the line
 * or confuse a terminal, and the backslash, are written as \ooo. A line without its newline was not
 * written whole, and does not count.
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
	bool this_boot;               /* the kernel that the things were made in runs still */
	char token[RECORD_TOKEN_MAX]; /* random, of this workplace alone */
	struct record_entry *entries;
	size_t count;
};

/* Writes the header into an empty record. token: a new one is put there. Returns 0 or -errno (not
 * reported). */
int record_begin(int fd, char token[RECORD_TOKEN_MAX]);

/* Writes a line, whole or not at all. Returns as above. */
int record_add(int fd, const char *what, const char *identity, const char *path);

/* Reads a record from its beginning. Returns 0 or -errno (not reported). Release in any case. */
int record_read(int fd, struct record *record);

void record_release(struct record *record);

/* A path as it is written. Returns text. */
const char *record_escape(const char *path, char text[RECORD_ESCAPED_MAX]);

#endif
