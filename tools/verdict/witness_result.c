/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/witness_result.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *const failure_names[GATE_FAILURES] = {
	[GATE_FAILED_REFERENCE] = "reference",
	[GATE_FAILED_DIRTY] = "dirty",
	[GATE_FAILED_WRITEBACK] = "writeback",
	[GATE_FAILED_OTHER] = "other",
};

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *hooks_json(const struct run_result *result)
{
	json_t *hooks = json_array();

	for (int role = 0; role < HOOK_WITNESS_ROLES; role++) {
		const struct witness_hook *hook = &result->hooks[role];

		json_array_append_new(
			hooks,
			json_pack("{s:s, s:s?, s:s?, s:s, s:s?}", "role", hook_role_names[role],
				  "function", hook->function, "call", hook->call, "method",
				  hook_method_names[hook->method], "missing",
				  hook->function || !result->witnessed ? NULL : hook->why));
	}
	return hooks;
}

/* The bucket that holds the middle one of all windows: its lower bound in ns. */
static uint64_t median_window(const struct gate_counts *counts)
{
	uint64_t all = 0, below = 0;
	unsigned int bucket = 0;

	for (unsigned int i = 0; i < GATE_BUCKETS; i++)
		all += counts->window[i];
	while (bucket < GATE_BUCKETS - 1 && (below + counts->window[bucket]) * 2 < all)
		below += counts->window[bucket++];
	return all ? 1ULL << bucket : 0;
}

static json_t *windows_json(const struct gate_counts *counts)
{
	json_t *windows = json_array();

	for (unsigned int i = 0; i < GATE_BUCKETS; i++)
		json_array_append_new(windows, number(counts->window[i]));
	return windows;
}

json_t *witness_result_json(const struct run_result *result)
{
	const struct gate_counts *counts = &result->gate;
	json_t *failed = json_object();

	for (int i = 0; i < GATE_FAILURES; i++)
		json_object_set_new(failed, failure_names[i], number(counts->failed[i]));
	return json_pack("{s:b, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "ran",
			 result->witnessed, "missing",
			 *result->witness_missing ? result->witness_missing : NULL, "lookups",
			 number(verdict_lookups(result)), "frozen_lookups",
			 number(verdict_frozen_lookups(result)), "splits", number(counts->splits),
			 "splits_succeeded", number(counts->succeeded), "splits_failed", failed,
			 "levels", number(counts->levels), "window_log2_ns", windows_json(counts),
			 "events_lost", number(counts->lost), "hooks", hooks_json(result));
}

json_t *gate_result_json(const struct run_result *result)
{
	const struct gate_counts *counts = &result->gate;
	const struct scenario *scenario = result->scenario;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "split_ns",
			 number(scenario->gate.split), "meet_ns", number(scenario->gate.meet),
			 "reader_ns", number(scenario->gate.reader), "lookup_ns",
			 number(scenario->gate.lookup), "holds", number(counts->holds), "held_ns",
			 number(counts->held), "longest_ns", number(counts->longest), "refused",
			 number(counts->refused));
}

void witness_result_print(FILE *to, const struct run_result *result)
{
	const struct gate_counts *counts = &result->gate;
	bool any = false;

	if (*result->witness_missing)
		fprintf(to, "witness    none, and no gate: %s\n", result->witness_missing);
	if (!result->witnessed)
		return;
	fprintf(to,
		"witness    %" PRIu64 " lookups, %" PRIu64 " of them of a frozen folio; %" PRIu64
		" captures in %" PRIu64 " punches, %" PRIu64 " healed\n",
		verdict_lookups(result), verdict_frozen_lookups(result), verdict_captures(result),
		atomic_load(&result->counts->punches_captured), verdict_healed(result));
	fprintf(to,
		"           %ju of %ju splits succeeded (%ju reference, %ju dirty, %ju writeback, "
		"%ju other); frozen for %" PRIu64 " us or more in half of them\n",
		(uintmax_t)counts->succeeded, (uintmax_t)counts->splits,
		(uintmax_t)counts->failed[GATE_FAILED_REFERENCE],
		(uintmax_t)counts->failed[GATE_FAILED_DIRTY],
		(uintmax_t)counts->failed[GATE_FAILED_WRITEBACK],
		(uintmax_t)counts->failed[GATE_FAILED_OTHER], median_window(counts) / 1000);
	if (counts->holds || counts->refused)
		fprintf(to,
			"gate       %ju holds, %.3f s in all, the longest %ju us; %ju refused, the "
			"time of that second being spent\n",
			(uintmax_t)counts->holds, (double)counts->held / 1e9,
			(uintmax_t)counts->longest / 1000, (uintmax_t)counts->refused);
	for (int role = 0; role < HOOK_WITNESS_ROLES; role++) {
		const struct witness_hook *hook = &result->hooks[role];

		if (!hook->function)
			continue;
		fprintf(to, "%s %s by %s%s%s", any ? "," : "hooks     ", hook->function,
			hook_method_names[hook->method], hook->call ? " of " : "",
			hook->call ? hook->call : "");
		any = true;
	}
	if (any)
		fputc('\n', to);
}

static json_t *capture_json(const struct scenario *scenario, const struct gate_event *gate,
			    const char *file)
{
	return json_pack("{s:s, s:o, s:o, s:i, s:i, s:s, s:b}", "file", file, "page",
			 number(gate->page), "wrong_folio", number(gate->folio),
			 "wrong_folio_order", (int)gate->order, "reader", (int)gate->reader,
			 "reader_kind", scenario_reader_name(scenario, gate->reader), "frozen",
			 (int)gate->frozen);
}

json_t *capture_hit_json(const struct scenario *scenario, const struct gate_event *capture,
			 const char *file)
{
	json_t *object = capture_json(scenario, capture, file);

	json_object_set_new(object, "kind", json_string("capture"));
	return object;
}

static json_t *split_json(const struct gate_event *gate, const char *file)
{
	return json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:s?, s:s?}", "file", file, "folio",
			 number(gate->page), "order", (int)gate->order, "levels", (int)gate->levels,
			 "window_ns", number(gate->window), "frozen_ns",
			 number(gate->frozen_at ? gate->time - gate->frozen_at : 0), "failed",
			 gate->outcome < GATE_FAILURES ? failure_names[gate->outcome] : NULL,
			 "error", gate->error ? strerrorname_np(-gate->error) : NULL);
}

json_t *witness_event_json(const struct scenario *scenario, const struct event *event,
			   const char *file)
{
	bool capture = event->type == EVENT_CAPTURE;
	json_t *object = capture ? capture_json(scenario, &event->gate, file)
				 : split_json(&event->gate, file);

	json_object_set_new(object, "type", json_string(capture ? "capture" : "split"));
	return object;
}
