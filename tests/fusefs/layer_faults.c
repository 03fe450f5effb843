/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hooks make of requests: delays that hold up nobody else, errors that leave nothing
 * behind, interrupts. */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#define MS UINT64_C(1000000)

/* Long enough for a thousand threads to get there, with ThreadSanitizer and on a busy machine. */
#define CROWD_DELAY (6000 * MS)

enum { WAITING = 1000, FEW_THREADS = 2 };

static struct fixture fixture;

static const char *in_mount(const char *name)
{
	static _Thread_local char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", fixture.mount, name);
	return path;
}

static int open_new(const char *name)
{
	return open(in_mount(name), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
}

static uint64_t since(uint64_t began)
{
	return units_now() - began;
}

static void pause_ms(long milliseconds)
{
	const struct timespec pause = { .tv_sec = milliseconds / 1000,
					.tv_nsec = milliseconds % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/*
 * Hooks that the test steers while the layer runs in its child: what they do lies in memory that
 * both share.
 */
struct steering {
	_Atomic uint32_t opcode;
	_Atomic uint32_t mode; /* of fallocate; 0: any */
	_Atomic uint64_t before_ns, after_ns;
	_Atomic int before_error, after_error;
	_Atomic bool interruptible;
	_Atomic int seen, finished, last_result;
	_Atomic int finished_ever;
	_Atomic uint64_t inode, offset, length;
};

static struct steering *steering;

static void steer(uint32_t opcode, uint64_t before_ns, int before_error, uint64_t after_ns,
		  int after_error)
{
	steering->opcode = 0;
	steering->before_ns = before_ns;
	steering->before_error = before_error;
	steering->after_ns = after_ns;
	steering->after_error = after_error;
	steering->seen = steering->finished = 0;
	steering->opcode = opcode;
}

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	struct steering *given = injector;

	if (given->opcode != request->opcode)
		return (struct hook_decision){ .delay_ns = 0 };
	given->inode = request->inode;
	given->offset = request->offset;
	given->length = request->length;
	given->mode = request->mode;
	given->seen++;
	return (struct hook_decision){ .delay_ns = given->before_ns,
				       .error = given->before_error,
				       .interruptible = given->interruptible };
}

static struct hook_decision after(void *injector, const struct hook_request *request, int result)
{
	struct steering *given = injector;

	if (given->opcode != request->opcode)
		return (struct hook_decision){ .delay_ns = 0 };
	given->finished++;
	given->finished_ever++;
	given->last_result = result;
	return (struct hook_decision){ .delay_ns = given->after_ns,
				       .error = given->after_error,
				       .interruptible = given->interruptible };
}

static struct hooks hooks = { .before = before, .after = after };

static struct {
	int fds[WAITING];
	_Atomic int began, ended, next;
} crowd;

static void *wait_in_fallocate(void *unused)
{
	int i;

	while ((i = crowd.next++) < WAITING) {
		crowd.began++;
		if (!fallocate(crowd.fds[i], 0, 0, 4096))
			crowd.ended++;
	}
	return unused;
}

static void use_elsewhere(int fd)
{
	struct stat status;
	char byte;

	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(stat(in_mount("other"), &status), 0);
	CU_ASSERT_EQUAL(pread(fd, &byte, 1, 0), 1);
	CU_ASSERT_EQUAL(fsync(fd), 0);
}

static void test_parked_crowd(void)
{
	pthread_t threads[WAITING];
	pthread_attr_t small;
	uint64_t began;
	char name[32];
	int other;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, FEW_THREADS), 0);
	steer(0, 0, 0, 0, 0);
	for (int i = 0; i < WAITING; i++) {
		snprintf(name, sizeof(name), "crowd-%d", i);
		crowd.fds[i] = open_new(name);
		CU_ASSERT(crowd.fds[i] >= 0);
	}
	other = open_new("other");
	CU_ASSERT_EQUAL(write(other, "x", 1), 1);
	steer(FUSE_FALLOCATE, CROWD_DELAY, 0, 0, 0);
	began = units_now();
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 128 * 1024);
	for (int i = 0; i < WAITING; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], &small, wait_in_fallocate, NULL),
				      0);
	while (steering->seen < WAITING && since(began) < CROWD_DELAY)
		pause_ms(1);
	CU_ASSERT_EQUAL(steering->seen, WAITING);
	/* It is answered while each of them waits. */
	use_elsewhere(other);
	CU_ASSERT_EQUAL(crowd.ended, 0);
	steering->before_ns = 0;
	CU_ASSERT_EQUAL(fallocate(other, 0, 0, 4096), 0);
	for (int i = 0; i < WAITING; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(crowd.ended, WAITING);
	CU_ASSERT(since(began) >= CROWD_DELAY);
	CU_ASSERT(since(began) < 4 * CROWD_DELAY);
	for (int i = 0; i < WAITING; i++)
		close(crowd.fds[i]);
	close(other);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void catch_nothing(int number)
{
	(void)number;
}

/* A child that waits in fallocate; what it exits with is errno. */
static pid_t start_waiting(const char *name, int number)
{
	const struct sigaction action = { .sa_handler = catch_nothing };
	pid_t child = fork();

	if (child)
		return child;
	sigaction(number, &action, NULL);
	_exit(fallocate(open_new(name), 0, 0, 4096) ? errno : 0);
}

/* Within ten seconds. */
static bool comes(const _Atomic int *count, int wanted)
{
	for (int i = 0; i < 10000 && *count < wanted; i++)
		pause_ms(1);
	return *count == wanted;
}

/* A child that waits before its request is worked on; its errno, or -1 when it was killed. Signals:
 * those it is sent, one after the other; ended by 0. */
static int end_of_waiting(const char *name, const int *signals)
{
	pid_t child = start_waiting(name, SIGUSR1);
	int end;

	CU_ASSERT(comes(&steering->seen, 1));
	for (; *signals; signals++) {
		kill(child, *signals);
		/* A second one comes when the first has been dealt with. */
		pause_ms(20);
	}
	end = fixture_wait(child, 10000);
	CU_ASSERT(end >= 0);
	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

static off_t size_of(const char *name)
{
	struct stat status;

	return stat(in_mount(name), &status) ? -1 : status.st_size;
}

static void test_signals(void)
{
	static const int killed[] = { SIGKILL, 0 }, signalled[] = { SIGUSR1, 0 };
	static const int ended[] = { SIGTERM, 0 }, both[] = { SIGUSR1, SIGKILL, 0 };
	uint64_t began = units_now();

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, &hooks, FEW_THREADS), 0);
	/* As a disk does: what is handled ends no wait. */
	steer(FUSE_FALLOCATE, 500 * MS, 0, 0, 0);
	CU_ASSERT_EQUAL(end_of_waiting("signalled", signalled), 0);
	CU_ASSERT(since(began) >= 500 * MS);
	CU_ASSERT_EQUAL(size_of("signalled"), 4096);
	/* What kills does, also when something else came before. */
	began = units_now();
	steer(FUSE_FALLOCATE, 60000 * MS, 0, 0, 0);
	CU_ASSERT_EQUAL(end_of_waiting("killed", killed), -1);
	steer(FUSE_FALLOCATE, 60000 * MS, 0, 0, 0);
	CU_ASSERT_EQUAL(end_of_waiting("ended", ended), -1);
	steer(FUSE_FALLOCATE, 60000 * MS, 0, 0, 0);
	CU_ASSERT_EQUAL(end_of_waiting("both", both), -1);
	CU_ASSERT(since(began) < 60000 * MS);
	CU_ASSERT_EQUAL(size_of("both"), 0);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void test_interrupts(void)
{
	static const int signalled[] = { SIGUSR1, 0 };
	pid_t child;
	int end;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, &hooks, FEW_THREADS), 0);
	steering->interruptible = true;
	/* A signal that is handled: EINTR, and nothing has happened beneath. */
	steer(FUSE_FALLOCATE, 60000 * MS, 0, 0, 0);
	CU_ASSERT_EQUAL(end_of_waiting("interrupted", signalled), EINTR);
	CU_ASSERT_EQUAL(size_of("interrupted"), 0);
	/* While the answer waits: it is done, and says so. */
	steer(FUSE_FALLOCATE, 0, 0, 60000 * MS, 0);
	child = start_waiting("done", SIGUSR1);
	CU_ASSERT(comes(&steering->finished, 1));
	kill(child, SIGUSR1);
	end = fixture_wait(child, 10000);
	CU_ASSERT(end >= 0 && WIFEXITED(end) && WEXITSTATUS(end) == 0);
	CU_ASSERT_EQUAL(size_of("done"), 4096);
	steering->interruptible = false;
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

