/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario_check.h"
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/reading/client.h"
#include "tools/scenario/scenario_pages.h"
#include "tools/scenario/scenario_rules.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/shown.h"
#include "tools/scenario/thread_keys.h"
#include "tools/scenario/workload_kind.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct check {
	const struct scenario *scenario;
	const struct schema_source *source;
	const struct kernel_version *kernel;
};

/* Complains about a key by its path, at the line of the nearest setting in the file that contains
 * it. */
#define WRONG(check, path, ...)                                                                    \
	schema_complain((check)->source, find_setting((check)->scenario, path), path, __VA_ARGS__)

static const config_setting_t *find_setting(const struct scenario *scenario, const char *path)
{
	const config_setting_t *setting;
	char at[128];

	snprintf(at, sizeof(at), "%s", path);
	while (!(setting = schema_lookup(&scenario->config, at))) {
		size_t length = strlen(at);

		while (length && at[length - 1] != '.' && at[length - 1] != '[')
			length--;
		if (!length)
			return NULL;
		at[length - 1] = '\0';
	}
	return setting;
}

static int check_file(const struct check *check, const struct scenario_file *file, size_t i)
{
	char path[64], size[32];

	snprintf(path, sizeof(path), "files[%zu].folio", i);
	if (file->folio & (file->folio - 1))
		return WRONG(check, path, "%s is not a power of two; allowed: 4K, 8K, ... 2M",
			     units_format_size(file->folio, size, sizeof(size)));
	snprintf(path, sizeof(path), "files[%zu].content", i);
	if (file->content == CONTENT_COPY) {
		if (!file->from == !file->command || file->size || file->first)
			return WRONG(
				check, path,
				"a copy is of what it copies; allowed: either from or command, "
				"and neither size nor first");
	} else if (file->from || file->command) {
		return WRONG(check, path,
			     "\"pages\" has no from and no command; allowed: with copy");
	}
	snprintf(path, sizeof(path), "files[%zu].run_as", i);
	if (file->user.set && !file->command)
		return WRONG(check, path, "has no effect without command; allowed: with command");
	snprintf(path, sizeof(path), "files[%zu].size", i);
	if (file->content == CONTENT_PAGES && !file->size)
		return WRONG(check, path, "missing; allowed: a size, a multiple of folio");
	if (file->size % file->folio)
		return WRONG(
			check, path,
			"%s does not hold whole folios; allowed: a multiple of folio, at least "
			"one",
			units_format_size(file->size, size, sizeof(size)));
	snprintf(path, sizeof(path), "files[%zu].first", i);
	if (file->first % file->folio || (file->size && file->first >= file->size))
		return WRONG(check, path,
			     "%s is not where a folio of the file begins; allowed: multiples of "
			     "folio, less than size",
			     units_format_size(file->first, size, sizeof(size)));
	snprintf(path, sizeof(path), "files[%zu].name", i);
	if (!*file->name || strchr(file->name, '/') || !strcmp(file->name, ".") ||
	    !strcmp(file->name, "..") || strlen(file->name) >= sizeof(((struct target *)0)->name))
		return WRONG(
			check, path,
			"\"%s\" is not a file name; allowed: up to 63 characters without a slash",
			file->name);
	for (size_t j = 0; j < i; j++)
		if (!strcmp(file->name,
			    ((const struct scenario_file *)check->scenario->files.items)[j].name))
			return WRONG(check, path, "\"%s\" is used twice; allowed: each name once",
				     file->name);
	return 0;
}

static int check_room(const struct check *check, uint64_t bytes)
{
	char needed[32];

	if (backing_holds(&check->scenario->backing, bytes))
		return 0;
	return WRONG(check, "backing.size", "too small for the files; allowed: at least %s",
		     units_format_size(bytes + BACKING_SPARE, needed, sizeof(needed)));
}

/* Whether the workload alone makes the run: no storm, readers or files. */
static bool only_workload(const struct scenario *scenario)
{
	return scenario->workload.kind && !scenario->has_storm && !scenario->readers.count &&
	       !scenario->files.count;
}

