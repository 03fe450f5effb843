/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's bug, emulated: while a window is open, reads of the pages that a punch exposes get
 * the bytes of the page that a look-up would return instead (see aim.h). A window opens with the
 * punch and closes by itself.
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
	_Atomic unsigned int open; /* windows; may be a little too many */
};

void misplace_init(struct misplace *misplace);
void misplace_destroy(struct misplace *misplace);

/*
 * Opens a window for a punch, and has the kernel drop what it caches of the folio. folio: bytes, a
 * power of two. Returns the number of exposed pages, 0 when it exposes none, or -ENOMEM or the
 * -errno of opening the file.
 */
int64_t misplace_open(struct misplace *misplace, const struct hook_request *punch, uint64_t folio,
		      enum aim_shape shape, uint64_t until);

/*
 * Puts the wrong pages into what was read, where a window is open and the pages are exposed.
 * served: the page of the file whose bytes the first wrong page got; set when there is one. Returns
 * how many pages are wrong.
 */
unsigned int misplace_apply(struct misplace *misplace, const struct hook_request *request,
			    char *data, size_t size, uint64_t *served);

/* Whether a window is open on that inode. */
bool misplace_is_open(struct misplace *misplace, uint64_t inode);

#endif
