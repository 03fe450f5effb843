/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readers of what is mapped: page by page through all mappings, round and round. A shared mapping
 * that may be written gets, once, the stamps that its program's stores stand for. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_TOUCH_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_TOUCH_H

#include "tools/workloads/replay/replay_state.h"

/* Reads pages that are mapped until replay->touchers_end. */
void *replay_touch(void *toucher);

#endif
