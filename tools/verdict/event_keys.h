/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told as lines of events.jsonl and as the hits of result.json, a table of keys each. Who
 * makes an object has its table, too: rules, the kernel's reports, programs, and the kinds of
 * workload (workload_kind.events).
 */
#ifndef TOOLS_VERDICT_EVENT_KEYS_H
#define TOOLS_VERDICT_EVENT_KEYS_H

#include "injector/schedule/schedule_step.h"
#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* All but those of the workloads. */
extern const struct key_table event_tables[];

/* What each line has besides: type, number and ns. */
extern const struct key line_keys[];

/* A line, a new reference. number: of the event, from 1; start: CLOCK_MONOTONIC ns that times are
 * counted from. */
json_t *event_json(const struct run_result *result, const struct event *event, uint64_t number,
		   uint64_t start);

/* The same of a step of a passage, which whoever followed the schedule tells. */
json_t *event_step_json(const struct schedule_step *step, uint64_t number, uint64_t start);

/* Adds what each line has besides its type; time: ns since the run began. */
void event_add_place(json_t *line, uint64_t number, uint64_t time);

/* What a workload or a program told; a new reference. */
json_t *event_told_json(const struct event *event);

/* The list `hits` of result.json; a new reference. */
json_t *hits_json(const struct run_result *result);

/* The list `misplaced_slots`, the same; and its keys. */
json_t *misplaced_json(const struct run_result *result);
extern const struct key misplaced_keys[];

#endif
