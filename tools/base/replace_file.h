/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces a file in one step: the new content goes to an unnamed temporary file (O_TMPFILE), which
 * is synced and then takes the path's place. Until then a reader of the path finds the old content,
 * or no file, and a process that is killed leaves nothing behind. Where the file system has no
 * unnamed files, the temporary file has the name .NAME.RANDOM. Directories are checked as
 * open_output() does; a link at the path itself is replaced, not followed. The mode is 0600.
 */
#ifndef TOOLS_BASE_REPLACE_FILE_H
#define TOOLS_BASE_REPLACE_FILE_H

#include <limits.h>

struct replace_file {
	int directory; /* O_PATH */
	int fd;        /* the new file, opened for writing */
	char name[NAME_MAX + 1];
	char beside[NAME_MAX + 1]; /* temporary name in `directory`; empty: none */
};

/* Begins. Returns 0 or -EIO (reported); then nothing is to be ended. */
int replace_file_begin(struct replace_file *file, const char *path);

/*
 * Ends, and closes all that is open. r: 0: the content is complete; -errno: writing it failed, and
 * the path is left as it was. Returns 0 or -errno (not reported). Some file systems report ENOSPC
 * only here.
 */
int replace_file_end(struct replace_file *file, int r);

#endif
