/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds kernels of commits for guests, by tools/guest/build-kernel. */
#ifndef TOOLS_BISECT_BISECT_BUILD_H
#define TOOLS_BISECT_BISECT_BUILD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Builds kernels. */
struct bisect_builder {
	/* Builds the image of the commit checked out in `tree`. Returns 0; 1 it does not build,
	 * with the cause in why, which holds `size` bytes; -EINTR; -ENOSPC or another errno ends
	 * the bisection (reported). */
	int (*build)(void *context, const char *tree, const char *image, char *why, size_t size);
	void *context;
};

struct bisect_build {
	/* Absolute paths: build directory; log of the last build. */
	char objects[PATH_MAX], log[PATH_MAX];
	/* File of kernel configuration, or NULL: the small one. */
	const char *config;
	bool bare; /* small one without BPF, kprobes and BTF */
};

enum { BISECT_IDENTITY = 48 };

/* A bisect_builder.build(); context: a struct bisect_build. */
int bisect_build(void *context, const char *tree, const char *image, char *why, size_t size);

/* Sets a hash of the kernels' configuration, which tells their images from others. Returns 0 or
 * -EINVAL (reported). */
int bisect_build_identify(const struct bisect_build *build, char identity[BISECT_IDENTITY]);

#endif
