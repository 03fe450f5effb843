/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/identity.h"

#include <errno.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>

int identity_prepare(void)
{
	int bits = prctl(PR_GET_SECUREBITS);

	if (bits < 0 || prctl(PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP))
		return -errno;
	return unshare(CLONE_FS) ? -errno : 0;
}

void identity_assume(fuse_req_t request)
{
	const struct fuse_ctx *caller = fuse_req_ctx(request);

	umask(caller->umask);
	setfsgid(caller->gid);
	setfsuid(caller->uid);
}

void identity_restore(void)
{
	int saved = errno;

	setfsuid(0);
	setfsgid(0);
	umask(0);
	errno = saved;
}
