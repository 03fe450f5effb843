/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels of commits, built for guests by tools/guest/build-kernel. */
#ifndef TOOLS_BISECT_BISECT_BUILD_H
#define TOOLS_BISECT_BISECT_BUILD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* What builds kernels. */
struct bisect_builder {
	/* Makes the image of what is checked out in `tree`. Returns 0; 1 it does not build, and
	 * why, which holds `size` bytes, says why; -EINTR; -ENOSPC and other -errno, which end
	 * the bisection (reported). */
	int (*build)(void *context, const char *tree, const char *image, char *why, size_t size);
	void *context;
};

struct bisect_build {
	char objects[PATH_MAX], log[PATH_MAX]; /* absolute: of all builds, and of the last one */
	const char *config;                    /* file, or NULL: the small one */
	bool bare;                             /* of that, without BPF, kprobes and BTF */
};

enum { BISECT_IDENTITY = 48 };

/* Its build(); the context is a struct bisect_build. */
int bisect_build(void *context, const char *tree, const char *image, char *why, size_t size);

/* Names the configuration of the kernels: images of another one are others. Returns 0 or -EINVAL
 * (reported). */
int bisect_build_identify(const struct bisect_build *build, char identity[BISECT_IDENTITY]);

#endif
