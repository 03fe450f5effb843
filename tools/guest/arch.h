/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The architectures that guests can have, and what runs in a guest of each. */
#ifndef TOOLS_GUEST_ARCH_H
#define TOOLS_GUEST_ARCH_H

#include "injector/probe/machine_code.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum guest_arch {
	GUEST_AMD64,
	GUEST_ARM64,
	GUEST_ARCHES,
};

struct guest_arch_facts {
	const char *name;          /* as Debian has it */
	const char *qemu;          /* program */
	const char *package;       /* of Debian, that has it */
	const char *flavour;       /* of Debian's kernels, unless another one is asked for */
	const char *console;       /* serial port of the kernel's log */
	const char *const *images; /* what QEMU starts, ended by NULL */
	enum machine_isa isa;
};

extern const struct guest_arch_facts guest_arches[GUEST_ARCHES];

/* That of this program. */
enum guest_arch guest_arch_here(void);

/* By name. Returns GUEST_ARCHES when there is none. */
enum guest_arch guest_arch_named(const char *name);

/* That of a flavour of Debian's kernels, such as cloud-arm64 and arm64-16k; GUEST_ARCHES when there
 * is no such flavour. */
enum guest_arch guest_arch_of_flavour(const char *flavour);

/* The flavour that a release such as "6.18.9+deb13-cloud-arm64" ends in; NULL: none. */
const char *guest_arch_flavour_of(const char *release);

/* Where the programs of a guest are on this machine. */
struct guest_home {
	char foliostorm[PATH_MAX];
	char wake[PATH_MAX];
	char sysroot[PATH_MAX / 2]; /* "": all others are this machine's own */
};

/* Finds them. Returns 0; -EPERM they are missing, other -errno; reported. */
int guest_home_find(struct guest_home *home, enum guest_arch arch);

#endif
