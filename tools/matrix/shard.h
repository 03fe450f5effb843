/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a matrix that one of many workers runs. */
#ifndef TOOLS_MATRIX_SHARD_H
#define TOOLS_MATRIX_SHARD_H

#include <stddef.h>

enum { SHARDS_MAX = 65536 };

struct shard {
	unsigned int number, count; /* number: from 1 to count */
};

/*
 * Parses "I/N"; "auto": takes both from the variables that a job scheduler sets. environment: as
 * getenv(). why: set on error; holds `size` bytes. Returns 0, or -EINVAL (not reported).
 */
int shard_parse(struct shard *shard, const char *text, char *(*environment)(const char *name),
		char *why, size_t size);

#endif
