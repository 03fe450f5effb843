/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels that guests boot: Debian's, fetched by version into the user's cache, or a file that
 * the user built. */
#ifndef TOOLS_GUEST_KERNEL_H
#define TOOLS_GUEST_KERNEL_H

#include "injector/base/kernel.h"
#include "tools/guest/arch.h"

#include <jansson.h>
#include <limits.h>

struct guest_kernel {
	/* the version, with its flavour if that is asked for, or the file's name: for messages and
	 * tables */
	char name[64];
	enum guest_arch arch;
	unsigned int page_size;
	char image[PATH_MAX];
	char modules[PATH_MAX]; /* "": everything is built in */
	char release[96];       /* as uname -r will say */
	struct kernel_version version;
};

/* From when a kernel has been got, page_size() is that of its pages. */

/*
 * Gets one of Debian's kernels, from the cache or the archive. text: "6.18.9"; "6.18", the newest
 * of the series that the archive's lists have; "latest"; "stable", Debian's; or the release of a
 * kernel in the cache, such as "6.18.9+deb13-cloud-amd64". Behind a colon, all but the last may
 * have a flavour, as the names of Debian's packages have it ("6.18.9:arm64-16k"), or "cloud", "rt"
 * or "16k" of `arch`; without one it is the cloud kernel of `arch`. Progress goes to standard
 * error. Returns 0; -EINVAL there is no such version; -EPERM a precondition is missing; other
 * -errno it cannot be had; reported.
 */
int guest_kernel_fetch(struct guest_kernel *kernel, const char *text, enum guest_arch arch);

/* A kernel of the user's own. modules: a directory, or NULL. Returns as above. */
int guest_kernel_own(struct guest_kernel *kernel, const char *image, const char *modules);

/* One from a package (FILE.deb, FILE.rpm), or from those in a directory: unpacked into the cache,
 * unless it is there. Returns as above. */
int guest_kernel_package(struct guest_kernel *kernel, const char *path);

/* One from the tree that it was built in, or its directory of objects, with the modules there.
 * Returns as above. */
int guest_kernel_tree(struct guest_kernel *kernel, const char *directory);

/*
 * Either, by how it is written in a list: "6.18.9"; "FILE.deb" or "FILE.rpm", or a directory of
 * them; or "IMAGE" or "IMAGE:MODULES" with a slash in it. Returns as above.
 */
int guest_kernel_named(struct guest_kernel *kernel, const char *text, enum guest_arch arch);

/*
 * Before guest_kernel_named(), what can be told of the same text without the archive, so that
 * whatever is wrong with the other arguments is said before anything is fetched. kernel: of one
 * that is to be fetched it gets `arch` and `version` alone; the latter as the text has it, 6.18 for
 * "latest" and "stable". One that is here is got. Returns as above.
 */
int guest_kernel_foresee(struct guest_kernel *kernel, const char *text, enum guest_arch arch);

/* What a table calls the kernel that guest_kernel_named() would get, without getting it. Returns
 * name, which holds `size` bytes. */
const char *guest_kernel_name(const char *text, char *name, size_t size);

/* The versions that the archive has for an architecture, in its usual flavour: a list, the
 * caller's, of groups with "kernel" (as guest_kernel_fetch() takes it), "version", "flavour" and
 * "cached" (is in the cache). Returns as above; NULL with an error. */
int guest_kernel_versions(json_t **list, enum guest_arch arch);

/* Adds to such a list what is in the cache besides, of any flavour of the architecture. Returns 0
 * or -ENOMEM, reported. */
int guest_kernel_cached(json_t *list, enum guest_arch arch);

#endif