/* The end of the mount does not wait for what waits in it. */
static void test_end_with_waiting(void)
{
	uint64_t began;
	pid_t child;
	int end;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, &hooks, FEW_THREADS), 0);
	steer(FUSE_FALLOCATE, 60000 * MS, 0, 0, 0);
	child = start_waiting("left", SIGUSR1);
	CU_ASSERT(comes(&steering->seen, 1));
	began = units_now();
	kill(fixture.layer, SIGTERM);
	end = fixture_wait(child, 3000);
	CU_ASSERT(end >= 0);
	end = fixture_wait(fixture.layer, 3000);
	CU_ASSERT_EQUAL(end, 0);
	CU_ASSERT(since(began) < 3000 * MS);
	fixture.layer = 0;
}

static void test_errors(void)
{
	struct stat status;
	uint64_t began;
	char byte = 0;
	int fd;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, FEW_THREADS), 0);
	steer(0, 0, 0, 0, 0);
	fd = open_new("failing");
	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	steer(FUSE_FALLOCATE, 0, ENOSPC, 0, 0);
	CU_ASSERT_EQUAL(fallocate(fd, FALLOC_FL_KEEP_SIZE, 4096, 8192), -1);
	CU_ASSERT_EQUAL(errno, ENOSPC);
	CU_ASSERT_EQUAL(steering->seen, 1);
	CU_ASSERT_EQUAL(steering->finished, 0);
	CU_ASSERT_EQUAL(steering->inode, status.st_ino);
	CU_ASSERT_EQUAL(steering->offset, 4096);
	CU_ASSERT_EQUAL(steering->length, 8192);
	CU_ASSERT_EQUAL(steering->mode, FALLOC_FL_KEEP_SIZE);
	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(status.st_blocks, 0);
	/* After the fact: it happened, and is said to have failed. */
	steer(FUSE_WRITE, 0, 0, 0, EIO);
	CU_ASSERT_EQUAL(pwrite(fd, "abc", 3, 0), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	CU_ASSERT_EQUAL(steering->last_result, 3);
	steer(0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(pread(fd, &byte, 1, 2), 1);
	CU_ASSERT_EQUAL(byte, 'c');
	/* Delayed, then failed. */
	steer(FUSE_FALLOCATE, 50 * MS, EIO, 0, 0);
	began = units_now();
	CU_ASSERT_EQUAL(fallocate(fd, 0, 0, 4096), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	CU_ASSERT(since(began) >= 50 * MS);
	steer(FUSE_MKDIR, 0, EPERM, 0, 0);
	CU_ASSERT_EQUAL(mkdir(in_mount("never"), 0755), -1);
	CU_ASSERT_EQUAL(errno, EPERM);
	steer(0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(stat(in_mount("never"), &status), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	close(fd);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

/* ENOSYS would have the kernel open files without the layer. */
static void test_unknown_open(void)
{
	char byte = 0;
	int fd;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, FEW_THREADS), 0);
	for (int after = 0; after < 2; after++) {
		steer(0, 0, 0, 0, 0);
		fd = open_new("opened");
		CU_ASSERT_EQUAL(pwrite(fd, "a", 1, 0), 1);
		close(fd);
		steer(FUSE_OPEN, 0, after ? 0 : ENOSYS, 0, after ? ENOSYS : 0);
		CU_ASSERT_EQUAL(open(in_mount("opened"), O_RDONLY | O_CLOEXEC), -1);
		CU_ASSERT_EQUAL(errno, EOPNOTSUPP);
		steer(FUSE_OPENDIR, 0, after ? 0 : ENOSYS, 0, after ? ENOSYS : 0);
		CU_ASSERT_EQUAL(open(fixture.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), -1);
		CU_ASSERT_EQUAL(errno, EOPNOTSUPP);
		steer(0, 0, 0, 0, 0);
		fd = open(in_mount("opened"), O_RDONLY | O_CLOEXEC);
		CU_ASSERT_EQUAL(pread(fd, &byte, 1, 0), 1);
		close(fd);
	}
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static int count_descriptors(pid_t process)
{
	char path[64], name[PATH_MAX];
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", process);
	for (int fd = 0; fd < 1000; fd++) {
		snprintf(name, sizeof(name), "%s/%d", path, fd);
		count += !faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW);
	}
	return count;
}

static void list_mount(void)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "ls -l %s >/dev/null 2>&1", fixture.mount);
	(void)!system(command);
}

/* An answer that is replaced by an error gives back the look-ups and descriptors that were in it.
 */
static void test_no_leaks(void)
{
	static const uint32_t opcodes[] = { FUSE_LOOKUP, FUSE_OPEN, FUSE_MKDIR, FUSE_CREATE,
					    FUSE_READDIRPLUS };
	char name[64];
	int before_all, fd;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, &hooks, FEW_THREADS), 0);
	steer(0, 0, 0, 0, 0);
	close(open_new("plain"));
	before_all = count_descriptors(fixture.layer);
	CU_ASSERT(before_all > 0);
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		steering->finished_ever = 0;
		for (int tries = 0; tries < 50; tries++) {
			steer(opcodes[i], 0, 0, tries % 2 ? MS : 0, EIO);
			fd = open(in_mount("plain"), O_RDONLY);
			CU_ASSERT(fd >= 0 || errno == EIO);
			if (fd >= 0)
				close(fd);
			snprintf(name, sizeof(name), "made-%zu-%d", i, tries);
			mkdir(in_mount(name), 0755);
			snprintf(name, sizeof(name), "file-%zu-%d", i, tries);
			fd = open_new(name);
			if (fd >= 0)
				close(fd);
			if (!(tries % 16))
				list_mount();
		}
		CU_ASSERT(steering->finished_ever > 0);
	}
	steer(0, 0, 0, 0, 0);
	/* Forgets what the kernel still knows; what it does not know of would stay. */
	CU_ASSERT_EQUAL(system("echo 2 > /proc/sys/vm/drop_caches"), 0);
	for (int i = 0; i < 10000 && count_descriptors(fixture.layer) > before_all + 3; i++)
		pause_ms(1);
	CU_ASSERT(count_descriptors(fixture.layer) <= before_all + 3);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static struct hook_decision plan_statfs(void *injector, const struct hook_request *request)
{
	return (struct hook_decision){ .plan = request->opcode == FUSE_STATFS ? injector : NULL };
}

