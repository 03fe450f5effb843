/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The architectures of guests, and the programs for each. */
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
	const char *name;          /* Debian's */
	const char *qemu;          /* program */
	const char *package;       /* Debian's package of that program */
	const char *flavour;       /* default flavour of Debian's kernels */
	const char *console;       /* serial port of the kernel's log */
	const char *const *images; /* names of kernel images that QEMU boots, NULL-terminated */
	enum machine_isa isa;
};

extern const struct guest_arch_facts guest_arches[GUEST_ARCHES];

/* Returns the architecture of this program. */
enum guest_arch guest_arch_here(void);

/* Returns the architecture of that name, or GUEST_ARCHES. */
enum guest_arch guest_arch_named(const char *name);

/* Returns the architecture of a flavour of Debian's kernels, such as cloud-arm64 or arm64-16k;
 * GUEST_ARCHES if there is no such flavour. */
enum guest_arch guest_arch_of_flavour(const char *flavour);

/* Returns the flavour at the end of a release such as "6.18.9+deb13-cloud-arm64", or NULL. */
const char *guest_arch_flavour_of(const char *release);

/* The paths of a guest's programs on this machine. */
struct guest_home {
	char foliostorm[PATH_MAX];
	char wake[PATH_MAX];
	char sysroot[PATH_MAX / 2]; /* of all other programs; "": this machine */
};

/* Finds them. Returns 0; -EPERM: tools/build --arch has not made them; other -errno; reported. */
int guest_home_find(struct guest_home *home, enum guest_arch arch);

#endif
