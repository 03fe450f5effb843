/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the file system beneath by fanotify(7), and has the kernel drop what it keeps of what
 * others change: some milliseconds later. What this process does there is known already. Stores
 * through mappings it cannot see; times tell of them when attributes are asked for again.
 *
 * Changes that the kernel makes beneath for a caller of the mount (passthrough) count as others'.
 */
#ifndef FUSEFS_WATCH_H
#define FUSEFS_WATCH_H

#include "fusefs/state.h"

/* Starts the thread. Returns 0, or -errno (not reported): Linux before 5.17, a file system that
 * gives no file handles, no CAP_SYS_ADMIN. */
int watch_start(struct layer *layer);

/* Ends it; harmless when it never began. */
void watch_stop(struct layer *layer);

#endif
