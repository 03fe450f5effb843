/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schedule of a scenario: its keys, which thread has which role, what a run of it requires. */
#ifndef TOOLS_SCENARIO_SCENARIO_SCHEDULE_H
#define TOOLS_SCENARIO_SCENARIO_SCHEDULE_H

#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_page.h"
#include "tools/scenario/scenario.h"

/* Of one hold: they fill a struct schedule_hold. */
extern const struct schema_key schedule_keys[];

/* Of the group `inspect`: they fill a scenario. */
extern const struct schema_key inspect_keys[];

/* The scenario's, which keeps its holds; without any where it has no schedule. */
struct schedule scenario_schedule(const struct scenario *scenario);

struct thread_marks;

enum { SCENARIO_ROLES = 3 + SCHEDULE_THREADS_MAX };

/* Fills in the roles that there are, and how many threads of the scenario have them: split; read,
 * the first reader; where that is a program, its name as well; and each scripted thread. Without a
 * storm and readers, split and read are those of a workload that has such. */
void scenario_roles(const struct scenario *scenario,
		    struct schedule_role roles[SCENARIO_ROLES + 1]);

/* Whether its verdict is about an interleaving that is brought about: by a schedule, or by scripted
 * threads. */
bool scenario_is_forced(const struct scenario *scenario);

/* Whether a run of it needs an engine: it has a schedule, or inspects the page cache. */
bool scenario_is_conducted(const struct scenario *scenario);

/* Whether it inspects splits, and whole files. */
static inline bool scenario_inspects_splits(const struct scenario *scenario)
{
	return scenario->inspect.given && scenario->inspect.slots != SLOTS_FILE;
}

static inline bool scenario_inspects_files(const struct scenario *scenario)
{
	return scenario->inspect.given && scenario->inspect.slots != SLOTS_EXPOSED;
}

/* Which of its readers has a role in its schedule, from 0; -1: none has. */
int scenario_role_reader(const struct scenario *scenario);

/* How many readers its workload has, the first of which has a role in its schedule; 0: none has. */
uint64_t scenario_role_workload(const struct scenario *scenario);

/* Whether that reader runs a program, which only the engine outside of a guest can hold. */
bool scenario_role_is_program(const struct scenario *scenario);

/* Which steps of each thread its schedule names. marks: zeroed, one for each thread. */
void scenario_marks(const struct scenario *scenario, struct thread_marks *marks);

/* Which threads its schedule holds before their first step, bit by bit. */
unsigned int scenario_threads_begin(const struct scenario *scenario);

/* Whether its schedule holds the reader before the access, at `begin`. */
bool scenario_holds_reader(const struct scenario *scenario);

/* What follows the schedule of a run in a guest; SCHEDULE_ENGINE_AUTO: there is no schedule. */
enum schedule_engine_kind scenario_guest_engine(const struct scenario *scenario);

/*
 * Whether a run can follow the schedule. processors: that the run has; engine: that follows it, in
 * or around a guest; SCHEDULE_ENGINE_AUTO: that of this machine itself, which is looked at. Returns
 * 0, also without a schedule; -EINVAL there are too few processors, or an engine cannot follow it;
 * -EPERM there is no engine; reported.
 */
int scenario_schedule_engine(const struct scenario *scenario, unsigned int processors,
			     enum schedule_engine_kind engine);

#endif
