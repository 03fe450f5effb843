/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts: long series of file operations in the current directory, which write down all they see.
 * Run on XFS and through the layer, the two transcripts must be the same, line by line.
 */
#ifndef TESTS_SUPPORT_LAYER_TRANSCRIPT_H
#define TESTS_SUPPORT_LAYER_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct transcript {
	char *text;
	size_t size, room;
};

/* Appends a line. */
void note(struct transcript *transcript, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends what was done and what came of it: the value, or errno by name when it is -1. Returns the
 * value. */
long note_result(struct transcript *transcript, const char *what, long result);

/* The same for a descriptor, whose number means nothing. */
int note_fd(struct transcript *transcript, const char *what, int fd);

/* Appends mode, links, owner, size, unit and device of a file; blocks depend on XFS's speculation.
 */
void note_stat(struct transcript *transcript, const char *path);

/* Appends up to 64 KiB of the content of a file, as a sum, and its size. */
void note_content(struct transcript *transcript, const char *path);

/* Appends the names in a directory, sorted, with their types. */
void note_directory(struct transcript *transcript, const char *path);

#define TRY(expression)    note_result(transcript, #expression, (long)(expression))
#define TRY_FD(expression) note_fd(transcript, #expression, (expression))

/* Runs body as another user, in a child. uid, gid; groups: supplementary ones, ended by 0. */
void as_user(struct transcript *transcript, uid_t uid, gid_t gid, const gid_t *groups,
	     void (*body)(struct transcript *transcript));

enum {
	/*
	 * It sets O_APPEND or O_DIRECT on an open file. The backing file of passthrough keeps the
	 * flags of the open (6.9 to 6.18, fuse_passthrough_open(), fs/fuse/passthrough.c), whatever
	 * the layer does.
	 */
	SCRIPT_CHANGES_FLAGS = 1,
	/* It looks for holes, which there are none of where the kernel keeps writes. */
	SCRIPT_FINDS_HOLES = 2,
};

struct script {
	const char *name;
	void (*run)(struct transcript *transcript);
	unsigned int takes; /* SCRIPT_*, ORed */
};

/* Ended by a row without a name. */
extern const struct script scripts[];

/* layer_scripts_data.c */
void script_data(struct transcript *transcript);
void script_holes(struct transcript *transcript);
void script_direct(struct transcript *transcript);
void script_mmap(struct transcript *transcript);
void script_append(struct transcript *transcript);
void script_flags(struct transcript *transcript);

#endif
