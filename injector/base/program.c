/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/program.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Parses "UID:GID", digits only: strtoul(3) accepts signs and spaces, too. -1 is not an ID. */
static bool parse_numbers(const char *text, struct program_user *user)
{
	unsigned long long numbers[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		size_t digits = strspn(text, "0123456789");

		if (!digits || digits > 10 || text[digits] != (i ? '\0' : ':'))
			return false;
		numbers[i] = strtoull(text, NULL, 10);
		text += digits + 1;
	}
	user->uid = (uid_t)numbers[0];
	user->gid = (gid_t)numbers[1];
	return numbers[0] < (uid_t)-1 && numbers[1] < (gid_t)-1;
}

int program_user_parse(const char *text, void *field, char *why, size_t size)
{
	struct program_user *user = field;
	int count = PROGRAM_GROUPS_MAX;
	const struct passwd *entry;

	*user = (struct program_user){ .set = true };
	if (parse_numbers(text, user))
		return 0;
	entry = getpwnam(text);
	/* A guest has no passwd file. */
	if (!entry && !strcmp(text, "root"))
		return 0;
	if (!entry) {
		snprintf(why, size, "there is no user \"%.64s\" here; allowed: %s", text,
			 PROGRAM_USER_ALLOWED);
		return -EINVAL;
	}
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	if (getgrouplist(text, entry->pw_gid, user->groups, &count) < 0) {
		snprintf(why, size, "\"%.64s\" is in more than %d groups; allowed: \"%u:%u\"", text,
			 PROGRAM_GROUPS_MAX, user->uid, user->gid);
		return -EINVAL;
	}
	user->group_count = (unsigned int)count;
	return 0;
}

/* Sets the three standard descriptors; first moves each above 2, out of the others' way. By system
 * calls: ThreadSanitizer mistakes the descriptors of this copy of the process for those of the
 * original's threads. */
static int set_standard(const struct program *program)
{
	const int wanted[] = { program->input, program->output, program->errors };
	int nothing = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC), from[3];

	for (int i = 0; i < 3; i++) {
		from[i] = fcntl(wanted[i] < 0 ? nothing : wanted[i], F_DUPFD_CLOEXEC, 3);
		if (from[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++)
		if (syscall(SYS_dup3, from[i], i, 0) < 0)
			return -errno;
	return 0;
}

/* Has all descriptors closed but the standard ones and `keep`, also those of other threads. */
static int set_descriptors(const struct program *program)
{
	int r = set_standard(program);

	if (!r && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC))
		r = -errno;
	for (size_t i = 0; i < program->keep_count && !r; i++)
		if (program->keep[i] >= 0 && fcntl(program->keep[i], F_SETFD, 0))
			r = -errno;
	return r;
}

/*
 * By system calls: the functions of the C library would change the user of all threads, and this
 * copy of the process lacks the others. A thread of the layer keeps its capabilities when its user
 * changes (identity_prepare()); a program must not.
 */
static int set_user(const struct program_user *user)
{
	int bits = prctl(PR_GET_SECUREBITS);

	if (bits > 0 && bits & SECBIT_NO_SETUID_FIXUP &&
	    prctl(PR_SET_SECUREBITS, bits & ~SECBIT_NO_SETUID_FIXUP))
		return -errno;
	if (!user || !user->set)
		return 0;
	if (syscall(SYS_setgroups, user->group_count, user->groups) ||
	    syscall(SYS_setresgid, user->gid, user->gid, user->gid) ||
	    syscall(SYS_setresuid, user->uid, user->uid, user->uid))
		return -errno;
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int program_become(const struct program *program)
{
	char *const *arguments = (char *const *)program->arguments;
	int r = set_descriptors(program);

	if (r)
		return r;
	umask(umask(0) | 022);
	if (program->prepare)
		program->prepare(program->context);
	r = set_user(program->user);
	if (r)
		return r;
	/* Again: a change of the user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	reset_signals();
	if (program->environment)
		execvpe(program->path, arguments, (char *const *)program->environment);
	else
		execvp(program->path, arguments);
	return -errno;
}

/* Becomes the program, or writes the error to `told`, the write end of a pipe that only the caller
 * reads. */
static void become_or_tell(const struct program *program, int told)
{
	struct pollfd other = { .fd = told };
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The caller may have died before prctl(). */
	if (poll(&other, 1, 0) > 0)
		_exit(127);
	if (program->session)
		setsid();
	r = program_become(program);
	(void)!write(told, &r, sizeof(r));
	_exit(127);
}

int program_start(const struct program *program, pid_t *child)
{
	_cleanup_close_ int reader = -1, writer = -1;
	int ends[2], r = 0;
	sigset_t all, before;
	ssize_t got;
	long pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	reader = ends[0];
	writer = ends[1];
	/* A handler of ours must not run in the new process. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = syscall(SYS_clone, (program->alone ? CLONE_NEWPID : 0) | SIGCHLD, NULL, NULL, NULL,
		      NULL);
	if (!pid) {
		close(reader);
		become_or_tell(program, writer);
	}
	if (pid < 0)
		r = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r)
		return r;
	close(take_fd(&writer));
	got = TEMP_FAILURE_RETRY(read(reader, &r, sizeof(r)));
	if (got == sizeof(r)) {
		(void)TEMP_FAILURE_RETRY(waitpid((pid_t)pid, NULL, 0));
		return r;
	}
	*child = (pid_t)pid;
	return 0;
}

int program_wait(pid_t child)
{
	int status;

	if (TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_run(const char *const arguments[], int *status)
{
	const struct program program = {
		.path = arguments[0],
		.arguments = arguments,
		.input = PROGRAM_NOTHING,
		.output = PROGRAM_NOTHING,
		.errors = STDERR_FILENO,
	};
	pid_t child;
	int r = program_start(&program, &child);

	if (r)
		return r;
	r = program_wait(child);
	if (r < 0)
		return r;
	*status = r;
	return 0;
}
