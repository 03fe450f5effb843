/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_build.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "tools/base/child.h"
#include "tools/base/exit_code.h"
#include "tools/base/open_output.h"
#include "tools/base/stop.h"
#include "tools/guest/script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct start {
	const char *const *words;
	int output;
};

static int body(void *context)
{
	const struct start *start = context;
	const struct program program = {
		.path = *start->words,
		.arguments = start->words,
		.input = PROGRAM_NOTHING, /* nobody answers its questions */
		.output = start->output,
		.errors = start->output,
	};

	report(program_become(&program), "%s", *start->words);
	return 127;
}

static void last_line(const char *path, char *line, size_t size)
{
	char text[512];
	FILE *log = fopen(path, "re");

	*line = '\0';
	while (log && fgets(text, sizeof(text), log))
		if (*text != '\n')
			snprintf(line, size, "%.*s", (int)strcspn(text, "\n"), text);
	if (log)
		fclose(log);
}

/* make and all that it has started are in the child's process group. */
static int wait_for(struct child *child)
{
	bool told = false;

	while (!child_wait(child, 100))
		if (stop_wanted() && !told) {
			kill(-child->pid, SIGTERM);
			told = true;
		}
	return stop_wanted() ? -EINTR : 0;
}

int bisect_build(void *context, const char *tree, const char *image, char *why, size_t size)
{
	const struct bisect_build *build = context;
	char script[PATH_MAX];
	const char *const words[] = { script, tree, build->objects, image, build->config, NULL };
	_cleanup_close_ int output = open_output(build->log, O_WRONLY | O_TRUNC);
	struct start start = { words, output };
	struct child child = { .pid = 0 };
	int r = output < 0 ? output : script_find("build-kernel", script, sizeof(script));

	if (!r)
		r = child_start(&child, body, &start) ?: wait_for(&child);
	if (r || !child_exit_code(&child))
		return r;
	last_line(build->log, why, size);
	if (child_exit_code(&child) == 1)
		return 1;
	report(0, "%s; see %s", why, build->log);
	return error_of_exit_code(child_exit_code(&child)) ?: -EIO;
}

int bisect_build_config(const char *given, char *path, size_t size)
{
	char script[PATH_MAX];

	if (given)
		snprintf(path, size, "%s", given);
	else if (script_find("build-kernel", script, sizeof(script)))
		return -EINVAL;
	else
		snprintf(path, size, "%.*s/mutants/kernel.config",
			 (int)(strrchr(script, '/') - script), script);
	return access(path, R_OK) ? (report(-errno, "--config %s", path), -EINVAL) : 0;
}
