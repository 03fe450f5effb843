/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of a replay that copy from one file to another. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_COPIES_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_COPIES_H

#include "tools/workloads/replay/replay_state.h"

replay_make replay_make_copy, replay_make_sendfile;

#endif
