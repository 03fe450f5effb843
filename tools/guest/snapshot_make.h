/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a snapshot: boots a guest until it waits for its job, and lets QEMU write what it then
 * is. */
#ifndef TOOLS_GUEST_SNAPSHOT_MAKE_H
#define TOOLS_GUEST_SNAPSHOT_MAKE_H

#include "tools/base/progress.h"
#include "tools/guest/initrd.h"
#include "tools/guest/qemu.h"

/*
 * qemu: what the guest is; its descriptors are not used. to: file that gets the snapshot, from its
 * offset on. why: what went wrong, in words; cut to `size` bytes. Returns 0; -ENOTSUP this guest
 * has no port for a job; -EINTR stop_wanted(); other -errno; not reported, except that memory is
 * short.
 */
int snapshot_make(const struct qemu_config *qemu, const struct initrd_archives *archives, int to,
		  struct progress *progress, char *why, size_t size);

#endif
