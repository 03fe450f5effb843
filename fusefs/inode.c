/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/inode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUCKETS_AT_FIRST = 1024 };

int inode_table_init(struct inode_table *table)
{
	*table = (struct inode_table){ .bucket_count = BUCKETS_AT_FIRST, .generation = 1 };
	table->buckets = calloc(table->bucket_count, sizeof(struct inode *));
	if (!table->buckets)
		return -ENOMEM;
	pthread_mutex_init(&table->lock, NULL);
	return 0;
}

static void free_inode(struct inode *inode)
{
	close(inode->fd);
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
	pthread_mutex_destroy(&table->lock);
	*table = (struct inode_table){ .buckets = NULL };
}

static struct inode **bucket_of(const struct inode_table *table, dev_t device, ino_t number)
{
	uint64_t hash = (number ^ device << 40) * 0x9e3779b97f4a7c15;

	return &table->buckets[hash >> 32 & (table->bucket_count - 1)];
}

static struct inode *find(const struct inode_table *table, const struct stat *status)
{
	struct inode *inode = *bucket_of(table, status->st_dev, status->st_ino);

	while (inode && (inode->number != status->st_ino || inode->device != status->st_dev))
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

/* Chains stay short; without memory they just grow longer. */
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

static struct inode *make_inode(int fd, const struct stat *status)
{
	struct inode *inode = calloc(1, sizeof(*inode));

	if (!inode)
		return NULL;
	inode->fd = fd;
	inode->device = status->st_dev;
	inode->number = status->st_ino;
	inode->references = 1;
	pthread_mutex_init(&inode->lock, NULL);
	return inode;
}

struct inode *inode_table_take(struct inode_table *table, int fd, const struct stat *status)
{
	struct inode *inode;
	bool known;

	pthread_mutex_lock(&table->lock);
	inode = find(table, status);
	known = inode;
	if (known) {
		inode->references++;
	} else {
		inode = make_inode(fd, status);
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
	}
	pthread_mutex_unlock(&table->lock);
	if (last)
		free_inode(inode);
}

size_t inode_table_count(struct inode_table *table)
{
	size_t count;

	pthread_mutex_lock(&table->lock);
	count = table->count;
	pthread_mutex_unlock(&table->lock);
	return count;
}
