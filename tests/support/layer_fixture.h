/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture of the layer's tests: an XFS image on a loop device, with the directories A (used
 * directly) and B (mirrored by a layer in a child process). All mounts are in a mount namespace of
 * the test. The image is unlinked and the loop device clears itself, so nothing is left however the
 * test ends, except an empty directory if it is killed.
 */
#ifndef TESTS_SUPPORT_LAYER_FIXTURE_H
#define TESTS_SUPPORT_LAYER_FIXTURE_H

#include "fusefs/layer.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/types.h>

struct fixture {
	char top[64];            /* temporary directory that holds the others */
	char bare[96];           /* XFS: directory A */
	char beneath[96];        /* XFS: directory B */
	char mount[96];          /* the layer on B */
	pid_t layer;             /* the child that serves; 0: none */
	rlim_t descriptors;      /* limit of open files of the next layer; 0: unchanged */
	struct rlimit file_size; /* RLIMIT_FSIZE of the next layer; rlim_max 0: unchanged */
	enum layer_cache cache;  /* of the next mount */
	struct layer_negotiated negotiated; /* what the last mount agreed on with the kernel */
};

/* Makes the XFS and its directories. Returns 0, or SKIP with the reason on standard error if the
 * machine or the user's rights do not allow it. */
int fixture_make(struct fixture *fixture);

/* Unmounts and removes everything. */
void fixture_remove(struct fixture *fixture);

/* Forks a child that mounts and serves the layer. Returns 0 once it serves, else -1. */
int fixture_mount(struct fixture *fixture, enum layer_data_path data_path,
		  const struct hooks *hooks, unsigned int threads);

/* With LAYER_CACHE_AUTO, waits until the mount shows all changes made beneath so far; else does
 * nothing. Returns 0, or -1 if the mount does not show them. */
int fixture_settle(const struct fixture *fixture);

/* Unmounts the layer from outside. Returns the exit code of the child, 0 for success; -1 if a
 * signal ended it, or if it had to be killed after 10 seconds. */
int fixture_unmount(struct fixture *fixture);

/* Waits up to `milliseconds` for a child. Returns its wait status, or -1 if it still runs. */
int fixture_wait(pid_t child, int milliseconds);

#endif
