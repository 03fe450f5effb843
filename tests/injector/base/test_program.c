/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs: what they begin with, whatever the caller is, and how they end. */
#include "injector/base/array.h"
#include "injector/base/program.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int run(const char *script)
{
	int status = -1, r;

	r = program_run((const char *[]){ "sh", "-c", script, NULL }, &status);
	CU_ASSERT_EQUAL(r, 0);
	return status;
}

/* What a shell prints, to be freed. */
static char *printed_by(const char *script, const struct program_user *user, bool alone)
{
	int output = memfd_create("output", 0);
	const struct program shell = {
		.path = "/bin/sh",
		.arguments = (const char *[]){ "sh", "-c", script, NULL },
		.user = user,
		.input = PROGRAM_NOTHING,
		.output = output,
		.errors = STDERR_FILENO,
		.alone = alone,
	};
	char *text = calloc(1, 4096);
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(program_start(&shell, &child), 0);
	CU_ASSERT_EQUAL(program_wait(child), 0);
	CU_ASSERT_TRUE(pread(output, text, 4095, 0) >= 0);
	close(output);
	return text;
}

static void prints(const char *script, const struct program_user *user, const char *wanted)
{
	char *text = printed_by(script, user, false);

	CU_ASSERT_STRING_EQUAL(text, wanted);
	free(text);
}

static void test_status(void)
{
	CU_ASSERT_EQUAL(run("exit 0"), 0);
	CU_ASSERT_EQUAL(run("exit 7"), 7);
	CU_ASSERT_EQUAL(run("kill -TERM $$"), 128 + SIGTERM);
	/* It has an output, which nobody reads. */
	CU_ASSERT_EQUAL(
		run("test \"$(readlink /proc/self/fd/1)\" && echo said && test -w /dev/stdout"), 0);
}

static void test_missing(void)
{
	int status = 5;

	CU_ASSERT_EQUAL(program_run((const char *[]){ "no-such-program", NULL }, &status), -ENOENT);
	CU_ASSERT_EQUAL(program_run((const char *[]){ "/", NULL }, &status), -EACCES);
	CU_ASSERT_EQUAL(status, 5);
}

/* Descriptors that nobody has marked, such as those of a library, do not go along. */
static void test_descriptors(void)
{
	int open_one = open("/dev/zero", O_RDONLY);

	CU_ASSERT_TRUE_FATAL(open_one > 2);
	prints("ls /proc/$$/fd; true", NULL, "0\n1\n2\n");
	prints("readlink /proc/self/fd/0", NULL, "/dev/null\n");
	close(open_one);
}

static void test_kept(void)
{
	int kept = memfd_create("kept", MFD_CLOEXEC), status;
	char script[64];
	const int keep[] = { -1, kept };
	const struct program shell = {
		.path = "/bin/sh",
		.arguments = (const char *[]){ "sh", "-c", script, NULL },
		.input = PROGRAM_NOTHING,
		.output = PROGRAM_NOTHING,
		.errors = STDERR_FILENO,
		.keep = keep,
		.keep_count = ARRAY_SIZE(keep),
	};
	char byte = 0;
	pid_t child;

	snprintf(script, sizeof(script), "printf x >/proc/self/fd/%d", kept);
	CU_ASSERT_EQUAL_FATAL(program_start(&shell, &child), 0);
	status = program_wait(child);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(pread(kept, &byte, 1, 0), 1);
	CU_ASSERT_EQUAL(byte, 'x');
	close(kept);
}

static void test_umask(void)
{
	mode_t before = umask(0);

	prints("umask", NULL, "0022\n");
	umask(077);
	prints("umask", NULL, "0077\n");
	umask(before);
}