static void answer_with_7_blocks(void *injector, const struct hook_request *request, void *answer,
				 size_t size)
{
	struct fuse_statfs_out *out = answer;

	(void)injector;
	if (request->opcode == FUSE_STATFS && size == sizeof(*out))
		out->st.bfree = 7;
}

/* Only what was changed of an answer is different, and an operation without a plan is asked about
 * nothing. */
static void test_answers(void)
{
	struct hooks altering = {
		.injector = &fixture,
		.before = plan_statfs,
		.alter_answer = answer_with_7_blocks,
	};
	struct statvfs status, beneath;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, &altering, FEW_THREADS),
			      0);
	CU_ASSERT_EQUAL(statvfs(fixture.mount, &status), 0);
	CU_ASSERT_EQUAL(statvfs(fixture.beneath, &beneath), 0);
	CU_ASSERT_EQUAL(status.f_bfree, 7);
	CU_ASSERT_EQUAL(status.f_blocks, beneath.f_blocks);
	CU_ASSERT_EQUAL(status.f_files, beneath.f_files);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

/* The rules of the injector in place of the hooks above. */
static void test_rules(void)
{
	const struct rules_config config = { .seed = 1 };
	struct rules *rules;
	struct hooks of_rules;
	char why[256];
	uint64_t began;
	int fd;

	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	CU_ASSERT_EQUAL(
		rules_read_text("rules = ( { when = \"getxattr\"; do = { error = \"EIO\"; }; },"
				" { when = \"fsync\"; do = { delay = \"200ms\"; }; } );",
				rules, why, sizeof(why)),
		0);
	of_rules = rules_hooks(rules);
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_MIXED, &of_rules, FEW_THREADS), 0);
	fd = open_new("ruled");
	CU_ASSERT_EQUAL(fgetxattr(fd, "user.x", why, sizeof(why)), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	began = units_now();
	CU_ASSERT_EQUAL(fsync(fd), 0);
	CU_ASSERT(since(began) >= 200 * MS);
	CU_ASSERT(since(began) < 2000 * MS);
	close(fd);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	rules_free(rules);
}

