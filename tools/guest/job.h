/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The job of a guest, as files of its initramfs. */
#ifndef TOOLS_GUEST_JOB_H
#define TOOLS_GUEST_JOB_H

#include "tools/guest/guest.h"
#include "tools/reading/client.h"

/*
 * Makes the job: the resolved scenario, the script that runs it, and the files that it needs. Also
 * obtains the archives with this program, mkfs, and the programs that the scenario runs. fd: gets a
 * memory file with a cpio archive, which the caller closes. Returns 0; -EPERM: mkfs is missing;
 * other -errno; reported.
 */
int job_make(const struct guest_config *config, struct initrd_archives *archives, int *fd);

/* Adds the programs that readers run, each once. commands: own the names, `most` of them at most.
 * count: gets how many of both were added, also on failure. Returns 0 or -EINVAL (reported). */
int job_add_programs(const struct scenario *scenario, struct client_command *commands,
		     const char **programs, size_t most, size_t *count);

#endif
