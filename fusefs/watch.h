/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the backing file system by fanotify(7), and invalidates what other processes change there
 * in the kernel's cache, some milliseconds later. Changes by this process are ignored. Passthrough
 * I/O counts as the caller's, another process.
 *
 * The watch does not see stores through mappings. The kernel notices them by the file's times when
 * it asks for attributes again.
 */
#ifndef FUSEFS_WATCH_H
#define FUSEFS_WATCH_H

#include "fusefs/state.h"

/* Starts the thread. Returns 0 or -errno (not reported). Requires Linux 5.17, CAP_SYS_ADMIN and a
 * file system with file handles. */
int watch_start(struct layer *layer);

/* Stops and joins the thread, if it was started. */
void watch_stop(struct layer *layer);

#endif
