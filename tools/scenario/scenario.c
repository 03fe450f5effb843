/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/save.h"
#include "tools/reading/client.h"
#include "tools/scenario/scenario_check.h"
#include "tools/scenario/shipped.h"
#include "tools/scenario/workload_kind.h"
#include "tools/threads/threads.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Checks the value of an option on its own, so that an error can name the option and not the
 * key. */
static int check_override(const char *option, const char *path, const char *value)
{
	const struct schema_key *key = schema_find(scenario_keys, path);
	const struct schema_key keys[] = { *key, { .name = NULL } };
	const struct schema_source source = { .file = option };
	struct scenario *into = calloc(1, sizeof(*into));
	char *assignment = NULL, message[256] = "", allowed[512];
	config_t config;
	int r = -ENOMEM;

	config_init(&config);
	report_capture(message, sizeof(message));
	if (into && asprintf(&assignment, "%s=%s", key->name, value) >= 0)
		r = schema_set(&config, assignment)
			    ?: schema_read(&source, config_root_setting(&config), keys, "", into);
	report_capture(NULL, 0);
	config_destroy(&config);
	free(assignment);
	free(into);
	return r == -EINVAL ? report(0, "%s %s: allowed: %s", option, value,
				     schema_allowed(key, allowed, sizeof(allowed)))
	       : r          ? report(r, "%s %s", option, value)
			    : 0;
}

/* Options such as --seed override the keys that they stand for. */
static int apply_overrides(config_t *config, const struct scenario_overrides *overrides)
{
	const struct {
		const char *option, *path, *value;
	} options[] = {
		{ "--seed", "seed", overrides->seed },
		{ "--duration", "duration", overrides->duration },
		{ "--expect", "expect.verdict", overrides->expect },
		{ "--schedule-engine", "schedule_engine", overrides->engine },
		{ "--until-proof", "until", overrides->until },
	};
	char assignment[128];
	int r = 0;

	for (const char *const *set = overrides->sets; set && *set && !r; set++)
		r = schema_set(config, *set);
	for (size_t i = 0; i < ARRAY_SIZE(options) && !r; i++) {
		if (!options[i].value)
			continue;
		snprintf(assignment, sizeof(assignment), "%s=%s", options[i].path,
			 options[i].value);
		r = check_override(options[i].option, options[i].path, options[i].value)
			    ?: schema_set(config, assignment);
	}
	return r;
}

struct scenario_overrides scenario_overrides_of_guest(const struct scenario_overrides *overrides)
{
	struct scenario_overrides of_guest = *overrides;

	if (of_guest.trust == TRUST_OWN)
		of_guest.trust = TRUST_GUEST;
	return of_guest;
}

static void name_threads(struct scenario *scenario)
{
	const struct thread_script *scripts = scenario->threads.items;

	for (size_t i = 0; i < scenario->threads.count && i < SCHEDULE_THREADS_MAX; i++)
		memcpy(scenario->thread_names[i], scripts[i].name, SCHEDULE_ROLE);
}

int scenario_load(struct scenario *scenario, const char *path,
		  const struct scenario_overrides *overrides, const struct kernel_version *kernel)
{
	char found[PATH_MAX];
	unsigned int mistakes = 0;
	const struct schema_source source = {
		.file = found,
		.text = &scenario->text,
		.trust = overrides->trust,
		.mistakes = &mistakes,
	};
	int r;

	memset(scenario, 0, sizeof(*scenario));
	config_init(&scenario->config);
	path = shipped_find(path, found, sizeof(found));
	if (!path)
		return -ENOENT;
	scenario->path = strdup(path);
	if (!scenario->path)
		return report(-ENOMEM, "%s", path);
	r = config_text_read(&scenario->text, path)
		    ?: config_text_parse(&scenario->text, &scenario->config);
	if (r)
		return r;
	if (config_lookup(&scenario->config, "rules") &&
	    config_setting_length(config_root_setting(&scenario->config)) == 1)
		return report(0,
			      "%s: is a file of rules, not a scenario; foliostorm mount --rules "
			      "takes it, or a scenario that has it by @include",
			      path);
	r = apply_overrides(&scenario->config, overrides);
	if (r)
		return r;
	r = workload_find_file(&scenario->config, path);
	if (!r)
		r = schema_read(&source, config_root_setting(&scenario->config), scenario_keys, "",
				scenario);
	if (r)
		return r;
	name_threads(scenario);
	scenario->has_storm = config_lookup(&scenario->config, "storm") != NULL;
	return scenario_check(scenario, &source, kernel);
}

