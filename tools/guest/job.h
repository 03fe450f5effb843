/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest is to do, as files of its initial file system. */
#ifndef TOOLS_GUEST_JOB_H
#define TOOLS_GUEST_JOB_H

#include "tools/guest/guest.h"

/* Makes the guest's whole initial file system: this program, mkfs, the scenario as resolved here,
 * the script that runs it. fd: a memory file, the caller's. Returns 0; -EPERM mkfs.xfs is missing; other -errno; reported. */
int job_make_initrd(const struct guest_config *config, int *fd);

#endif
