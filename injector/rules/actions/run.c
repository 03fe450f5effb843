/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { RUNNING_MAX = 256 };

struct settings {
	char *command;
	struct program_user user;
};

/* The programs that were started and not waited for yet. */
struct running {
	pthread_mutex_t lock;
	pid_t programs[RUNNING_MAX];
	size_t count;
};

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	struct settings *settings = state;

	*settings = *(const struct settings *)from->settings;
	if (!settings->command) {
		snprintf(why, size, "run.command: missing; allowed: a shell command");
		return -EINVAL;
	}
	settings->command = strdup(settings->command);
	return settings->command ? 0 : (snprintf(why, size, "out of memory"), -ENOMEM);
}

static void release(void *state)
{
	free(((struct settings *)state)->command);
}

static void begin(void *shared, const struct rules_config *config)
{
	struct running *running = shared;

	(void)config;
	pthread_mutex_init(&running->lock, NULL);
}

/* Kills all programs: none outlives the layer. */
static void end(void *shared)
{
	struct running *running = shared;

	for (size_t i = 0; i < running->count; i++) {
		kill(-running->programs[i], SIGKILL);
		(void)program_wait(running->programs[i]);
	}
	pthread_mutex_destroy(&running->lock);
}

static void forget_ended(struct running *running)
{
	size_t left = 0;

	for (size_t i = 0; i < running->count; i++)
		if (!waitpid(running->programs[i], NULL, WNOHANG))
			running->programs[left++] = running->programs[i];
	running->count = left;
}

static int start(struct running *running, const struct program *program)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&running->lock);
	forget_ended(running);
	if (running->count < RUNNING_MAX)
		r = program_start(program, &running->programs[running->count]);
	running->count += !r;
	pthread_mutex_unlock(&running->lock);
	return r;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	const struct settings *settings = firing->action->state;
	const struct hook_request *request = plan->request;
	_cleanup_free_ char *path = NULL, *place = NULL, *pid = NULL;
	char whole[PATH_MAX] = "";

	/* Not plan->path, which may be cut. */
	if (request->lookups)
		request->lookups->path(request, whole, sizeof(whole));
	if (asprintf(&path, "FOLIOSTORM_PATH=%s", whole) < 0 ||
	    asprintf(&place, "FOLIOSTORM_OFFSET=%ju", (uintmax_t)request->offset) < 0 ||
	    asprintf(&pid, "FOLIOSTORM_PID=%u", request->pid) < 0) {
		firing->error = ENOMEM;
		return STEP_ON;
	}
	const char *const arguments[] = { "sh", "-c", settings->command, NULL };
	const char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", path, place,
		pid, NULL
	};
	const struct program program = {
		.path = "/bin/sh",
		.arguments = arguments,
		.environment = environment,
		.user = &settings->user,
		.input = PROGRAM_NOTHING,
		.output = PROGRAM_NOTHING,
		.errors = PROGRAM_NOTHING,
		.session = true,
	};

	firing->error = -start(firing->action->shared, &program);
	return STEP_ON;
}

static const struct schema_key keys[] = {
	{ "command", SCHEMA_TEXT, .offset = offsetof(struct settings, command), NULL,
	  "a shell command", "command to start; the request does not wait for it",
	  .command = COMMAND_OF_RUN },
	{ "run_as", SCHEMA_PARSED, .offset = offsetof(struct settings, user), NULL,
	  PROGRAM_USER_ALLOWED, "user that runs it; without it root", .parse = program_user_parse,
	  .noun = "text" },
	{ .name = NULL },
};

const struct rule_action rule_action_run = {
	.key = { "run", SCHEMA_GROUP, .keys = keys, .short_for = "command" },
	.about = "Starts `sh -c COMMAND` with FOLIOSTORM_PATH, FOLIOSTORM_OFFSET and "
		 "FOLIOSTORM_PID in its environment, umask 022, and only /dev/null open. The "
		 "request does not wait for it. At most 256 commands run at once; those that "
		 "still run when the layer ends are killed.",
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct settings),
	.make = make,
	.release = release,
	.apply = apply,
	.shared_size = sizeof(struct running),
	.begin = begin,
	.end = end,
};
