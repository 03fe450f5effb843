/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/operation.h"

#include <stdio.h>
#include <string.h>

uint32_t operation_draw(uint64_t *seed)
{
	/* SplitMix64: any two seeds are far apart. */
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 16);
}

static unsigned int weight_of(const struct operation_kind *kind, bool in_tree)
{
	return in_tree ? kind->weight_in_tree : kind->weight;
}

static unsigned int draw_kind(uint64_t *seed, bool in_tree)
{
	unsigned int total = 0, at, kind = 0;

	for (size_t i = 0; i < operation_kind_count; i++)
		total += weight_of(&operation_kinds[i], in_tree);
	for (at = operation_draw(seed) % total; at >= weight_of(&operation_kinds[kind], in_tree);
	     kind++)
		at -= weight_of(&operation_kinds[kind], in_tree);
	return kind;
}

/* Half of the offsets are on or next to a page boundary, where bugs are likely. */
static uint32_t draw_offset(uint64_t *seed)
{
	uint32_t offset = operation_draw(seed) % WORLD_SIZE;

	if (operation_draw(seed) % 2)
		return offset;
	offset -= offset % WORLD_PAGE;
	return (offset + operation_draw(seed) % 3 + WORLD_SIZE - 1) % WORLD_SIZE;
}

/* Every order of magnitude is equally likely. */
static uint32_t draw_length(uint64_t *seed)
{
	return 1 + operation_draw(seed) % (1U << (1 + operation_draw(seed) % 17));
}

struct operation operation_make(uint64_t *seed, bool in_tree)
{
	struct operation operation;

	operation.kind = draw_kind(seed, in_tree);
	operation.which = operation_draw(seed) % (WORLD_NAMES * WORLD_HANDLES);
	operation.other = operation_draw(seed) % (WORLD_NAMES * WORLD_HANDLES);
	operation.offset = draw_offset(seed);
	operation.length = draw_length(seed);
	operation.value = operation_draw(seed);
	return operation;
}

int operation_run(struct world *world, const struct operation *operation)
{
	const struct handle *handle = &world->handles[operation->which % WORLD_HANDLES];

	world->touched = NOWHERE;
	world->named = 0;
	world->why[0] = '\0';
	if (operation_kinds[operation->kind].run(world, operation))
		return -1;
	return world_check(world, handle);
}

void operation_print(const struct operation *operation, char *line, size_t size)
{
	snprintf(line, size, "%s %u %u %u %u %u", operation_kinds[operation->kind].name,
		 operation->which, operation->other, operation->offset, operation->length,
		 operation->value);
}

int operation_parse(const char *line, struct operation *operation)
{
	char name[32];

	if (sscanf(line, "%31s %u %u %u %u %u", name, &operation->which, &operation->other,
		   &operation->offset, &operation->length, &operation->value) != 6 ||
	    operation->offset >= WORLD_SIZE || operation->length > WORLD_SIZE)
		return -1;
	for (operation->kind = 0; operation->kind < operation_kind_count; operation->kind++)
		if (!strcmp(operation_kinds[operation->kind].name, name))
			return 0;
	return -1;
}
