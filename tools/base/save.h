/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes files atomically: as PATH.new, which is synced and renamed to PATH. Until then a reader of
 * PATH finds the old content, or no file. Directories are checked as open_output() does; a link at
 * PATH itself is replaced, not followed. The mode is 0600. Only a pipe or a device, or a link to
 * one, is written to directly.
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
