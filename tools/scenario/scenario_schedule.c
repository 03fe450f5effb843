/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario_schedule.h"
#include "injector/base/report.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/scenario/thread_keys.h"
#include "tools/scenario/workload_kind.h"
#include "tools/threads/threads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOLD(member) .offset = offsetof(struct schedule_hold, member)

const struct schema_key schedule_keys[] = {
	{ "hold", SCHEMA_PARSED, HOLD(role), NULL,
	  "split, read, or the name of a program or of a scripted thread",
	  "role of the thread that is held. split: the thread that makes the storm's "
	  "punch, even if it is one of the layer's; read: the first reader; the name "
	  "of a program: the reader that runs it. In a scenario without storm and "
	  "readers, split and read belong to the workload journal",
	  .required = 1, .parse = schedule_parse_role },
	{ "at", SCHEMA_PARSED, HOLD(at), NULL,
	  "begin, entry of F, return of F, F calls G, return from G in F, F+0x1262",
	  "point at which the thread is held; F and G are functions of the kernel, "
	  "see [schedules](schedule.md)",
	  .required = 1, .parse = schedule_parse_point, .noun = "text" },
	{ "when", SCHEMA_TEXTS, HOLD(when), NULL,
	  "a condition such as \"page >= exposed\", or a list of up to 4",
	  "conditions, all of which must be met for the hold", .parse = schedule_parse_condition,
	  .noun = "text or list of texts", .item_size = sizeof(struct schedule_condition) },
	{ "until", SCHEMA_TEXTS, HOLD(until), NULL,
	  "an event such as \"read enters filemap_get_entry\", or a list of up to 4",
	  "events that release the thread, when all of them have occurred", .required = 1,
	  .parse = schedule_parse_event, .noun = "text or list of texts",
	  .item_size = sizeof(struct schedule_event) },
	{ "or", SCHEMA_TEXTS, HOLD(spare), NULL,
	  "an event such as \"read calls xas_load in filemap_get_entry\", or a list of up to 4",
	  "events that show that those of `until` cannot occur: when one of them has "
	  "occurred 3 times during the hold, the other thread is looping there. The "
	  "hold ends, and the passage counts as withstood",
	  .parse = schedule_parse_event, .noun = "text or list of texts",
	  .item_size = sizeof(struct schedule_event) },
	{ "bound", SCHEMA_DURATION, HOLD(bound), "100ms", "a duration such as \"5ms\", 1us to 1s",
	  "longest duration of the hold; if it is reached, the passage is missed",
	  .min = SCHEDULE_BOUND_MIN, .max = SCHEDULE_BOUND_MAX },
	{ .name = NULL },
};

#define FIELD(member) .offset = offsetof(struct scenario, inspect.member)

const struct schema_key inspect_keys[] = {
	{ "slots", SCHEMA_WORD, FIELD(slots), "exposed",
	  .help = "which slots of the page cache are inspected, see [the "
		  "inspector](inspector.md)",
	  .SCHEMA_WORDS(
		  WORD("exposed", "the slots of a folio that is being split, at the point `at`"),
		  WORD("file", "all slots of all files, after each punch or step"),
		  WORD("both", "both")) },
	{ "at", SCHEMA_PARSED, FIELD(at),
	  "split calls __xa_store in __folio_split|__folio_freeze_and_split_unmapped",
	  "an event of the role split, such as \"split calls __xa_store in "
	  "__folio_split\"",
	  "when exposed slots are inspected: a call of __xa_store() during a split",
	  .parse = schedule_parse_event, .noun = "text" },
	{ .name = NULL },
};

bool scenario_is_forced(const struct scenario *scenario)
{
	return scenario->schedule.count || scenario->threads.count;
}

bool scenario_is_conducted(const struct scenario *scenario)
{
	return scenario->schedule.count || scenario->inspect.given;
}

struct schedule scenario_schedule(const struct scenario *scenario)
{
	return (struct schedule){ .holds = scenario->schedule.items,
				  .count = scenario->schedule.count,
				  .made = scenario->expect.made,
				  .threads = scenario->thread_names,
				  .thread_count = scenario->threads.count,
				  .any_file = thread_files_differ(scenario) };
}

