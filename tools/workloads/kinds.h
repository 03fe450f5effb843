/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of workload, for their table in kinds.c: one file each. */
#ifndef TOOLS_WORKLOADS_KINDS_H
#define TOOLS_WORKLOADS_KINDS_H

#include "tools/scenario/workload_kind.h"

extern const struct workload_kind workload_journal, workload_replay, workload_stale;

#endif
