/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest is to do, as files of its initial file system. */
#ifndef TOOLS_GUEST_JOB_H
#define TOOLS_GUEST_JOB_H

#include "tools/guest/guest.h"

/*
 * Makes the job: the scenario as resolved here, the script that runs it, and the files that it
 * needs; and obtains the archives of what else is in the guest: this program, mkfs, and the
 * programs that the scenario runs. fd: a memory file that holds a cpio archive, the caller's.
 * Returns 0; -EPERM mkfs.xfs is missing; other -errno; reported.
 */
int job_make(const struct guest_config *config, struct initrd_archives *archives, int *fd);

#endif
