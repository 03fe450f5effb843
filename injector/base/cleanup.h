/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one cleanup idiom of the code base: a variable declared with one of these attributes is
 * released when it goes out of scope, on every path. take_fd() transfers the ownership of a
 * descriptor.
 */
#ifndef INJECTOR_BASE_CLEANUP_H
#define INJECTOR_BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

/* Closes a descriptor unless it is negative; preserves errno. */
static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_free_   __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_  __attribute__((cleanup(cleanup_close)))
#define _cleanup_fclose_ __attribute__((cleanup(cleanup_fclose)))

/* Returns the descriptor, which the caller owns, and sets the variable to -1. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
