/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/script.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "tools/base/child.h"
#include "tools/base/exit_code.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct script {
	char path[PATH_MAX];
	const char *const *arguments;
	int output; /* write end of a pipe */
};

bool script_seek(const char *name, char *path, size_t size)
{
	char directory[PATH_MAX / 2], installed[PATH_MAX];
	const char *const places[] = { installed, FOLIOSTORM_GUEST_SOURCE, FOLIOSTORM_GUEST_BUILT };
	ssize_t length = readlink("/proc/self/exe", directory, sizeof(directory) - 1);

	*path = '\0';
	if (length < 0)
		return false;
	directory[length] = '\0';
	*strrchr(directory, '/') = '\0';
	snprintf(installed, sizeof(installed), "%s/%s/guest", directory,
		 FOLIOSTORM_LIBEXEC_FROM_BIN);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, size, "%s/%s", places[i], name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

int script_find(const char *name, char *path, size_t size)
{
	return script_seek(name, path, size) ? 0 : report(-errno, "%s", path);
}

static int body(void *context)
{
	struct script *script = context;
	const char *words[SCRIPT_ARGUMENTS_MAX + 2] = { script->path };
	const struct program program = {
		.path = script->path,
		.arguments = words,
		.input = PROGRAM_NOTHING,
		.output = script->output,
		.errors = STDERR_FILENO,
	};

	for (size_t i = 0; i < SCRIPT_ARGUMENTS_MAX && script->arguments[i]; i++)
		words[i + 1] = script->arguments[i];
	report(program_become(&program), "%s", script->path);
	return 127;
}

int script_run(const char *name, const char *const *arguments,
	       void (*line)(void *context, const char *text), void *context)
{
	struct script script = { .arguments = arguments };
	struct child child = { .pid = 0 };
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *output;
	int ends[2], r;

	r = script_find(name, script.path, sizeof(script.path));
	if (r)
		return r;
	if (pipe2(ends, O_CLOEXEC))
		return report(-errno, "pipe");
	script.output = ends[1];
	r = child_start(&child, body, &script);
	close(ends[1]);
	output = fdopen(ends[0], "r");
	if (!output) {
		r = report(-errno, "reading from %s", name);
		close(ends[0]);
		child_kill(&child, 1000);
		return r;
	}
	while (!r && getline(&text, &size, output) > 0) {
		text[strcspn(text, "\n")] = '\0';
		line(context, text);
	}
	fclose(output);
	if (r)
		return r;
	while (!child_wait(&child, 1000))
		;
	if (child_exit_code(&child) < 0)
		return report(-EIO, "%s: %s", name, child_status(&child));
	/* A shell that fails exits with 1, which is no exit code of a script. */
	return child_exit_code(&child) ? error_of_exit_code(child_exit_code(&child)) ?: -EIO : 0;
}

const char *script_cache(char *path, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache)
		snprintf(path, size, "%s/foliostorm", cache);
	else
		snprintf(path, size, "%s/.cache/foliostorm", home ? home : "");
	return path;
}
