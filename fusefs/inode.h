/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inodes the kernel knows. Each is held by an O_PATH descriptor, which survives renames and
 * unlinks, and which keeps its inode number from being used again while the kernel may still ask
 * about it. So device and number identify it.
 *
 * Locks: the table's for the hash chains and the reference counts, each inode's for what is open.
 * Never both at once.
 */
#ifndef FUSEFS_INODE_H
#define FUSEFS_INODE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct handle;

struct inode {
	struct inode *next; /* in its hash chain; table lock */
	dev_t device;
	ino_t number;
	uint64_t generation; /* of this object: its address may be used again, this number not */
	int fd;              /* O_PATH */
	uint64_t references; /* look-ups of the kernel + open handles; table lock */
	pthread_mutex_t lock;
	struct handle *handles; /* lock */
	unsigned int users;     /* handles that share the backing id; lock */
	char *path;             /* as lookups.c read it; NULL: not yet; lock */
	uint64_t path_renames;  /* layer->renames when it did; lock */
	int32_t backing_id;     /* of the kernel's passthrough, 0: none; lock */
};

struct inode_table {
	pthread_mutex_t lock;
	struct inode **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	uint64_t generation; /* of the next inode */
};

/* Returns 0 or -ENOMEM. Release with inode_table_destroy(). */
int inode_table_init(struct inode_table *table);

/*
 * Frees the table and the inodes still in it. release: called for each inode first, to free what it
 * has open; may be NULL. Not while another thread uses the table.
 */
void inode_table_destroy(struct inode_table *table,
			 void (*release)(void *context, struct inode *inode), void *context);

/*
 * Takes a reference on the inode that `fd` (O_PATH) names, which becomes known if it was not. fd is
 * the table's from now on, also on error. status: of fd. Returns NULL without memory.
 */
struct inode *inode_table_take(struct inode_table *table, int fd, const struct stat *status);

/* Takes one more reference on an inode that has one. */
void inode_table_reference(struct inode_table *table, struct inode *inode);

/* Drops references; without any the inode is forgotten and freed. */
void inode_table_put(struct inode_table *table, struct inode *inode, uint64_t references);

/* How many inodes there are. */
size_t inode_table_count(struct inode_table *table);

#endif