static int check_files(const struct check *check)
{
	const struct scenario_file *files = check->scenario->files.items;
	uint64_t bytes = workload_room(check->scenario);
	int r = 0;

	if (only_workload(check->scenario))
		return check_room(check, bytes);
	if (!check->scenario->files.count || check->scenario->files.count > STAMP_FILE_MAX)
		return WRONG(check, "files", "%zu files; allowed: 1 to %d",
			     check->scenario->files.count, STAMP_FILE_MAX);
	for (size_t i = 0; i < check->scenario->files.count && !r; i++) {
		r = check_file(check, &files[i], i);
		bytes += files[i].size - files[i].first;
	}
	return r ? r : check_room(check, bytes);
}

/* Whether the storm can punch a folio of this order where it aims. */
static int check_aim(const struct check *check, unsigned int order, size_t file)
{
	const struct scenario *scenario = check->scenario;
	unsigned int pages = target_pages(scenario->storm.skip + scenario->storm.length);
	int page;

	if (pages > 1U << order)
		return WRONG(check, "storm.length",
			     "more than a folio of files[%zu]; allowed: up to its folio size",
			     file);
	page = aim_plan(&scenario->storm.aim, check->kernel, order, pages, 0);
	if (page == -ERANGE)
		return WRONG(
			check, "storm.aim",
			"outside the folios of files[%zu]; allowed: pages 0 to %u for this length",
			file, (1U << order) - pages);
	if (page == -ENODATA)
		return WRONG(check, "storm.aim",
			     "a punch of this length exposes nothing in a folio of %u pages "
			     "(files[%zu].folio); allowed: a page number, random, or larger folios",
			     1U << order, file);
	return 0;
}

/* Whether the storm changes a file beneath the layer, which has a page cache of its own. */
static bool changes_beneath(const struct scenario *scenario)
{
	return scenario->mount.data_path == LAYER_DAEMON && !scenario->storm.op->keeps &&
	       (scenario->storm.op->beneath || !scenario->storm.through_mount);
}

static int check_storm(const struct check *check)
{
	const struct scenario *scenario = check->scenario;
	const struct scenario_file *files = scenario->files.items;
	int r = 0;

	if (!scenario->has_storm)
		return 0;
	if (scenario->storm.length % 8)
		return WRONG(check, "storm.length",
			     "not a multiple of 8 bytes; allowed: 8B, 4K, ...");
	if (scenario->storm.skip % 8)
		return WRONG(check, "storm.skip",
			     "not a multiple of 8 bytes; allowed: 0B, 8B, ... 4088B");
	if (scenario->storm.op->whole_pages &&
	    (scenario->storm.skip || scenario->storm.length % page_size()))
		return WRONG(check, scenario->storm.skip ? "storm.skip" : "storm.length",
			     "%s takes out whole pages; allowed: skip = \"0B\" and a length of \"1 "
			     "page\", \"2 pages\", ...",
			     scenario->storm.op->name);
	if (scenario->storm.op->on_disk && scenario->backing.kind->in_memory)
		return WRONG(check, "storm.op",
			     "%s does nothing on a tmpfs; allowed: another operation, or another "
			     "backing.kind",
			     scenario->storm.op->name);
	if (scenario->storm.op->shares && scenario->backing.kind->formatted &&
	    !scenario->backing.fs->shares)
		return WRONG(check, "storm.op",
			     "%s does nothing on %s, whose files share no blocks; allowed: another "
			     "operation, or another backing.fs",
			     scenario->storm.op->name, scenario->backing.fs->name);
	if (changes_beneath(scenario))
		return WRONG(check, "mount.data_path",
			     "the layer's page cache would keep what %s takes out beneath it; "
			     "allowed: passthrough, mixed",
			     scenario->storm.op->name);
	for (size_t i = 0; i < scenario->files.count && !r; i++)
		r = check_aim(check, target_order(files[i].folio), i);
	return r;
}

static bool follows_storm(const struct scenario_reader *reader)
{
	return reader->pages.kind != READER_ALL && !reader->ops->turn;
}

/* where = "own" needs a page for each reader that follows the storm. */
static int check_own(const struct check *check, const struct scenario_reader *reader,
		     const char *path)
{
	const struct scenario_reader *readers = check->scenario->readers.items;
	uint64_t pages = reader->pages.last - reader->pages.first + 1, count = 0;

	if (reader->where != READER_OWN || reader->pages.kind != READER_RANGE)
		return 0;
	for (size_t i = 0; i < check->scenario->readers.count; i++)
		count += follows_storm(&readers[i]) ? readers[i].count : 0;
	return pages < count ? WRONG(check, path,
				     "own: %ju pages for the %ju readers that follow the storm; "
				     "allowed: random, same, or as many pages as readers",
				     (uintmax_t)pages, (uintmax_t)count)
			     : 0;
}

