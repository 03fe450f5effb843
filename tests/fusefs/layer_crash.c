/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash takes of what programs have written to the layer, by each way that there is. */
#include "injector/base/array.h"
#include "injector/rules/rule_crash.h"
#include "injector/rules/rules.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 8, OLD = 1, NEW = 2, LATER = 3, WAIT_SECONDS = 60 };

static struct fixture fixture;
static struct rules *rules;

/* Shared with the layer, which runs in a child: a thread there crashes when told to. */
static struct steering {
	sem_t wanted, made;
	struct lose_report report;
	_Atomic unsigned int syncs; /* that have come */
} * steering;

static void *crash_when_told(void *argument)
{
	for (;;) {
		while (sem_wait(&steering->wanted))
			;
		steering->report = rules_crash(rules, NULL);
		sem_post(&steering->made);
	}
	return argument;
}

static void start_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, crash_when_told, NULL))
		pthread_detach(thread);
}

/* Those of the rules, and what a test has to see of them. */
static struct hooks of_rules;

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct hook_decision decision = of_rules.before(injector, request);

	pthread_once(&once, start_thread);
	if (request->opcode == FUSE_FSYNC)
		steering->syncs++;
	return decision;
}

/* Mounts with rules. f: a file of OLD bytes. */
static void begin(const char *text)
{
	const struct rules_config config = { .seed = 1 };
	char why[256], path[PATH_MAX], bytes[PAGES * PAGE];
	struct hooks hooks;
	int fd;

	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	CU_ASSERT_EQUAL_FATAL(rules_read_text(text, rules, why, sizeof(why)), 0);
	of_rules = rules_hooks(rules);
	hooks = of_rules;
	hooks.before = before;
	snprintf(path, sizeof(path), "%s/f", fixture.beneath);
	memset(bytes, OLD, sizeof(bytes));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL_FATAL(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	steering->syncs = 0;
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 4), 0);
}

static void end(void)
{
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	rules_free(rules);
}

static int open_file(int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/f", fixture.mount);
	fd = open(path, flags | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static struct lose_report crash(void)
{
	struct timespec until;

	sem_post(&steering->wanted);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_SECONDS;
	CU_ASSERT_EQUAL_FATAL(sem_clockwait(&steering->made, CLOCK_MONOTONIC, &until), 0);
	return steering->report;
}

static void write_at(int fd, off_t offset, unsigned char byte)
{
	CU_ASSERT_EQUAL(pwrite(fd, &byte, 1, offset), 1);
}

/* The byte through the mount, which must be that beneath. */
static int byte_at(int fd, off_t offset)
{
	unsigned char byte = 0, beneath = 0;
	char path[PATH_MAX];
	int other;

	snprintf(path, sizeof(path), "%s/f", fixture.beneath);
	other = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(pread(fd, &byte, 1, offset), 1);
	CU_ASSERT_EQUAL(pread(other, &beneath, 1, offset), 1);
	CU_ASSERT_EQUAL(byte, beneath);
	close(other);
	return byte;
}

static const char all_writes[] = "rules = ( { when = \"write\"; do = { lose = true; }; } );";

static void writes(void)
{
	int fd;

	begin(all_writes);
	fd = open_file(O_RDWR);
	write_at(fd, 0, NEW);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	write_at(fd, 1, NEW);
	write_at(fd, PAGE, NEW);
	CU_ASSERT_EQUAL(crash().lost, 2);
	CU_ASSERT_EQUAL(byte_at(fd, 0), NEW);
	CU_ASSERT_EQUAL(byte_at(fd, 1), OLD);
	CU_ASSERT_EQUAL(byte_at(fd, PAGE), OLD);
	close(fd);
	end();
}

static const struct {
	int open_flags, call_flags;
} ways[] = {
	{ O_DSYNC, 0 },
	{ O_SYNC, 0 },
	{ 0, RWF_DSYNC },
	{ 0, RWF_SYNC },
};

/* By the flag of the file and by that of the call. */
static void durable_writes(void)
{
	unsigned char byte = NEW;
	const struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	int fd, durable;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		begin(all_writes);
		fd = open_file(O_RDWR);
		durable = open_file(O_RDWR | ways[i].open_flags);
		write_at(fd, 0, NEW);
		CU_ASSERT_EQUAL(pwritev2(durable, &iov, 1, 100, ways[i].call_flags), 1);
		write_at(fd, 1, NEW);
		CU_ASSERT_EQUAL(crash().lost, 1);
		CU_ASSERT_EQUAL(byte_at(fd, 0), NEW);
		CU_ASSERT_EQUAL(byte_at(fd, 1), OLD);
		CU_ASSERT_EQUAL(byte_at(fd, 100), NEW);
		close(durable);
		close(fd);
		end();
	}
}

/* Pages of the file beneath that are not on the disk; -1: the kernel cannot say (before 6.5). */
static int dirty_pages(void)
{
	enum { CACHESTAT = 451 };
	struct {
		uint64_t offset, length;
	} all = { 0, 0 };
	struct {
		uint64_t cached, dirty, writeback, evicted, recently;
	} found;
	char path[PATH_MAX];
	long r;
	int fd;

	snprintf(path, sizeof(path), "%s/f", fixture.beneath);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = syscall(CACHESTAT, fd, &all, &found, 0);
	CU_ASSERT(!r || errno == ENOSYS);
	close(fd);
	return r ? -1 : (int)(found.dirty + found.writeback);
}

/* They are durable beneath, too, where no sync of the kernel's follows them. */
static void durable_beneath(void)
{
	unsigned char byte = NEW;
	const struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_MIXED, NULL, 4), 0);
		fd = open_file(O_RDWR | ways[i].open_flags);
		CU_ASSERT_EQUAL(fsync(fd), 0);
		CU_ASSERT_EQUAL(pwritev2(fd, &iov, 1, 100, ways[i].call_flags), 1);
		CU_ASSERT(dirty_pages() <= 0);
		CU_ASSERT_EQUAL(pwritev2(fd, &iov, 1, 100, 0), 1);
		CU_ASSERT(ways[i].open_flags || dirty_pages());
		close(fd);
		CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	}
}

