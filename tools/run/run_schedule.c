/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prepares the engine of a run's schedule. An engine outside of the guest gets the physical address
 * of the schedule's page, in which the run lists the addresses of functions. The engine in this
 * kernel is loaded by the run. */
#include "injector/base/append_text.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/run/run_parts.h"
#include "tools/run/worker_reader.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/threads/threads.h"
#include "tools/verdict/event_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const uint64_t PATIENCE = 30000000000; /* ns, for the engine to attach */

/* Returns whether a symbol is a function of the point, or a part that the compiler made of it. */
static bool is_named(const struct code_point *point, const char *symbol)
{
	char name[CODE_POINT_NAME];
	size_t length = strcspn(symbol, ".");

	if (!length || length >= sizeof(name))
		return false;
	memcpy(name, symbol, length);
	name[length] = '\0';
	return code_point_names(point->function, name) || code_point_names(point->callee, name);
}

static bool any_named(const struct schema_list *events, const char *symbol)
{
	const struct schedule_event *items = events->items;

	for (size_t i = 0; i < events->count; i++)
		if (is_named(&items[i].at, symbol))
			return true;
	return false;
}

static bool inspector_needs(const struct scenario *scenario, const char *symbol)
{
	for (int i = 0; scenario->inspect.given && i < INSPECT_POINTS; i++)
		if (is_named(&inspect_points[i], symbol))
			return true;
	return scenario_inspects_splits(scenario) && is_named(&scenario->inspect.at.at, symbol);
}

static bool is_needed(const struct scenario *scenario, const char *symbol)
{
	const struct schedule holds = scenario_schedule(scenario), *schedule = &holds;

	for (size_t i = 0; i < schedule->count; i++) {
		const struct schedule_hold *hold = &schedule->holds[i];

		if (is_named(&hold->at, symbol) || any_named(&hold->until, symbol) ||
		    any_named(&hold->spare, symbol))
			return true;
	}
	/* Of readers for a schedule, of scripted threads in any case. */
	if ((schedule->count || schedule->thread_count) &&
	    code_point_names(CODE_MARK_FUNCTION, symbol))
		return true;
	return inspector_needs(scenario, symbol);
}

/* Lists each function and the next symbol, where it ends. Returns whether there was room. */
static bool list_symbols(const struct scenario *scenario, const struct kernel_symbols *symbols,
			 char *text, size_t size)
{
	const struct kernel_symbol *all;
	uint64_t inside = 0;
	size_t count, used = 0;

	all = kernel_symbols_all(symbols, &count);
	for (size_t i = 0; i < count; i++) {
		bool needed = is_needed(scenario, all[i].name);

		if (needed || (inside && all[i].address > inside))
			used = append_text(text, size, used, "%" PRIx64 " t %s\n", all[i].address,
					   all[i].name);
		if (needed)
			inside = all[i].address;
		else if (all[i].address > inside)
			inside = 0;
	}
	return used + 1 < size;
}

/* Tells the engine the processors of the reader with a role, and of the other readers. */
static int place_readers(const struct scenario *scenario, struct event *event)
{
	const struct scenario_reader *readers = scenario->readers.items;
	int role = scenario_role_reader(scenario), number = 0;

	for (size_t i = 0; i < scenario->readers.count; i++)
		for (uint64_t n = 0; n < readers[i].count; n++, number++) {
			int cpu = readers[i].cpu < 0 ? worker_reader_cpu((unsigned int)number)
						     : readers[i].cpu + (int)n;

			if (number == role)
				event->schedule.program = readers[i].ops->program;
			if (number == role)
				event->schedule.reader_cpu = cpu < 0 ? 0 : (unsigned int)cpu;
			else if (cpu >= 0)
				event->schedule.other_cpus |= 1ULL << cpu;
		}
	for (; (uint64_t)number < scenario_role_workload(scenario); number++) {
		unsigned int cpu = (unsigned int)worker_reader_cpu((unsigned int)number);

		if (!number)
			event->schedule.reader_cpu = cpu;
		else
			event->schedule.other_cpus |= 1ULL << cpu;
	}
	for (size_t i = 0; i < scenario->threads.count; i++) {
		int cpu = threads_cpu(scenario->threads.items, i);

		event->schedule.thread_cpus[i] = cpu < 0 ? 0 : (unsigned int)cpu;
	}
	if (event->schedule.other_cpus >> event->schedule.reader_cpu & 1)
		return report(-EINVAL,
			      "processor %u has the reader of the schedule and another one",
			      event->schedule.reader_cpu);
	return 0;
}

