/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/inode.h"
#include "fusefs/descriptor.h"
#include "fusefs/handle.h"
#include "injector/base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No operation has more than two inodes. */
enum { BUCKETS_AT_FIRST = 1024, BORROWED_MAX = 4 };

static _Thread_local struct {
	const struct inode *inode;
	int fd;
} borrowed[BORROWED_MAX];
static _Thread_local size_t borrowed_count;

int inode_table_init(struct inode_table *table)
{
	*table = (struct inode_table){
		.bucket_count = BUCKETS_AT_FIRST,
		.generation = 1,
		.held_max = SIZE_MAX,
		.mount_fd = -1,
	};
	table->buckets = calloc(table->bucket_count, sizeof(struct inode *));
	if (!table->buckets)
		return -ENOMEM;
	pthread_mutex_init(&table->lock, NULL);
	return 0;
}

static void free_inode(struct inode *inode)
{
	if (inode->fd >= 0)
		close(inode->fd);
	free(inode->file_handle);
	pthread_mutex_destroy(&inode->lock);
	free(inode->path);
	free(inode);
}

void inode_table_destroy(struct inode_table *table,
			 void (*release)(void *context, struct inode *inode), void *context)
{
	if (!table->buckets)
		return;
	for (size_t i = 0; i < table->bucket_count; i++)
		while (table->buckets[i]) {
			struct inode *inode = table->buckets[i];

			table->buckets[i] = inode->next;
			if (release)
				release(context, inode);
			free_inode(inode);
		}
	free(table->buckets);
	if (table->mount_fd >= 0)
		close(table->mount_fd);
	pthread_mutex_destroy(&table->lock);
	*table = (struct inode_table){ .buckets = NULL };
}

static struct inode **bucket_of(const struct inode_table *table, dev_t device, ino_t number)
{
	uint64_t hash = (number ^ device << 40) * 0x9e3779b97f4a7c15;

	return &table->buckets[hash >> 32 & (table->bucket_count - 1)];
}

/* The file handle of a descriptor, which the caller frees; NULL if there is none. */
static struct file_handle *make_handle(int fd)
{
	struct file_handle *handle = malloc(sizeof(*handle) + MAX_HANDLE_SZ);
	int mount;

	if (!handle)
		return NULL;
	handle->handle_bytes = MAX_HANDLE_SZ;
	if (!name_to_handle_at(fd, "", handle, &mount, AT_EMPTY_PATH))
		return handle;
	free(handle);
	return NULL;
}

/* Whether an inode of the same number is the file of fd: another file may have the number of an
 * inode that is not held. */
static bool is_same(const struct inode *inode, int fd)
{
	struct file_handle *handle;
	bool same;

	if (inode->fd >= 0 || !inode->file_handle)
		return true;
	handle = make_handle(fd);
	same = handle && handle->handle_type == inode->file_handle->handle_type &&
	       handle->handle_bytes == inode->file_handle->handle_bytes &&
	       !memcmp(handle->f_handle, inode->file_handle->f_handle, handle->handle_bytes);
	free(handle);
	return same;
}

static struct inode *find(const struct inode_table *table, int fd, const struct stat *status)
{
	struct inode *inode = *bucket_of(table, status->st_dev, status->st_ino);

	while (inode && (inode->number != status->st_ino || inode->device != status->st_dev ||
			 !is_same(inode, fd)))
		inode = inode->next;
	return inode;
}

static void link_inode(struct inode_table *table, struct inode *inode)
{
	struct inode **bucket = bucket_of(table, inode->device, inode->number);

	inode->next = *bucket;
	*bucket = inode;
}

static void unlink_inode(struct inode_table *table, const struct inode *inode)
{
	struct inode **link = bucket_of(table, inode->device, inode->number);

	while (*link != inode)
		link = &(*link)->next;
	*link = inode->next;
}

/* Keeps the chains short; without memory they grow longer. */
static void grow(struct inode_table *table)
{
	struct inode **old = table->buckets, *inode, *next;
	size_t old_count = table->bucket_count;

	if (table->count <= old_count)
		return;
	table->buckets = calloc(2 * old_count, sizeof(struct inode *));
	if (!table->buckets) {
		table->buckets = old;
		return;
	}
	table->bucket_count = 2 * old_count;
	for (size_t i = 0; i < old_count; i++)
		for (inode = old[i]; inode; inode = next) {
			next = inode->next;
			link_inode(table, inode);
		}
	free(old);
}

/* Gives an inode its descriptor, or closes it and gives the inode a file handle. */
static void hold(struct inode_table *table, struct inode *inode, int fd)
{
	if (table->held >= table->held_max && inode->device == table->mount_device)
		inode->file_handle = make_handle(fd);
	if (inode->file_handle) {
		close(fd);
		inode->fd = -1;
		return;
	}
	inode->fd = fd;
	table->held++;
}

