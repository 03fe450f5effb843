/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes files atomically, as replace_file.h describes. Only a pipe or a device, or a link to one,
 * is written to directly.
 */
#ifndef TOOLS_BASE_SAVE_H
#define TOOLS_BASE_SAVE_H

#include <jansson.h>
#include <stdio.h>

/* All return 0 or -EIO (reported, with the cause): a full disk is an error of the run, not a
 * missing precondition. flags: of json_dumps(). */
int save_text(const char *path, const char *text);
int save_json(const char *path, const json_t *object, size_t flags);

/* The same for text that the caller prints to `file`, which is held in memory until save_end(). */
struct save {
	FILE *file;
	char *text;
	size_t size;
};

int save_begin(struct save *save, const char *path);

/* Saves and frees the text, and closes `file`. path: as given to save_begin(). */
int save_end(struct save *save, const char *path);

#endif
