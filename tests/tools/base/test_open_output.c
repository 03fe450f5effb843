/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root writes where user 65534 may write too, and nothing that this user put there is written
 * through. The directory has "victim" and "victims/" of root's, "theirs/" of user 65534's, and
 * "all/", which is sticky. */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tests/support/other_user.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/base/line_file.h"
#include "tools/base/open_output.h"
#include "tools/base/out.h"
#include "tools/base/save.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS_MAX = 20000, ENOUGH = 100 };

static char said[512];

/* Runs as another user; returns its process. */
static pid_t start_other(int (*act)(void))
{
	pid_t child = fork_other_user();

	if (child)
		return child;
	_exit(act() != 0);
}

static int plant(void)
{
	return symlink("../victim", in("theirs/link")) || symlink(in("victim"), in("all/link")) ||
	       symlink("../victims", in("theirs/sub")) || symlink(in("victims"), in("all/sub")) ||
	       mkfifo(in("all/fifo"), 0666) ||
	       close(open(in("all/file"), O_WRONLY | O_CREAT, 0666)) ||
	       close(open(in("theirs/file"), O_WRONLY | O_CREAT, 0666));
}

static int refuses(const char *name)
{
	int fd;

	*said = '\0';
	fd = open_output(in(name), O_WRONLY | O_TRUNC);
	if (fd >= 0)
		close(fd);
	return fd;
}

static void is_untouched(void)
{
	struct stat status;

	CU_ASSERT_EQUAL(stat(in("victim"), &status), 0);
	CU_ASSERT_EQUAL(status.st_size, 5);
	CU_ASSERT_EQUAL(status.st_nlink, 1);
	CU_ASSERT_EQUAL(rmdir(in("victims")), 0); /* nothing is in it */
	CU_ASSERT_EQUAL(mkdir(in("victims"), 0755), 0);
}

static void what_others_planted(void)
{
	static const char *const names[] = { "theirs/link",  "all/link", "theirs/sub/file",
					     "all/sub/file", "all/fifo", "all/file",
					     "theirs/file" };
	struct line_file file;
	struct stat status;
	char why[512];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CU_ASSERT_EQUAL(refuses(names[i]), -EPERM);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "other users may write to"));
		CU_ASSERT_EQUAL(look_at_output(in(names[i]), &status, why, sizeof(why)), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "other users may write to"));
		CU_ASSERT_EQUAL(line_file_open(&file, in(names[i]), O_APPEND), -EIO);
	}
	CU_ASSERT_EQUAL(make_output_directory(in("theirs/sub"), NULL), -EPERM);
	CU_ASSERT_EQUAL(open_output_directory(in("all/sub/.")), -EPERM);
	CU_ASSERT_EQUAL(out_check(in("theirs/sub")), -EINVAL);
	CU_ASSERT_EQUAL(out_remove(in("theirs/sub"), "victim"), -EPERM);
	CU_ASSERT_EQUAL(save_text(in("theirs/sub/file"), "x"), -EIO);
	/* What is replaced is not followed. */
	CU_ASSERT_EQUAL(save_text(in("theirs/link"), "x"), 0);
	CU_ASSERT_EQUAL(lstat(in("theirs/link"), &status), 0);
	CU_ASSERT_EQUAL(status.st_mode, S_IFREG | 0600);
	is_untouched();
}

static void other_names(void)
{
	CU_ASSERT_EQUAL(link(in("victim"), in("theirs/hard")), 0);
	CU_ASSERT_EQUAL(refuses("theirs/hard"), -EPERM);
	CU_ASSERT_EQUAL(unlink(in("theirs/hard")), 0);
	is_untouched();
}

static mode_t mode_of(const char *name)
{
	struct stat status;

	return stat(in(name), &status) ? 0 : status.st_mode & 07777;
}

