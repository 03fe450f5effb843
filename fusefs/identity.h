/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a thread of the layer is when it makes a file: the caller, with the caller's umask, so that
 * the backing file system gives the new file the owner, the group of a setgid directory and the
 * default ACL that it would have given anyway. The kernel has checked the permissions
 * (default_permissions); the thread keeps root's capabilities, because the caller's supplementary
 * groups are not known here.
 */
#ifndef FUSEFS_IDENTITY_H
#define FUSEFS_IDENTITY_H

#include <fuse3/fuse_lowlevel.h>

/*
 * Prepares the calling thread: a umask of its own, and capabilities that survive a change of the
 * file system uid. Returns 0 or a negative errno.
 */
int identity_prepare(void);

/* Becomes the caller of a request, for the calls that make something. */
void identity_assume(fuse_req_t request);

/* Becomes root again. errno stays as it was. */
void identity_restore(void);

#endif
