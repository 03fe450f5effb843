/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a scenario fits the page size of its kernel, see page_size(). */
#ifndef TOOLS_SCENARIO_SCENARIO_PAGES_H
#define TOOLS_SCENARIO_SCENARIO_PAGES_H

#include "tools/scenario/scenario.h"

/* Returns 0, or -EINVAL (not reported) with path set to the key that does not fit, and why to the
 * reason. path_size, size: of the buffers, bytes. */
int scenario_pages_check(const struct scenario *scenario, char *path, size_t path_size, char *why,
			 size_t size);

#endif
