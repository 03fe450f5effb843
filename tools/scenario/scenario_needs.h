/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario needs besides root, FUSE and a loop device, in words for a list. */
#ifndef TOOLS_SCENARIO_SCENARIO_NEEDS_H
#define TOOLS_SCENARIO_SCENARIO_NEEDS_H

#include "tools/scenario/scenario.h"

/* Number i of the words, such as "gate"; NULL after the last. */
const char *scenario_need(const struct scenario *scenario, size_t i);

#endif