void scenario_release(struct scenario *scenario)
{
	struct scenario_file *files = scenario->files.items;

	for (size_t i = 0; i < scenario->files.count; i++)
		if (files[i].golden_fd > 0)
			close(files[i].golden_fd);
	schema_free(scenario_keys, scenario);
	free(scenario->path);
	scenario->path = NULL;
	config_destroy(&scenario->config);
	config_text_release(&scenario->text);
}

char *scenario_text(const struct scenario *scenario)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	config_write(&scenario->config, memory);
	fclose(memory);
	return text;
}

int scenario_write(const struct scenario *scenario, const char *path)
{
	_cleanup_free_ char *text = scenario_text(scenario);

	return text ? save_text(path, text) : report(-ENOMEM, "%s", path);
}

static bool in_ranges(const struct schema_list *list, const struct kernel_version *kernel)
{
	const struct kernel_range *ranges = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (kernel_in_range(kernel, &ranges[i]))
			return true;
	return false;
}

bool scenario_affects(const struct scenario *scenario, const struct kernel_version *kernel)
{
	return in_ranges(&scenario->affected, kernel);
}

bool scenario_xfails(const struct scenario *scenario, const struct kernel_version *kernel)
{
	return in_ranges(&scenario->expect.xfail, kernel);
}

enum expectation scenario_expects(const struct scenario *scenario,
				  const struct kernel_version *kernel)
{
	if (scenario->expect.verdict != EXPECT_AUTO)
		return scenario->expect.verdict;
	return scenario_affects(scenario, kernel) ? EXPECT_HIT : EXPECT_CLEAN;
}

/* The process of a client is named after its program. */
static void add_program(struct kernel_subject *subject, const char *text)
{
	struct client_command command;
	const char *slash;
	char why[200];

	if (client_command_parse(text, &command, why, sizeof(why)))
		return;
	slash = strrchr(command.program, '/');
	kernel_subject_add(subject, slash ? slash + 1 : command.program);
	client_command_free(&command);
}

void scenario_subject(const struct scenario *scenario, struct kernel_subject *subject)
{
	const struct workload_kind *kind = workload_kind_of(scenario);
	const struct scenario_reader *readers = scenario->readers.items;
	const struct scenario_file *files = scenario->files.items;
	bool evicts = scenario->has_storm && scenario->storm.op->evicts;

	*subject = (struct kernel_subject){ 0 };
	if (kind && kind->families)
		subject->families = kind->families;
	else
		subject->families = evicts ? KERNEL_STALE : KERNEL_SPLIT;
	kernel_subject_add(subject, "foliostorm");
	for (size_t i = 0; i < scenario->readers.count; i++)
		if (readers[i].command)
			add_program(subject, readers[i].command);
	for (size_t i = 0; i < scenario->files.count; i++)
		kernel_subject_add(subject, files[i].name);
}

bool scenario_has_other_users(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;

	for (size_t i = 0; i < scenario->readers.count; i++)
		if (readers[i].user.set && readers[i].user.uid)
			return true;
	return false;
}

const char *scenario_reader_name(const struct scenario *scenario, unsigned int number)
{
	const struct scenario_reader *readers = scenario->readers.items;

	for (size_t i = 0; i < scenario->readers.count; number -= (unsigned int)readers[i++].count)
		if (number < readers[i].count)
			return readers[i].ops->name;
	if (scenario->threads.count)
		return number < scenario->threads.count ? scenario->thread_names[number]
							: "before and after";
	return scenario->workload.kind ? scenario->workload.kind->name : "unknown";
}

/* ext4 and tmpfs read without the lock (ext4_file_read_iter(), shmem_file_read_iter()). */
bool scenario_locks_out(const struct scenario *scenario, const struct scenario_reader *reader)
{
	bool changed = scenario->has_storm && !scenario->storm.op->keeps;
	/* With order = large folios, the reader reads through a mapping. */
	bool locks = reader->ops->takes_lock && reader->order != REFAULT_LARGE;

	return changed && locks && backing_is_xfs(&scenario->backing);
}
