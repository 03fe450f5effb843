/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The credentials with which a thread of the layer acts. The kernel checks permissions before it
 * sends a request (default_permissions). By the time the layer acts, attributes may have changed,
 * and a name may belong to another file. So the layer assumes the caller's user, group, umask,
 * supplementary groups and capabilities, and the backing file system checks again. New files get
 * their owner, the group of a setgid directory and the default ACL the same way.
 *
 * Requests carry user, group and umask. Groups and capabilities come from /proc/TID/status of the
 * calling thread, which waits for its answer meanwhile, with two exceptions:
 * - User or group there differ from the request's, or the thread is not in /proc: the kernel acts
 *   with other credentials (overlayfs, io_uring personalities), or the thread is outside the
 *   layer's PID namespace. Then root has all capabilities, other users none, and nobody has
 *   supplementary groups.
 * - The thread is in another user namespace than the layer. Then it has no capabilities.
 */
#ifndef FUSEFS_IDENTITY_H
#define FUSEFS_IDENTITY_H

#include <errno.h>
#include <fuse3/fuse_lowlevel.h>
#include <stdbool.h>

struct worker;

enum identity {
	/* The caller's user, group and umask. Does not read /proc; see AS_CALLER_CHEAPLY(). */
	IDENTITY_USER,
	/* The same with the caller's supplementary groups and capabilities. */
	IDENTITY_CALLER,
	/* Root with the caller's group and groups, without CAP_FSETID: clears setuid and setgid as
	 * the caller's write does. */
	IDENTITY_GROUPS,
};

/*
 * Prepares the calling thread: its own umask (0) and working directory (/), no supplementary
 * groups, and capabilities that survive a change of the file system uid. Requires CAP_SETPCAP,
 * CAP_SETUID and CAP_SETGID. Returns 0 or a negative errno.
 */
int identity_prepare(void);

/* Assumes the identity of the request's caller, for the calling thread. Returns 0, or -1 and errno.
 * Call identity_restore() in either case. */
int identity_assume(fuse_req_t request, enum identity identity);

/* Whether SIGKILL is pending for a thread. Returns true also for a thread that /proc does not show
 * (0: outside the layer's PID namespace). Overwrites the read area of `worker`, the calling
 * thread's. */
bool identity_is_killed(const struct worker *worker, pid_t thread);

/* Becomes root again. Preserves errno. */
void identity_restore(void);

/* Evaluates an int expression as the caller. Its value; -1 and errno if the identity cannot be
 * assumed. */
#define AS_CALLER(request, identity, expression)                                                   \
	({                                                                                         \
		int as_caller_result = identity_assume(request, identity);                         \
                                                                                                   \
		if (!as_caller_result)                                                             \
			as_caller_result = (expression);                                           \
		identity_restore();                                                                \
		as_caller_result;                                                                  \
	})

/* Whether an operation that failed with errno as IDENTITY_USER may succeed as IDENTITY_CALLER. */
static inline bool identity_was_short(void)
{
	return errno == EACCES || errno == EPERM || errno == ENOSPC || errno == EDQUOT;
}

/*
 * Evaluates an int expression as IDENTITY_USER, and again as IDENTITY_CALLER if the rights did not
 * suffice. Only for operations that fail without the rights, not for those that silently do
 * something else, such as clearing setuid and setgid without CAP_FSETID.
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
