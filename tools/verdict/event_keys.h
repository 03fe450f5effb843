/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the lines of events.jsonl and of the hits of result.json: a table for each kind. The
 * tables of rules, kernel reports, programs and workloads (workload_kind.events) are with their
 * modules.
 */
#ifndef TOOLS_VERDICT_EVENT_KEYS_H
#define TOOLS_VERDICT_EVENT_KEYS_H

#include "injector/schedule/schedule_step.h"
#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* All tables but those of the workloads, ended by one without a title. Lines are first, by enum
 * event_type. */
extern const struct key_table event_tables[];

/* The keys of every line: type, number and ns. */
extern const struct key line_keys[];

/* The line of an event; a new reference. number: of the event, from 1. start: CLOCK_MONOTONIC ns,
 * the zero of the times in the lines. */
json_t *event_json(const struct run_result *result, const struct event *event, uint64_t number,
		   uint64_t start);

/* The line of a step of a passage, from the engine that followed the schedule; a new reference. */
json_t *event_step_json(const struct schedule_step *step, uint64_t number, uint64_t start);

/* Adds the keys of every line but the type. time: ns since the start of the run. */
void event_add_place(json_t *line, uint64_t number, uint64_t time);

/* The object that a workload or program sent as JSON, or one of type `garbled`; a new reference. */
json_t *event_told_json(const struct event *event);

/* The list `hits` of result.json; a new reference. */
json_t *hits_json(const struct run_result *result);

/* The list `misplaced_slots` of result.json, a new reference; and the keys of its items. */
json_t *misplaced_json(const struct run_result *result);
extern const struct key misplaced_keys[];

#endif
