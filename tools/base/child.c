/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/child.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "injector/base/units.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int child_start(struct child *child, int (*body)(void *context), void *context)
{
	pid_t parent = getpid();
	sigset_t none;

	/* Otherwise the child would print the unflushed output of the parent again. */
	fflush(NULL);
	*child = (struct child){ .pid = fork() };
	if (child->pid < 0) {
		child->pid = 0;
		return report(-errno, "fork");
	}
	if (child->pid)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Signals that a terminal or timeout(1) sends to the process group reach the parent only,
	 * which ends the children in order. */
	setpgid(0, 0);
	int code = body(context);

	fflush(NULL);
	_exit(code);
}

void child_become(const char *const *words, int output, int errors)
{
	const struct program program = {
		.path = "/proc/self/exe",
		.arguments = words,
		.input = PROGRAM_NOTHING,
		.output = output,
		.errors = errors,
	};

	report(program_become(&program), "%s", words[0]);
}

bool child_ended(struct child *child)
{
	if (child->pid && !child->ended)
		child->ended = waitpid(child->pid, &child->status, WNOHANG) == child->pid;
	return child->ended;
}

bool child_wait(struct child *child, int milliseconds)
{
	if (!child->pid)
		return true;
	while (!child_ended(child) && milliseconds > 0) {
		units_sleep(5000000);
		milliseconds -= 5;
	}
	return child->ended;
}

void child_signal(const struct child *child, int number)
{
	if (child->pid && !child->ended)
		kill(child->pid, number);
}

bool child_kill(struct child *child, int milliseconds)
{
	child_signal(child, SIGKILL);
	return child_wait(child, milliseconds);
}

int child_exit_code(const struct child *child)
{
	return child->ended && WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
}

const char *child_status(const struct child *child)
{
	static char text[32];

	if (WIFSIGNALED(child->status))
		return strsignal(WTERMSIG(child->status));
	snprintf(text, sizeof(text), "exit code %d", WEXITSTATUS(child->status));
	return text;
}
