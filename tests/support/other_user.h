/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child process with the rights of another user. */
#ifndef TESTS_SUPPORT_OTHER_USER_H
#define TESTS_SUPPORT_OTHER_USER_H

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { OTHER_USER = 65534 }; /* and group */

/* As fork(2), called by root. The child runs as that user and is killed when its parent ends. */
static inline pid_t fork_other_user(void)
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setgid(OTHER_USER) || setuid(OTHER_USER))
		_exit(1);
	return 0;
}

#endif
