/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads all mappings of a replay, page by page, again and again. In a shared writable mapping it
 * also stores stamps, once per page, in place of the stores of the recorded program. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_TOUCH_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_TOUCH_H

#include "tools/workloads/replay/replay_state.h"

/* The thread of a toucher, a struct replay_toucher. Reads until replay->touchers_end. */
void *replay_touch(void *toucher);

#endif
