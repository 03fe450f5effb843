/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unnamed temporary files, for large private data. */
#ifndef TOOLS_BASE_SCRATCH_H
#define TOOLS_BASE_SCRATCH_H

#include <stdbool.h>

/*
 * Creates a file for reading and writing. directory: descriptor of the directory. For -1, and where
 * its file system has no such files, they are in $TMPDIR, /var/tmp or /tmp, or in memory if none of
 * them works. what: the purpose, for messages. Returns a descriptor, which the caller closes, or
 * -errno (reported).
 */
int scratch_file(int directory, const char *what);

/* Returns whether an open with O_TMPFILE failed with `error`, a positive errno, because the file
 * system has no such files, as NFS and FAT. */
bool scratch_is_unsupported(int error);

/* Gives such a file a name in a directory. Returns 0; -EEXIST the name is taken; -EXDEV the
 * directory is on another file system; other -errno (not reported). */
int scratch_link(int fd, int directory, const char *name);

#endif
