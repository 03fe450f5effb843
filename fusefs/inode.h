/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inodes that the kernel knows. Each is held by an O_PATH descriptor, which survives renames
 * and unlinks. The descriptor keeps the inode number from being reused while the kernel may ask
 * about the inode, so device and number identify it.
 *
 * The kernel may know more inodes than the process may have descriptors, so the table holds at most
 * `held_max`. A further inode is identified by its file handle, too. Each request opens it by that
 * (open_by_handle_at(2)), or, if the kernel has it open, duplicates the open handle's descriptor.
 * It is gone (ESTALE) when its last name is removed. On file systems without file handles, all
 * inodes are held.
 *
 * Locks: the table's for the hash chains and the reference counts, each inode's for its handles,
 * path and backing id. Never both at once.
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
	uint64_t generation;             /* of this object; unlike its address, never reused */
	int fd;                          /* O_PATH; -1: not held, see inode_fd() */
	struct file_handle *file_handle; /* NULL: held */
	uint64_t references; /* the kernel's look-ups, open handles, callers; table lock */
	pthread_mutex_t lock;
	struct handle *handles; /* lock */
	unsigned int users;     /* handles that share the backing id; lock */
	char *path;             /* as layer_path.c last read it; NULL: not yet; lock */
	uint64_t path_renames;  /* layer->renames at that time; lock */
	int32_t backing_id;     /* of the kernel's passthrough, 0: none; lock */
};

struct inode_table {
	pthread_mutex_t lock;
	struct inode **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	uint64_t generation; /* of the next inode */
	size_t held, held_max;
	/* Called without locks when an inode has left the table; NULL: nothing. */
	void (*forgotten)(void *context, const struct inode *inode);
	void *context;
	int mount_fd; /* on the file system, for open_by_handle_at(2); -1: none */
	dev_t mount_device;
};

/* Returns 0 or -ENOMEM. Release with inode_table_destroy(). */
int inode_table_init(struct inode_table *table);

/*
 * Frees the table and the inodes still in it. release: frees the handles of each inode before; may
 * be NULL. Not while another thread uses the table.
 */
void inode_table_destroy(struct inode_table *table,
			 void (*release)(void *context, struct inode *inode), void *context);

/*
 * Takes a reference on the inode of `fd` (O_PATH), and adds it to the table if it is new. The table
 * owns fd, also on error. status: fd's. Returns NULL without memory.
 */
struct inode *inode_table_take(struct inode_table *table, int fd, const struct stat *status);

/* Takes a reference on the inode of `fd`, if it is in the table; otherwise returns NULL. fd stays
 * the caller's. status: fd's. */
struct inode *inode_table_find(struct inode_table *table, int fd, const struct stat *status);

/*
 * Limits the table to `held_max` held inodes, if those on the file system of `root` (O_PATH) can be
 * opened by file handle; otherwise there is no limit. Requires CAP_DAC_READ_SEARCH.
 */
void inode_table_limit(struct inode_table *table, int root, size_t held_max);

/*
 * A descriptor of an inode, owned by the table. One of an inode that is not held is for the calling
 * thread, valid until its inode_close_borrowed(). Returns -1 and errno if it cannot be opened:
 * ESTALE the inode is gone, EMFILE. Never fails for a held inode. Takes the inode's lock.
 */
int inode_fd(const struct inode_table *table, struct inode *inode);

/* How many descriptors inode_fd() has opened for the calling thread. */
size_t inode_borrowed(void);

/* Closes those that came after the first `kept`. Each worker closes all after each request; whoever
 * else calls inode_fd() closes what that opened. */
void inode_close_borrowed(size_t kept);

/* Takes a reference on an inode; the caller has one already. */
void inode_table_reference(struct inode_table *table, struct inode *inode);

/* Drops so many references; with the last one the inode leaves the table and is freed. */
void inode_table_put(struct inode_table *table, struct inode *inode, uint64_t references);

/*
 * Returns an array of all inodes, with a reference on each. The caller drops them by
 * inode_table_put() and frees the array. Without memory returns NULL, and *count is 0.
 */
struct inode **inode_table_all(struct inode_table *table, size_t *count);

/* The number of inodes in the table. */
size_t inode_table_count(struct inode_table *table);

#endif
