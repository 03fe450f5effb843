/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of things that outlive a killed process. Each is identified when it is made, and
 * removed only if its path still leads to the same thing. If its maker was killed before
 * identifying it, it is removed only if it is empty.
 *
 * - directory: with all its content. Identified by file system, inode and birth time.
 * - mount: a layer. Identified by its mount ID (our_mount.h).
 * - cgroup: without processes. Identified by its inode number, which is not reused.
 * - memory-controller: of the cgroup root at this path; it is disabled there.
 * - zram: a swap device. Identified by its sequence number and the label of its swap area.
 */
#ifndef TOOLS_MACHINE_LEFTOVER_H
#define TOOLS_MACHINE_LEFTOVER_H

#include "tools/machine/workplace_record.h"

/* Identifies what is at a path now. what: its kind. identity: holds RECORD_IDENTITY_MAX bytes.
 * Returns 0; -EINVAL: no such kind; other -errno. Not reported. */
int leftover_identify(const char *what, const char *path, char *identity);

/* The same for an open directory; O_PATH suffices. */
int leftover_identify_open(int fd, char *identity);

/*
 * Removes the thing that an entry of the record names, if it is still the same. After a reboot only
 * directories can still exist. Returns 0, also if something else is there; -errno (reported).
 */
int leftover_remove(const struct record *record, const struct record_entry *entry);

#endif
