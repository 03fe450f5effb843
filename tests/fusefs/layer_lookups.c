/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hooks are told of the file of a request when they ask for it: path and size. */
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct fixture fixture;

/* Shared with the layer, which runs in a child. */
static struct seen {
	_Atomic uint32_t opcode; /* of the requests to look at */
	_Atomic int count;
	char path[256];
	int64_t size;
} * seen;

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	struct seen *into = injector;

	if (into->opcode == request->opcode) {
		request->lookups->path(request, into->path, sizeof(into->path));
		into->size = request->lookups->size(request);
		into->count++;
	}
	return (struct hook_decision){ .delay_ns = 0 };
}

static struct hook_decision after(void *injector, const struct hook_request *request, int result)
{
	(void)injector;
	(void)request;
	(void)result;
	return (struct hook_decision){ .delay_ns = 0 };
}

static struct hooks hooks = { .before = before, .after = after };

static const char *in_mount(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", fixture.mount, name);
	return path;
}

static void watch(uint32_t opcode)
{
	seen->count = 0;
	seen->opcode = opcode;
}

static void saw(const char *path, int64_t size)
{
	seen->opcode = 0;
	CU_ASSERT_TRUE(seen->count > 0);
	CU_ASSERT_STRING_EQUAL(seen->path, path);
	CU_ASSERT_EQUAL(seen->size, size);
}

static void mount_layer(void)
{
	hooks.injector = seen;
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 2), 0);
}

static void files(void)
{
	char from[PATH_MAX];
	int fd;

	mount_layer();
	CU_ASSERT_EQUAL(mkdir(in_mount("d"), 0700), 0);
	fd = open(in_mount("d/f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, "12345", 5), 5);
	watch(FUSE_FSYNC);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	saw("d/f", 5);
	watch(FUSE_SETATTR);
	CU_ASSERT_EQUAL(ftruncate(fd, 4096), 0);
	saw("d/f", 5);
	/* It goes by another name now. */
	strcpy(from, in_mount("d/f"));
	CU_ASSERT_EQUAL(rename(from, in_mount("g")), 0);
	watch(FUSE_FSYNC);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	saw("g", 4096);
	/* And by none, but it was called so. */
	CU_ASSERT_EQUAL(unlink(in_mount("g")), 0);
	watch(FUSE_FSYNC);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	saw("g", 4096);
	CU_ASSERT_EQUAL(rmdir(in_mount("d")), 0);
	close(fd);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

/* Of a request that names a file in a directory the path is the file's, the size of a directory is
 * none. */
static void names(void)
{
	struct statvfs status;
	int fd;

	mount_layer();
	watch(FUSE_MKDIR);
	CU_ASSERT_EQUAL(mkdir(in_mount("d"), 0700), 0);
	saw("d", -EINVAL);
	watch(FUSE_MKDIR);
	CU_ASSERT_EQUAL(mkdir(in_mount("d/e"), 0700), 0);
	saw("d/e", -EINVAL);
	watch(FUSE_LOOKUP);
	CU_ASSERT_EQUAL(access(in_mount("d/none"), F_OK), -1);
	saw("d/none", -EINVAL);
	watch(FUSE_RMDIR);
	CU_ASSERT_EQUAL(rmdir(in_mount("d/e")), 0);
	saw("d/e", -EINVAL);
	fd = open(in_mount("d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	watch(FUSE_FSYNCDIR);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	saw("d", -EINVAL);
	close(fd);
	fd = open(fixture.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	watch(FUSE_FSYNCDIR);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	saw("/", -EINVAL);
	close(fd);
	watch(FUSE_STATFS);
	CU_ASSERT_EQUAL(statvfs(fixture.mount, &status), 0);
	saw("/", -EINVAL);
	CU_ASSERT_EQUAL(rmdir(in_mount("d")), 0);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "files", files },
		{ "names in directories", names },
		CU_TEST_INFO_NULL,
	};
	int code;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return 1;
	code = fixture_make(&fixture);
	if (!code)
		code = run_suite("layer_lookups", tests);
	fixture_remove(&fixture);
	return code;
}
