/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/job.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "injector/rules/rule_action.h"
#include "tools/base/quote.h"
#include "tools/guest/initrd.h"
#include "tools/guest/script.h"
#include "tools/reading/client.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/workload_kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The files of the job; the caller frees the texts. */
struct job {
	char *script, *scenario;
	char name[NAME_MAX + 16];
};

/* self: the path of this program, which may have been given another name. */
static int make_job(const struct guest_config *config, const char *self, struct job *job)
{
	const char *name = strrchr(self, '/') + 1;
	size_t size;
	FILE *script = open_memstream(&job->script, &size);

	if (!script)
		return report(-ENOMEM, "the guest's job");
	if (strcmp(name, "foliostorm")) {
		fprintf(script, "ln -s ");
		quote_word(script, name);
		fprintf(script, " /bin/foliostorm\n");
	}
	if (config->command)
		fprintf(script, "%s\n", config->command);
	if (config->scenario) {
		const char *slash = strrchr(config->scenario->path, '/');

		snprintf(job->name, sizeof(job->name), "scenarios/%s",
			 slash ? slash + 1 : config->scenario->path);
		fprintf(script, "exec foliostorm run --quiet --events /run/events --out /out %s",
			scenario_guest_engine(config->scenario) == SCHEDULE_ENGINE_QEMU
				? "--conducted "
				: "");
		quote_word(script, job->name);
		fputc('\n', script);
		/* The resolved scenario, with its includes and overrides. */
		job->scenario = scenario_text(config->scenario);
	}
	fclose(script);
	return 0;
}

/* Returns the text of a file, to be freed; NULL: it cannot be read (reported). */
static char *read_text(const char *path)
{
	char *text;
	int r = text_file_read(path, &text, NULL);

	if (r)
		report(r, "%s", path);
	return text;
}

/* Checks the users of a scenario. A guest has no passwd file, so it knows no names of the host.
 * Returns 0 or -EINVAL (reported). */
static int check_users(const struct scenario *scenario, const config_setting_t *in)
{
	const struct schema_source source = { .file = scenario->path, .text = &scenario->text };
	const char *name = config_setting_name(in), *user = NULL;
	int r = 0;

	if (name && !strcmp(name, "run_as"))
		user = config_setting_get_string(in);
	if (user && strcmp(user, "root") && !strchr(user, ':'))
		return schema_complain(&source, in, name,
				       "there is no user \"%.64s\" in a guest; allowed: root, or "
				       "\"UID:GID\"",
				       user);
	for (int i = 0; config_setting_is_aggregate(in) && i < config_setting_length(in) && !r; i++)
		r = check_users(scenario, config_setting_get_elem(in, (unsigned int)i));
	return r;
}

/* Returns the path in the guest, whose working directory is its root, for a path of the host. */
static const char *path_in_guest(const char *path)
{
	for (;;) {
		size_t skip = strspn(path, "/");

		if (!skip && !strncmp(path, "./", 2))
			skip = 2;
		else if (!skip && !strncmp(path, "../", 3))
			skip = 3;
		if (!skip)
			return path;
		path += skip;
	}
}

static int too_many(const struct scenario *scenario, size_t most)
{
	return report(0, "%s: a guest takes %zu files of rules and of files[].from at most",
		      scenario->path, most);
}

static bool has_file(const struct initrd_file *files, size_t count, const char *path)
{
	while (count && strcmp(files[count - 1].path, path) != 0)
		count--;
	return count;
}

/* Adds the files that actions of rules read, such as histograms of delays, each once. Returns how
 * many of `files` were filled in; -ENOENT: one cannot be read; -EINVAL: more than `most` (both
 * reported). */
static int add_rule_files(const struct scenario *scenario, struct initrd_file *files, size_t most)
{
	const struct rule_spec *rules = scenario->rules.items;
	size_t count = 0;

	for (size_t i = 0; i < scenario->rules.count; i++) {
		const struct rule_do *groups = rules[i].actions.items;

		for (size_t k = 0; k < rules[i].actions.count * RULE_ACTION_KINDS; k++) {
			const char *path =
				rule_do_file(&groups[k / RULE_ACTION_KINDS], k % RULE_ACTION_KINDS);

			if (!path || has_file(files, count, path_in_guest(path)))
				continue;
			if (count == most)
				return too_many(scenario, most);
			files[count].path = path_in_guest(path);
			files[count].text = read_text(path);
			if (!files[count++].text)
				return -ENOENT;
		}
	}
	return (int)count;
}

/* Adds the file that a workload reads. Returns as add_rule_files(). */
static int add_workload_file(const struct scenario *scenario, struct initrd_file *file)
{
	const char *path = workload_file(scenario);

	if (!path)
		return 0;
	file->path = path_in_guest(path);
	file->text = read_text(path);
	return file->text ? 1 : -ENOENT;
}

/* Adds files with content of their own, as copies_obtain() returns them. */
static int add_copies(const struct scenario *scenario, struct initrd_file *to, size_t most)
{
	const struct scenario_file *files = scenario->files.items;
	size_t count = 0;

	for (size_t i = 0; i < scenario->files.count; i++) {
		char *text;

		if (files[i].content != CONTENT_COPY)
			continue;
		if (count == most)
			return too_many(scenario, most);
		text = malloc(files[i].size);
		to[count++] =
			(struct initrd_file){ path_in_guest(files[i].from), text, files[i].size };
		if (!text ||
		    pread(files[i].golden_fd, text, files[i].size, 0) != (ssize_t)files[i].size)
			return report(-ENOMEM, "%s: for the guest", files[i].name);
	}
	return (int)count;
}

