/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Emulates the kernel's bug. While a window is open, reads of the pages that a punch exposes get
 * the bytes of the page that a look-up would return instead (see aim.h). A window opens with the
 * punch and closes at a given time.
 */
#ifndef INJECTOR_RULES_MISPLACE_H
#define INJECTOR_RULES_MISPLACE_H

#include "injector/rules/hooks.h"
#include "injector/storm/aim.h"

#include <pthread.h>
#include <stdatomic.h>

struct misplace_window;

struct misplace {
	pthread_mutex_t lock;
	struct misplace_window *windows;
	_Atomic unsigned int open; /* windows, those included that are due to close */
};

void misplace_init(struct misplace *misplace);
void misplace_destroy(struct misplace *misplace);

/*
 * Opens a window for a punch. Has the kernel drop the folio's pages from its cache, now and when
 * the window closes. folio: bytes, a power of two. until: when it closes, CLOCK_MONOTONIC ns.
 * Returns the number of exposed pages; 0: none, and no window; -ENOMEM; or the -errno of opening
 * the file.
 */
int64_t misplace_open(struct misplace *misplace, const struct hook_request *punch, uint64_t folio,
		      enum aim_shape shape, uint64_t until);

/*
 * Replaces exposed pages in the data of a read by the wrong ones, if a window is open. served: the
 * page of the file whose bytes the first wrong page got; set if there is one. Returns the number of
 * wrong pages.
 */
unsigned int misplace_apply(struct misplace *misplace, const struct hook_request *request,
			    char *data, size_t size, uint64_t *served);

/* Whether a window is open on that inode. */
bool misplace_is_open(struct misplace *misplace, uint64_t inode);

#endif
