/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the layer is not like XFS, and why. All else that differs is a defect. */
#ifndef TESTS_HOSTILE_DIFFERENCES_H
#define TESTS_HOSTILE_DIFFERENCES_H

#include "fusefs/layer.h"
#include "tests/hostile/identities.h"

#define ON(data_path) (1U << LAYER_##data_path)

enum {
	ON_ALL = ON(PASSTHROUGH) | ON(MIXED) | ON(DAEMON),
	ON_WRITEBACK = 1U << LAYER_DATA_PATHS, /* whatever the data path */
};

struct difference {
	const char *operations, *paths, *identities; /* patterns of fnmatch(3); NULL: all */
	unsigned int where;                          /* ON_*, ORed */
	const char *reason;
	unsigned int seen;
};

/* The row for a case that differs, which is counted as seen; NULL: there is none. */
struct difference *difference_find(const char *operation, const char *path,
				   const struct identity *identity, unsigned int where);

/* Prints the rows, with how often each was seen. Returns how many were not. */
unsigned int difference_report(void);

#endif