/* The readers of a kind have consecutive processors. */
static int check_cpu(const struct check *check, const struct scenario_reader *reader, size_t i)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF), last = cpus - (long)reader->count;
	char path[64], which[32] = "";

	if (reader->cpu < 0 || reader->cpu <= last)
		return 0;
	snprintf(path, sizeof(path), "readers[%zu].cpu", i);
	if (reader->count > 1)
		snprintf(which, sizeof(which), " for the last of %ju", (uintmax_t)reader->count);
	return last < 0 ? WRONG(check, path, "no such processor%s; allowed: auto", which)
			: WRONG(check, path, "no such processor%s; allowed: auto, or 0 to %ld",
				which, last);
}

static int check_reader(const struct check *check, const struct scenario_reader *reader, size_t i)
{
	const struct scenario *scenario = check->scenario;
	const struct scenario_file *files = scenario->files.items;
	bool follows = follows_storm(reader);
	char path[64];

	snprintf(path, sizeof(path), "readers[%zu].pages", i);
	if (reader->pages.kind != READER_ALL && !scenario->has_storm)
		return WRONG(check, path, "follows a storm, and there is none; allowed: all");
	for (size_t f = 0; f < scenario->files.count; f++)
		if (reader->pages.kind == READER_RANGE &&
		    reader->pages.last >= files[f].folio / page_size())
			return WRONG(check, path,
				     "outside the folios of files[%zu]; allowed: 0-%ju", f,
				     (uintmax_t)(files[f].folio / page_size() - 1));
	snprintf(path, sizeof(path), "readers[%zu].where", i);
	if (reader->where != READER_RANDOM && !follows)
		return WRONG(check, path, "this reader follows no storm; allowed: random");
	if (check_own(check, reader, path))
		return -EINVAL;
	snprintf(path, sizeof(path), "readers[%zu].wait", i);
	if (reader->wait == READER_WAIT_OVER && !follows)
		return WRONG(check, path,
			     "\"over\": this reader follows no storm; allowed: auto, none");
	snprintf(path, sizeof(path), "readers[%zu].order", i);
	if (reader->order != REFAULT_ANY && !reader->ops->orders)
		return WRONG(check, path,
			     "%s does not open the file for itself; allowed: any, or a kind that "
			     "does, such as pread",
			     reader->ops->name);
	return check_cpu(check, reader, i);
}

static bool any_content(const struct scenario *scenario, enum file_content content)
{
	const struct scenario_file *files = scenario->files.items;

	for (size_t i = 0; i < scenario->files.count; i++)
		if (files[i].content == content)
			return true;
	return false;
}

/* The program must exist, and its files must not change. */
static int check_exec(const struct check *check, const struct scenario_reader *reader, size_t i)
{
	struct client_command command;
	char path[64], why[400];

	snprintf(path, sizeof(path), "readers[%zu].run_as", i);
	if (reader->user.set && !reader->ops->program)
		return WRONG(check, path, "%s runs no program; allowed: with kind = \"exec\"",
			     reader->ops->name);
	snprintf(path, sizeof(path), "readers[%zu].command", i);
	if (!reader->ops->program)
		return reader->command ? WRONG(check, path,
					       "%s runs no program; allowed: with kind = "
					       "\"exec\"",
					       reader->ops->name)
				       : 0;
	if (!reader->command)
		return WRONG(check, path, "missing; allowed: a program and its arguments");
	if (any_content(check->scenario, CONTENT_PAGES))
		return WRONG(check, path,
			     "stamped files change under it; allowed: files with content = "
			     "\"copy\"");
	if (client_command_parse(reader->command, &command, why, sizeof(why)))
		return WRONG(check, path, "%s", why);
	client_command_free(&command);
	return 0;
}

