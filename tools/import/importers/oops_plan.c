/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_plan.h"
#include "injector/base/array.h"
#include "tools/reading/stamp.h"

#include <stddef.h>
#include <string.h>

enum { ORDER_MOST = 9 }; /* 2 MiB: the largest folio of a file, with pages of 4 KiB */

const char *const *oops_affected(bool ext4)
{
	static const char *const xfs[] = {
		"6.15 - 6.18.19",
		"6.19 - 6.19.8",
		"7.0-rc1 - 7.0-rc3",
		NULL,
	};
	static const char *const later[] = {
		"6.16 - 6.18.19",
		"6.19 - 6.19.8",
		"7.0-rc1 - 7.0-rc3",
		NULL,
	};

	return ext4 ? later : xfs;
}

static bool serves(enum aim_shape shape, const struct oops_plan *plan, unsigned int hole,
		   unsigned int count)
{
	const struct aim_punch punch = { .order = plan->order, .first = hole, .count = count };
	unsigned int served[AIM_SERVED_MAX];
	int n = aim_served(shape, &punch, plan->wanted, served);

	for (int i = 0; i < n; i++)
		if (served[i] == plan->served)
			return true;
	return false;
}

/* A fault in a hole of a tmpfs waits for the end of the punch (shmem_fault(), shmem_falloc). */
static bool is_waited_for(const struct oops_plan *plan, unsigned int hole, unsigned int count)
{
	return plan->tmpfs && plan->wanted >= hole && plan->wanted - hole < count;
}

/* Sets the hole if it explains the crash. */
static bool try_hole(struct oops_plan *plan, enum aim_shape shape, unsigned int hole,
		     unsigned int count)
{
	if (!count || is_waited_for(plan, hole, count) || !serves(shape, plan, hole, count))
		return false;
	plan->hole = hole;
	plan->count = count;
	plan->tail = count > 1;
	return true;
}

/*
 * Most likely first: a hole from the wanted page to the end of an unused tail, where the punch
 * itself unmapped the page and so caused the fault; then a hole at the page after the folio that
 * was found, which exposes most; then any page.
 */
static bool find_hole(struct oops_plan *plan, enum aim_shape shape)
{
	unsigned int pages = 1U << plan->order;

	if (try_hole(plan, shape, plan->wanted, pages - plan->wanted) ||
	    try_hole(plan, shape, plan->wanted, 1) || try_hole(plan, shape, plan->served + 1, 1))
		return true;
	for (unsigned int hole = 0; hole < pages; hole++)
		if (try_hole(plan, shape, hole, 1))
			return true;
	return false;
}

static bool find_place(struct oops_plan *plan, enum aim_shape shape, uint64_t wanted,
		       uint64_t served)
{
	for (plan->order = ORDER_MOST; plan->order; plan->order--) {
		plan->first = wanted >> plan->order << plan->order;
		if (served < plan->first || served >= plan->first + (1ULL << plan->order))
			continue;
		plan->wanted = (unsigned int)(wanted - plan->first);
		plan->served = (unsigned int)(served - plan->first);
		if (find_hole(plan, shape))
			return true;
	}
	return false;
}

/* Whether a file of a run can contain the page with its folio. */
static bool is_within(uint64_t page)
{
	return page < STAMP_FILE_SIZE_MAX / STAMP_PAGE_SIZE - (1 << ORDER_MOST);
}

/* Whether a hole of one page can involve the known one of the two pages. */
static bool explains(enum aim_shape shape, const struct oops_plan *plan, unsigned int hole,
		     bool served, unsigned int order)
{
	const struct aim_punch punch = { .order = plan->order, .first = hole, .count = 1 };
	unsigned int all[AIM_SERVED_MAX], part;

	if (!served)
		return !is_waited_for(plan, hole, 1) &&
		       aim_served(shape, &punch, plan->wanted, all) > 0;
	/* The dump shows the folio with the order that the split gave it. */
	if (aim_part(&punch, plan->served, &part) != (int)plan->served || part != order)
		return false;
	for (unsigned int page = 0; page < 1U << plan->order; page++) {
		int n = aim_served(shape, &punch, page, all);

		for (int i = 0; i < n; i++)
			if (all[i] == plan->served)
				return true;
	}
	return false;
}

