/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel versions: parses release names, compares versions, and finds them in the affected ranges
 * of a scenario.
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

/* Both ends included. */
struct kernel_range {
	struct kernel_version first;
	struct kernel_version last;
};

/* Bytes of the longest text of kernel_format(), with its NUL. */
enum { KERNEL_TEXT_MAX = 48 };

/*
 * Parses a release as uname(2) and vendors write it: "6.18.9+deb13-cloud-amd64", "6.12". Ignores
 * what follows the numbers, except the number of a release candidate: "7.0-rc2",
 * "7.0.0-rc2-1-default", "7.0~rc2" (Debian), "7.0.0-0.rc2.21.fc45.x86_64" (Fedora),
 * "7.0.0-070000rc2-generic" (Ubuntu's builds of mainline). linux-next, "7.0.0-rc2-next-20260310",
 * counts as the next candidate, for which it is. A missing patch is 0. Backports do not show: a
 * vendor's kernel has the version that it is based on. version: set on success only. Returns 0;
 * -EINVAL not a release.
 */
int kernel_parse(const char *release, struct kernel_version *version);

/*
 * The version of a kernel by all that it says of itself. Distributions that leave patch level or
 * candidate out of the release ("6.1.0-37-amd64", "7.0.0-4-generic") state it elsewhere: Debian in
 * uname's version string, Ubuntu in /proc/version_signature. These count only if the release states
 * neither, and if major and minor agree. release, build: uname's release and version. signature: ""
 * for none. version: set on success only. Returns 0; -EINVAL the release is not a version.
 */
int kernel_identify(const char *release, const char *build, const char *signature,
		    struct kernel_version *version);

/* The version of the running kernel. version: set on success only. Returns 0; -EINVAL its release
 * is not a version. */
int kernel_running(struct kernel_version *version);

/* Returns a number less than, equal to or greater than 0 if a is older than, equal to or newer than
 * b. */
int kernel_compare(const struct kernel_version *a, const struct kernel_version *b);

/* Writes "6.18.9", "7.0-rc2", "6.17" for 6.17.0, or "6.17.x" for the end of a series in a range.
 * Returns text, which holds `size` bytes. */
const char *kernel_format(const struct kernel_version *version, char *text, size_t size);

/*
 * Parses a range, "6.15 - 6.18.19", or a single version. A bound without a patch level or candidate
 * stands for the whole series: "6.15" begins with 6.15-rc1 and ends with the last 6.15.x, so the
 * single "6.17" is every 6.17. A bound with one is exact: "6.18.9", "7.0-rc3". Blanks around the
 * dash are optional; a suffix other than -rcN is an error here. Versions are ordered by their
 * numbers alone: a range over several series contains every patch level of the series between its
 * ends. range: set on success only. why: on failure, a clause that says what is wrong and what is
 * allowed, cut to `size` bytes. Returns 0; -EINVAL.
 */
int kernel_range_parse(const char *text, struct kernel_range *range, char *why, size_t size);

/* Whether the range contains the version. */
bool kernel_in_range(const struct kernel_version *version, const struct kernel_range *range);

#endif
