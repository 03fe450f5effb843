/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the layer is not like XFS, and why. All else that differs is a defect. */
#ifndef TESTS_HOSTILE_DIFFERENCES_H
#define TESTS_HOSTILE_DIFFERENCES_H

#include "fusefs/layer.h"
#include "tests/hostile/identities.h"

#define ON(data_path) (1U << LAYER_##data_path)

enum { ON_ALL = ON(PASSTHROUGH) | ON(MIXED) | ON(DAEMON) };

struct difference {
	const char *operations, *paths, *identities; /* patterns of fnmatch(3); NULL: all */
	unsigned int data_paths;
	const char *reason;
	unsigned int seen;
};

/* The row for a case that differs, which is counted as seen; NULL: there is none. */
struct difference *difference_find(const char *operation, const char *path,
				   const struct identity *identity, enum layer_data_path data_path);

/* Prints the rows, with how often each was seen. Returns how many were not. */
unsigned int difference_report(void);

#endif
