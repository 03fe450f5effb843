/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/plot.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "tools/base/child.h"
#include "tools/base/program_path.h"
#include "tools/base/save.h"
#include "tools/base/utf8.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { TIME_LIMIT_MS = 30000, NOT_FOUND = 127 };

struct ports {
	int script, picture, complaints; /* memory files */
};

bool plot_available(void)
{
	char path[PATH_MAX];

	return program_path("gnuplot", path, sizeof(path));
}

void plot_text(FILE *script, const char *text)
{
	size_t length;

	fputc('\'', script);
	for (; *text; text += length) {
		uint32_t value = utf8_decode(text, &length);

		if (value == '\'')
			fputs("''", script);
		else if (value < 0x20 || value == 0x7f || value == UTF8_INVALID)
			fputc('?', script);
		else
			fwrite(text, 1, length, script);
	}
	fputc('\'', script);
}

static int draw(void *context)
{
	const struct ports *ports = context;

	const struct program gnuplot = {
		.path = "gnuplot",
		/* -d ignores the user's settings. */
		.arguments = (const char *[]){ "gnuplot", "-d", "-", NULL },
		.input = ports->script,
		.output = ports->picture,
		.errors = ports->complaints,
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	(void)program_become(&gnuplot);
	return NOT_FOUND;
}

/* Returns the content of a memory file as text; NULL without memory. */
static char *text_of(int fd)
{
	struct stat status;
	char *text;
	ssize_t got;

	if (fstat(fd, &status))
		return NULL;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return NULL;
	got = pread(fd, text, (size_t)status.st_size, 0);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

static int complain(const struct ports *ports, const struct child *child)
{
	_cleanup_free_ char *said = text_of(ports->complaints);
	char *save = NULL, *line = said ? strtok_r(said, "\n", &save) : NULL, *last = line;

	if (child_exit_code(child) == NOT_FOUND)
		return report(0, "gnuplot is not installed; install gnuplot-nox"), -ENOENT;
	for (; line; line = strtok_r(NULL, "\n", &save))
		if (line[strspn(line, " \t^")])
			last = line;
	report(0, "gnuplot: %s", last ? last : child_status(child));
	return -EINVAL;
}

/* Takes the <svg> element; the XML declaration before it is not allowed in a page. */
static int take_picture(const struct ports *ports, char **svg)
{
	_cleanup_free_ char *text = text_of(ports->picture);
	const char *begin = text ? strstr(text, "<svg") : NULL;

	if (!text)
		return report(-ENOMEM, "a picture");
	if (!begin || !strstr(begin, "</svg>"))
		return report(0, "gnuplot drew nothing");
	*svg = strdup(begin);
	return *svg ? 0 : report(-ENOMEM, "a picture");
}

static int run(const struct ports *ports, char **svg)
{
	struct child child = { .pid = 0 };
	int r = child_start(&child, draw, (void *)ports);

	if (r)
		return r;
	if (!child_wait(&child, TIME_LIMIT_MS)) {
		child_kill(&child, 5000);
		return report(-ETIMEDOUT, "gnuplot");
	}
	return child_exit_code(&child) ? complain(ports, &child) : take_picture(ports, svg);
}

int plot_svg(const char *script, unsigned int width, unsigned int height, char **svg)
{
	_cleanup_close_ int in = memfd_create("gnuplot-script", MFD_CLOEXEC);
	_cleanup_close_ int out = memfd_create("gnuplot-picture", MFD_CLOEXEC);
	_cleanup_close_ int errors = memfd_create("gnuplot-errors", MFD_CLOEXEC);
	const struct ports ports = { in, out, errors };

	*svg = NULL;
	if (in < 0 || out < 0 || errors < 0)
		return report(-errno, "memory for a picture");
	/* The script may end in a backslash, so an empty line precedes `unset`. */
	dprintf(in,
		"set terminal svg size %u,%u dynamic noenhanced font 'sans-serif,12' "
		"background 'white'\nset encoding utf8\n%s\n\nunset output\n",
		width, height, script);
	lseek(in, 0, SEEK_SET);
	return run(&ports, svg);
}

int plot_write(const char *script, unsigned int width, unsigned int height, const char *path)
{
	_cleanup_free_ char *svg = NULL;
	int r = plot_svg(script, width, height, &svg);

	return r ? r : save_text(path, svg);
}
