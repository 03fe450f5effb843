/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run leaves: result.json, events.jsonl and scenario.cfg in its --out directory, and the
 * text or JSON on standard output. tools/doc/result.md lists the keys, which others script against.
 */
#ifndef TOOLS_VERDICT_RESULT_H
#define TOOLS_VERDICT_RESULT_H

#include "tools/ipc/event.h"
#include "tools/verdict/run_result.h"

#include <jansson.h>
#include <stdio.h>

/* The result as an object of the caller's. */
json_t *result_json(const struct run_result *result);

/* The result in words, for a person. */
void result_print(FILE *to, const struct run_result *result);

/* The first line of events.jsonl: which run this is, as far as that is known before it begins.
 * start: CLOCK_MONOTONIC ns that times are counted from. The caller frees it; NULL without
 * memory. */
char *result_begin_line(const struct run_result *result, uint64_t start);

/* One line of events.jsonl, as above. number: of the event, from 1. */
char *result_event_line(const struct run_result *result, uint64_t number, uint64_t start,
			const struct event *event);

/* Keeps what a workload told as a hit for the result; the first ones. */
void result_keep_told(struct run_result *result, const struct event *event);

/* Writes result.json and scenario.cfg, each whole or not at all. Returns 0 or -EIO (reported). */
int result_write(const char *directory, const struct run_result *result);

#endif
