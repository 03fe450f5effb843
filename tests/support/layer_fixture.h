/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the layer stand on: an XFS image on a loop device, with the directories A (used as
 * it is) and B (mirrored by a layer in a child process). All mounts are in a namespace of the
 * test's own, the image has no name and the loop device clears itself, so nothing stays however the
 * test ends, but for an empty directory when it is killed.
 */
#ifndef TESTS_SUPPORT_LAYER_FIXTURE_H
#define TESTS_SUPPORT_LAYER_FIXTURE_H

#include "fusefs/layer.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/types.h>

struct fixture {
	char top[64];
	char bare[96];    /* XFS: directory A */
	char beneath[96]; /* XFS: directory B */
	char mount[96];   /* the layer on B */
	pid_t layer;
	rlim_t descriptors;     /* that the layer may have, set before it is mounted; 0: all */
	enum layer_cache cache; /* of what is mounted next */
	struct layer_negotiated negotiated;
};

/* Makes XFS and its directories. Returns 0; SKIP with the reason on standard error when that cannot
 * be had here. */
int fixture_make(struct fixture *fixture);

/* Removes all of it. */
void fixture_remove(struct fixture *fixture);

/* Mounts the layer. Returns 0 when it serves. */
int fixture_mount(struct fixture *fixture, enum layer_data_path data_path,
		  const struct hooks *hooks, unsigned int threads);

/* Waits until the mount shows all that was changed beneath so far. Returns 0, or -1 when it does
 * not. */
int fixture_settle(const struct fixture *fixture);

/* Unmounts it from outside. Returns the exit code of the child, which was 0 if all went well; -1
 * when it does not end. */
int fixture_unmount(struct fixture *fixture);

/* Waits up to `milliseconds` for a child. Returns its wait status, or -1 when it still runs. */
int fixture_wait(pid_t child, int milliseconds);

#endif
