/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of a matrix one worker of many runs. */
#ifndef TOOLS_MATRIX_SHARD_H
#define TOOLS_MATRIX_SHARD_H

#include <stddef.h>

enum { SHARDS_MAX = 65536 };

struct shard {
	unsigned int number, count; /* from 1 to count */
};

/*
 * Reads "I/N"; or "auto": what the scheduler that started this process has put in its environment.
 * environment: as getenv(). Returns 0, or -EINVAL with why filled in, which holds `size` bytes: not
 * reported.
 */
int shard_parse(struct shard *shard, const char *text, char *(*environment)(const char *name),
		char *why, size_t size);

#endif