/* The name of the program that a reader runs, as a role; "": no program, or not valid as a role. */
static void name_program(const struct scenario_reader *reader, char name[SCHEDULE_ROLE])
{
	const char *command = reader->command ?: "", *slash;
	char word[256], why[256];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(command, " \t"), command);
	slash = strrchr(word, '/');
	if (schedule_parse_role(slash ? slash + 1 : word, name, why, sizeof(why)))
		*name = '\0';
}

/* Number of the workload's readers, where only the workload reads and punches. */
static uint64_t workload_readers(const struct scenario *scenario)
{
	return scenario->has_storm || scenario->readers.count || scenario->threads.count
		       ? 0
		       : workload_role_readers(scenario);
}

void scenario_roles(const struct scenario *scenario, struct schedule_role roles[SCENARIO_ROLES + 1])
{
	const struct scenario_reader *readers = scenario->readers.items;
	const struct thread_script *scripts = scenario->threads.items;
	bool any = scenario->readers.count && readers->count;
	bool workload = workload_readers(scenario);

	memset(roles, 0, (SCENARIO_ROLES + 1) * sizeof(*roles));
	roles[0] = (struct schedule_role){ "split", "the storm's punches",
					   scenario->has_storm || workload, 0 };
	roles[1] = (struct schedule_role){ "read", "the first reader", any || workload, 0 };
	for (size_t i = 0; i < scenario->threads.count && i < SCHEDULE_THREADS_MAX; i++) {
		roles[2 + i] = (struct schedule_role){ "", "a scripted thread", 1,
						       scripts[i].steps.count };
		memcpy(roles[2 + i].name, scenario->thread_names[i], SCHEDULE_ROLE);
	}
	if (!any || !readers->ops->program)
		return;
	roles[2] = (struct schedule_role){ "", "the program of the first reader", 1, 0 };
	name_program(readers, roles[2].name);
}

static bool is_read(const char *role)
{
	return strcmp(role, "split") != 0;
}

int scenario_role_reader(const struct scenario *scenario)
{
	return scenario->schedule.count && scenario->readers.count ? 0 : -1;
}

uint64_t scenario_role_workload(const struct scenario *scenario)
{
	return scenario->schedule.count ? workload_readers(scenario) : 0;
}

bool scenario_role_is_program(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;
	int role = scenario_role_reader(scenario);

	return role >= 0 && readers[role].ops->program;
}

/* Adds a step that the schedule names to the steps that the thread announces. */
static void add_mark(const struct scenario *scenario, const char *role,
		     const struct code_point *point, struct thread_marks *marks)
{
	for (size_t i = 0; code_point_is_step(point) && i < scenario->threads.count; i++)
		if (!strcmp(role, scenario->thread_names[i]))
			*(point->kind == POINT_STEP ? &marks[i].begin : &marks[i].end) |=
				1ULL << point->offset;
}

void scenario_marks(const struct scenario *scenario, struct thread_marks *marks)
{
	const struct schedule_hold *holds = scenario->schedule.items;

	for (size_t i = 0; i < scenario->schedule.count; i++) {
		const struct schedule_event *until = holds[i].until.items,
					    *spare = holds[i].spare.items;

		add_mark(scenario, holds[i].role, &holds[i].at, marks);
		for (size_t k = 0; k < holds[i].until.count; k++)
			add_mark(scenario, until[k].role, &until[k].at, marks);
		for (size_t k = 0; k < holds[i].spare.count; k++)
			add_mark(scenario, spare[k].role, &spare[k].at, marks);
	}
}

unsigned int scenario_threads_begin(const struct scenario *scenario)
{
	const struct schedule_hold *holds = scenario->schedule.items;
	unsigned int threads = 0;

	for (size_t i = 0; i < scenario->schedule.count; i++)
		for (size_t k = 0; k < scenario->threads.count; k++)
			if (holds[i].at.kind == POINT_BEGIN &&
			    !strcmp(holds[i].role, scenario->thread_names[k]))
				threads |= 1U << k;
	return threads;
}

bool scenario_holds_reader(const struct scenario *scenario)
{
	const struct schedule_hold *holds = scenario->schedule.items;

	for (size_t i = 0; i < scenario->schedule.count; i++)
		if (holds[i].at.kind == POINT_BEGIN && is_read(holds[i].role))
			return true;
	return false;
}

static bool any_begins(const struct schema_list *events)
{
	const struct schedule_event *items = events->items;

	for (size_t i = 0; i < events->count; i++)
		if (items[i].at.kind == POINT_BEGIN)
			return true;
	return false;
}

