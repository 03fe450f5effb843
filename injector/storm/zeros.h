/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses where to punch a file with content of its own: only pages of zeros, so that the content
 * stays the same. Of these pages in a folio, it takes the one whose split exposes most pages that
 * differ from the page that would be served instead.
 */
#ifndef INJECTOR_STORM_ZEROS_H
#define INJECTOR_STORM_ZEROS_H

#include "injector/storm/aim.h"

/*
 * data: of the folio, 2^order pages. count: pages of the hole, all of which must be zeros.
 * differing: set to how many pages a look-up can then get wrong so that it shows; may be NULL.
 * Returns the first page of the hole; -ENODATA when there is none, or none that shows; -EINVAL for
 * an order above AIM_ORDER_MAX.
 */
int zeros_best(enum aim_shape shape, unsigned int order, unsigned int count, const char *data,
	       unsigned int *differing);

/*
 * The pages that such a punch exposes and whose content differs from what they are served as.
 * shown: 2^order entries, all set. Returns how many.
 */
unsigned int zeros_shown(enum aim_shape shape, const struct aim_punch *punch, const char *data,
			 bool *shown);

#endif