static void what_is_ours(void)
{
	mode_t before = umask(0);
	bool made = false;

	CU_ASSERT_TRUE(refuses("theirs/new") >= 0);
	CU_ASSERT_EQUAL(mode_of("theirs/new"), 0600);
	CU_ASSERT_TRUE(refuses("theirs/new") >= 0); /* is root's now */
	CU_ASSERT_EQUAL(save_text(in("saved"), "x"), 0);
	CU_ASSERT_EQUAL(mode_of("saved"), 0600);
	/* Of a time when results were for all to read. */
	CU_ASSERT_EQUAL(chmod(in("saved"), 0644), 0);
	CU_ASSERT_TRUE(refuses("saved") >= 0);
	CU_ASSERT_EQUAL(mode_of("saved"), 0600);
	close(make_output_directory(in("made/"), &made));
	CU_ASSERT_TRUE(made);
	CU_ASSERT_EQUAL(mode_of("made"), 0700);
	close(make_output_directory(in("made"), &made));
	CU_ASSERT_FALSE(made);
	CU_ASSERT_EQUAL(refuses("made"), -EISDIR);
	CU_ASSERT_EQUAL(refuses("nowhere/file"), -ENOENT);
	CU_ASSERT_EQUAL(refuses("saved/file"), -ENOTDIR);
	CU_ASSERT_EQUAL(symlink("made", in("own")), 0);
	CU_ASSERT_TRUE(refuses("own/../own/./file") >= 0);
	CU_ASSERT_EQUAL(mode_of("made/file"), 0600);
	CU_ASSERT_EQUAL(symlink(in("made/file"), in("all/own")), 0);
	CU_ASSERT_TRUE(refuses("all/own") >= 0);
	CU_ASSERT_EQUAL(symlink("circle", in("circle")), 0);
	CU_ASSERT_EQUAL(refuses("circle"), -ELOOP);
	umask(before);
}

/* As a shell names the pipe of >(...). */
static void a_descriptor(void)
{
	char path[32], got = 0;
	int ends[2], fd;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
	fd = open_output(path, O_WRONLY | O_EXCL);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, "x", 1), 1);
	CU_ASSERT_EQUAL(read(ends[0], &got, 1), 1);
	CU_ASSERT_EQUAL(got, 'x');
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

/* Until it is killed: now a directory, now a link. */
static int swap(void)
{
	if (mkdir(in("theirs/now"), 0777) || chmod(in("theirs/now"), 0777) ||
	    symlink("../victims", in("theirs/then")))
		return 1;
	for (;;)
		renameat2(AT_FDCWD, in("theirs/now"), AT_FDCWD, in("theirs/then"), RENAME_EXCHANGE);
}

static void a_race(void)
{
	pid_t other = start_other(swap);
	unsigned int written = 0, refused = 0;
	int status = 0;

	CU_ASSERT_FATAL(other >= 0);
	while (access(in("theirs/then"), F_OK))
		usleep(1000);
	for (int i = 0; i < ROUNDS_MAX && (written < ENOUGH || refused < ENOUGH); i++) {
		bool whole = !save_text(in("theirs/now/file"), "x");
		int fd = open_output(in("theirs/now/lines"), O_WRONLY | O_APPEND);

		written += whole;
		refused += fd == -EPERM;
		cleanup_close(&fd);
	}
	kill(other, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(other, &status, 0), other);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	printf("(%u written, %u refused) ", written, refused);
	CU_ASSERT(written > 0 && refused > 0);
	is_untouched();
}

static bool prepare(void)
{
	int status;

	if (save_text(in("victim"), "whole") || mkdir(in("victims"), 0755) ||
	    mkdir(in("theirs"), 0755) || chown(in("theirs"), OTHER_USER, OTHER_USER) ||
	    mkdir(in("all"), 0777) || chmod(in("all"), 01777))
		return false;
	return waitpid(start_other(plant), &status, 0) > 0 && !status;
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "what others planted", what_others_planted },
		{ "other names", other_names },
		{ "what is ours", what_is_ours },
		{ "a descriptor", a_descriptor },
		{ "a race", a_race },
		CU_TEST_INFO_NULL,
	};

	if (geteuid()) {
		printf("skipped: not root\n");
		return SKIP;
	}
	umask(022);
	report_capture(said, sizeof(said));
	return run_suite_in_scratch("open_output", tests, prepare);
}
