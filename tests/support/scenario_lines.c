/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/scenario_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char scenario_complaint[2048];

static void write_lines(FILE *to, const struct scenario_lines *lines)
{
	fprintf(to, "%s\n", lines->title ?: "title = \"t\";");
	fprintf(to, "%s\n", lines->files ?: "files = ( { name = \"a\"; size = \"8M\"; } );");
	fprintf(to, "%s\n", lines->storm ?: "storm = { };");
	fprintf(to, "%s\n", lines->readers ?: "readers = ( { kind = \"load\"; } );");
	fprintf(to, "%s\n", lines->more ?: "");
}

/* Keeps what was written to `from`, without the prefix of each report and without the directory in
 * "DIRECTORY/s.cfg:3: ...". */
static void keep_complaint(FILE *from, const char *directory)
{
	static const char prefix[] = "foliostorm: ";
	size_t length;
	char *at;

	rewind(from);
	length = fread(scenario_complaint, 1, sizeof(scenario_complaint) - 1, from);
	scenario_complaint[length] = '\0';
	if (length && scenario_complaint[length - 1] == '\n')
		scenario_complaint[length - 1] = '\0';
	if (!strncmp(scenario_complaint, prefix, strlen(prefix)))
		memmove(scenario_complaint, scenario_complaint + strlen(prefix), length);
	at = strstr(scenario_complaint, directory);
	if (at)
		memmove(at, at + strlen(directory) + 1, strlen(at + strlen(directory) + 1) + 1);
}

int scenario_load_lines(struct scenario *scenario, const struct scenario_lines *lines,
			const struct scenario_overrides *overrides)
{
	static const struct kernel_version kernel = { .major = 6, .minor = 18, .patch = 9 };
	static const struct scenario_overrides none;
	char directory[] = "/tmp/foliostorm-scenario.XXXXXX", path[64];
	FILE *file, *said = tmpfile();
	int r, before = dup(STDERR_FILENO);

	if (!said || before < 0 || !mkdtemp(directory))
		abort();
	snprintf(path, sizeof(path), "%s/s.cfg", directory);
	file = fopen(path, "w");
	if (!file)
		abort();
	write_lines(file, lines);
	fclose(file);
	fflush(stderr);
	dup2(fileno(said), STDERR_FILENO);
	r = scenario_load(scenario, path, overrides ?: &none, &kernel);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	keep_complaint(said, directory);
	fclose(said);
	unlink(path);
	rmdir(directory);
	return r;
}
