/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the punch that explains a crash, by the aim model (injector/storm/aim.h): which folio of
 * the file was split, and at which page, so that a look-up of the wanted page returns the folio of
 * the crash. If only the page or only the folio is known, several punches fit, and the scenario
 * makes all of them. Also holds what is known of the crashed kernel.
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
	const struct kernel_signature
		*signature;        /* of the report; NULL: there is none, only prose */
	enum kernel_family family; /* of the race that the scenario makes */
	enum kernel_fix fix;
	const struct kernel_fix_line *line; /* of kernels with the race; NULL: it is in none */
	const struct kernel_vendor *vendor;
	bool tmpfs;  /* the file was on one */
	bool placed; /* all that follows is so; otherwise see why */
	const char *why;
	/* Not placed, but one of the two pages is known: single pages of the folio, from `hole` to
	 * `last`, of which each explains it. */
	bool bounded;
	unsigned int last;
	/* Of what follows a bounded plan has the folio, and the page of `wanted` and `served` that
	 * is known. */
	unsigned int order; /* of the folio before the split: assumed, nothing says it */
	uint64_t first;     /* its first page in the file */
	/* Pages of the folio. */
	unsigned int hole;   /* where it begins */
	unsigned int count;  /* of the hole */
	unsigned int wanted; /* that was read */
	unsigned int served; /* that came instead */
	bool tail;           /* the hole begins at the page that was wanted, and goes to the end */
};

/* The ranges together, as `affected` has them; ended by NULL. ext4: of files on it, which have
 * large folios from 6.16 on. */
const char *const *oops_affected(bool ext4);

/* Works it out. Never fails: where a place does not follow from the facts, `placed` is false. */
void oops_make_plan(struct oops_plan *plan, const struct oops_facts *facts);

#endif
