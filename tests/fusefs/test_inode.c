/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/handle.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

enum { MANY = 5000, THREADS = 4, ROUNDS = 2000 };

static struct inode *take(struct inode_table *table, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat status;

	fstat(fd, &status);
	return inode_table_take(table, fd, &status);
}

static void test_references(void)
{
	struct inode_table table;
	struct inode *root, *again, *other;
	uint64_t generation;
	int fd;

	CU_ASSERT_EQUAL_FATAL(inode_table_init(&table), 0);
	root = take(&table, "/");
	again = take(&table, "/");
	other = take(&table, "/proc/self");
	CU_ASSERT_PTR_EQUAL(root, again);
	CU_ASSERT_PTR_NOT_EQUAL(root, other);
	CU_ASSERT_EQUAL(root->references, 2);
	CU_ASSERT_EQUAL(inode_table_count(&table), 2);
	inode_table_reference(&table, root);
	inode_table_put(&table, root, 2);
	CU_ASSERT_EQUAL(inode_table_count(&table), 2);
	generation = root->generation;
	fd = root->fd;
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
	inode_table_put(&table, root, 1);
	CU_ASSERT_EQUAL(inode_table_count(&table), 1);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	root = take(&table, "/");
	CU_ASSERT_NOT_EQUAL(root->generation, generation);
	/* More than there are: gone, not wrapped around. */
	inode_table_put(&table, root, 100);
	CU_ASSERT_EQUAL(inode_table_count(&table), 1);
	inode_table_destroy(&table, NULL, NULL);
}

/* A descriptor is the table's even when the inode is known. */
static void test_descriptors(void)
{
	struct inode_table table;
	struct stat status;
	int first, second;

	CU_ASSERT_EQUAL_FATAL(inode_table_init(&table), 0);
	first = open("/", O_PATH | O_CLOEXEC);
	second = open("/", O_PATH | O_CLOEXEC);
	fstat(first, &status);
	inode_table_take(&table, first, &status);
	inode_table_take(&table, second, &status);
	CU_ASSERT_EQUAL(fcntl(first, F_GETFD), FD_CLOEXEC);
	CU_ASSERT_EQUAL(fcntl(second, F_GETFD), -1);
	inode_table_destroy(&table, NULL, NULL);
	CU_ASSERT_EQUAL(fcntl(first, F_GETFD), -1);
}

/* Files that have the same number on two devices, and so many that the table grows. */
static void test_many(void)
{
	static struct inode *inodes[MANY];
	struct inode_table table;
	struct stat status = { .st_dev = 1 };

	CU_ASSERT_EQUAL_FATAL(inode_table_init(&table), 0);
	for (unsigned int i = 0; i < MANY; i++) {
		status.st_dev = 1 + i % 2;
		status.st_ino = i / 2;
		inodes[i] = inode_table_take(&table, -1, &status);
	}
	CU_ASSERT_EQUAL(inode_table_count(&table), MANY);
	CU_ASSERT(table.bucket_count > MANY / 2);
	for (unsigned int i = 0; i < MANY; i++) {
		status.st_dev = 1 + i % 2;
		status.st_ino = i / 2;
		CU_ASSERT_PTR_EQUAL(inode_table_take(&table, -1, &status), inodes[i]);
	}
	for (unsigned int i = 0; i < MANY; i += 3)
		inode_table_put(&table, inodes[i], 2);
	CU_ASSERT_EQUAL(inode_table_count(&table), MANY - (MANY + 2) / 3);
	inode_table_destroy(&table, NULL, NULL);
}

static void count_release(void *context, struct inode *inode)
{
	(void)inode;
	++*(int *)context;
}

static void test_destroy(void)
{
	struct stat status = { .st_ino = 1 };
	struct inode_table table;
	int released = 0;

	CU_ASSERT_EQUAL_FATAL(inode_table_init(&table), 0);
	for (; status.st_ino < 10; status.st_ino++)
		inode_table_take(&table, -1, &status);
	inode_table_destroy(&table, count_release, &released);
	CU_ASSERT_EQUAL(released, 9);
	inode_table_destroy(&table, count_release, &released);
	CU_ASSERT_EQUAL(released, 9);
}

static void *take_and_put(void *context)
{
	struct stat status = { .st_dev = 1 };
	struct inode_table *table = context;
	struct inode *inode;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		status.st_ino = i % 7;
		inode = inode_table_take(table, -1, &status);
		inode_table_reference(table, inode);
		inode_table_put(table, inode, 1);
		inode_table_put(table, inode, 1);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	struct inode_table table;

	CU_ASSERT_EQUAL_FATAL(inode_table_init(&table), 0);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_and_put, &table), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(inode_table_count(&table), 0);
	inode_table_destroy(&table, NULL, NULL);
}

static void *go_direct(void *handle)
{
	handle_follow_flags(handle, O_DIRECT);
	return NULL;
}

/* While an access of any length is under way, nobody makes the handle direct again. */
static void test_direct(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	struct layer layer = { .device_fd = -1 };
	struct handle *handle;
	struct inode *inode;
	pthread_t thread;

	if (fd < 0) {
		skip_test("no direct access in /var/tmp");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(inode_table_init(&layer.inodes), 0);
	inode = take(&layer.inodes, "/");
	CU_ASSERT_EQUAL_FATAL(handle_adopt(&layer, inode, fd, O_RDWR | O_DIRECT, &handle), 0);
	CU_ASSERT_TRUE(handle_forbid_direct(handle));
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, go_direct, handle), 0);
	nanosleep(&pause, NULL);
	CU_ASSERT_FALSE(fcntl(fd, F_GETFL) & O_DIRECT);
	handle_allow_direct(handle);
	pthread_join(thread, NULL);
	CU_ASSERT_TRUE(fcntl(fd, F_GETFL) & O_DIRECT);
	handle_release(&layer, handle);
	inode_table_destroy(&layer.inodes, NULL, NULL);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "references", test_references },
		{ "descriptors", test_descriptors },
		{ "many", test_many },
		{ "destroy", test_destroy },
		{ "threads", test_threads },
		{ "direct access", test_direct },
		CU_TEST_INFO_NULL,
	};

	return run_suite("inode", tests);
}
