/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts: long series of file operations in the current directory, which record all results. The
 * transcript of a script must be the same on XFS and through the layer, line by line.
 */
#ifndef TESTS_SUPPORT_LAYER_TRANSCRIPT_H
#define TESTS_SUPPORT_LAYER_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct transcript {
	char *text; /* NUL-terminated; NULL while empty */
	size_t size, room;
};

/* Appends a line of up to 1023 bytes. */
void note(struct transcript *transcript, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends `what` and the result: the value, or the name of errno if it is -1. Returns the value and
 * keeps errno. */
long note_result(struct transcript *transcript, const char *what, long result);

/* The same for a file descriptor, of which only success or failure is recorded. */
int note_fd(struct transcript *transcript, const char *what, int fd);

/* Appends mode, links, owner, size, block size and device number of a file. Block counts are left
 * out: they depend on XFS's speculative preallocation. */
void note_stat(struct transcript *transcript, const char *path);

/* Appends the size of a file and a hash of its content. */
void note_content(struct transcript *transcript, const char *path);

/* Appends the names in a directory, sorted, with their types. */
void note_directory(struct transcript *transcript, const char *path);

#define TRY(expression)    note_result(transcript, #expression, (long)(expression))
#define TRY_FD(expression) note_fd(transcript, #expression, (expression))

/* Runs body as another user in a child, and appends the child's transcript (up to 1 MiB). groups:
 * the supplementary groups, ended by 0; NULL: none. */
void as_user(struct transcript *transcript, uid_t uid, gid_t gid, const gid_t *groups,
	     void (*body)(struct transcript *transcript));

enum {
	/*
	 * The script sets O_APPEND or O_DIRECT on an open file. The backing file of passthrough
	 * keeps the flags of its open (6.9 to 6.18, fuse_passthrough_open(),
	 * fs/fuse/passthrough.c), whatever the layer does.
	 */
	SCRIPT_CHANGES_FLAGS = 1,
	/* The script looks for holes. There are none while the kernel holds back writes. */
	SCRIPT_FINDS_HOLES = 2,
};

struct script {
	const char *name;
	void (*run)(struct transcript *transcript);
	unsigned int takes; /* SCRIPT_*, ORed: what it needs from the mount */
};

/* Ends with a row without a name. */
extern const struct script scripts[];

/* Defined in layer_scripts_data.c. */
void script_data(struct transcript *transcript);
void script_holes(struct transcript *transcript);
void script_direct(struct transcript *transcript);
void script_mmap(struct transcript *transcript);
void script_append(struct transcript *transcript);
void script_flags(struct transcript *transcript);

#endif
