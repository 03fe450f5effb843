/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest in which a run was made, as the result describes it. */
#ifndef TOOLS_VERDICT_GUEST_RESULT_H
#define TOOLS_VERDICT_GUEST_RESULT_H

#include <jansson.h>
#include <stdbool.h>

struct guest_result {
	const char *kernel; /* as requested */
	const char *accelerator;
	unsigned int cpus, memory, boots; /* memory: MiB */
	bool restored;                    /* from a snapshot */
	double boot_seconds;              /* negative: it did not finish booting */
	const char *died;                 /* how it died, or NULL */
};

/* The group `guest`; a new reference. */
json_t *guest_result_json(const struct guest_result *guest);

#endif
