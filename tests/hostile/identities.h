/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The identities of the comparison of permissions. */
#ifndef TESTS_HOSTILE_IDENTITIES_H
#define TESTS_HOSTILE_IDENTITIES_H

#include <stdint.h>
#include <sys/types.h>

/* User and group ids that no machine uses, except STRANGER. */
enum { OWNER = 30001, MEMBER, FRIEND, GUEST, GROUP = 40001, STRANGER = 65534 };

struct identity {
	const char *name;
	uid_t uid;
	gid_t gid;
	gid_t group;      /* supplementary; 0: none */
	uint64_t without; /* mask of capabilities that root lacks */
};

enum { IDENTITIES = 8 };
extern const struct identity identities[IDENTITIES];

/* Irrevocably gives the calling process that identity, with umask 022. Returns 0 or -errno. */
int identity_take(const struct identity *identity);

#endif