static bool is_listed(const char *const *programs, size_t count, const char *program)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(programs[i], program))
			return true;
	return false;
}

int job_add_programs(const struct scenario *scenario, struct client_command *commands,
		     const char **programs, size_t most, size_t *count)
{
	const struct scenario_reader *readers = scenario->readers.items;
	struct client_command command;
	char why[400];

	for (size_t i = 0; i < scenario->readers.count; i++) {
		if (!readers[i].ops->program ||
		    client_command_parse(readers[i].command, &command, why, sizeof(why)))
			continue;
		if (is_listed(programs, *count, command.program)) {
			client_command_free(&command);
			continue;
		}
		if (*count == most) {
			client_command_free(&command);
			return report(0, "%s: readers run more than %zu programs", scenario->path,
				      most);
		}
		commands[*count] = command;
		programs[*count] = commands[*count].program;
		(*count)++;
	}
	return 0;
}

/* Returns how many files there are, or -errno (reported). All texts from `histograms` on are to be
 * freed. */
static int list_files(const struct guest_config *config, const struct job *job,
		      struct initrd_file *files, size_t most, size_t *histograms)
{
	const struct scenario *needs = config->scenario ? config->scenario : config->brings;
	size_t count = 0;
	int r = 0;

	files[count++] = (struct initrd_file){ "job", job->script, 0 };
	if (job->scenario)
		files[count++] = (struct initrd_file){ job->name, job->scenario, 0 };
	if (config->shell)
		files[count++] = (struct initrd_file){ "shell", "", 0 };
	for (const struct initrd_file *file = config->files; file && file->path; file++)
		files[count++] = *file;
	*histograms = count;
	if (needs)
		r = add_rule_files(needs, files + count, most - count - 2);
	if (r < 0)
		return r;
	count += (size_t)r;
	r = needs ? add_workload_file(needs, files + count) : 0;
	if (r < 0)
		return r;
	count += (size_t)r;
	r = needs ? add_copies(needs, files + count, most - count - 1) : 0;
	return r < 0 ? r : (int)count + r;
}

enum { PROGRAMS_MAX = INITRD_PROGRAMS_MAX };

/* The programs of a guest besides its busybox. */
struct guest_programs {
	struct guest_home home;
	char mkfs[BACKING_FS_MAX][PATH_MAX];
	const char *list[PROGRAMS_MAX + 1]; /* ended by NULL */
	size_t count;
};

/* Adds the commands that make file systems: of those that each guest has, XFS at least, and of the
 * one that the scenario needs. A module of others may take a second at load: that of btrfs measures
 * ways to compute parities. */
static int list_makers(const struct scenario *needs, struct guest_programs *programs)
{
	char(*path)[PATH_MAX] = programs->mkfs;

	for (const struct backing_fs *fs = backing_filesystems; fs->name; fs++, path++) {
		bool needed = fs->is_xfs ||
			      (needs && needs->backing.kind->formatted && needs->backing.fs == fs);

		snprintf(*path, sizeof(*path), "%s/sbin/%s", programs->home.sysroot,
			 fs->command[0]);
		if (!access(*path, X_OK) && (needed || fs->in_guests))
			programs->list[programs->count++] = *path;
		else if (needed)
			return report(-errno, "%s: install %s", *path, fs->package), -EPERM;
	}
	return 0;
}

static int list_programs(const struct guest_config *config, struct guest_programs *programs)
{
	const struct scenario *needs = config->scenario ? config->scenario : config->brings;
	struct guest_home *home = &programs->home;
	int r = guest_home_find(home, config->kernel->arch);

	if (r)
		return r;
	programs->list[programs->count++] = home->foliostorm;
	programs->list[programs->count++] = home->wake;
	r = list_makers(needs, programs);
	if (r)
		return r;
	for (size_t i = 0; config->programs && config->programs[i]; i++) {
		if (programs->count == PROGRAMS_MAX)
			return report(0, "%s: a guest takes %d programs at most",
				      config->programs[i], PROGRAMS_MAX);
		programs->list[programs->count++] = config->programs[i];
	}
	return 0;
}

int job_make(const struct guest_config *config, struct initrd_archives *archives, int *fd)
{
	enum { FILES_MAX = 512 }; /* one of no path ends them */
	struct guest_programs programs = { .count = 0 };
	struct initrd_file files[FILES_MAX] = { { .path = NULL } };
	size_t histograms = FILES_MAX - 1;
	struct client_command commands[PROGRAMS_MAX];
	const struct scenario *needs = config->scenario ? config->scenario : config->brings;
	struct job job = { .script = NULL };
	size_t clients = 0;
	int r = list_programs(config, &programs);

	if (r)
		return r;
	if (needs)
		r = job_add_programs(needs, commands, programs.list + programs.count,
				     PROGRAMS_MAX - programs.count, &clients);
	if (!r && needs)
		r = check_users(needs, config_root_setting(&needs->config));
	if (!r)
		r = make_job(config, programs.home.foliostorm, &job);
	if (!r)
		r = list_files(config, &job, files, FILES_MAX, &histograms);
	if (r >= 0)
		r = initrd_archives(config->kernel, programs.home.sysroot, programs.list, archives);
	if (!r)
		r = initrd_pack(files, fd);
	for (size_t i = histograms; files[i].path; i++)
		free((char *)files[i].text);
	for (size_t i = 0; i < clients; i++)
		client_command_free(&commands[i]);
	free(job.script);
	free(job.scenario);
	return r;
}
