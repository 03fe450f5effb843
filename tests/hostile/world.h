/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few small files reached through the layer, and a model of them in memory. */
#ifndef TESTS_HOSTILE_WORLD_H
#define TESTS_HOSTILE_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	WORLD_NAMES = 8,
	WORLD_HANDLES = 4,
	WORLD_NODES = WORLD_NAMES + WORLD_HANDLES,
	WORLD_SIZE = 256 << 10, /* maximum size of a file, in bytes */
	WORLD_PAGE = 4096,
	NOWHERE = -1,
	WORLD_MODE = 0644, /* of a new file */
};

struct node {
	unsigned char *bytes; /* WORLD_SIZE bytes, zero from size on */
	uint32_t size;
	mode_t mode; /* permissions */
	unsigned int links, opens;
	bool mapped; /* stored to through a mapping since the last sync: the file beneath may lag */
};

struct handle {
	int fd, node; /* NOWHERE: closed */
	int flags;
};

struct world {
	int top, beneath;   /* directories: through the layer, and beneath it */
	unsigned int names; /* number of WORLD_NAMES in use */
	bool keeps_writes;  /* the layer keeps writes until a sync */
	bool flawed;        /* leave out a byte of some writes, to see that it is noticed */
	struct node nodes[WORLD_NODES];
	int node_of[WORLD_NAMES]; /* NOWHERE: the name does not exist */
	struct handle handles[WORLD_HANDLES];
	/* What the last operation may have changed, to be compared: bytes [from, to) of the node
	 * `touched` (or NOWHERE), and a bit mask of names. */
	int touched;
	uint32_t from, to;
	unsigned int named;
	unsigned char *data; /* buffer for reads and writes: WORLD_SIZE bytes, page-aligned */
	char why[256];
};

extern const char *const world_names[WORLD_NAMES];

/*
 * Makes the directories of the tree and the first file, and opens it as the first handle. place: a
 * new, empty directory; beneath: the same directory beneath the layer. Returns 0; -1 with the
 * reason in world->why. Release with world_free() in any case, which keeps the files.
 */
int world_make(struct world *world, const char *place, const char *beneath, unsigned int names);
void world_free(struct world *world);

/* Removes the directory beneath with its files. */
void world_remove(const char *beneath);

/* The index of an unused node, set to an empty file. */
int world_new_node(struct world *world);

/* Adds to the links and opens of a node. A node without either is unused. */
void world_count(struct world *world, int node, int links, int opens);

/* Formats world->why. Returns -1. */
int world_differs(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * How much of a direct read of `length` bytes at `offset` lies within the pages of the file. Past
 * them, where XFS has reserved blocks without allocating them, such a read fails with EIO (6.18,
 * IOMAP_DELALLOC in iomap_dio_iter()).
 */
uint32_t world_direct_length(const struct node *node, uint32_t offset, uint32_t length);

/* Compares what the last operation touched, through the handle (or NULL) and by name: bytes, sizes,
 * links and modes. Returns as operation_run(). */
int world_check(struct world *world, const struct handle *handle);

/* Compares all bytes of all files, through the layer and beneath, and the directory listings. May
 * sync files. Returns as operation_run(). */
int world_check_all(struct world *world);

#endif