/* A hole in a copy must not change it: the storm aims only where the copy has zeros. */
static int check_copies(const struct check *check)
{
	const struct scenario *scenario = check->scenario;
	enum aim_kind kind = scenario->storm.aim.kind;

	if (!scenario->has_storm || !any_content(scenario, CONTENT_COPY))
		return 0;
	if (kind != AIM_KIND_AUTO && kind != AIM_KIND_SHAPE)
		return WRONG(check, "storm.aim",
			     "a copy is punched where it has zeros; allowed: auto, batched, "
			     "interleaved, both");
	if (scenario->storm.skip || scenario->storm.length % page_size() ||
	    scenario->storm.op->to_end)
		return WRONG(
			check, "storm",
			"would change a copy; allowed: whole pages, and no operation that goes to "
			"the end of the file");
	if (scenario->mount.data_path == LAYER_DAEMON)
		return WRONG(check, "mount.data_path",
			     "copies are read by the kernel; allowed: passthrough, mixed");
	return 0;
}

static int check_readers(const struct check *check)
{
	const struct scenario_reader *readers = check->scenario->readers.items;
	uint64_t count = 0;
	int r = 0;

	for (size_t i = 0; i < check->scenario->readers.count && !r; i++) {
		r = check_reader(check, &readers[i], i);
		if (!r)
			r = check_exec(check, &readers[i], i);
		count += readers[i].count;
	}
	if (!r && ((!count && !check->scenario->workload.kind && !check->scenario->threads.count) ||
		   count > STORM_READERS_MAX))
		return WRONG(check, "readers", "%ju readers; allowed: 1 to %d", (uintmax_t)count,
			     STORM_READERS_MAX);
	return r;
}

/* Does not check the number of processors, which only the command that starts the run knows. */
static int check_threads(const struct check *check)
{
	struct thread_mistake mistake;

	return thread_check(check->scenario, &mistake)
		       ? WRONG(check, mistake.path, "%s", mistake.why)
		       : 0;
}

static int check_schedule(const struct check *check)
{
	struct schedule schedule = scenario_schedule(check->scenario);
	struct schedule_role roles[SCENARIO_ROLES + 1];
	struct schedule_mistake mistake;
	char path[64] = "schedule";

	if (!schema_lookup(&check->scenario->config, "schedule")) {
		static const char *const keys[] = { "expect.made", "schedule_engine" };

		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (schema_lookup(&check->scenario->config, keys[i]) &&
			    !check->scenario->threads.count)
				return WRONG(check, keys[i],
					     "there is no schedule; allowed: with one");
		return 0;
	}
	/* An empty one switches it off. */
	if (!schedule.count)
		return 0;
	scenario_roles(check->scenario, roles);
	if (scenario_role_is_program(check->scenario) &&
	    check->scenario->schedule_engine == SCHEDULE_ENGINE_BPF)
		return WRONG(check, "schedule_engine",
			     "the first reader is a program, which is held from outside of a "
			     "guest; allowed: auto, qemu");
	if (!schedule_check(&schedule, roles, 0, &mistake))
		return 0;
	if (mistake.key)
		snprintf(path, sizeof(path), "schedule[%zu].%s", mistake.hold, mistake.key);
	return WRONG(check, path, "%s", mistake.why);
}

static int check_shown(const struct check *check)
{
	const struct scenario *scenario = check->scenario;
	const struct shown *shown = scenario->shown.items;
	char path[64];

	if (scenario->shown.count && !schema_lookup(&scenario->config, "schedule") &&
	    !scenario->threads.count)
		return WRONG(check, "shown",
			     "there is neither a schedule nor a thread; allowed: with one");
	for (size_t i = 0; i < scenario->shown.count; i++)
		if (shown[i].hits > shown[i].passages) {
			snprintf(path, sizeof(path), "shown[%zu].hits", i);
			return WRONG(check, path,
				     "more than the %" PRIu64 " passages; allowed: up to so many",
				     shown[i].passages);
		}
	return 0;
}

/* The witness inspects splits too, and each would count twice. */
static int check_inspect(const struct check *check)
{
	const struct scenario *scenario = check->scenario;
	const struct schedule_event *at = &scenario->inspect.at;

	if (scenario->inspect.given && scenario->schedule_engine == SCHEDULE_ENGINE_BPF)
		return WRONG(check, "schedule_engine",
			     "the inspector looks from outside of a guest; allowed: auto, qemu");
	if (!scenario_inspects_splits(scenario))
		return 0;
	if (strcmp(at->role, "split") != 0 || at->at.kind != POINT_CALL ||
	    strcmp(at->at.callee, "__xa_store") != 0)
		return WRONG(
			check, "inspect.at",
			"not a store of a split; allowed: split calls __xa_store in F, F being "
			"a function of the kernel");
	if (!scenario->has_storm)
		return WRONG(check, "inspect.slots",
			     "there is no storm that splits folios; allowed: \"file\"");
	if (scenario_wants_witness(scenario))
		return WRONG(check, "inspect.slots",
			     "the witness inspects splits too; allowed: \"file\" beside it, or "
			     "witness = false and no gate");
	return 0;
}

