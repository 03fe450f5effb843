/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report of the kernel is of: a race of the page cache that this testbed knows, trouble of
 * another kind that is known, or neither. One table of signatures says it, for the reports of a run
 * and for those that a customer sends. What a report means to a run is another question:
 * kernel_report_meaning().
 */
#ifndef TOOLS_MACHINE_KERNEL_SIGNATURE_H
#define TOOLS_MACHINE_KERNEL_SIGNATURE_H

#include "injector/base/kernel.h"
#include "tools/machine/kernel_report.h"

struct kernel_signature {
	const char *family; /* "folio-split", "hung-task", ... */
	unsigned int race;  /* enum kernel_family: a race that scenarios are of; 0: none */
	const char *says;   /* in a clause: "a task waits for a folio that nobody unlocks" */
	/* What a report must have; NULL: anything. Words with | between them, of which one must
	 * fit. */
	const char *text;     /* parts of its first line */
	const char *function; /* beginnings of the function where it happened */
	const char *trace;    /* beginnings of that, or of a function of the call trace */
	const char *source;   /* beginnings of the place of an assertion */
	/* Of kernels in one of these ranges, or of one that is not known; NULL: of any. */
	const char *versions;
	bool (*fits)(const struct kernel_report *report); /* and that; NULL: always */
};

/* The first row that fits; the last one, "unknown", always does. */
const struct kernel_signature *kernel_signature_of(const struct kernel_report *report);

/* The kernel's version by release and build. Returns 0 or -EINVAL: it is not known. */
int kernel_report_version(const struct kernel_report *report, struct kernel_version *version);

/* KiB in a page of the kernel that reported. */
unsigned int kernel_report_page_size(const struct kernel_report *report);

#endif