static void mappings(void)
{
	unsigned char *map;
	int fd;

	begin(all_writes);
	fd = open_file(O_RDWR);
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_FATAL(map != MAP_FAILED);
	map[0] = NEW;
	CU_ASSERT_EQUAL(msync(map, PAGE, MS_SYNC), 0);
	map[1] = NEW;
	map[PAGE] = NEW;
	CU_ASSERT_EQUAL(crash().lost, 2);
	CU_ASSERT_EQUAL(map[0], NEW);
	CU_ASSERT_EQUAL(map[1], OLD);
	CU_ASSERT_EQUAL(map[PAGE], OLD);
	CU_ASSERT_EQUAL(byte_at(fd, 0), NEW);
	CU_ASSERT_EQUAL(byte_at(fd, 1), OLD);
	CU_ASSERT_EQUAL(byte_at(fd, PAGE), OLD);
	/* A file of which the layer has seen no write before. */
	map[2 * PAGE] = NEW;
	close(fd);
	CU_ASSERT_EQUAL(crash().lost, 1);
	CU_ASSERT_EQUAL(map[2 * PAGE], OLD);
	munmap(map, PAGES * PAGE);
	end();
}

static void *sync_it(void *fd)
{
	CU_ASSERT_EQUAL(fsync(*(int *)fd), 0);
	return NULL;
}

/* What is written while an fsync is under way is not durable by it. write(2) waits for the fsync
 * (fuse_fsync() holds the inode's lock, 6.18); what has been stored is written back meanwhile. */
static void sync_race(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	unsigned char *map;
	pthread_t thread;
	int fd;

	begin("rules = ( { when = \"write\"; do = { lose = true; }; },"
	      " { when = \"fsync\"; do = { delay = \"500ms\"; }; } );");
	fd = open_file(O_RDWR);
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_FATAL(map != MAP_FAILED);
	write_at(fd, 0, NEW);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, sync_it, &fd), 0);
	for (int i = 0; i < WAIT_SECONDS * 1000 && !steering->syncs; i++)
		nanosleep(&moment, NULL);
	CU_ASSERT_EQUAL(steering->syncs, 1);
	map[0] = LATER;
	map[PAGE] = LATER;
	CU_ASSERT_EQUAL(sync_file_range(fd, 0, 2 * PAGE,
					SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER),
			0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(crash().lost, 2);
	CU_ASSERT_EQUAL(byte_at(fd, 0), NEW);
	CU_ASSERT_EQUAL(byte_at(fd, PAGE), OLD);
	munmap(map, PAGES * PAGE);
	close(fd);
	end();
}

