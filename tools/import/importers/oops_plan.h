/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the punch that explains a crash, by the aim model (injector/storm/aim.h): which folio of
 * the file was split, and at which page, so that a lookup of the wanted page returns the folio of
 * the crash. If only the page or only the folio is known, several punches fit, and the scenario
 * makes all of them. The plan also says what is known of the kernel that crashed.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_PLAN_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_PLAN_H

#include "injector/storm/aim.h"
#include "tools/import/importers/oops_facts.h"
#include "tools/machine/kernel_signature.h"
#include "tools/machine/kernel_vendor.h"

struct oops_plan {
	bool versioned; /* the kernel's version is known */
	struct kernel_version version;
	const struct kernel_signature *signature; /* of the report; NULL: only prose */
	enum kernel_family family;                /* the race of the scenario */
	enum kernel_fix fix;
	const struct kernel_fix_line *line; /* of a kernel series with the race; NULL: none */
	const struct kernel_vendor *vendor;
	bool tmpfs;  /* the file was on a tmpfs */
	bool placed; /* the place is known; else see why */
	const char *why;
	/* Not placed, but one of the two pages is known: each page of the folio from `hole` to
	 * `last` explains it. */
	bool bounded;
	unsigned int last;
	/* A bounded plan has only the folio, and `wanted` or `served`. */
	unsigned int order; /* of the folio before the split, which is assumed */
	uint64_t first;     /* of the folio, in the file */
	/* Pages of the folio: */
	unsigned int hole;   /* first page of the hole */
	unsigned int count;  /* pages of the hole */
	unsigned int wanted; /* page that was read */
	unsigned int served; /* page that was returned instead */
	bool tail;           /* the hole goes from the wanted page to the end */
};

/* The affected kernels, for the key `affected`; ended by NULL. ext4: those on which ext4 has large
 * folios, from 6.16 on. */
const char *const *oops_affected(bool ext4);

/* Makes the plan. Never fails: if the facts do not give a place, `placed` is false. */
void oops_make_plan(struct oops_plan *plan, const struct oops_facts *facts);

#endif
