/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are there whole or not at all: written beside their place as PATH.new, synced, and
 * renamed. A reader of PATH finds the old content until then, or no file. What others may have put
 * in the way is refused as open_output() does; a link at PATH itself is replaced, not followed.
 * Mode 0600. Only what is a pipe or a device, or leads to one, is written to as it is.
 */
#ifndef TOOLS_BASE_SAVE_H
#define TOOLS_BASE_SAVE_H

#include <jansson.h>
#include <stdio.h>

/* All return 0 or -EIO (reported, with what it was): a full disk is an error of the run, not a
 * missing precondition. flags: of json_dumpf(). */
int save_text(const char *path, const char *text);
int save_json(const char *path, const json_t *object, size_t flags);

/* The same of what is printed to `file`, which is memory until save_end(). */
struct save {
	FILE *file;
	char *text;
	size_t size;
};

int save_begin(struct save *save, const char *path);

/* path: as given to save_begin(). */
int save_end(struct save *save, const char *path);

#endif
