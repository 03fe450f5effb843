/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of things that outlive a killed process. Each is identified as it is made, and removed
 * only if what is at its path by then is the same; what was never identified, because its maker was
 * killed between making and recording it, only as far as it holds nothing.
 *
 * - directory: with all in it. By file system, inode and birth.
 * - mount: a layer. By the number of the mount (our_mount.h).
 * - cgroup: without processes. By its inode, whose number no other gets.
 * - memory-controller: of the hierarchy with this root, whose cgroups are to have no more.
 * - zram: a device that is swapped to. By its sequence number and the label of the swap on it.
 */
#ifndef TOOLS_MACHINE_LEFTOVER_H
#define TOOLS_MACHINE_LEFTOVER_H

#include "tools/machine/workplace_record.h"

/* The identity of what is at a path now, `identity` holds RECORD_IDENTITY_MAX bytes. Returns 0;
 * -EINVAL there is no such kind; -errno. Not reported. */
int leftover_identify(const char *what, const char *path, char *identity);

/* The same of a directory that is open; O_PATH will do. */
int leftover_identify_open(int fd, char *identity);

/*
 * Removes what an entry of the record names, if it is still that. After a restart only directories
 * can be there. Returns 0, also when nothing of ours is there; -errno (reported).
 */
int leftover_remove(const struct record *record, const struct record_entry *entry);

#endif
