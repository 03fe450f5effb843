/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inodes the kernel knows. Each is held by an O_PATH descriptor, which survives renames and
 * unlinks, and which keeps its inode number from being used again while the kernel may still ask
 * about it. So device and number identify it.
 *
 * The kernel knows as many as it has memory for, and descriptors are limited. So no more than
 * `held_max` inodes are held; a further one is identified by its file handle as well, and opened by
 * it for each request (open_by_handle_at(2)), or, while it is open, through what is open. An inode
 * that is not held is gone (ESTALE) when its last name is removed. Where file handles cannot be
 * had, all are held.
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
struct file_handle;

struct inode {
	struct inode *next; /* in its hash chain; table lock */
	dev_t device;
	ino_t number;
	uint64_t generation; /* of this object: its address may be used again, this number not */
	int fd;              /* O_PATH; -1: not held, see inode_fd() */
	struct file_handle *file_handle; /* of one that is not held */
	uint64_t references;             /* look-ups of the kernel + open handles; table lock */
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
	size_t held, held_max;
	int mount_fd; /* to open by handle; -1: that cannot be done */
	dev_t mount_device;
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

/* Takes a reference on the inode that `fd` names, if it is known; otherwise NULL. fd stays the
 * caller's. */
struct inode *inode_table_find(struct inode_table *table, int fd, const struct stat *status);

/*
 * Holds at most `held_max` inodes from now on, where those of the file system that `root` (O_PATH)
 * lies on can be opened by handle. Takes CAP_DAC_READ_SEARCH.
 */
void inode_table_limit(struct inode_table *table, int root, size_t held_max);

/*
 * A descriptor of an inode, for the request that the calling thread works on: it is the table's,
 * and valid until inode_close_borrowed(). Returns -1 and errno when there is none, which cannot be
 * for one that is held: ESTALE it is gone, EMFILE. Takes the inode's lock.
 */
int inode_fd(const struct inode_table *table, struct inode *inode);

/* Closes what inode_fd() has opened for the calling thread. */
void inode_close_borrowed(void);

/* Takes one more reference on an inode that has one. */
void inode_table_reference(struct inode_table *table, struct inode *inode);

/* Drops references; without any the inode is forgotten and freed. */
void inode_table_put(struct inode_table *table, struct inode *inode, uint64_t references);

/*
 * All inodes, with a reference on each: the caller drops them by inode_table_put() and frees the
 * array. Returns NULL without memory.
 */
struct inode **inode_table_all(struct inode_table *table, size_t *count);

/* How many inodes there are. */
size_t inode_table_count(struct inode_table *table);

#endif
