/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a snapshot: boots a guest until it waits for its job, and lets QEMU write its state. */
#ifndef TOOLS_GUEST_SNAPSHOT_MAKE_H
#define TOOLS_GUEST_SNAPSHOT_MAKE_H

#include "tools/base/progress.h"
#include "tools/guest/initrd.h"
#include "tools/guest/qemu.h"

/*
 * Makes the snapshot of a guest. qemu: the guest; its descriptors are not used. to: file that gets
 * the snapshot, from its offset on. why: gets the reason of a failure, cut to `size` bytes. Returns
 * 0; -ENOTSUP: this guest has no port for a job; -EINTR: stop_wanted(); other -errno. Only a lack
 * of memory is reported.
 */
int snapshot_make(const struct qemu_config *qemu, const struct initrd_archives *archives, int to,
		  struct progress *progress, char *why, size_t size);

#endif
