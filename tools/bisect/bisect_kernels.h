/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The released kernels of a bisection, by age. */
#ifndef TOOLS_BISECT_BISECT_KERNELS_H
#define TOOLS_BISECT_BISECT_KERNELS_H

#include "tools/bisect/bisect.h"
#include "tools/guest/arch.h"

struct bisect_kernels {
	struct bisect_kernel *kernels;
	size_t count;
	enum guest_arch arch; /* of the guests; set by the caller */
};

/*
 * Fills in the kernels, oldest first. from: NULL: those in the archive; a list "V1,V2,..." as for
 * `matrix --kernels`; or a directory with kernel images and Debian packages (linux-image-*.deb),
 * which are unpacked into the cache. Returns 0; -EINVAL a mistake of the user; -EPERM a missing
 * precondition; other -errno; all reported. Call bisect_kernels_release() also on error.
 */
int bisect_kernels_list(struct bisect_kernels *kernels, const char *from);

/* Finds a kernel by name, text or version. option: "good" or "bad", for messages. may_add: add a
 * version that is missing. name: set to its name in the list. Returns 0, or -EINVAL (reported):
 * none, or several of that version. */
int bisect_kernels_find(struct bisect_kernels *kernels, const char *option, const char *text,
			bool may_add, char name[64]);

/* Keeps the kernels from one to the other, inclusive. Both names must be in the list. */
void bisect_kernels_cut(struct bisect_kernels *kernels, const char *one, const char *other);

/* Frees the list. */
void bisect_kernels_release(struct bisect_kernels *kernels);

#endif