/* What fdatasync(2) of a child says that takes SIGALRM meanwhile: errno. */
static int sync_with_alarm(const char *name)
{
	const struct sigaction action = { .sa_handler = catch_nothing };
	const struct itimerval soon = { .it_value.tv_usec = 100000 };
	pid_t child = fork();
	int end;

	if (!child) {
		int fd = open_new(name);

		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &soon, NULL);
		_exit(fdatasync(fd) ? errno : 0);
	}
	end = fixture_wait(child, 20000);
	CU_ASSERT(end >= 0 && WIFEXITED(end));
	return WEXITSTATUS(end);
}

/* The second read of each open, counted anew for each. */
static void test_handles(void)
{
	const struct rules_config config = { .seed = 1 };
	struct hooks of_rules;
	struct rules *rules;
	char why[256] = "";
	int fds[3];

	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	CU_ASSERT_EQUAL(rules_read_text("when = { op = \"read\"; nth = \"2\"; per = \"handle\"; };"
					" do = { error = \"EIO\"; };",
					rules, why, sizeof(why)),
			0);
	of_rules = rules_hooks(rules);
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_MIXED, &of_rules, FEW_THREADS), 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = open_new("counted");
		CU_ASSERT_EQUAL(pread(fds[i], why, 1, 0), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		CU_ASSERT_EQUAL(pread(fds[i], why, 1, 0), -1);
		CU_ASSERT_EQUAL(pread(fds[i], why, 1, 0), 0);
		close(fds[i]);
	}
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	rules_free(rules);
}

