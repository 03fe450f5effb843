/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut may leave of a world: a model of the log of changes and of durable data, in
 * addition to the model of world.h. With LOSE_ORDERED, the names are those after some change of the
 * log. Each file is as its last sync left it, with the truncations and holes up to that change.
 * The kernel decides when the layer gets stores through mappings. After such stores, more than one
 * change is possible, and the bytes of those pages are not compared.
 */
#ifndef TESTS_HOSTILE_DURABLE_H
#define TESTS_HOSTILE_DURABLE_H

#include "injector/rules/lose.h"
#include "tests/hostile/operation.h"

struct durable;

/* Makes the model of a world as it is now, all of it durable. The world and the settings must
 * outlive it. Returns NULL on failure. Release with durable_free(). */
struct durable *durable_make(struct world *world, const struct lose_settings *settings);
void durable_free(struct durable *durable);

/* The state of the world before an operation: its names and the sizes of its nodes. */
struct durable_before {
	int node_of[WORLD_NAMES];
	uint32_t sizes[WORLD_NODES];
	int node; /* of the handle `which` */
	int flags;
};

/* Call durable_before() before an operation and durable_follow() after it. The latter returns 0, or
 * -1 with the reason in world->why. */
struct durable_before durable_before(const struct world *world, const struct operation *operation);
int durable_follow(struct durable *durable, const struct operation *operation,
		   const struct durable_before *before);

/* Compares the files beneath with the model after the power cut. Returns 0; -1 with the reason in
 * world->why. */
int durable_check(struct durable *durable);

#endif
