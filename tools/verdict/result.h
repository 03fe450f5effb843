/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of a run: result.json, events.jsonl and scenario.cfg in its --out directory, and text
 * or JSON on standard output. tools/doc/result.md lists the keys, which scripts depend on.
 */
#ifndef TOOLS_VERDICT_RESULT_H
#define TOOLS_VERDICT_RESULT_H

#include "tools/ipc/event.h"
#include "tools/verdict/run_result.h"

#include <jansson.h>
#include <stdio.h>

/* The result as a JSON object; a new reference. */
json_t *result_json(const struct run_result *result);

/* Prints the result as text. */
void result_print(FILE *to, const struct run_result *result);

/* The first line of events.jsonl, without newline: what is known of the run before it begins.
 * start: CLOCK_MONOTONIC ns, the zero of the times in the lines. The caller frees it; NULL without
 * memory. */
char *result_begin_line(const struct run_result *result, uint64_t start);

/* Another line of events.jsonl, likewise. number: of the event, from 1. */
char *result_event_line(const struct run_result *result, uint64_t number, uint64_t start,
			const struct event *event);

/* Adds what a workload sent as a hit to the result, up to RUN_HITS_KEPT. */
void result_keep_told(struct run_result *result, const struct event *event);

/* Writes result.json and scenario.cfg, each atomically. Returns 0; -EIO, -ENOMEM (reported). */
int result_write(const char *directory, const struct run_result *result);

#endif
