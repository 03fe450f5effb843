/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files without a name, for what is large and nobody else's. */
#ifndef TOOLS_BASE_SCRATCH_H
#define TOOLS_BASE_SCRATCH_H

/*
 * Makes one to write and read. directory: descriptor of where; -1: $TMPDIR, /var/tmp or /tmp, and
 * memory where none of them takes it. what: that it is for, in messages. Returns a descriptor,
 * which is the caller's, or -errno (reported).
 */
int scratch_file(int directory, const char *what);

#endif
