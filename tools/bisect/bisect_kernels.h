/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The released kernels that a bisection may try, by age. */
#ifndef TOOLS_BISECT_BISECT_KERNELS_H
#define TOOLS_BISECT_BISECT_KERNELS_H

#include "tools/bisect/bisect.h"
#include "tools/guest/arch.h"

struct bisect_kernels {
	struct bisect_kernel *kernels;
	size_t count;
	enum guest_arch arch; /* of the guests, the caller's to set */
};

/*
 * Fills in the kernels, oldest first. from: NULL, those that the archive has; a list "V1,V2,..." as
 * `matrix --kernels` takes it; or a directory with kernel images and Debian packages of kernels
 * (linux-image-*.deb), which are unpacked into the cache. Returns 0; -EINVAL a mistake of the
 * caller's; -EPERM a precondition is missing; other -errno; all reported.
 */
int bisect_kernels_list(struct bisect_kernels *kernels, const char *from);

/* The kernel that an option ("good") names: by its name, its text or its version. A version that
 * is not there is added where may_add is set. name: gets its name in the list. Returns 0, or
 * -EINVAL (reported): there is none, or more than one has the version. */
int bisect_kernels_find(struct bisect_kernels *kernels, const char *option, const char *text,
			bool may_add, char name[64]);

/* Leaves those from one to the other, oldest first. */
void bisect_kernels_cut(struct bisect_kernels *kernels, const char *one, const char *other);

void bisect_kernels_release(struct bisect_kernels *kernels);

#endif
