/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_build.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/child.h"
#include "tools/base/exit_code.h"
#include "tools/base/open_output.h"
#include "tools/base/stop.h"
#include "tools/guest/script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
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
		.input = PROGRAM_NOTHING, /* must not ask questions */
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

/* make and its children are in the child's process group. */
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
	const char *words[8] = { script };
	size_t count = 1;
	_cleanup_close_ int output = open_output(build->log, O_WRONLY | O_TRUNC);
	struct start start = { words, output };
	struct child child = { .pid = 0 };
	int r = output < 0 ? output : script_find("build-kernel", script, sizeof(script));

	if (build->bare)
		words[count++] = "--bare";
	words[count++] = tree;
	words[count++] = build->objects;
	words[count++] = image;
	words[count++] = build->config;
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

static int add_text(crypto_generichash_state *state, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = text_file_read(path, &text, &size);

	if (r)
		return report(r, "the configuration %s", path), -EINVAL;
	crypto_generichash_update(state, (const unsigned char *)text, size);
	return 0;
}

static int add_fragment(crypto_generichash_state *state, const char *name)
{
	char script[PATH_MAX], path[PATH_MAX + 64];

	if (script_find("build-kernel", script, sizeof(script)))
		return -EINVAL;
	snprintf(path, sizeof(path), "%.*s/mutants/%s", (int)(strrchr(script, '/') - script),
		 script, name);
	return add_text(state, path);
}

int bisect_build_identify(const struct bisect_build *build, char identity[BISECT_IDENTITY])
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;
	int r;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	r = build->config ? add_text(&state, build->config) : add_fragment(&state, "kernel.config");
	if (!r && build->bare)
		r = add_fragment(&state, "bare.config");
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(identity, BISECT_IDENTITY, hash, sizeof(hash));
	return r;
}
