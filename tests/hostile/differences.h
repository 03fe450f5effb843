/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known differences between the layer and XFS, with reasons. Any other difference is a
 * defect. */
#ifndef TESTS_HOSTILE_DIFFERENCES_H
#define TESTS_HOSTILE_DIFFERENCES_H

#include "fusefs/layer.h"
#include "tests/hostile/identities.h"

#define ON(data_path) (1U << LAYER_##data_path)

enum {
	ON_ALL = ON(PASSTHROUGH) | ON(MIXED) | ON(DAEMON),
	ON_WRITEBACK = 1U << LAYER_DATA_PATHS, /* on any data path */
};

struct difference {
	const char *operations, *paths, *identities; /* patterns of fnmatch(3); NULL: all */
	unsigned int where;                          /* ON_*, ORed */
	const char *reason;
	unsigned int seen; /* number of cases that matched */
};

/* The first row that matches a case that differs, counted as seen; NULL if none does. where: one
 * data path, with ON_WRITEBACK if that is the cache. */
struct difference *difference_find(const char *operation, const char *path,
				   const struct identity *identity, unsigned int where);

/* Prints how often each row was seen. Returns the number of rows never seen. */
unsigned int difference_report(void);

#endif
