/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int parse(const char *text, void *field, char *why, size_t size)
{
	for (int number = 1; number < 32; number++) {
		const char *name = sigabbrev_np(number);

		if (name && !strncmp(text, "SIG", 3) && !strcmp(text + 3, name)) {
			*(int *)field = number;
			return 0;
		}
	}
	snprintf(why, size, "\"%s\" is not a signal; write it as SIGKILL, SIGUSR1", text);
	return -EINVAL;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	const int number = *(const int *)firing->action->state;

	firing->drawn = (uint64_t)number;
	if (!plan->request->pid)
		firing->error = ESRCH;
	else if (kill((pid_t)plan->request->pid, number))
		firing->error = errno;
	return STEP_ON;
}

const struct rule_action rule_action_signal = {
	.key = { "signal", SCHEMA_PARSED, 0, NULL, "a signal such as \"SIGKILL\"",
		 "signal to send to the calling process", .parse = parse },
	.about = "Sends a signal to the calling process. Requests of the kernel itself "
		 "(readahead, writeback) have none.",
	.drawn = "the signal's number",
	.settings_size = sizeof(int),
	.apply = apply,
};
