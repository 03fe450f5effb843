/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few small files, reached through the layer, beside a model of them in memory. */
#ifndef TESTS_HOSTILE_WORLD_H
#define TESTS_HOSTILE_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	WORLD_NAMES = 8,
	WORLD_HANDLES = 4,
	WORLD_NODES = WORLD_NAMES + WORLD_HANDLES,
	WORLD_SIZE = 256 << 10, /* of a file, in bytes, at most */
	WORLD_PAGE = 4096,
	NOWHERE = -1,
	WORLD_MODE = 0644, /* of a new file */
};

struct node {
	unsigned char *bytes; /* WORLD_SIZE of them; zeros from size on */
	uint32_t size;
	mode_t mode; /* its permissions */
	unsigned int links, opens;
	bool mapped; /* stored to by a mapping and not synced since: beneath may lag behind */
};

struct handle {
	int fd, node; /* NOWHERE: closed */
	int flags;
};

struct world {
	int top, beneath;   /* directories: through the layer, and the same one beneath it */
	unsigned int names; /* of WORLD_NAMES that are used */
	bool keeps_writes;  /* the layer does, until they are synced */
	bool flawed;        /* leave out a byte of some writes, to see that it is noticed */
	struct node nodes[WORLD_NODES];
	int node_of[WORLD_NAMES]; /* NOWHERE: there is no such name */
	struct handle handles[WORLD_HANDLES];
	/* What the last operation may have changed, to be compared: bytes of a node, names by a bit
	 * each. */
	int touched;
	uint32_t from, to;
	unsigned int named;
	unsigned char *data; /* WORLD_SIZE bytes, aligned, to read and write with */
	char why[256];
};

extern const char *const world_names[WORLD_NAMES];

/*
 * Makes the directories of the tree and the first file, with a handle on it. place: a new, empty
 * directory; beneath: the same beneath the layer. Returns 0; -1 with the reason in world->why.
 * Release with world_free(), which leaves the files.
 */
int world_make(struct world *world, const char *place, const char *beneath, unsigned int names);
void world_free(struct world *world);

/* Removes the files that it left, with the directory. */
void world_remove(const char *beneath);

/* A node that is not used, empty; its bytes are zeros. */
int world_new_node(struct world *world);

/* Adds to links or opens of the node, and forgets it when none is left. */
void world_count(struct world *world, int node, int links, int opens);

/* Formats world->why. Returns -1. */
int world_differs(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * How much of a direct read from offset, of length bytes, lies within the pages of the file. Behind
 * them, where XFS has reserved blocks without allocating them, such a read fails with EIO (6.18,
 * IOMAP_DELALLOC in iomap_dio_iter()).
 */
uint32_t world_direct_length(const struct node *node, uint32_t offset, uint32_t length);

/* Compares what was touched: bytes, sizes and numbers of links. As operation_run(). */
int world_check(struct world *world, const struct handle *handle);

/* Compares all bytes of all files, through the layer and beneath, and lists the directories. */
int world_check_all(struct world *world);

#endif
