/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels that guests boot: Debian's, fetched by version into the user's cache, or the user's
 * own. */
#ifndef TOOLS_GUEST_KERNEL_H
#define TOOLS_GUEST_KERNEL_H

#include "injector/base/kernel.h"
#include "tools/guest/arch.h"

#include <jansson.h>
#include <limits.h>

struct guest_kernel {
	/* For messages and tables: the version, with a flavour that is not the default, or the
	 * file's name. */
	char name[64];
	enum guest_arch arch;
	unsigned int page_size; /* bytes */
	char image[PATH_MAX];
	char modules[PATH_MAX]; /* directory; "": everything is built in */
	char release[96];       /* as of uname -r in the guest */
	struct kernel_version version;
};

/* The functions that get a kernel make page_size() return the size of its pages. */

/*
 * Gets one of Debian's kernels, from the cache or the archive. text: "6.18.9"; "6.18", the newest
 * of the series in the archive's lists; "latest"; "stable", that of Debian stable; or the release
 * of a kernel in the cache, such as "6.18.9+deb13-cloud-amd64". All but the last may be followed by
 * a colon and a flavour, as in the names of Debian's packages ("6.18.9:arm64-16k"), or "cloud",
 * "rt" or "16k" of `arch`; the default is the cloud kernel of `arch`. Progress goes to standard
 * error. Returns 0; -EINVAL: no such version; -EPERM: a precondition is missing; other -errno: it
 * cannot be fetched; reported.
 */
int guest_kernel_fetch(struct guest_kernel *kernel, const char *text, enum guest_arch arch);

/* Gets the user's own kernel. modules: a directory, or NULL. Returns as above. */
int guest_kernel_own(struct guest_kernel *kernel, const char *image, const char *modules);

/* Gets a kernel from a package (FILE.deb, FILE.rpm), or from the packages in a directory; unpacks
 * it into the cache if it is not there. Returns as above. */
int guest_kernel_package(struct guest_kernel *kernel, const char *path);

/* Gets the kernel that was built in a source tree or object directory, with its modules. Returns as
 * above. */
int guest_kernel_tree(struct guest_kernel *kernel, const char *directory);

/*
 * Gets a kernel by its text in a list: "6.18.9"; "FILE.deb", "FILE.rpm", or a directory of
 * packages; or "IMAGE" or "IMAGE:MODULES", with a slash in it. Returns as above.
 */
int guest_kernel_named(struct guest_kernel *kernel, const char *text, enum guest_arch arch);

/*
 * Learns about a kernel before guest_kernel_named() fetches it, so that errors in other arguments
 * are reported first. A local kernel is got as by guest_kernel_named(). kernel: for one of
 * Debian's, gets only `arch` and `version`, the latter as in the text, 6.18 for "latest" and
 * "stable". Returns as above.
 */
int guest_kernel_foresee(struct guest_kernel *kernel, const char *text, enum guest_arch arch);

/* Writes the name in tables of the kernel that guest_kernel_named() would get. Returns name, which
 * holds `size` bytes. */
const char *guest_kernel_name(const char *text, char *name, size_t size);

/* Lists the versions that the archive has for an architecture, in its default flavour. ask: false
 * for those that it had when it was asked last. list: gets a new array of objects with "kernel"
 * (for guest_kernel_fetch()), "version", "flavour" and "cached"; NULL on failure. Returns as
 * above. */
int guest_kernel_versions(json_t **list, enum guest_arch arch, bool ask);

/* Adds to such a list the other kernels in the cache, of any flavour of the architecture. Returns 0
 * or -ENOMEM (reported). */
int guest_kernel_cached(json_t *list, enum guest_arch arch);

#endif
