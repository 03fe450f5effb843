/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

/*
 * The program is not waited for, so that one that uses the mount does not wait for itself: the shell
 * that starts it ends at once, and is waited for.
 */
static enum action_step apply(struct plan *plan, struct firing *firing)
{
	_cleanup_free_ char *path = NULL, *place = NULL, *pid = NULL;
	char *const arguments[] = { (char *)"sh",
				    (char *)"-c",
				    (char *)"exec >/dev/null 2>&1 </dev/null; sh -c \"$1\" &",
				    (char *)"sh",
				    *(char *const *)firing->action->state,
				    NULL };
	char search[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	sigset_t none;
	posix_spawnattr_t attributes;

	if (asprintf(&path, "FOLIOSTORM_PATH=%s", plan->path) < 0 ||
	    asprintf(&place, "FOLIOSTORM_OFFSET=%ju", (uintmax_t)plan->request->offset) < 0 ||
	    asprintf(&pid, "FOLIOSTORM_PID=%u", plan->request->pid) < 0) {
		firing->error = ENOMEM;
		return STEP_ON;
	}
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	pid_t child;
	char *const environment[] = { search, path, place, pid, NULL };

	firing->error = posix_spawn(&child, "/bin/sh", NULL, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	while (!firing->error && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return STEP_ON;
}

const struct rule_action rule_action_run = {
	.key = { "run", SCHEMA_TEXT, .offset = 0, NULL, "a shell command",
		 "started, and not waited for" },
	.about = "Starts `sh -c COMMAND` with FOLIOSTORM_PATH, FOLIOSTORM_OFFSET and "
		 "FOLIOSTORM_PID in its environment. The request does not wait for it.",
	.settings_size = sizeof(char *),
	.state_size = sizeof(char *),
	.make = rule_make_text,
	.release = rule_release_text,
	.apply = apply,
};
