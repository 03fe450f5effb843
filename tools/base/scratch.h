/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unnamed temporary files, for large private data. */
#ifndef TOOLS_BASE_SCRATCH_H
#define TOOLS_BASE_SCRATCH_H

/*
 * Creates a file for reading and writing. directory: descriptor of the directory. For -1, and where
 * its file system has no such files, they are in $TMPDIR, /var/tmp or /tmp, or in memory if none of
 * them works. what: the purpose, for messages. Returns a descriptor, which the caller closes, or
 * -errno (reported).
 */
int scratch_file(int directory, const char *what);

#endif
