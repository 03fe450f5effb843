/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses where to punch a file with given content: only pages of zeros, so that the content stays
 * the same. In a folio, it takes the place whose split exposes the most pages that differ from the
 * page served instead.
 */
#ifndef INJECTOR_STORM_ZEROS_H
#define INJECTOR_STORM_ZEROS_H

#include "injector/storm/aim.h"

/*
 * Finds the best hole of `count` pages in a folio. data: the folio's 2^order pages. differing: set
 * to the number of pages that a look-up can get visibly wrong then; may be NULL. Returns the first
 * page of the hole; -ENODATA there are no such zeros, or a wrong page would not be visible; -EINVAL
 * for an order above AIM_ORDER_MAX, or no pages.
 */
int zeros_best(enum aim_shape shape, unsigned int order, unsigned int count, const char *data,
	       unsigned int *differing);

/*
 * Finds the preferred pages (aim.h) of a punch whose content differs from a page served instead.
 * data: as above. shown: 2^order entries, all set. Returns how many.
 */
unsigned int zeros_shown(enum aim_shape shape, const struct aim_punch *punch, const char *data,
			 bool *shown);

#endif
