/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening while few descriptors are left. The kernel sends FUSE_RELEASE behind close(2), so the
 * layer still has descriptors of files that their users have closed (fuse_file_put(),
 * fs/fuse/file.c, 6.18). A program that closes one file and opens the next must not be told EMFILE
 * for that.
 */
#ifndef FUSEFS_DESCRIPTOR_H
#define FUSEFS_DESCRIPTOR_H

#include <errno.h>
#include <stdbool.h>
#include <time.h>

/* Whether a call that failed with errno should be tried again: none was left, and less than about a
 * second has gone by. Waits 1 ms. Preserves errno. tries: made so far. */
static inline bool descriptor_may_come(unsigned int tries)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int error = errno;

	if (error != EMFILE || tries >= 1000)
		return false;
	nanosleep(&pause, NULL);
	errno = error;
	return true;
}

/* Evaluates a call that returns a descriptor, or -1 and errno, and again while none is left. Not
 * with a lock held that handle_release() takes. */
#define OPEN_PATIENTLY(call)                                                                       \
	({                                                                                         \
		unsigned int open_tries = 0;                                                       \
		int open_fd;                                                                       \
                                                                                                   \
		while ((open_fd = (call)) < 0 && descriptor_may_come(open_tries))                  \
			open_tries++;                                                              \
		open_fd;                                                                           \
	})

#endif