/*
 * The single-page holes that explain the known page: the one found, in a part of `order` (served),
 * or the wanted one. By the aim model they are one range.
 */
static bool find_range(struct oops_plan *plan, enum aim_shape shape, uint64_t page, bool served,
		       unsigned int order)
{
	unsigned int *at = served ? &plan->served : &plan->wanted, count = 0;

	plan->order = ORDER_MOST;
	plan->first = page >> ORDER_MOST << ORDER_MOST;
	*at = (unsigned int)(page - plan->first);
	for (unsigned int hole = 0; hole < 1U << ORDER_MOST; hole++) {
		if (!explains(shape, plan, hole, served, order))
			continue;
		if (!count++)
			plan->hole = hole;
		plan->last = hole;
	}
	plan->count = 1;
	return count && plan->last - plan->hole + 1 == count;
}

static void learn_kernel(struct oops_plan *plan, const struct oops_facts *facts)
{
	const struct kernel_report *report = oops_report(facts);
	const char *release = facts->facts[OOPS_RELEASE].text;
	const char *build = report && !strcmp(report->release, release) ? report->build : "";

	/* apport adds its line after the log. */
	if (!strncmp(facts->reports.build, "(Ubuntu ", 8))
		build = facts->reports.build;
	/* In a debugger's session, the kernel's own line may say only that it is a crash. */
	if (report && (*report->function || *report->process || !oops_knows(facts, OOPS_FUNCTION)))
		plan->signature = kernel_signature_of(report);
	plan->family = KERNEL_SPLIT;
	if (plan->signature && plan->signature->race)
		plan->family = (enum kernel_family)plan->signature->race;
	plan->vendor = kernel_vendor_of(release, build);
	plan->fix = kernel_fix_of(plan->family, release, build, &plan->version, &plan->line);
	plan->versioned = oops_knows(facts, OOPS_RELEASE) &&
			  !kernel_parse(release, &(struct kernel_version){ 0 });
}

void oops_make_plan(struct oops_plan *plan, const struct oops_facts *facts)
{
	const struct oops_fact *wanted = &facts->facts[OOPS_FAULT];
	const struct oops_fact *served = &facts->facts[OOPS_FOLIO];
	enum aim_shape shape = AIM_BATCHED;

	memset(plan, 0, sizeof(*plan));
	learn_kernel(plan, facts);
	plan->tmpfs = !strcmp(facts->facts[OOPS_FILESYSTEM].text, "tmpfs");
	if (plan->versioned)
		shape = aim_shape_of(&plan->version);
	if ((!wanted->weight) != (!served->weight) && plan->family == KERNEL_SPLIT) {
		const struct oops_fact *known = served->weight ? served : wanted;

		plan->bounded = is_within(known->number) &&
				find_range(plan, shape, known->number, known == served,
					   (unsigned int)facts->facts[OOPS_ORDER].number);
	}
	if (!wanted->weight || !served->weight)
		plan->why = !wanted->weight && !served->weight
				    ? "neither the page that was wanted nor the folio that came is "
				      "known"
			    : wanted->weight ? "which folio came is not known"
					     : "which page was wanted is not known";
	else if (plan->family != KERNEL_SPLIT)
		plan->why = "no folio is split in the race that this is of";
	else if (!is_within(wanted->number))
		plan->why = "the page is beyond what a file of a run can hold";
	else if (!find_place(plan, shape, wanted->number, served->number))
		plan->why = "no split of one folio of up to 2 MiB serves that page as that folio";
	else
		plan->placed = true;
}
