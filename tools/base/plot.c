/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/plot.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "tools/base/child.h"
#include "tools/base/program_path.h"
#include "tools/base/save.h"

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

/* Returns the length in bytes of the UTF-8 character at `text`; 0 if it is invalid or a control
 * character. */
static size_t character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t length = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

	if (*c < 0x20 || *c == 0x7f || *c > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

void plot_text(FILE *script, const char *text)
{
	fputc('\'', script);
	while (*text) {
		size_t length = character(text);

		if (*text == '\'')
			fputs("''", script);
		else if (length)
			fwrite(text, 1, length, script);
		else
			fputc('?', script);
		text += length ? length : 1;
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
