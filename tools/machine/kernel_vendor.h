/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a vendor's kernel has a fix. This follows from the vendor, from the upstream version in
 * the kernel's name, and from the versions with upstream's fixes. Otherwise it is unknown.
 */
#ifndef TOOLS_MACHINE_KERNEL_VENDOR_H
#define TOOLS_MACHINE_KERNEL_VENDOR_H

#include "injector/base/kernel.h"
#include "tools/machine/kernel_report.h"

enum kernel_trust {
	KERNEL_TRUST_EXACT, /* its version is upstream's, with upstream's fixes */
	/* it follows upstream's stable kernels, but its name does not give the patch level */
	KERNEL_TRUST_HIDDEN,
	KERNEL_TRUST_LATER, /* its version is known, but it may have fixes of later ones */
	/* it has code and fixes of later kernels; its name does not tell which */
	KERNEL_TRUST_BACKPORTS,
};

struct kernel_vendor {
	const char *name; /* "Debian" */
	enum kernel_trust trust;
	const char *source; /* the reason for that trust */
	/* Words separated by |; one of them in the release or in the build identifies the
	 * vendor. */
	const char *release, *build;
};

/* Returns the first row that matches; the last one, for unknown vendors, always does. */
const struct kernel_vendor *kernel_vendor_of(const char *release, const char *build);

/* Returns whether the page cache of a vendor's kernel may have large folios. Upstream has them
 * since 5.16; RHEL 9's 5.14 has them as a backport. */
bool kernel_has_large_folios(const struct kernel_version *version);

enum kernel_fix {
	KERNEL_FIX_UNKNOWN,
	KERNEL_FIX_MISSING, /* it has the race */
	KERNEL_FIX_IN,      /* the race is fixed */
	KERNEL_FIX_BEFORE,  /* it is older than the race */
};

/* A range of kernels with a race, and in words where it was fixed. */
struct kernel_fix_line {
	enum kernel_family family;
	const char *range, *fixed;
};

/*
 * Returns whether a kernel has a race or its fix. release, build: as uname(2) gives them. version:
 * gets the upstream version, if the name gives one. line: gets the range that has it, or NULL.
 */
enum kernel_fix kernel_fix_of(enum kernel_family family, const char *release, const char *build,
			      struct kernel_version *version, const struct kernel_fix_line **line);

#endif
