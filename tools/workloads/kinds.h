/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of workload, one file each, for their table in kinds.c. */
#ifndef TOOLS_WORKLOADS_KINDS_H
#define TOOLS_WORKLOADS_KINDS_H

#include "tools/scenario/workload_kind.h"

extern const struct workload_kind workload_journal, workload_replay, workload_stale;

#endif