static int fail(struct run *run, int error, const char *why)
{
	run_went_wrong(run, "schedule: %s", why);
	report(0, "schedule: %s", why);
	return error;
}

static int describe(struct run *run, struct event *event)
{
	struct kernel_symbols *symbols = kernel_symbols_read();
	char why[160];
	bool fits;

	if (!kernel_symbols_usable(symbols, why, sizeof(why))) {
		kernel_symbols_free(symbols);
		return fail(run, -EPERM, why);
	}
	fits = list_symbols(run->scenario, symbols, run->schedule->symbols,
			    sizeof(run->schedule->symbols));
	kernel_symbols_free(symbols);
	if (!fits)
		return report(0, "the schedule names more functions than a page can list");
	memcpy(event->schedule.magic, run->schedule->magic, sizeof(event->schedule.magic));
	if (place_readers(run->scenario, event))
		return -EINVAL;
	return locked_page_address(run->schedule, &event->schedule.page);
}

static int wait_for_engine(struct run *run)
{
	const struct schedule_page *page = run->schedule;
	uint64_t deadline = units_now() + PATIENCE;

	while (!atomic_load(&page->attached)) {
		if (atomic_load(&page->failed)) {
			run_went_wrong(run, "schedule: %s", page->why);
			return report(0, "schedule: %s", page->why);
		}
		if (units_now() > deadline)
			return report(-ETIMEDOUT, "no engine has taken up the schedule");
		units_sleep(1000000);
	}
	return 0;
}

static int open_conducted(struct run *run)
{
	struct event event = { .type = EVENT_SCHEDULE, .time = units_now() };
	int r;

	progress_phase(&run->progress, "waiting for the schedule's engine");
	run->schedule = schedule_page_make();
	if (!run->schedule)
		return report(-errno, "the page of the schedule");
	r = run_open_inspect(run);
	if (!r)
		r = describe(run, &event);
	if (r)
		return r;
	run_tell(run, &event);
	return wait_for_engine(run);
}

static int open_in_kernel(struct run *run)
{
	const struct schedule schedule = scenario_schedule(run->scenario);
	char why[sizeof(run->schedule->why)];
	int r;

	progress_phase(&run->progress, "loading the schedule's engine");
	r = schedule_engine_open(&run->engine, &schedule, why, sizeof(why));
	if (!r) {
		run->schedule = schedule_engine_page(run->engine);
		r = schedule_engine_add_process(run->engine, run->layer.pid);
		snprintf(why, sizeof(why), "naming the layer to its engine: %s", strerror(-r));
	}
	return r ? fail(run, r, why) : 0;
}

int run_attach_schedule(struct run *run)
{
	char why[sizeof(run->schedule->why)];
	int r = run->engine ? schedule_engine_attach(run->engine, why, sizeof(why)) : 0;

	return r ? fail(run, r, why) : 0;
}

int run_open_schedule(struct run *run)
{
	bool conducted = run->options->conducted;

	if (!scenario_is_conducted(run->scenario))
		return 0;
	run->result->engine =
		schedule_engine_names[conducted ? SCHEDULE_ENGINE_QEMU : SCHEDULE_ENGINE_BPF];
	return conducted ? open_conducted(run) : open_in_kernel(run);
}

static void tell_step(void *context, const struct schedule_step *step)
{
	struct run *run = context;
	json_t *event = event_step_json(step, ++run->event_number, run->start);

	run_write_line(run, json_dumps(event, JSON_COMPACT));
	json_decref(event);
}

void run_close_schedule(struct run *run)
{
	const struct schedule schedule = scenario_schedule(run->scenario);

	if (!run->schedule)
		return;
	if (run->engine)
		schedule_engine_tell(run->engine, &schedule, tell_step, run);
	run_close_inspect(run);
	run->result->scheduled = run->scenario->schedule.count;
	memcpy(&run->result->schedule, run->schedule, sizeof(run->result->schedule));
	if (run->engine)
		schedule_engine_close(run->engine);
	else
		locked_page_free(run->schedule);
	run->engine = NULL;
	run->schedule = NULL;
}
