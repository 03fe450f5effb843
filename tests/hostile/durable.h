/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut may leave of a world: a model of the log and of what is durable, beside that of
 * world.h. By LOSE_ORDERED the names are those after some change of the log, and each file is as
 * its own last sync left it, with the truncations and holes up to that change. Where mappings are
 * stored to, the kernel decides when the layer gets to know of it, so more than one change may be
 * meant, and the bytes of those pages are not compared.
 */
#ifndef TESTS_HOSTILE_DURABLE_H
#define TESTS_HOSTILE_DURABLE_H

#include "injector/rules/lose.h"
#include "tests/hostile/operation.h"

struct durable;

/* Of a world as it is, which is durable. NULL without memory. */
struct durable *durable_make(struct world *world, const struct lose_settings *settings);
void durable_free(struct durable *durable);

/* Follows an operation that has been made. before: the names before it, and the sizes of nodes.
 * Returns 0; -1 with world->why. */
struct durable_before {
	int node_of[WORLD_NAMES];
	uint32_t sizes[WORLD_NODES];
	int node; /* of the handle `which` */
	int flags;
};

struct durable_before durable_before(const struct world *world, const struct operation *operation);
int durable_follow(struct durable *durable, const struct operation *operation,
		   const struct durable_before *before);

/* Compares what is beneath after the power cut. As operation_run(). */
int durable_check(struct durable *durable);

#endif