static int check_rules(const struct check *check)
{
	const struct schema_list *list = &check->scenario->rules;
	static const _Atomic int phase;
	const struct rules_config config = {
		.no_data = check->scenario->mount.data_path == LAYER_PASSTHROUGH,
		.maps_past = check->scenario->mount.data_path == LAYER_MIXED,
		.phase = &phase,
		.kernel = *check->kernel,
	};
	char path[64], why[800];
	struct rules *rules;
	size_t wrong;
	int r;

	if (list->count > WORKER_RULES_MAX)
		return WRONG(check, "rules", "%zu rules; allowed: up to %d", list->count,
			     WORKER_RULES_MAX);
	if (rules_make(&rules, &config))
		return report(-ENOMEM, "rules");
	r = scenario_rules_add(list, rules, &wrong, why, sizeof(why));
	rules_free(rules);
	if (!r && !*why)
		return 0;
	snprintf(path, sizeof(path), "rules[%zu]", wrong);
	r = r ? WRONG(check, path, "%s", why) : (WRONG(check, path, "warning: %s", why), 0);
	return r;
}

static int check_duration(const struct check *check)
{
	const struct scenario *scenario = check->scenario;

	if (!scenario->duration && (!scenario->workload.kind || scenario->has_storm))
		return WRONG(check, "duration",
			     "0 is until the workload ends, which takes one and no storm; allowed: "
			     "1ms to 24h");
	if (scenario->duration && scenario->duration < 1000000)
		return WRONG(check, "duration", "out of range; allowed: 1ms to 24h");
	return 0;
}

/* The processes of the run need that much memory themselves. */
static int check_cgroup(const struct check *check)
{
	uint64_t most = check->scenario->cgroup.memory_max;

	return most && most < 64 << 20 ? WRONG(check, "cgroup.memory_max",
					       "too little; allowed: 0B, or a size from \"64M\"")
				       : 0;
}

static int check_workload(const struct check *check)
{
	char why[800], path[64];
	const char *key = "kind";

	if (!check->scenario->workload.kind ||
	    !workload_check(check->scenario, &key, why, sizeof(why)))
		return 0;
	snprintf(path, sizeof(path), "workload.%s", key);
	return WRONG(check, path, "%s", why);
}

static int check_pages(const struct check *check)
{
	char why[200], path[64];

	return scenario_pages_check(check->scenario, path, sizeof(path), why, sizeof(why))
		       ? WRONG(check, path, "%s", why)
		       : 0;
}

static int check_backing(const struct check *check)
{
	const struct scenario *scenario = check->scenario;

	if (scenario->backing.kind->named && !scenario->backing.path)
		return WRONG(check, "backing.path", "missing; allowed: a directory on XFS");
	if (!scenario->backing.kind->named && scenario->backing.path)
		return WRONG(check, "backing.path",
			     "kind \"%s\" has no path; allowed: only with kind = \"directory\"",
			     scenario->backing.kind->name);
	return 0;
}

int scenario_check(const struct scenario *scenario, const struct schema_source *source,
		   const struct kernel_version *kernel)
{
	/* These are independent, and all run; the later checks rely on them. */
	static int (*const first_checks[])(const struct check *) = {
		check_duration, check_backing, check_cgroup,
		check_workload, check_pages,   check_files,
	};
	static int (*const checks[])(const struct check *) = {
		check_storm,    check_copies, check_readers, check_threads,
		check_schedule, check_shown,  check_inspect, check_rules,
	};
	const struct check check = { .scenario = scenario, .source = source, .kernel = kernel };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(first_checks); i++)
		r = first_checks[i](&check) ?: r;
	for (size_t i = 0; i < ARRAY_SIZE(checks) && !r; i++)
		r = checks[i](&check);
	return r;
}
