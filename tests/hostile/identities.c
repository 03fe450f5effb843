/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/identities.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP(name) (UINT64_C(1) << CAP_##name)

const struct identity identities[IDENTITIES] = {
	{ "root", 0, 0, 0, 0 },
	{ "root without DAC", 0, 0, 0, CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) },
	{ "root without FOWNER", 0, 0, 0, CAP(FOWNER) | CAP(FSETID) | CAP(CHOWN) | CAP(SYS_ADMIN) },
	{ "owner", OWNER, OWNER, 0, 0 },
	{ "group", MEMBER, GROUP, 0, 0 },
	{ "supplementary", FRIEND, FRIEND, GROUP, 0 },
	{ "in the ACL", GUEST, GUEST, 0, 0 },
	{ "stranger", STRANGER, STRANGER, 0, 0 },
};

static int drop(uint64_t without)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (int i = 0; i < 2; i++) {
		uint32_t dropped = (uint32_t)(without >> (32 * i));

		data[i].effective &= ~dropped;
		data[i].permitted &= ~dropped;
		data[i].inheritable &= ~dropped;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int identity_take(const struct identity *identity)
{
	umask(022);
	if (setgroups(identity->group ? 1 : 0, &identity->group) ||
	    setresgid(identity->gid, identity->gid, identity->gid) ||
	    setresuid(identity->uid, identity->uid, identity->uid))
		return -errno;
	return identity->without ? drop(identity->without) : 0;
}
