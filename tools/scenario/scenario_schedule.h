/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schedule of a scenario: its keys, its roles, and what a run of it requires. */
#ifndef TOOLS_SCENARIO_SCENARIO_SCHEDULE_H
#define TOOLS_SCENARIO_SCENARIO_SCHEDULE_H

#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_page.h"
#include "tools/scenario/scenario.h"

/* The keys of one hold: they fill a struct schedule_hold. */
extern const struct schema_key schedule_keys[];

/* The keys of the group `inspect`: they fill a struct scenario. */
extern const struct schema_key inspect_keys[];

/* The schedule, which points to the scenario's holds; count is 0 if there is none. */
struct schedule scenario_schedule(const struct scenario *scenario);

struct thread_marks;

enum { SCENARIO_ROLES = 3 + SCHEDULE_THREADS_MAX };

/* Fills in the roles, ended by one without a name, with the number of threads that have each:
 * split; read, the first reader; the name of the program that the first reader runs; each scripted
 * thread. Without storm, readers and scripted threads, split and read are roles of a workload with
 * readers. */
void scenario_roles(const struct scenario *scenario,
		    struct schedule_role roles[SCENARIO_ROLES + 1]);

/* Whether its verdict is about a forced interleaving: of a schedule or of scripted threads. */
bool scenario_is_forced(const struct scenario *scenario);

/* Whether a run needs an engine: it has a schedule, or inspects the page cache. */
bool scenario_is_conducted(const struct scenario *scenario);

/* Whether it inspects splits. */
static inline bool scenario_inspects_splits(const struct scenario *scenario)
{
	return scenario->inspect.given && scenario->inspect.slots != SLOTS_FILE;
}

/* Whether it inspects whole files. */
static inline bool scenario_inspects_files(const struct scenario *scenario)
{
	return scenario->inspect.given && scenario->inspect.slots != SLOTS_EXPOSED;
}

/* Index of the reader that has a role in the schedule; -1: none. */
int scenario_role_reader(const struct scenario *scenario);

/* Number of the workload's readers, if the first of them has a role in the schedule; 0: none
 * has. */
uint64_t scenario_role_workload(const struct scenario *scenario);

/* Whether that reader runs a program, which only the engine outside of a guest can hold. */
bool scenario_role_is_program(const struct scenario *scenario);

/* Sets which steps of each thread the schedule names. marks: zeroed, one per scripted thread. */
void scenario_marks(const struct scenario *scenario, struct thread_marks *marks);

/* Bit mask of the scripted threads that the schedule holds before their first step. */
unsigned int scenario_threads_begin(const struct scenario *scenario);

/* Whether the schedule holds the reader at `begin`, before it accesses the page. */
bool scenario_holds_reader(const struct scenario *scenario);

/* The engine of a run in a guest; SCHEDULE_ENGINE_AUTO: none is needed. */
enum schedule_engine_kind scenario_guest_engine(const struct scenario *scenario);

/*
 * Checks whether a run can follow the schedule. processors: number that the run has. engine: that
 * follows it in or around a guest; SCHEDULE_ENGINE_AUTO: the run is on this machine, which is
 * checked for an engine. Returns 0, also without a schedule; -EINVAL too few processors, or a
 * schedule that the engine cannot follow; -EPERM no engine; reported.
 */
int scenario_schedule_engine(const struct scenario *scenario, unsigned int processors,
			     enum schedule_engine_kind engine);

#endif