static struct inode *make_inode(struct inode_table *table, int fd, const struct stat *status)
{
	struct inode *inode = calloc(1, sizeof(*inode));

	if (!inode)
		return NULL;
	inode->device = status->st_dev;
	inode->number = status->st_ino;
	inode->references = 1;
	pthread_mutex_init(&inode->lock, NULL);
	hold(table, inode, fd);
	return inode;
}

struct inode *inode_table_take(struct inode_table *table, int fd, const struct stat *status)
{
	struct inode *inode;
	bool known;

	pthread_mutex_lock(&table->lock);
	inode = find(table, fd, status);
	known = inode;
	if (known) {
		inode->references++;
	} else {
		inode = make_inode(table, fd, status);
		if (inode) {
			inode->generation = table->generation++;
			table->count++;
			grow(table);
			link_inode(table, inode);
		}
	}
	pthread_mutex_unlock(&table->lock);
	if (known || !inode)
		close(fd);
	return inode;
}

struct inode *inode_table_find(struct inode_table *table, int fd, const struct stat *status)
{
	struct inode *inode;

	pthread_mutex_lock(&table->lock);
	inode = find(table, fd, status);
	if (inode)
		inode->references++;
	pthread_mutex_unlock(&table->lock);
	return inode;
}

void inode_table_limit(struct inode_table *table, int root, size_t held_max)
{
	struct file_handle *handle = make_handle(root);
	struct stat status;
	int fd;

	/* Before 6.15, open_by_handle_at() takes no O_PATH descriptor. */
	table->mount_fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = handle ? open_by_handle_at(table->mount_fd, handle, O_PATH | O_CLOEXEC) : -1;
	if (fd >= 0 && !fstat(fd, &status)) {
		table->held_max = held_max;
		table->mount_device = status.st_dev;
	}
	if (fd >= 0)
		close(fd);
	free(handle);
}

static int open_not_held(const struct inode_table *table, struct inode *inode)
{
	int fd = -1;

	/* The open file may have no name any more. */
	pthread_mutex_lock(&inode->lock);
	if (inode->handles)
		fd = fcntl(inode->handles->fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&inode->lock);
	return fd >= 0 ? fd
		       : open_by_handle_at(table->mount_fd, inode->file_handle,
					   O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int inode_fd(const struct inode_table *table, struct inode *inode)
{
	int fd;

	if (!inode->file_handle)
		return inode->fd;
	for (size_t i = 0; i < borrowed_count; i++)
		if (borrowed[i].inode == inode)
			return borrowed[i].fd;
	if (borrowed_count == ARRAY_SIZE(borrowed)) {
		errno = EMFILE;
		return -1;
	}
	fd = OPEN_PATIENTLY(open_not_held(table, inode));
	if (fd < 0)
		return -1;
	borrowed[borrowed_count].inode = inode;
	borrowed[borrowed_count++].fd = fd;
	return fd;
}

size_t inode_borrowed(void)
{
	return borrowed_count;
}

void inode_close_borrowed(size_t kept)
{
	while (borrowed_count > kept)
		close(borrowed[--borrowed_count].fd);
}

void inode_table_reference(struct inode_table *table, struct inode *inode)
{
	pthread_mutex_lock(&table->lock);
	inode->references++;
	pthread_mutex_unlock(&table->lock);
}

void inode_table_put(struct inode_table *table, struct inode *inode, uint64_t references)
{
	bool last;

	pthread_mutex_lock(&table->lock);
	inode->references -= references < inode->references ? references : inode->references;
	last = !inode->references;
	if (last) {
		unlink_inode(table, inode);
		table->count--;
		table->held -= !inode->file_handle;
	}
	pthread_mutex_unlock(&table->lock);
	if (last && table->forgotten)
		table->forgotten(table->context, inode);
	if (last)
		free_inode(inode);
}

struct inode **inode_table_all(struct inode_table *table, size_t *count)
{
	struct inode **all;

	*count = 0;
	pthread_mutex_lock(&table->lock);
	all = calloc(table->count + 1, sizeof(struct inode *));
	for (size_t i = 0; all && i < table->bucket_count; i++)
		for (struct inode *inode = table->buckets[i]; inode; inode = inode->next) {
			inode->references++;
			all[(*count)++] = inode;
		}
	pthread_mutex_unlock(&table->lock);
	return all;
}

size_t inode_table_count(struct inode_table *table)
{
	size_t count;

	pthread_mutex_lock(&table->lock);
	count = table->count;
	pthread_mutex_unlock(&table->lock);
	return count;
}
