/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept is whole: files, lines, and the directory of one run at a time. */
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tests/support/text_of.h"
#include "tools/base/line_file.h"
#include "tools/base/out.h"
#include "tools/base/save.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64];

/* Files cannot grow beyond that: what a full disk does, and without a disk. */
static void limit_files(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_file_is_whole(void)
{
	char said[256] = "", wanted[128];
	struct save save;

	CU_ASSERT_EQUAL(save_text(path, "before"), 0);
	limit_files(8);
	report_capture(said, sizeof(said));
	CU_ASSERT_EQUAL(save_text(path, "longer than it may be"), -EIO);
	snprintf(wanted, sizeof(wanted), "%s: File too large", path);
	CU_ASSERT_STRING_EQUAL(said, wanted);
	CU_ASSERT_EQUAL(save_begin(&save, path), 0);
	fputs("longer than it may be", save.file);
	CU_ASSERT_EQUAL(save_end(&save, path), -EIO);
	CU_ASSERT_EQUAL(save_text("/nowhere/file", "x"), -EIO);
	report_capture(NULL, 0);
	limit_files(RLIM_INFINITY);
	CU_ASSERT_STRING_EQUAL(text_of(path), "before");
	CU_ASSERT_EQUAL(save_begin(&save, path), 0);
	fputs("after", save.file);
	CU_ASSERT_EQUAL(save_end(&save, path), 0);
	CU_ASSERT_STRING_EQUAL(text_of(path), "after");
}

/* The second does not fit, and the third would. */
static void lines_are_whole(void)
{
	char lines[][16] = { "one", "number two", "3" };
	struct line_file file = LINE_FILE_NONE;

	line_file_put(&file, lines[0]);
	CU_ASSERT_EQUAL(file.lost, 0);
	limit_files(8);
	CU_ASSERT_EQUAL(line_file_open(&file, path, O_TRUNC), 0);
	for (int i = 0; i < 3; i++)
		line_file_put(&file, lines[i]);
	limit_files(RLIM_INFINITY);
	line_file_close(&file);
	CU_ASSERT_EQUAL(file.lost, 2);
	CU_ASSERT_EQUAL(file.error, -EFBIG);
	CU_ASSERT_STRING_EQUAL(lines[2], "3");
	CU_ASSERT_STRING_EQUAL(text_of(path), "one\n");
	unlink(path);
}

/* A reader that goes has seen enough: nothing is lost. */
static void a_pipe_without_reader(void)
{
	char line[] = "line";
	struct line_file file = LINE_FILE_NONE;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	close(ends[0]);
	file.fd = ends[1];
	line_file_put(&file, line);
	CU_ASSERT_EQUAL(file.error, -EPIPE);
	CU_ASSERT_EQUAL(file.lost, 0);
	line_file_close(&file);
}

/* A run waits for the reader of a pipe until a signal tells it to end. */
static void a_pipe_that_nobody_reads(void)
{
	struct line_file file = LINE_FILE_NONE;
	char line[] = "line";
	sigset_t interrupt, before;
	int reader, number;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT_EQUAL(line_file_open(&file, path, O_APPEND), 0);
	kill(getpid(), SIGINT);
	alarm(20);
	for (int i = 0; i < 1 << 20 && !file.lost; i++)
		line_file_put(&file, line);
	alarm(0);
	CU_ASSERT_EQUAL(file.lost, 1);
	CU_ASSERT_EQUAL(file.error, -ECANCELED);
	sigwait(&interrupt, &number);
	sigprocmask(SIG_SETMASK, &before, NULL);
	line_file_close(&file);
	close(reader);
	unlink(path);
}

/* What another process is told that claims it; 0: it could. */
static int claim_elsewhere(void)
{
	struct out_claim claim;
	char said[256] = "";
	int status;
	pid_t child = fork();

	if (!child) {
		report_capture(said, sizeof(said));
		_exit(out_claim(&claim, directory) ? 1 + !strstr(said, "another run, process ")
						   : 0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void one_run_at_a_time(void)
{
	struct out_claim claim;
	pid_t child;
	int status;

	CU_ASSERT_EQUAL(out_claim(&claim, NULL), 0);
	out_release(&claim);
	CU_ASSERT_EQUAL_FATAL(out_claim(&claim, directory), 0);
	CU_ASSERT_EQUAL(claim_elsewhere(), 1);
	/* A child that stays behind does not hold it. */
	child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (!child)
		for (;;)
			pause();
	out_release(&claim);
	CU_ASSERT_EQUAL(claim_elsewhere(), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* Who ends without letting it go has let it go. */
	child = fork();
	if (!child)
		_exit(out_claim(&claim, directory) != 0);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL_FATAL(out_claim(&claim, directory), 0);
	out_release(&claim);
}

/* The path is not to blame: it is no mistake of who named it. */
static void no_descriptors_left(void)
{
	const rlim_t next = (rlim_t)dup(STDIN_FILENO);
	struct rlimit before, limit;
	int checked = -1, claimed = -1;
	struct out_claim claim;
	char said[256];

	close((int)next);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	report_capture(said, sizeof(said));
	for (rlim_t spare = 0; spare < 8 && (checked || claimed); spare++) {
		limit = (struct rlimit){ next + spare, before.rlim_max };
		CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
		checked = out_check(directory);
		CU_ASSERT(checked == 0 || checked == -EIO);
		claimed = out_claim(&claim, directory);
		CU_ASSERT(claimed == 0 || claimed == -EIO);
		if (spare == 0)
			CU_ASSERT_PTR_NOT_NULL(strstr(said, "Too many open files"));
		out_release(&claim);
	}
	report_capture(NULL, 0);
	CU_ASSERT_EQUAL(checked, 0);
	CU_ASSERT_EQUAL(claimed, 0);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void an_older_result_goes(void)
{
	struct out_claim claim;

	snprintf(path, sizeof(path), "%s/result.json", directory);
	CU_ASSERT_EQUAL(save_text(path, "{}"), 0);
	CU_ASSERT_EQUAL_FATAL(out_begin(&claim, directory, NULL), 0);
	CU_ASSERT_STRING_EQUAL(text_of(path), "none");
	out_release(&claim);
	CU_ASSERT_EQUAL(rmdir(directory), 0); /* and nothing else is left */
	CU_ASSERT_EQUAL_FATAL(out_begin(&claim, directory, directory), 0);
	out_release(&claim);
	/* What the claim made goes with it. */
	CU_ASSERT_EQUAL(rmdir(directory), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a file is whole", a_file_is_whole },
		{ "lines are whole", lines_are_whole },
		{ "a pipe without reader", a_pipe_without_reader },
		{ "a pipe that nobody reads", a_pipe_that_nobody_reads },
		{ "one run at a time", one_run_at_a_time },
		{ "no descriptors are left", no_descriptors_left },
		{ "an older result goes", an_older_result_goes },
		CU_TEST_INFO_NULL,
	};

	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/file", directory);
	return run_suite("out", tests);
}