static void test_signals(void)
{
	sigset_t some, before;

	sigfillset(&some);
	pthread_sigmask(SIG_SETMASK, &some, &before);
	signal(SIGPIPE, SIG_IGN);
	prints("grep -E '^Sig(Blk|Ign):' /proc/self/status | tr -d '\\t'", NULL,
	       "SigBlk:0000000000000000\nSigIgn:0000000000000000\n");
	signal(SIGPIPE, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void test_users(void)
{
	static const struct {
		const char *text;
		uid_t uid;
		gid_t gid;
	} good[] = { { "root", 0, 0 },
		     { "0:0", 0, 0 },
		     { "65534:12", 65534, 12 },
		     { "4294967294:1", 4294967294, 1 } };
	static const char *const bad[] = { "",
					   ":",
					   "1",
					   "1:",
					   ":1",
					   "-1:0",
					   "+1:0",
					   " 1:1",
					   "1:1 ",
					   "4294967295:0",
					   "0:4294967295",
					   "4294967296:0",
					   "99999999999999999999:0",
					   "1:2:3",
					   "no-such-user",
					   "0x1:1" };
	struct program_user user;
	char why[200];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CU_ASSERT_EQUAL(program_user_parse(good[i].text, &user, why, sizeof(why)), 0);
		CU_ASSERT_TRUE(user.set);
		CU_ASSERT_EQUAL(user.uid, good[i].uid);
		CU_ASSERT_EQUAL(user.gid, good[i].gid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		*why = '\0';
		CU_ASSERT_EQUAL(program_user_parse(bad[i], &user, why, sizeof(why)), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "allowed: a user's name, or \"UID:GID\""));
	}
}

static void test_run_as(void)
{
	struct program_user user;
	char why[200];

	CU_ASSERT_EQUAL(program_user_parse("65534:65533", &user, why, sizeof(why)), 0);
	prints("id -u; id -g; id -G", &user, "65534\n65533\n65533\n");
	prints("grep -E '^Cap(Prm|Eff|Amb):' /proc/self/status | tr -d '\\t'", &user,
	       "CapPrm:0000000000000000\nCapEff:0000000000000000\nCapAmb:0000000000000000\n");
	CU_ASSERT_EQUAL(program_user_parse("root", &user, why, sizeof(why)), 0);
	prints("id -u; id -g", &user, "0\n0\n");
}

/* As the layer's threads are. */
static void *run_from_thread(void *context)
{
	const struct program_user *user = context;

	CU_ASSERT_EQUAL(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 0);
	prints("grep CapEff /proc/self/status | tr -d '\\t'", user, "CapEff:0000000000000000\n");
	/* A program of root that gives up root by itself. */
	prints("setpriv --dump | grep '^Securebits'", NULL, "Securebits: [none]\n");
	return NULL;
}

static void test_layer_thread(void)
{
	struct program_user user;
	pthread_t thread;
	char why[200];

	CU_ASSERT_EQUAL(program_user_parse("65534:65534", &user, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_from_thread, &user), 0);
	pthread_join(thread, NULL);
}

static void test_not_started(void)
{
	struct program_user user;
	struct program program = {
		.path = "/proc/self/status",
		.arguments = (const char *[]){ "x", NULL },
		.input = PROGRAM_NOTHING,
		.output = PROGRAM_NOTHING,
		.errors = PROGRAM_NOTHING,
	};
	pid_t child = 5;
	char why[200];

	CU_ASSERT_EQUAL(program_start(&program, &child), -EACCES);
	program.path = "/bin/sh";
	CU_ASSERT_EQUAL(program_user_parse("65534:65534", &user, why, sizeof(why)), 0);
	program.user = &user;
	program.output = 4000;
	CU_ASSERT_EQUAL(program_start(&program, &child), -EBADF);
	CU_ASSERT_EQUAL(child, 5);
}

static void test_alone(void)
{
	char *text = printed_by("echo $$", NULL, true);

	CU_ASSERT_STRING_EQUAL(text, "1\n");
	free(text);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "how it ended", test_status },
		{ "no such program", test_missing },
		{ "descriptors", test_descriptors },
		{ "a descriptor that is kept", test_kept },
		{ "umask", test_umask },
		{ "signals", test_signals },
		{ "users", test_users },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo as_root[] = {
		{ "as a user", test_run_as },
		{ "from a thread of the layer", test_layer_thread },
		{ "not started", test_not_started },
		{ "alone", test_alone },
		CU_TEST_INFO_NULL,
	};

	return run_suite("program", tests)
		       ?: geteuid() ? SKIP
				    : run_suite("program, by root", as_root);
}
