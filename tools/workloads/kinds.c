/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of workloads. A new one is a file and a row. */
#include "tools/workloads/kinds.h"

const struct workload_kind *const workload_kinds[] = {
	&workload_journal,
	&workload_replay,
	&workload_stale,
	NULL,
};