/* What no engine supports yet and the schedule asks for, as a message; NULL: nothing. */
static const char *beyond_engines(const struct scenario *scenario)
{
	const struct schedule_hold *holds = scenario->schedule.items;

	for (size_t i = 0; i < scenario->schedule.count; i++) {
		const struct schedule_hold *hold = &holds[i];

		if (hold->at.kind == POINT_BEGIN && !is_read(hold->role))
			return "a punch cannot be held at \"begin\"; allowed: at a point in the "
			       "kernel, such as entry of __folio_split";
		if (any_begins(&hold->until) || any_begins(&hold->spare))
			return "\"begins\" cannot be waited for; allowed: a point in the kernel, "
			       "such as read enters filemap_fault";
	}
	if (scenario_role_is_program(scenario) && !scenario_holds_reader(scenario))
		return "a program reads when it likes, so it has to be held at \"begin\" first";
	return NULL;
}

enum schedule_engine_kind scenario_guest_engine(const struct scenario *scenario)
{
	if (!scenario_is_conducted(scenario))
		return SCHEDULE_ENGINE_AUTO;
	if (scenario->inspect.given)
		return SCHEDULE_ENGINE_QEMU;
	return scenario->schedule_engine == SCHEDULE_ENGINE_BPF ? SCHEDULE_ENGINE_BPF
								: SCHEDULE_ENGINE_QEMU;
}

/* Checks whether this machine can follow it. */
static int check_here(const struct scenario *scenario, const struct schema_source *source,
		      const config_setting_t *setting)
{
	char why[400];

	if (scenario->schedule_engine == SCHEDULE_ENGINE_QEMU) {
		setting = schema_lookup(&scenario->config, "schedule_engine");
		return schema_complain(
			source, setting, "schedule_engine",
			"qemu follows schedules from outside of a guest; allowed: in "
			"a guest (foliostorm guest), or bpf");
	}
	if (scenario->inspect.given) {
		schema_complain(source, schema_lookup(&scenario->config, "inspect"), "inspect",
				"the inspector looks from outside of a guest (foliostorm guest)");
		return -EPERM;
	}
	if (scenario_role_is_program(scenario)) {
		schema_complain(source, setting, "schedule",
				"a program is held from outside of a guest (foliostorm guest)");
		return -EPERM;
	}
	if (!schedule_engine_missing(why, sizeof(why)))
		return 0;
	schema_complain(source, setting, "schedule",
			"no engine for schedules here: %s; guests have one (foliostorm guest)",
			why);
	return -EPERM;
}

static uint64_t count_readers(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;
	uint64_t count = workload_readers(scenario);

	for (size_t i = 0; i < scenario->readers.count; i++)
		count += readers[i].count;
	return count;
}

int scenario_schedule_engine(const struct scenario *scenario, unsigned int processors,
			     enum schedule_engine_kind engine)
{
	const struct schema_source source = { .file = scenario->path, .text = &scenario->text };
	const char *key = scenario->schedule.count ? "schedule" : "inspect";
	const config_setting_t *setting = schema_lookup(&scenario->config, key);
	struct schedule schedule = scenario_schedule(scenario);
	struct schedule_role roles[SCENARIO_ROLES + 1];
	struct schedule_mistake mistake;
	const char *beyond;

	if (!scenario_is_conducted(scenario))
		return 0;
	scenario_roles(scenario, roles);
	if (schedule.count && schedule_check(&schedule, roles, processors, &mistake))
		return schema_complain(&source, setting, key, "%s", mistake.why);
	if (schedule.count && scenario->threads.count > processors)
		return schema_complain(&source, setting, key,
				       "%zu threads, and %u processors; allowed: one for each "
				       "thread, such as --cpus %zu",
				       scenario->threads.count, processors,
				       scenario->threads.count);
	if (schedule.count && count_readers(scenario) >= processors)
		return schema_complain(&source, setting, key,
				       "%" PRIu64 " readers, and %u processors; allowed: one for "
				       "each reader, and one more",
				       count_readers(scenario), processors);
	beyond = beyond_engines(scenario);
	if (beyond)
		return schema_complain(&source, setting, key, "%s", beyond);
	return engine == SCHEDULE_ENGINE_AUTO ? check_here(scenario, &source, setting) : 0;
}
