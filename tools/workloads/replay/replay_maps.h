/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of a replay on mappings. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_MAPS_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_MAPS_H

#include "tools/workloads/replay/replay_state.h"

replay_make replay_make_mmap, replay_make_munmap, replay_make_msync;

#endif