static void test_interruptible_rules(void)
{
	static const struct {
		const char *what;
		int error;
	} rows[] = {
		{ "delay = \"500ms\"", 0 },
		{ "delay = { fixed = \"20s\"; interruptible = true; }", EINTR },
		{ "hold = { timeout = \"500ms\"; }", 0 },
		{ "hold = { timeout = \"20s\"; interruptible = true; }", EINTR },
	};
	const struct rules_config config = { .seed = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[160], why[256] = "";
		struct rules *rules;
		struct hooks of_rules;
		uint64_t began;

		snprintf(text, sizeof(text), "rules = ( { when = \"fsync\"; do = { %s; }; } );",
			 rows[i].what);
		CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
		CU_ASSERT_EQUAL(rules_read_text(text, rules, why, sizeof(why)), 0);
		of_rules = rules_hooks(rules);
		CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_MIXED, &of_rules, FEW_THREADS),
				      0);
		began = units_now();
		CU_ASSERT_EQUAL(sync_with_alarm("synced"), rows[i].error);
		/* The alarm came during the wait, and ended it or did not. */
		CU_ASSERT(since(began) >= (rows[i].error ? 100 : 500) * MS);
		CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
		rules_free(rules);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a crowd that waits holds up nobody", test_parked_crowd },
		{ "signals during a wait", test_signals },
		{ "waits that signals end", test_interrupts },
		{ "the end of the mount", test_end_with_waiting },
		{ "errors", test_errors },
		{ "an unknown open", test_unknown_open },
		{ "replaced answers leak nothing", test_no_leaks },
		{ "answers that hooks change", test_answers },
		{ "rules", test_rules },
		{ "rules and signals", test_interruptible_rules },
		{ "counts for each open", test_handles },
		CU_TEST_INFO_NULL,
	};
	int code = fixture_make(&fixture);

	steering = mmap(NULL, sizeof(*steering), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (steering == MAP_FAILED)
		return 1;
	hooks.injector = steering;
	if (!code)
		code = run_suite("layer_faults", tests);
	fixture_remove(&fixture);
	return code;
}
