/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ten thousand requests asleep at once in one rule's delay, on a layer of two threads: other files
 * answer before the first of them does, and each gets its own bytes in the end. */
#include "injector/base/units.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CROWD = 10000, PIECE = 4096, FEW_THREADS = 2 };

#define SECOND UINT64_C(1000000000)

/* Longer than it takes to send them all and to ask for other files. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define DELAY_SECONDS 10
#else
#define DELAY_SECONDS 4
#endif
#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

static struct fixture fixture;
static aio_context_t aio;

/* What the rules decide, counted in memory that the layer's process shares with this one. */
static struct {
	_Atomic int delayed, others;
} * counts;
static struct hooks inner;

static struct hook_decision count_before(void *injector, const struct hook_request *request)
{
	struct hook_decision decision = inner.before(injector, request);

	if (decision.delay_ns)
		counts->delayed++;
	else if (request->opcode == FUSE_READ)
		counts->others++;
	return decision;
}

/* Each piece begins with its number. */
static void make_crowd(void)
{
	char path[PATH_MAX], piece[PIECE] = { 0 };
	FILE *file;

	snprintf(path, sizeof(path), "%s/crowd", fixture.beneath);
	file = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (int i = 0; i < CROWD; i++) {
		memcpy(piece, &i, sizeof(i));
		CU_ASSERT_EQUAL(fwrite(piece, 1, PIECE, file), PIECE);
	}
	CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

static int open_in_mount(const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", fixture.mount, name);
	fd = open(path, flags | O_CLOEXEC, 0644);
	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

/* Reads past the page cache, so that each is a request, and nobody waits for its answer. */
static void send_all(int fd, char *data)
{
	static struct iocb requests[CROWD];
	struct iocb *request;

	for (int i = 0; i < CROWD; i++) {
		request = &requests[i];
		*request = (struct iocb){
			.aio_data = (unsigned int)i,
			.aio_lio_opcode = IOCB_CMD_PREAD,
			.aio_fildes = (uint32_t)fd,
			.aio_buf = (uint64_t)(uintptr_t)(data + (size_t)i * PIECE),
			.aio_nbytes = PIECE,
			.aio_offset = (__s64)i * PIECE,
		};
		CU_ASSERT_EQUAL_FATAL(syscall(SYS_io_submit, aio, 1, &request), 1);
	}
}

/* Takes the answers that come within `seconds`. Returns how many; each is right. */
static int take_answers(const char *data, time_t seconds)
{
	struct timespec most = { .tv_sec = seconds };
	struct io_event events[256];
	int taken = 0, number;
	long got;

	while (taken < CROWD && (got = syscall(SYS_io_getevents, aio, 1, 256, events, &most)) > 0)
		for (long i = 0; i < got; i++, taken++) {
			CU_ASSERT_EQUAL(events[i].res, PIECE);
			memcpy(&number, data + (size_t)events[i].data * PIECE, sizeof(number));
			CU_ASSERT_EQUAL(number, (int)events[i].data);
		}
	return taken;
}

static void use_another_file(void)
{
	int fd = open_in_mount("other", O_RDWR | O_CREAT | O_EXCL);
	struct stat status;
	static _Alignas(PIECE) char text[PIECE];

	CU_ASSERT_EQUAL(write(fd, "hello", 5), 5);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(status.st_size, 5);
	close(fd);
	fd = open_in_mount("other", O_RDONLY | O_DIRECT);
	CU_ASSERT_EQUAL(read(fd, text, sizeof(text)), 5);
	CU_ASSERT_STRING_EQUAL(text, "hello");
	close(fd);
}

static void test_ten_thousand(void)
{
	static const char text[] = "rules = ( { when = { op = \"read\"; path = \"crowd\"; };"
				   " do = { delay = \"" TEXT(DELAY_SECONDS) "s\"; }; } );";
	const struct rules_config config = { .seed = 1 };
	struct hooks hooks;
	struct rules *rules;
	uint64_t began;
	char why[200], *data;
	int fd;

	data = aligned_alloc(PIECE, (size_t)CROWD * PIECE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	memset(data, 0xff, (size_t)CROWD * PIECE);
	make_crowd();
	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	CU_ASSERT_EQUAL_FATAL(rules_read_text(text, rules, why, sizeof(why)), 0);
	hooks = inner = rules_hooks(rules);
	hooks.before = count_before;
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, FEW_THREADS), 0);
	fd = open_in_mount("crowd", O_RDONLY | O_DIRECT);

	began = units_now();
	send_all(fd, data);
	while (counts->delayed < CROWD && units_now() - began < DELAY_SECONDS * SECOND)
		units_sleep(1000000);
	CU_ASSERT_EQUAL(counts->delayed, CROWD);
	use_another_file();
	CU_ASSERT_EQUAL(counts->others, 1);
	/* All that while, each of them slept. */
	CU_ASSERT_EQUAL(take_answers(data, 0), 0);

	CU_ASSERT_EQUAL(take_answers(data, 20), CROWD);
	CU_ASSERT(units_now() - began >= DELAY_SECONDS * SECOND);
	CU_ASSERT_EQUAL(counts->delayed, CROWD);
	close(fd);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	rules_free(rules);
	free(data);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "ten thousand asleep", test_ten_thousand },
		CU_TEST_INFO_NULL,
	};
	int r;

	if (syscall(SYS_io_setup, CROWD, &aio)) {
		fprintf(stderr, "skipped: %d asynchronous reads at once: %s\n", CROWD,
			strerror(errno));
		return SKIP;
	}
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		return 1;
	r = fixture_make(&fixture);
	if (!r)
		r = run_suite("crowd", tests);
	fixture_remove(&fixture);
	syscall(SYS_io_destroy, aio);
	return r;
}
