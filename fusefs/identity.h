/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The credentials with which a thread of the layer acts. The kernel checks permissions before it
 * sends a request (default_permissions), against attributes that may have changed by the time the
 * layer acts, and against names that may by then be those of other files. So the layer acts with
 * the rights of the caller, and the backing file system decides again, on what is there: user and
 * group, umask, supplementary groups and capabilities. New files get their owner, the group of a
 * setgid directory and the default ACL the same way.
 *
 * Requests carry the user and the group alone. The rest is what /proc says of the calling thread,
 * which waits for its answer meanwhile. It is not taken from there
 * - when user or group there are not those of the request: the kernel acts for the thread with
 *   other credentials (overlayfs, io_uring personalities), or the thread is in no PID namespace
 *   below the layer's. Then root has all capabilities, everybody else no groups and none.
 * - of a thread in a user namespace of its own: its capabilities there count for nothing here.
 */
#ifndef FUSEFS_IDENTITY_H
#define FUSEFS_IDENTITY_H

#include <errno.h>
#include <fuse3/fuse_lowlevel.h>
#include <stdbool.h>

struct worker;

enum identity {
	/* User, group and umask. Costs a few system calls, not a look at /proc; see
	 * AS_CALLER_CHEAPLY(). */
	IDENTITY_USER,
	/* All of the caller: groups and capabilities, too. */
	IDENTITY_CALLER,
	/* Root with the caller's groups and without CAP_FSETID: to clear setuid and setgid as the
	 * caller's write does. */
	IDENTITY_GROUPS,
};

/*
 * Prepares the calling thread: a umask and a working directory (/) of its own, no supplementary
 * groups, and capabilities that survive a change of the file system uid. Returns 0 or a negative
 * errno.
 */
int identity_prepare(void);

/* Becomes the caller of the current request. Returns 0, or -1 and errno; identity_restore() in
 * either case. */
int identity_assume(fuse_req_t request, enum identity identity);

/* Whether a signal is about to end a thread. Of one that /proc does not know (0: in no PID
 * namespace below the layer's) this cannot be said: true. Uses the read area of the calling
 * worker. */
bool identity_is_killed(const struct worker *worker, pid_t thread);

/* Becomes root again. errno stays as it was. */
void identity_restore(void);

/* The value of an expression that is evaluated as the caller; -1 and errno when it cannot be. */
#define AS_CALLER(request, identity, expression)                                                   \
	({                                                                                         \
		int as_caller_result = identity_assume(request, identity);                         \
                                                                                                   \
		if (!as_caller_result)                                                             \
			as_caller_result = (expression);                                           \
		identity_restore();                                                                \
		as_caller_result;                                                                  \
	})

/* Whether an operation that failed with errno may do more as IDENTITY_CALLER than as
 * IDENTITY_USER. */
static inline bool identity_was_short(void)
{
	return errno == EACCES || errno == EPERM || errno == ENOSPC || errno == EDQUOT;
}

/*
 * The same as the caller with no more rights than it takes: evaluated as IDENTITY_USER, and once
 * more as IDENTITY_CALLER where that was not enough. For what does the same with fewer rights or
 * fails: not for operations that clear setuid or setgid for a caller without CAP_FSETID.
 */
#define AS_CALLER_CHEAPLY(request, expression)                                                     \
	({                                                                                         \
		int cheap_result = AS_CALLER(request, IDENTITY_USER, expression);                  \
                                                                                                   \
		if (cheap_result < 0 && identity_was_short())                                      \
			cheap_result = AS_CALLER(request, IDENTITY_CALLER, expression);            \
		cheap_result;                                                                      \
	})

#endif
