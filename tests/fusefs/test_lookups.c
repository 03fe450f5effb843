/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-ups on a thread that is no worker, of more inodes that are not held than a request has. */
#include "fusefs/handle.h"
#include "fusefs/lookups.h"
#include "fusefs/operations.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

enum { FILES = 6 };

static char asked[PATH_MAX];

static unsigned int watches(void *injector, const char *path, uint64_t inode)
{
	(void)injector;
	(void)inode;
	snprintf(asked, sizeof(asked), "%s", path ?: "");
	return HOOK_KEPT_ATTRIBUTES;
}

static const struct hooks hooks = { .watches = watches };
static const struct layer_config config = { .source = scratch, .hooks = &hooks };
static struct layer layer;
static struct inode *files[FILES];

static struct inode *take(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat status;

	return fd < 0 || fstat(fd, &status) ? NULL : inode_table_take(&layer.inodes, fd, &status);
}

static const char *name_of(int number)
{
	static char name[8];

	snprintf(name, sizeof(name), "f%d", number);
	return name;
}

/* A layer that holds its root only. Returns whether the file system has file handles. */
static bool begin(void)
{
	layer = (struct layer){ .config = &config };
	CU_ASSERT_EQUAL_FATAL(inode_table_init(&layer.inodes), 0);
	layer.proc_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	layer.root = take(scratch);
	CU_ASSERT_PTR_NOT_NULL_FATAL(layer.root);
	inode_table_limit(&layer.inodes, layer.root->fd, 1);
	for (int i = 0; i < FILES; i++) {
		int fd = open(in(name_of(i)), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		CU_ASSERT_EQUAL(ftruncate(fd, i), 0);
		close(fd);
		files[i] = take(in(name_of(i)));
		CU_ASSERT_PTR_NOT_NULL_FATAL(files[i]);
	}
	return files[0]->file_handle;
}

static void end(void)
{
	inode_table_destroy(&layer.inodes, NULL, NULL);
	close(layer.proc_fd);
}

static struct hook_request request_of(const struct inode *inode)
{
	return (struct hook_request){ .layer = &layer, .nodeid = (uintptr_t)inode };
}

static void each(void)
{
	char path[PATH_MAX];

	if (!begin())
		skip_test("no file handles in the temporary directory");
	for (int i = 0; i < FILES; i++) {
		struct hook_request request = request_of(files[i]);
		int fd;

		CU_ASSERT_EQUAL(layer_lookups.size(&request), i);
		CU_ASSERT_STRING_EQUAL(layer_lookups.path(&request, path, sizeof(path)),
				       name_of(i));
		fd = layer_lookups.open(&request, O_RDONLY);
		CU_ASSERT(fd >= 0);
		close(fd);
		CU_ASSERT_EQUAL(inode_borrowed(), 0);
	}
	end();
}

/* As after a change of the rules: the name of each file is looked up, to be forgotten. */
static void forget(void)
{
	struct hook_request request;

	begin();
	request = request_of(layer.root);
	layer_lookups.forget(&request);
	for (int i = 0; i < FILES; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(files[i]->path);
		CU_ASSERT_STRING_EQUAL(files[i]->path, name_of(i));
	}
	CU_ASSERT_EQUAL(inode_borrowed(), 0);
	end();
}

/* The source has another name now, and its files are where they were in it. */
static void renamed_root(void)
{
	struct hook_request request;
	char elsewhere[PATH_MAX], path[PATH_MAX];

	begin();
	snprintf(elsewhere, sizeof(elsewhere), "%s-with-a-longer-name", scratch);
	CU_ASSERT_EQUAL_FATAL(rename(scratch, elsewhere), 0);
	request = request_of(files[1]);
	CU_ASSERT_STRING_EQUAL(layer_lookups.path(&request, path, sizeof(path)), name_of(1));
	CU_ASSERT_EQUAL(rename(elsewhere, scratch), 0);
	end();
}

/* The kernel adds " (deleted)" to a name that was removed; a file may be called so, too. */
static void deleted(void)
{
	static const char name[] = "f (deleted)";
	struct hook_request request;
	char path[PATH_MAX];

	begin();
	layer.inodes.held_max = SIZE_MAX;
	close(open(in(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	request = request_of(take(in(name)));
	CU_ASSERT_STRING_EQUAL(layer_lookups.path(&request, path, sizeof(path)), name);
	CU_ASSERT_EQUAL(unlink(in(name)), 0);
	layer.renames++; /* has it read again */
	CU_ASSERT_STRING_EQUAL(layer_lookups.path(&request, path, sizeof(path)), name);
	close(open(in("gone"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	request = request_of(take(in("gone")));
	CU_ASSERT_EQUAL(unlink(in("gone")), 0);
	CU_ASSERT_STRING_EQUAL(layer_lookups.path(&request, path, sizeof(path)), "gone");
	end();
}

/* As readdirplus, which has the entries of a whole directory: what may be kept of each depends on
 * its path. */
static void entries(void)
{
	begin();
	layer.cache = LAYER_CACHE_AUTO;
	for (int i = 0; i < FILES; i++) {
		struct fuse_entry_param entry;
		int fd = open(in(name_of(i)), O_PATH | O_CLOEXEC);

		CU_ASSERT_EQUAL(entry_of_fd(&layer, fd, &entry), 0);
		CU_ASSERT_STRING_EQUAL(asked, name_of(i));
		CU_ASSERT_EQUAL(inode_borrowed(), 0);
	}
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "path, size and file of each", each },
		{ "forget", forget },
		{ "removed names", deleted },
		{ "a renamed source", renamed_root },
		{ "entries", entries },
		CU_TEST_INFO_NULL,
	};

	return run_suite_in_scratch("lookups", tests, NULL);
}
