/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/thread_keys.h"
#include "tools/base/words.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/threads/threads.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP(member)   .offset = offsetof(struct thread_step, member)
#define SCRIPT(member) .offset = offsetof(struct thread_script, member)

static struct schema_word op_word(size_t i)
{
	return (struct schema_word){ thread_ops[i].name, thread_ops[i].help, &thread_ops[i] };
}

static int parse_cpu(const char *text, void *field, char *why, size_t size)
{
	unsigned int cpu;
	char rest;

	*(int *)field = -1;
	if (!strcmp(text, "auto"))
		return 0;
	if (sscanf(text, "%4u%c", &cpu, &rest) == 1 && cpu < 1024) {
		*(int *)field = (int)cpu;
		return 0;
	}
	snprintf(why, size, "\"%s\" is not a processor; allowed: auto, or a number from 0", text);
	return -EINVAL;
}

const struct schema_key thread_step_keys[] = {
	{ "op", SCHEMA_ROW, STEP(op), NULL, .help = "the operation", .required = 1,
	  .word = op_word },
	{ "file", SCHEMA_TEXT, STEP(file), NULL, "the name of a file of the scenario",
	  "the file to use; without it the first one" },
	{ "through", SCHEMA_BOOLEAN, STEP(through_mount), "backing",
	  .help = "which way the operation goes",
	  .SCHEMA_WORDS(WORD("backing", "to the file beneath the layer"),
			WORD("mount", "through the layer")) },
	{ "page", SCHEMA_COUNT, STEP(page), "0", "a number from 0",
	  "first page of the range, as a page of the file", .max = INT32_MAX },
	{ "offset", SCHEMA_SIZE, STEP(offset), "0B", "a size such as \"2K\"",
	  "offset of the range from the start of that page" },
	{ "length", SCHEMA_SIZE, STEP(length), "4K", "a size such as \"4K\"",
	  "length of the range; 0B: up to the initial end of the file" },
	{ "size", SCHEMA_SIZE, STEP(size), "0B", "a size such as \"1M\"",
	  "for truncate: the new size; for reclaim: bytes to reclaim" },
	{ "advice", SCHEMA_TEXT, STEP(advice), NULL, "a word that the operation knows",
	  "for madvise: normal, random, sequential, willneed, dontneed, remove, cold, "
	  "pageout, populate-read, populate-write, hugepage, nohugepage, collapse; "
	  "for fadvise: normal, random, sequential, willneed, dontneed, noreuse" },
	{ "to", SCHEMA_TEXT, STEP(to), NULL, "the name of a file of the scenario",
	  "for copy-range: the source file" },
	{ "time", SCHEMA_DURATION, STEP(time), "0", "a duration such as \"1ms\", up to 60s",
	  "for sleep: how long", .max = 60000000000 },
	{ "repeat", SCHEMA_COUNT, STEP(repeat), "1", "a number from 1 to 1000000",
	  "how many times to do it in a row", .min = 1, .max = 1000000 },
	{ "expect", SCHEMA_TEXTS, STEP(expect), NULL,
	  "ok, any, SIGBUS, an error such as EIO, or a list of up to 8",
	  "the expected outcome; any other is a hit. Without it a failed step ends "
	  "the run with ERROR, except for reads, whose pages are judged",
	  .parse = thread_outcome_parse, .noun = "word or list of words",
	  .item_size = sizeof(int) },
	{ "must_return_within", SCHEMA_DURATION, STEP(must_return), "0",
	  "a duration such as \"10s\", less than watchdog",
	  "a longer duration is a hit; 0: only the watchdog applies, and the verdict "
	  "is ERROR",
	  .max = 86400000000000 },
	{ .name = NULL },
};

const struct schema_key thread_keys[] = {
	{ "name", SCHEMA_PARSED, SCRIPT(name), NULL, "up to 15 letters, digits, _ and -",
	  "name of the thread, which is a role in the [schedule](schedule.md)", .required = 1,
	  .parse = schedule_parse_role },
	{ "do", SCHEMA_LIST, SCRIPT(steps), .allowed = "a list of up to 64 groups",
	  .help = "the thread's steps, in order", .required = 1, .keys = thread_step_keys,
	  .item_size = sizeof(struct thread_step) },
	{ "cpu", SCHEMA_PARSED, SCRIPT(cpu), "auto", "auto, or a number from 0",
	  "processor of the thread. auto: from the last processor down", .parse = parse_cpu,
	  .noun = "number" },
	{ .name = NULL },
};

struct check {
	const struct scenario *scenario;
	struct thread_mistake *mistake;
};

