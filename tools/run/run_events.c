/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes events of worker, workload and witness, and of the inspector outside of the guest. */
#include "injector/base/array.h"
#include "injector/base/extreme.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "injector/storm/aim.h"
#include "tools/run/run_parts.h"
#include "tools/verdict/result.h"

#include <stdlib.h>
#include <sys/socket.h>

void run_write_line(struct run *run, char *line)
{
	for (int i = 0; line && i < 2; i++)
		line_file_put(&run->event_files[i], line);
	free(line);
}

void run_tell(struct run *run, const struct event *event)
{
	struct run_result *result = run->result;

	run->event_number++;
	if (run->event_files[0].fd >= 0 || run->event_files[1].fd >= 0)
		run_write_line(run,
			       result_event_line(result, run->event_number, run->start, event));
	if (event->type == EVENT_HIT && run->engine)
		schedule_engine_hit(run->engine, event->hit.ticket);
	if (event->type == EVENT_HIT && result->hit_count < RUN_HITS_KEPT)
		result->hits[result->hit_count++] = event->hit;
	if (event->type == EVENT_CAPTURE && result->capture_count < RUN_HITS_KEPT)
		result->captures[result->capture_count++] = event->gate;
	if (event->type == EVENT_MISPLACED && result->misplaced_count < RUN_HITS_KEPT)
		result->misplaced[result->misplaced_count++] = event->gate;
	if (event->type == EVENT_VIOLATION && result->violation_count < RUN_HITS_KEPT)
		result->violations[result->violation_count++] = event->violation;
	if (event->type == EVENT_WORKLOAD && event->told.hit)
		result_keep_told(result, event);
	if (event->type == EVENT_PHASE)
		progress_phase(&run->progress, event->text);
}

void run_take_events(struct run *run)
{
	struct event event;

	while (recv(run->events[0], &event, sizeof(event), MSG_DONTWAIT) == sizeof(event))
		run_tell(run, &event);
}

void run_take_gate_event(void *context, const struct gate_event *gate)
{
	static const enum event_type types[] = {
		[GATE_EVENT_CAPTURE] = EVENT_CAPTURE,
		[GATE_EVENT_SPLIT] = EVENT_SPLIT,
		[GATE_EVENT_MISPLACED] = EVENT_MISPLACED,
	};
	struct run *run = context;
	struct inspection *inspection = &run->result->inspection;
	struct event event = { .time = gate->time, .gate = *gate };

	if (gate->type >= ARRAY_SIZE(types))
		return;
	event.type = types[gate->type];
	event.gate.punch = punch_times_find(&run->shared->punch_times, gate->time);
	run_tell(run, &event);
	if (!inspection_add(inspection, gate))
		return;
	seen_pages_add(&run->shared->seen, gate->order, gate->split_at, gate->misplaced);
	if (inspection_refutes(inspection,
			       aim_shape_for(&run->scenario->storm.aim, &run->result->kernel)))
		seen_pages_use(&run->shared->seen);
}

static void tell_violation(struct run *run, const struct inspect_row *row)
{
	struct event event = { .type = EVENT_VIOLATION, .time = units_now(), .violation = *row };

	extreme_lower(&run->shared->first_hit, event.time);
	run_tell(run, &event);
}

void run_take_inspect(struct run *run)
{
	struct inspect_page *page = run->inspect;
	uint64_t taken;

	if (!page)
		return;
	/* The engine writes events before their count, while the guest is stopped. It does not know
	 * the guest's clock: their time is the begin of the punch. */
	for (taken = atomic_load(&page->events_taken); taken < page->counts.events; taken++) {
		run_take_gate_event(run, &page->events[taken % INSPECT_EVENTS]);
		atomic_store(&page->events_taken, taken + 1);
	}
	for (taken = atomic_load(&page->rows_taken); taken < page->counts.rows; taken++) {
		tell_violation(run, &run->inspect_rows[taken % INSPECT_ROWS]);
		atomic_store(&page->rows_taken, taken + 1);
	}
}
