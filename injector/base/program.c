/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int program_run(const char *const arguments[], int *status)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		return -r;
	while (waitpid(child, &r, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*status = WIFEXITED(r) ? WEXITSTATUS(r) : 128 + WTERMSIG(r);
	return 0;
}