static int __attribute__((format(printf, 3, 4)))
wrong(const struct check *check, const char *path, const char *format, ...)
{
	va_list args;

	snprintf(check->mistake->path, sizeof(check->mistake->path), "%s", path);
	va_start(args, format);
	vsnprintf(check->mistake->why, sizeof(check->mistake->why), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct scenario_file *find_file(const struct scenario *scenario, const char *name)
{
	const struct scenario_file *files = scenario->files.items;

	for (size_t i = 0; i < scenario->files.count; i++)
		if (!name || !strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

/* The name of a key that the step's operation does not use; NULL: none. */
static const char *idle_key(const struct thread_step *step)
{
	const struct {
		const char *name;
		unsigned int key;
		bool given;
	} keys[] = {
		{ "file", THREAD_KEY_FILE, step->file },
		{ "through", THREAD_KEY_FILE, step->through_mount },
		{ "page", THREAD_KEY_RANGE, step->page },
		{ "offset", THREAD_KEY_RANGE, step->offset },
		{ "length", THREAD_KEY_RANGE, step->length != STAMP_PAGE_SIZE },
		{ "size", THREAD_KEY_SIZE, step->size },
		{ "advice", THREAD_KEY_ADVICE, step->advice },
		{ "to", THREAD_KEY_TO, step->to },
		{ "time", THREAD_KEY_TIME, step->time },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].given && !(step->op->keys & keys[i].key))
			return keys[i].name;
	return NULL;
}

static int check_range(const struct check *check, const struct thread_step *step,
		       const struct scenario_file *file, const char *path)
{
	uint64_t begin = step->page * STAMP_PAGE_SIZE + step->offset;

	if (step->op->keys & THREAD_KEY_SIZE && step->op->keys & THREAD_KEY_FILE &&
	    step->size > file->size)
		return wrong(check, path, "size: more than %s has; allowed: up to files[].size",
			     file->name);
	if (!(step->op->keys & THREAD_KEY_RANGE))
		return 0;
	if (begin >= file->size || step->length > file->size - begin)
		return wrong(check, path, "outside of %s; allowed: within its size", file->name);
	if (step->op->effect == THREAD_JUDGES && (begin | step->length) % STAMP_PAGE_SIZE)
		return wrong(check, path,
			     "%s reads whole pages; allowed: offset and length of 4K, 8K, ...",
			     step->op->name);
	return 0;
}

static int check_step(const struct check *check, const struct thread_step *step, const char *path)
{
	const struct scenario_file *file = find_file(check->scenario, step->file);
	const char *idle = idle_key(step);
	char advice[256];

	if (!file)
		return wrong(check, path,
			     "file: \"%s\" is none of the scenario's; allowed: the "
			     "name of one of files",
			     step->file);
	if (file->first || file->content != CONTENT_PAGES)
		return wrong(check, path,
			     "file: threads change what is stamped; allowed: a file of content "
			     "\"pages\", from its begin on");
	if (idle)
		return wrong(check, path, "%s: %s has no use for it; allowed: without", idle,
			     step->op->name);
	if (step->op->advice && (!step->advice || thread_advice_find(step->op, step->advice) < 0))
		return wrong(check, path, "advice: %s%s; allowed: %s",
			     step->advice ? "unknown: " : "missing", step->advice ?: "",
			     words_join(&step->op->advice->name, sizeof(*step->op->advice), advice,
					sizeof(advice)));
	if (step->op->keys & THREAD_KEY_TO && (!step->to || !find_file(check->scenario, step->to)))
		return wrong(check, path,
			     "to: missing, or no file; allowed: the name of one of "
			     "files");
	if (step->expect.count > THREAD_EXPECT_MAX)
		return wrong(check, path, "expect: %zu outcomes; allowed: up to %d",
			     step->expect.count, THREAD_EXPECT_MAX);
	if (step->op->inspects && !scenario_inspects_files(check->scenario))
		return wrong(check, path,
			     "op: nothing is inspected; allowed: with inspect = { slots = "
			     "\"file\"; } in the scenario");
	if (step->must_return >= check->scenario->watchdog)
		return wrong(check, path,
			     "must_return_within: the watchdog is not longer; allowed: less than "
			     "`watchdog`");
	return check_range(check, step, file, path);
}

static int check_steps(const struct check *check, const struct schema_list *list, const char *path)
{
	const struct thread_step *steps = list->items;
	char at[64];
	int r = 0;

	if (list->count > THREAD_STEPS_MAX)
		return wrong(check, path, "%zu steps; allowed: up to %d", list->count,
			     THREAD_STEPS_MAX);
	for (size_t i = 0; i < list->count && !r; i++) {
		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		r = check_step(check, &steps[i], at);
	}
	return r;
}

/* No watchdog covers the thread that runs `before` and `after`. */
static int check_unwatched(const struct check *check, const struct schema_list *list,
			   const char *path)
{
	const struct thread_step *steps = list->items;
	char at[64];

	for (size_t i = 0; i < list->count; i++) {
		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		if (steps[i].must_return)
			return wrong(check, at,
				     "must_return_within: nobody watches steps before and after; "
				     "allowed: in the steps of a thread");
	}
	return check_steps(check, list, path);
}

static int check_thread(const struct check *check, size_t i)
{
	const struct thread_script *scripts = check->scenario->threads.items;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[64];

	snprintf(path, sizeof(path), "threads[%zu].name", i);
	for (size_t k = 0; k < i; k++)
		if (!strcmp(scripts[i].name, scripts[k].name))
			return wrong(check, path, "\"%s\" is listed twice; allowed: each name once",
				     scripts[i].name);
	if (!strcmp(scripts[i].name, "split") || !strcmp(scripts[i].name, "read"))
		return wrong(check, path, "\"%s\" is a role already; allowed: another name",
			     scripts[i].name);
	snprintf(path, sizeof(path), "threads[%zu].cpu", i);
	if (scripts[i].cpu >= cpus)
		return wrong(check, path, "no such processor; allowed: auto, or 0 to %ld",
			     cpus - 1);
	snprintf(path, sizeof(path), "threads[%zu].do", i);
	if (!scripts[i].steps.count)
		return wrong(check, path, "no steps; allowed: 1 to %d", THREAD_STEPS_MAX);
	return check_steps(check, &scripts[i].steps, path);
}

/* The layer's page cache does not see changes made beneath it, nor the other way round. */
static int check_ways(const struct check *check)
{
	const struct scenario *scenario = check->scenario;
	const struct thread_script *scripts = scenario->threads.items;
	const struct schema_list *lists[SCHEDULE_THREADS_MAX + 2] = { &scenario->before,
								      &scenario->after };
	int way = -1;

	if (scenario->mount.data_path != LAYER_DAEMON)
		return 0;
	for (size_t i = 0; i < scenario->threads.count; i++)
		lists[2 + i] = &scripts[i].steps;
	for (size_t i = 0; i < scenario->threads.count + 2; i++)
		for (size_t k = 0; k < lists[i]->count; k++) {
			const struct thread_step *step =
				(const struct thread_step *)lists[i]->items + k;

			if (!(step->op->keys & THREAD_KEY_FILE))
				continue;
			if (way >= 0 && way != step->through_mount)
				return wrong(check, "mount.data_path",
					     "the layer has a page cache of its own, and steps go "
					     "both ways; allowed: passthrough, or one way");
			way = step->through_mount;
		}
	return 0;
}

int thread_check(const struct scenario *scenario, struct thread_mistake *mistake)
{
	const struct check check = { scenario, mistake };
	int r = 0;

	if (!scenario->threads.count)
		return scenario->before.count || scenario->after.count
			       ? wrong(&check, "threads", "missing; allowed: with before and after")
			       : 0;
	if (scenario->threads.count > SCHEDULE_THREADS_MAX)
		return wrong(&check, "threads", "%zu threads; allowed: up to %d",
			     scenario->threads.count, SCHEDULE_THREADS_MAX);
	if (scenario->has_storm || scenario->readers.count)
		return wrong(&check, scenario->has_storm ? "storm" : "readers",
			     "threads do what storm and readers would; allowed: without");
	if (!scenario->files.count)
		return wrong(&check, "files", "none; allowed: 1 to %d", STAMP_FILE_MAX);
	for (size_t i = 0; i < scenario->threads.count && !r; i++)
		r = check_thread(&check, i);
	if (!r)
		r = check_unwatched(&check, &scenario->before, "before");
	if (!r)
		r = check_unwatched(&check, &scenario->after, "after");
	return r ? r : check_ways(&check);
}

bool thread_files_differ(const struct scenario *scenario)
{
	const struct thread_script *scripts = scenario->threads.items;
	const struct scenario_file *first = NULL;

	for (size_t i = 0; i < scenario->threads.count; i++)
		for (size_t k = 0; k < scripts[i].steps.count; k++) {
			const struct thread_step *step =
				(const struct thread_step *)scripts[i].steps.items + k;
			const struct scenario_file *file = find_file(scenario, step->file);

			if (!(step->op->keys & THREAD_KEY_FILE))
				continue;
			if (first && first != file)
				return true;
			first = file;
		}
	return false;
}
