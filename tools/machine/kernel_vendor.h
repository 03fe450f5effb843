/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a vendor's kernel has a fix: who made it, what its name says of the upstream kernel that
 * it is based on, and what is known of upstream's fixes. Where that does not follow it is unknown,
 * and said so.
 */
#ifndef TOOLS_MACHINE_KERNEL_VENDOR_H
#define TOOLS_MACHINE_KERNEL_VENDOR_H

#include "injector/base/kernel.h"
#include "tools/machine/kernel_report.h"

enum kernel_trust {
	KERNEL_TRUST_EXACT, /* its version is upstream's, with upstream's fixes */
	/* it follows upstream's stable kernels, and does not say up to which */
	KERNEL_TRUST_HIDDEN,
	KERNEL_TRUST_LATER, /* its version is known, and it may have fixes of later ones */
	/* what it has of later kernels, and of their fixes, its name does not say */
	KERNEL_TRUST_BACKPORTS,
};

struct kernel_vendor {
	const char *name; /* "Debian" */
	enum kernel_trust trust;
	const char *source; /* of that knowledge */
	/* How it is known: words with | between them, of which one is in the release, or in the
	 * build. */
	const char *release, *build;
};

/* The last row, of kernels whose maker is not known, fits always. */
const struct kernel_vendor *kernel_vendor_of(const char *release, const char *build);

/* Whether the page cache of a vendor's kernel may have large folios: they came with 5.16, and by
 * backports as far back as RHEL 9's 5.14. */
bool kernel_has_large_folios(const struct kernel_version *version);

enum kernel_fix {
	KERNEL_FIX_UNKNOWN,
	KERNEL_FIX_MISSING, /* it has the race */
	KERNEL_FIX_IN,      /* the race was there, and is fixed */
	KERNEL_FIX_BEFORE,  /* it is older than the race */
};

/* A line of kernels with a race, and what ended it there. */
struct kernel_fix_line {
	enum kernel_family family;
	const char *range, *fixed;
};

/*
 * What a kernel has of a race. release, build: as it says them. version: set, where it says one.
 * line: set to the row that it is in, or NULL.
 */
enum kernel_fix kernel_fix_of(enum kernel_family family, const char *release, const char *build,
			      struct kernel_version *version, const struct kernel_fix_line **line);

#endif
