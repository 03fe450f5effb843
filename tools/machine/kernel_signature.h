/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classifies reports of the kernel: a race of the page cache, another known kind of trouble, or
 * unknown. One table of signatures serves the reports of runs and those that customers send. What a
 * report means to a run is a different question: see kernel_report_meaning().
 */
#ifndef TOOLS_MACHINE_KERNEL_SIGNATURE_H
#define TOOLS_MACHINE_KERNEL_SIGNATURE_H

#include "injector/base/kernel.h"
#include "tools/machine/kernel_report.h"

struct kernel_signature {
	const char *family; /* "folio-split", "hung-task", ... */
	unsigned int race;  /* enum kernel_family: a race that scenarios provoke; 0: none */
	const char *says;   /* a clause: "a task waits for a folio that nobody unlocks" */
	/* Conditions on the report; NULL: any. Each is a list of words separated by |, of which one
	 * must match. */
	const char *text;     /* part of its first line */
	const char *function; /* prefix of the function in which it happened */
	const char *trace;    /* prefix of that function, or of one in the call trace */
	const char *source;   /* prefix of the source file of an assertion, in any directory */
	/* Ranges of kernel versions, separated by |; an unknown version matches. NULL: any. */
	const char *versions;
	bool (*fits)(const struct kernel_report *report); /* further condition, or NULL */
};

/* Returns the first row that matches; the last one, "unknown", always does. */
const struct kernel_signature *kernel_signature_of(const struct kernel_report *report);

/* Gets the kernel's version from the report's release and build. Returns 0; -EINVAL: not known. */
int kernel_report_version(const struct kernel_report *report, struct kernel_version *version);

/* Returns the page size, in KiB, of the kernel that reported; if the report and the release do not
 * say it, the usual one of its architecture. */
unsigned int kernel_report_page_size(const struct kernel_report *report);

#endif