/* The layer does not get to know of them, so they make nothing durable here: see lose.h. */
static void whole_syncs(void)
{
	int fd;

	begin(all_writes);
	fd = open_file(O_RDWR);
	write_at(fd, 0, NEW);
	CU_ASSERT_EQUAL(syncfs(fd), 0);
	CU_ASSERT_EQUAL(steering->syncs, 0);
	CU_ASSERT_EQUAL(crash().lost, 1);
	CU_ASSERT_EQUAL(byte_at(fd, 0), OLD);
	close(fd);
	end();
}

static int byte_above(int fd, off_t offset)
{
	unsigned char byte = 0;

	CU_ASSERT_EQUAL(pread(fd, &byte, 1, offset), 1);
	return byte;
}

/* The page is there until the cache goes, the next sync succeeds, and the data are gone. An fsync
 * is no fdatasync. */
static void dropped_by_fsync(void)
{
	struct stat status;
	int fd, other;

	begin("rules = ( { when = \"write\"; do = { lose = true; }; }, { when = { op = "
	      "\"fdatasync\"; "
	      "times = 1; }; do = { fsync = \"fail-and-drop\"; }; } );");
	fd = open_file(O_RDWR);
	write_at(fd, 0, NEW);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	write_at(fd, PAGE, NEW);
	write_at(fd, PAGES * PAGE, NEW);
	/* The kernel drops what it caches when it sees the time of its own write. */
	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(byte_above(fd, PAGE), NEW);
	CU_ASSERT_EQUAL(fdatasync(fd), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	CU_ASSERT_EQUAL(byte_above(fd, PAGE), NEW);
	CU_ASSERT_EQUAL(fdatasync(fd), 0);
	CU_ASSERT_EQUAL(byte_above(fd, PAGE), NEW);
	other = open_file(O_RDONLY);
	CU_ASSERT_EQUAL(byte_at(other, 0), NEW);
	CU_ASSERT_EQUAL(byte_at(other, PAGE), OLD);
	CU_ASSERT_EQUAL(byte_at(other, PAGES * PAGE), 0);
	CU_ASSERT_EQUAL(fstat(other, &status), 0);
	CU_ASSERT_EQUAL(status.st_size, PAGES * PAGE + 1);
	/* Nothing is left to be lost. */
	CU_ASSERT_EQUAL(crash().lost, 0);
	close(other);
	close(fd);
	end();
}

/* A rule that never matches, so that all that is changed is remembered; the power is cut beside
 * it. */
static const char tracked[] =
	"rules = ( { when = { op = \"mkdir\"; path = \"never\"; }; do = { crash = { }; }; } );";

static int above(const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s", fixture.mount, name);
}

static int below(const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s", fixture.beneath, name);
}

static void put(const char *name, const char *text, bool durable)
{
	char path[PATH_MAX];
	int fd;

	above(name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT(!durable || !fsync(fd));
	close(fd);
}

/* Through the mount and beneath. text: NULL: it is not there. */
static void expect_text(const char *name, const char *text)
{
	for (int i = 0; i < 2; i++) {
		char path[PATH_MAX], got[64] = "";
		int fd;

		(i ? below : above)(name, path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		CU_ASSERT_EQUAL(fd >= 0, text != NULL);
		if (fd < 0)
			continue;
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT(read(fd, got, sizeof(got) - 1) >= 0);
		CU_ASSERT_STRING_EQUAL(got, text);
		close(fd);
	}
}

static void sync_directory(const char *name)
{
	char path[PATH_MAX];
	int fd;

	above(name, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	close(fd);
}

static void move(const char *from, const char *to)
{
	char old[PATH_MAX], new[PATH_MAX];

	above(from, old);
	above(to, new);
	CU_ASSERT_EQUAL(rename(old, new), 0);
}

static void make_directory(const char *name)
{
	char path[PATH_MAX];

	above(name, path);
	CU_ASSERT_EQUAL(mkdir(path, 0750), 0);
}

/* With a name that is durable comes all that was done before it, and nothing that was done
 * after. */
static void names_in_order(void)
{
	char path[PATH_MAX];

	begin(tracked);
	make_directory("d");
	put("d/kept", "kept", false);
	put("d/synced", "synced", true);
	put("d/lost", "lost", false);
	move("d/kept", "moved");
	move("d", "e");
	above("f", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(crash().changes, 4);
	/* Its name is durable, its data are not. */
	expect_text("d/kept", "");
	expect_text("d/synced", "synced");
	expect_text("d/lost", NULL);
	expect_text("moved", NULL);
	expect_text("e/synced", NULL);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	/* It serves on, and forgets what was before. */
	move("d/synced", "moved");
	sync_directory(".");
	CU_ASSERT_EQUAL(crash().changes, 0);
	expect_text("moved", "synced");
	end();
}

/* Syncs the data of a file, or of a directory. */
static void sync_data(const char *name)
{
	char path[PATH_MAX];
	int fd;

	above(name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(fdatasync(fd), 0);
	close(fd);
}

/* fdatasync makes durable the name that a file was made with, and no other change of names, unless
 * it is of the directory. */
static void names_by_data_syncs(void)
{
	char path[PATH_MAX], other[PATH_MAX];

	begin(tracked);
	put("made", "made", false);
	sync_data("made");
	CU_ASSERT_EQUAL(crash().changes, 0);
	expect_text("made", "made");
	move("made", "renamed");
	above("renamed", path);
	above("linked", other);
	CU_ASSERT_EQUAL(link(path, other), 0);
	sync_data("renamed");
	CU_ASSERT_EQUAL(crash().changes, 2);
	expect_text("made", "made");
	expect_text("renamed", NULL);
	expect_text("linked", NULL);
	move("made", "renamed");
	sync_data(".");
	CU_ASSERT_EQUAL(crash().changes, 0);
	expect_text("renamed", "made");
	/* Data that are written at the sync go through the log, and take along what came before. */
	put("grown", "grown", false);
	move("grown", "final");
	sync_data("final");
	CU_ASSERT_EQUAL(crash().changes, 0);
	expect_text("final", "grown");
	end();
}

/* What has no name any more comes back as it was. */
static void removed_tree(void)
{
	char path[PATH_MAX], target[64] = "";
	struct stat status;
	glob_t found;

	begin(tracked);
	make_directory("p");
	make_directory("p/q");
	put("p/q/x", "bytes", true);
	above("p/q/x", path);
	CU_ASSERT_EQUAL(setxattr(path, "user.mark", "7", 1, 0), 0);
	CU_ASSERT_EQUAL(chown(path, 12, 34), 0);
	/* A sync of its directory makes this durable, and what was before. */
	above("p/q/link", path);
	CU_ASSERT_EQUAL(symlink("nowhere", path), 0);
	above("p/fifo", path);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	sync_directory("p");
	sync_directory("p/q");
	put("p/q/x", "other bytes, not synced", false);
	for (const char *const *name =
		     (const char *const[]){ "p/q/x", "p/q/link", "p/fifo", "p/q", "p", NULL };
	     *name; name++) {
		above(*name, path);
		CU_ASSERT_EQUAL(remove(path), 0);
	}
	put("p", "a file in its place", false);
	CU_ASSERT_EQUAL(crash().error, 0);
	expect_text("p/q/x", "bytes");
	above("p/q/x", path);
	CU_ASSERT_EQUAL(stat(path, &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 07777, 0640);
	CU_ASSERT(status.st_uid == 12 && status.st_gid == 34);
	CU_ASSERT_EQUAL(getxattr(path, "user.mark", target, sizeof(target)), 1);
	CU_ASSERT_EQUAL(*target, '7');
	above("p/q/link", path);
	CU_ASSERT_EQUAL(readlink(path, target, sizeof(target)), 7);
	CU_ASSERT_NSTRING_EQUAL(target, "nowhere", 7);
	above("p/fifo", path);
	CU_ASSERT(!stat(path, &status) && S_ISFIFO(status.st_mode));
	above("p/q", path);
	CU_ASSERT(!stat(path, &status) && (status.st_mode & 07777) == 0750);
	/* Nothing is left of how it was done. */
	below(".foliostorm*", path);
	CU_ASSERT_EQUAL(glob(path, 0, NULL, &found), GLOB_NOMATCH);
	end();
}

/* Directories go back to where they were, also out of each other. */
static void moved_directories(void)
{
	begin(tracked);
	make_directory("a");
	make_directory("a/b");
	put("a/b/x", "x", true);
	sync_directory("a/b");
	move("a/b", "b");
	move("a", "b/a");
	make_directory("a");
	move("b/x", "a/y");
	CU_ASSERT_EQUAL(crash().error, 0);
	expect_text("a/b/x", "x");
	expect_text("b/x", NULL);
	expect_text("a/y", NULL);
	expect_text("b/a/b/x", NULL);
	end();
}

/* By `names = "any"` a file's sync makes no name durable, and a directory's those in it alone. */
static void names_in_any_order(void)
{
	begin("rules = ( { when = { op = \"mkdir\"; path = \"never\"; };"
	      " do = { crash = { names = \"any\"; }; }; } );");
	make_directory("g");
	make_directory("h");
	sync_directory(".");
	put("g/x", "x", true);
	put("h/y", "y", true);
	sync_directory("h");
	/* A rename is one change: where one of its directories is synced, the other is, too. */
	move("h/y", "g/z");
	sync_directory("g");
	put("h/w", "w", true);
	CU_ASSERT_EQUAL(crash().error, 0);
	expect_text("g/x", "x");
	expect_text("g/z", "y");
	expect_text("h/y", NULL);
	expect_text("h/w", NULL);
	end();
}

static int cut_power(void)
{
	char path[PATH_MAX];

	above("cut", path);
	return mkdir(path, 0700) ? errno : 0;
}

/* The first and the third write of four to the same bytes; and the layer is off. */
/* What a file has; 0 for the user's attribute: none. */
struct attributes {
	mode_t mode;
	uid_t owner;
	time_t changed;
	char mark;
};

static void expect_attributes(int fd, struct attributes expected)
{
	struct stat status;
	char mark = 0;

	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	(void)fgetxattr(fd, "user.mark", &mark, 1);
	CU_ASSERT_EQUAL(status.st_mode & 07777, expected.mode);
	CU_ASSERT_EQUAL(status.st_uid, expected.owner);
	CU_ASSERT_EQUAL(status.st_mtime, expected.changed);
	CU_ASSERT_EQUAL(mark, expected.mark);
}

static void set_attributes(int fd, struct attributes to)
{
	const struct timespec times[2] = { { .tv_sec = to.changed }, { .tv_sec = to.changed } };

	CU_ASSERT_EQUAL(fchown(fd, to.owner, (gid_t)-1), 0);
	CU_ASSERT_EQUAL(fchmod(fd, to.mode), 0);
	CU_ASSERT_EQUAL(fsetxattr(fd, "user.mark", &to.mark, 1, 0), 0);
	CU_ASSERT_EQUAL(futimens(fd, times), 0);
}

/* Those of a file that was removed, too. */
static void attributes(void)
{
	static const struct attributes durable = { 04755, 30001, 1000000000, 'd' };
	static const struct attributes lost = { 0640, 30002, 1100000000, 'l' };
	char path[PATH_MAX];
	int fd;

	begin(tracked);
	fd = open_file(O_RDWR);
	set_attributes(fd, durable);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	set_attributes(fd, lost);
	CU_ASSERT_EQUAL(fremovexattr(fd, "user.mark"), 0);
	crash();
	expect_attributes(fd, durable);
	set_attributes(fd, lost);
	above("f", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	close(fd);
	crash();
	fd = open_file(O_RDWR);
	expect_attributes(fd, durable);
	/* With a later sync of anything comes all that was before. */
	set_attributes(fd, lost);
	above("other", path);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	sync_directory(".");
	crash();
	expect_attributes(fd, lost);
	close(fd);
	CU_ASSERT_EQUAL(rmdir(path), 0);
	end();
}

/* A crash that was killed has left its directory, and this layer has the same process ID. */
static void left_staging(void)
{
	char name[48], staging[PATH_MAX], inside[PATH_MAX + 8], path[PATH_MAX];

	begin(tracked);
	snprintf(name, sizeof(name), ".foliostorm-crash-%d", fixture.layer);
	below(name, staging);
	snprintf(inside, sizeof(inside), "%s/1", staging);
	CU_ASSERT_EQUAL(mkdir(staging, 0700), 0);
	CU_ASSERT_EQUAL(mkdir(inside, 0700), 0);
	put("kept", "durable", true);
	above("kept", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(crash().error, 0);
	expect_text("kept", "durable");
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(rmdir(inside), 0);
	CU_ASSERT_EQUAL(rmdir(staging), 0);
	end();
}

static void listed_writes(void)
{
	char path[PATH_MAX], got[PAGE];
	int fd;

	begin("rules = ( { when = { op = \"mkdir\"; path = \"cut\"; };"
	      " do = { crash = { keep = \"1,3\"; }; }; } );");
	fd = open_file(O_RDWR);
	CU_ASSERT_EQUAL(pwrite(fd, "AAAA", 4, 0), 4);
	CU_ASSERT_EQUAL(pwrite(fd, "BBBB", 4, 2), 4);
	CU_ASSERT_EQUAL(pwrite(fd, "CC", 2, 4), 2);
	CU_ASSERT_EQUAL(pwrite(fd, "DDDD", 4, PAGES * PAGE), 4);
	CU_ASSERT_EQUAL(cut_power(), EIO);
	CU_ASSERT_EQUAL(pwrite(fd, "EEEE", 4, 0), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	CU_ASSERT_EQUAL(fsync(fd), -1);
	close(fd);
	below("f", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(read(fd, got, sizeof(got)), sizeof(got));
	CU_ASSERT(!memcmp(got, "AAAACC\1\1", 8));
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), PAGES * PAGE);
	close(fd);
	end();
}

static int count_descriptors(void)
{
	char pattern[64];
	glob_t found;
	int count;

	snprintf(pattern, sizeof(pattern), "/proc/%d/fd/*", fixture.layer);
	count = glob(pattern, GLOB_NOSORT, NULL, &found) ? 0 : (int)found.gl_pathc;
	globfree(&found);
	return count;
}

static void make_durable(void)
{
	put("synced", "now", true);
}

/* Writes to a file that has no name, has lost it durably, or loses it after it was closed. */
static void use_temporary(int kind)
{
	static const char bytes[PAGE] = "temporary";
	char path[PATH_MAX];
	int fd;

	above(kind ? "temporary" : "", path);
	fd = open(path, (kind ? O_CREAT : O_TMPFILE) | O_RDWR | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	if (kind == 1) {
		CU_ASSERT_EQUAL(unlink(path), 0);
		make_durable();
	}
	CU_ASSERT_EQUAL(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	CU_ASSERT_EQUAL(ftruncate(fd, 100), 0);
	close(fd);
	if (kind == 2)
		CU_ASSERT_EQUAL(unlink(path), 0);
}

/* Files that nobody can open any more are not kept. */
static void temporary_files(void)
{
	enum { FILES = 100, KINDS = 3, SOME = 30 };
	const char *const rules_of[] = { all_writes, tracked };
	const struct timespec moment = { .tv_nsec = 20000000 };
	int before_all;

	for (size_t i = 0; i < ARRAY_SIZE(rules_of); i++) {
		begin(rules_of[i]);
		make_durable();
		before_all = count_descriptors();
		CU_ASSERT(before_all > 0);
		for (int file = 0; file < FILES * KINDS; file++)
			use_temporary(file % KINDS);
		make_durable();
		/* The kernel tells the layer later that it has forgotten a file. */
		for (int tries = 0; tries < 500 && count_descriptors() > before_all + SOME; tries++)
			nanosleep(&moment, NULL);
		CU_ASSERT(count_descriptors() <= before_all + SOME);
		CU_ASSERT_EQUAL(crash().error, 0);
		end();
	}
}

/* 400 MiB that nobody has synced are lost, all of them. */
static void much(void)
{
	enum { MEBIBYTE = 1 << 20, MUCH = 400 };
	static char bytes[MEBIBYTE];
	char path[PATH_MAX];
	int fd;

	begin(tracked);
	above("much", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	memset(bytes, OLD, sizeof(bytes));
	for (int i = 0; i < MUCH; i++)
		CU_ASSERT_EQUAL(pwrite(fd, bytes, sizeof(bytes), (off_t)i * MEBIBYTE), MEBIBYTE);
	CU_ASSERT_EQUAL(crash().lost, MUCH * (MEBIBYTE / PAGE));
	close(fd);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "writes", writes },
		{ "writes with O_DSYNC", durable_writes },
		{ "writes with O_DSYNC beneath", durable_beneath },
		{ "stores through a mapping", mappings },
		{ "writes that race an fsync", sync_race },
		{ "syncfs", whole_syncs },
		{ "an fsync that fails and drops", dropped_by_fsync },
		{ "names in order", names_in_order },
		{ "names by fdatasync", names_by_data_syncs },
		{ "names in any order", names_in_any_order },
		{ "a removed tree", removed_tree },
		{ "moved directories", moved_directories },
		{ "owner, mode, times and extended attributes", attributes },
		{ "a directory that a killed crash left", left_staging },
		{ "listed writes", listed_writes },
		{ "temporary files", temporary_files },
		{ "400 MiB", much },
		CU_TEST_INFO_NULL,
	};
	int code = fixture_make(&fixture);

	steering = mmap(NULL, sizeof(*steering), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (steering == MAP_FAILED || sem_init(&steering->wanted, 1, 0) ||
	    sem_init(&steering->made, 1, 0))
		return 1;
	if (!code)
		code = run_suite("layer_crash", tests);
	fixture_remove(&fixture);
	return code;
}
