/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a scenario fits the pages of the kernel that it is for, see page_size(). */
#ifndef TOOLS_SCENARIO_SCENARIO_PAGES_H
#define TOOLS_SCENARIO_SCENARIO_PAGES_H

#include "tools/scenario/scenario.h"

/* Returns 0; -EINVAL with the path of the key that does not fit, and why. Not reported. */
int scenario_pages_check(const struct scenario *scenario, char *path, size_t path_size, char *why,
			 size_t size);

#endif
