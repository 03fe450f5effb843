/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel versions: read from a release name, compared, and looked up in the ranges that a scenario
 * calls affected.
 */
#ifndef INJECTOR_BASE_KERNEL_H
#define INJECTOR_BASE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

struct kernel_version {
	unsigned int major;
	unsigned int minor;
	unsigned int patch;
	unsigned int rc; /* release candidate, 0 for none; sorts before the release */
};

/* Both ends belong to the range. */
struct kernel_range {
	struct kernel_version first;
	struct kernel_version last;
};

/* Bytes that the longest text of kernel_format() takes. */
enum { KERNEL_TEXT_MAX = 48 };

/*
 * Reads a release as uname(2) and vendors write it: "6.18.9+deb13-cloud-amd64", "6.12". What
 * follows the numbers is ignored, but for the number of a release candidate: "7.0-rc2",
 * "7.0.0-rc2-1-default", "7.0~rc2" (Debian), "7.0.0-0.rc2.21.fc45.x86_64" (Fedora),
 * "7.0.0-070000rc2-generic" (Ubuntu's builds of mainline). linux-next, "7.0.0-rc2-next-20260310",
 * counts as the next candidate, which gets what is in it. A missing patch is 0. Backports are not
 * seen: a vendor's kernel has the version it is based on. version: set on success only. Returns 0;
 * -EINVAL not a release.
 */
int kernel_parse(const char *release, struct kernel_version *version);

/*
 * What a kernel is by its own texts. Distributions that leave patch level or candidate out of the
 * release ("6.1.0-37-amd64", "7.0.0-4-generic") tell it elsewhere: Debian in uname's version
 * string, Ubuntu in /proc/version_signature. Those are believed where the release says neither, and
 * only when major and minor agree. release, build: uname's release and version. signature: "" for
 * none. version: set on success only. Returns 0; -EINVAL when the release is no version.
 */
int kernel_identify(const char *release, const char *build, const char *signature,
		    struct kernel_version *version);

/* The running kernel. version: set on success only. Returns 0; -EINVAL when its release is no
 * version. */
int kernel_running(struct kernel_version *version);

/* Returns less than, equal to or greater than 0, as a is older than, the same as or newer than b.
 */
int kernel_compare(const struct kernel_version *a, const struct kernel_version *b);

/* Writes "6.18.9", "7.0-rc2", "6.17" for 6.17.0, or "6.17.x" for the end of a series in a range.
 * Returns text, which holds `size` bytes. */
const char *kernel_format(const struct kernel_version *version, char *text, size_t size);

/*
 * Reads "6.15 - 6.18.19", or a single version. A bound without a patch level stands for the whole
 * series: "6.15" begins with 6.15-rc1 and ends with the last 6.15.x, so the single "6.17" is every
 * 6.17. A bound with one is exact: "6.18.9", "7.0-rc3". Blanks around the dash are optional; a
 * suffix other than -rcN is an error here. The order is that of the numbers alone: a range over
 * several series contains every patch level of those between its ends.
 * range: set on success only. why: on failure, a clause that says what is wrong and what is
 * allowed, cut to `size` bytes. Returns 0; -EINVAL.
 */
int kernel_range_parse(const char *text, struct kernel_range *range, char *why, size_t size);

/* Whether the range contains the version. */
bool kernel_in_range(const struct kernel_version *version, const struct kernel_range *range);

#endif
