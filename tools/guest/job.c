/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/job.h"
#include "injector/report.h"
#include "tools/commands.h"
#include "tools/guest/initrd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the guest is to do, as files of its initramfs; the texts are released by the caller. */
struct job {
	char *script, *scenario;
	char name[NAME_MAX + 16];
};

static void print_quoted(FILE *to, const char *word)
{
	fputc('\'', to);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", to);
		else
			fputc(*word, to);
	fputc('\'', to);
}

static int make_job(const struct guest_config *config, struct job *job)
{
	size_t size;
	FILE *script = open_memstream(&job->script, &size), *text;

	if (!script)
		return report(-ENOMEM, "the guest's job");
	if (config->command)
		fprintf(script, "%s\n", config->command);
	if (config->scenario) {
		const char *slash = strrchr(config->scenario->path, '/');

		snprintf(job->name, sizeof(job->name), "scenarios/%s",
			 slash ? slash + 1 : config->scenario->path);
		fprintf(script,
			"exec foliostorm run --quiet --events /run/events --out /out "
			"--format %s ",
			config->json ? "json" : "text");
		print_quoted(script, job->name);
		fputc('\n', script);
		/* As resolved here: what it includes and what was overridden is in it. */
		text = open_memstream(&job->scenario, &size);
		if (text) {
			config_write(&config->scenario->config, text);
			fclose(text);
		}
	}
	fclose(script);
	return 0;
}

int job_make_initrd(const struct guest_config *config, int *fd)
{
	enum { PROGRAMS_MAX = 20 };
	char self[PATH_MAX] = "", mkfs[] = "/sbin/mkfs.xfs";
	const char *programs[PROGRAMS_MAX + 1] = { self, mkfs };
	size_t count = 2;
	struct job job = { .script = NULL };
	int r;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return report(-errno, "/proc/self/exe"), EXIT_RUN_ERROR;
	if (access(mkfs, X_OK))
		return report(-errno, "%s: install xfsprogs", mkfs), EXIT_PRECONDITION;
	if (!access("/sbin/mkfs.ext4", X_OK))
		programs[count++] = "/sbin/mkfs.ext4";
	for (size_t i = 0; config->programs && config->programs[i] && count < PROGRAMS_MAX; i++)
		programs[count++] = config->programs[i];
	r = make_job(config, &job) ? (int)EXIT_RUN_ERROR : 0;
	if (!r) {
		const struct initrd_file files[] = {
			{ "job", job.script },
			{ job.scenario    ? job.name
			  : config->shell ? "shell"
					  : NULL,
			  job.scenario ? job.scenario : "" },
			{ job.scenario && config->shell ? "shell" : NULL, "" },
			{ NULL, NULL },
		};

		r = initrd_make(config->kernel, programs, files, fd);
	}
	free(job.script);
	free(job.scenario);
	return r;
}
