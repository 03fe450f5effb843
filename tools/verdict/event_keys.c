/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/event_keys.h"
#include "tools/control/rule_log.h"
#include "tools/reading/client_work.h"
#include "tools/threads/outcome_keys.h"
#include "tools/verdict/cache_result.h"
#include "tools/verdict/schedule_result.h"
#include "tools/verdict/witness_result.h"

#include <inttypes.h>
#include <string.h>

/* Subject of the tables in this file. */
struct told {
	const struct run_result *result;
	struct event event;
};

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct told *told = at;                                                      \
                                                                                                   \
		return expression;                                                                 \
	}

static json_t *name_of_file(const struct told *told, unsigned int id)
{
	return key_text_of(result_file_name(told->result, id));
}

static json_t *reader_kind(const struct told *told, unsigned int reader)
{
	return json_string(scenario_reader_name(told->result->scenario, reader));
}

static const struct key phase_keys[] = {
	{ "text", KEY_TEXT, NULL, "what the run does from then on", 0,
	  KEY_AT(key_text, struct told, event.text) },
	KEY_END,
};

static const struct key kernel_keys[] = {
	{ "text", KEY_TEXT, NULL,
	  "a line of the kernel log that belongs to a report or a trouble, up to 399 "
	  "bytes",
	  0, KEY_AT(key_text, struct told, event.text) },
	KEY_END,
};

static json_t *make_magic(const void *at)
{
	const struct told *told = at;

	return json_sprintf("%016" PRIx64 "%016" PRIx64, told->event.schedule.magic[0],
			    told->event.schedule.magic[1]);
}

static json_t *make_thread_cpus(const void *at)
{
	const struct told *told = at;
	uint64_t packed = 0;

	for (size_t i = 0; i < told->result->scenario->threads.count; i++)
		packed |= (uint64_t)told->event.schedule.thread_cpus[i] << 8 * i;
	return key_number(packed);
}

static const struct key schedule_event_keys[] = {
	{ "page", KEY_NUMBER, "bytes",
	  "physical address of the page that the run and the engine share", 0,
	  KEY_AT(key_u64, struct told, event.schedule.page) },
	{ "magic", KEY_TEXT, NULL, "the first two 64-bit numbers on that page", 0,
	  .make = make_magic },
	{ "reader_cpu", KEY_NUMBER, NULL, "processor of the reader that has a role", 0,
	  KEY_AT(key_unsigned, struct told, event.schedule.reader_cpu) },
	{ "program", KEY_BOOLEAN, NULL, "that reader runs a program", 0,
	  KEY_AT(key_bool, struct told, event.schedule.program) },
	{ "other_cpus", KEY_NUMBER, NULL, "processors of the other readers: processor N is bit N",
	  0, KEY_AT(key_u64, struct told, event.schedule.other_cpus) },
	{ "thread_cpus", KEY_NUMBER, NULL,
	  "processors of scripted threads: one byte each, the first thread lowest", 0,
	  .make = make_thread_cpus },
	KEY_END,
};

VALUE(punch_file, name_of_file(told, told->event.punch.file))
VALUE(punch_split, told->event.punch.outcome == STORM_UNKNOWN
			   ? NULL
			   : json_boolean(told->event.punch.outcome == STORM_SPLIT))

static const struct key punch_keys[] = {
	{ "punch", KEY_NUMBER, NULL, "number of the punch, from 1", 0,
	  KEY_AT(key_u64, struct told, event.punch.number) },
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_punch_file },
	{ "folio", KEY_NUMBER, "page", "first page of the folio, as a page of the file", 0,
	  KEY_AT(key_u64, struct told, event.punch.folio) },
	{ "first_byte", KEY_NUMBER, "bytes", "offset of the hole in the folio", 0,
	  KEY_AT(key_u64, struct told, event.punch.first) },
	{ "length", KEY_NUMBER, "bytes", "length of the hole", 0,
	  KEY_AT(key_u64, struct told, event.punch.length) },
	{ "generation", KEY_NUMBER, NULL, "generation of the region; each refill adds one", 0,
	  KEY_AT(key_u64, struct told, event.punch.generation) },
	{ "took_ns", KEY_NUMBER, "nanoseconds", "duration of the system call", 0,
	  KEY_AT(key_u64, struct told, event.punch.took) },
	{ "readers_there", KEY_NUMBER, NULL, "readers that had arrived", 0,
	  KEY_AT(key_unsigned, struct told, event.punch.gathered) },
	{ "split", KEY_BOOLEAN, NULL,
	  "the kernel's counters say that the folio was split and that no split failed; "
	  "null: this kernel does not count splits",
	  KEY_NULL, .make = make_punch_split },
	{ "error", KEY_TEXT, NULL, "name of the errno, such as `\"ENOSPC\"`; null: success",
	  KEY_NULL, KEY_AT(key_errno, struct told, event.punch.error) },
	KEY_END,
};

VALUE(hit_file, name_of_file(told, told->event.hit.file))
VALUE(hit_reader_kind, reader_kind(told, told->event.hit.reader))
VALUE(class, json_string(wrong_class_names[told->event.hit.judgement.class]))
VALUE(wrong_page,
      told->event.hit.judgement.got.file ? key_number(told->event.hit.judgement.got.page) : NULL)
VALUE(wrong_file, told->event.hit.judgement.got.file
			  ? name_of_file(told, told->event.hit.judgement.got.file)
			  : NULL)
VALUE(wrong_generation, told->event.hit.judgement.got.file
				? key_number(told->event.hit.judgement.got.generation)
				: NULL)
VALUE(generation, key_number(told->event.hit.judgement.expected.generation))

static const struct key hit_keys[] = {
	{ "kind", KEY_TEXT, .always = "bytes" },
	{ "punch", KEY_NUMBER, NULL, "number of the latest punch of the storm", 0,
	  KEY_AT(key_u64, struct told, event.hit.ticket) },
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_hit_file },
	{ "page", KEY_NUMBER, "page", "page of the file that was read", 0,
	  KEY_AT(key_u64, struct told, event.hit.page) },
	{ "folio", KEY_NUMBER, "page", "first page of its region, as a page of the file", 0,
	  KEY_AT(key_u64, struct told, event.hit.folio) },
	{ "reader", KEY_NUMBER, NULL, "number of the reader, from 0, in the order of the scenario",
	  0, KEY_AT(key_unsigned, struct told, event.hit.reader) },
	{ "reader_kind", KEY_TEXT, NULL, "kind of the reader", 0, .make = make_hit_reader_kind },
	{ "class", KEY_TEXT, NULL,
	  "other-page: a whole page from elsewhere in the same file; zeros; "
	  "old-generation: the right page as it was before a refill or before the hole; "
	  "other-file; torn: a mixture of right bytes and of other pages; bit-flip: one "
	  "bit; garbage: bytes that were never written; missing: no bytes (SIGBUS, a "
	  "short read, an error)",
	  0, .make = make_class },
	{ "wrong_page", KEY_NUMBER, "page",
	  "page of `wrong_file` whose bytes were read; null if they belong to no page "
	  "of the run",
	  KEY_NULL, .make = make_wrong_page },
	{ "wrong_file", KEY_TEXT, NULL, "name of the file whose bytes were read", KEY_NULL,
	  .make = make_wrong_file },
	{ "wrong_generation", KEY_NUMBER, NULL, "generation of these bytes", KEY_NULL,
	  .make = make_wrong_generation },
	{ "generation", KEY_NUMBER, NULL, "generation of the region before the read", 0,
	  .make = make_generation },
	{ "xor", KEY_NUMBER, NULL, "`page` xor `wrong_page` for other-page, otherwise 0", 0,
	  KEY_AT(key_u64, struct told, event.hit.judgement.page_xor) },
	{ "folio_order", KEY_NUMBER, NULL,
	  "order of the smallest folio that contains both pages, for other-page; "
	  "otherwise 0",
	  0, KEY_AT(key_unsigned, struct told, event.hit.judgement.folio_order) },
	{ "wrong_bytes", KEY_NUMBER, "bytes", "number of bytes that differ from the expected ones",
	  0, KEY_AT(key_unsigned, struct told, event.hit.judgement.wrong_bytes) },
	{ "first_wrong_byte", KEY_NUMBER, "bytes", "offset of the first of them in the page", 0,
	  KEY_AT(key_unsigned, struct told, event.hit.judgement.first_wrong) },
	{ "sticky", KEY_BOOLEAN, NULL, "the same access, repeated, was wrong as well", 0,
	  KEY_AT(key_bool, struct told, event.hit.again_wrong) },
	{ "pread_wrong", KEY_BOOLEAN, NULL, "pread(2) beneath the layer was wrong as well", 0,
	  KEY_AT(key_bool, struct told, event.hit.pread_wrong) },
	{ "fresh_mapping_wrong", KEY_BOOLEAN, NULL, "a new mapping was wrong as well", 0,
	  KEY_AT(key_bool, struct told, event.hit.fresh_wrong) },
	{ "access_ns", KEY_NUMBER, "nanoseconds",
	  "time from the start of the access to `ns`, when it was found wrong", 0,
	  KEY_AT(key_u64, struct told, event.hit.access) },
	{ "recheck_ns", KEY_NUMBER, "nanoseconds",
	  "time from `ns` to the end of these three further reads", 0,
	  KEY_AT(key_u64, struct told, event.hit.check) },
	KEY_END,
};

VALUE(gate_file, name_of_file(told, told->event.gate.file))
VALUE(gate_reader_kind, reader_kind(told, told->event.gate.reader))
VALUE(refcount, json_integer(told->event.gate.refcount))
VALUE(frozen, json_boolean(told->event.gate.frozen))
VALUE(frozen_ns,
      key_number(told->event.gate.frozen_at ? told->event.gate.time - told->event.gate.frozen_at
					    : 0))
VALUE(failed, told->event.gate.outcome < GATE_FAILURES
		      ? json_string(gate_failure_names[told->event.gate.outcome])
		      : NULL)

static const struct key capture_keys[] = {
	{ "kind", KEY_TEXT, NULL, "`capture`; only in `hits`", KEY_ADDED, .make = NULL },
	{ "punch", KEY_NUMBER, NULL, "number of the latest punch that had begun; 0: none", 0,
	  KEY_AT(key_u64, struct told, event.gate.punch) },
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_gate_file },
	{ "page", KEY_NUMBER, "page", "page of the file that was looked up", 0,
	  KEY_AT(key_u64, struct told, event.gate.page) },
	{ "wrong_folio", KEY_NUMBER, "page",
	  "first page of the folio that was returned, as a page of the file", 0,
	  KEY_AT(key_u64, struct told, event.gate.folio) },
	{ "wrong_folio_order", KEY_NUMBER, NULL, "order of that folio", 0,
	  KEY_AT(key_unsigned, struct told, event.gate.order) },
	{ "reader", KEY_NUMBER, NULL, "number of the reader, from 0, in the order of the scenario",
	  0, KEY_AT(key_unsigned, struct told, event.gate.reader) },
	{ "reader_kind", KEY_TEXT, NULL, "kind of the reader", 0, .make = make_gate_reader_kind },
	{ "frozen", KEY_BOOLEAN, NULL, "the look-up began while the folio was frozen", 0,
	  .make = make_frozen },
	KEY_END,
};

const struct key misplaced_keys[] = {
	{ "kind", KEY_TEXT, NULL, "`misplaced`; only in `hits`", KEY_ADDED, .make = NULL },
	{ "punch", KEY_NUMBER, NULL, "number of the latest punch that had begun; 0: none", 0,
	  KEY_AT(key_u64, struct told, event.gate.punch) },
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_gate_file },
	{ "page", KEY_NUMBER, "page", "page of the file whose slot it is", 0,
	  KEY_AT(key_u64, struct told, event.gate.page) },
	{ "wrong_folio", KEY_NUMBER, "page",
	  "first page of the folio in the slot, as a page of the file", 0,
	  KEY_AT(key_u64, struct told, event.gate.folio) },
	{ "wrong_folio_order", KEY_NUMBER, NULL, "order of that folio", 0,
	  KEY_AT(key_unsigned, struct told, event.gate.order) },
	{ "refcount", KEY_NUMBER, NULL,
	  "reference count of that folio; that of a frozen folio is 0", 0, .make = make_refcount },
	KEY_END,
};

/* Values that only inspected splits have. */
VALUE(split_at, told->event.gate.stores ? key_number(told->event.gate.split_at) : NULL)
VALUE(inspected, json_boolean(told->event.gate.inspected))
VALUE(misplaced_page, told->event.gate.misplaced ? key_number(told->event.gate.slot.page) : NULL)
VALUE(misplaced_folio, told->event.gate.misplaced ? key_number(told->event.gate.slot.folio) : NULL)
VALUE(misplaced_order, told->event.gate.misplaced ? key_number(told->event.gate.slot.order) : NULL)
VALUE(misplaced_refcount,
      told->event.gate.misplaced ? json_integer(told->event.gate.slot.refcount) : NULL)

static const struct key split_keys[] = {
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_gate_file },
	{ "folio", KEY_NUMBER, "page", "first page of the folio, as a page of the file", 0,
	  KEY_AT(key_u64, struct told, event.gate.page) },
	{ "order", KEY_NUMBER, NULL, "order of the folio before the split", 0,
	  KEY_AT(key_unsigned, struct told, event.gate.order) },
	{ "levels", KEY_NUMBER, NULL, "number of levels split while the folio was frozen", 0,
	  KEY_AT(key_unsigned, struct told, event.gate.levels) },
	{ "window_ns", KEY_NUMBER, "nanoseconds",
	  "time from the freeze to the last store in the page cache; 0 if there was "
	  "none",
	  0, KEY_AT(key_u64, struct told, event.gate.window) },
	{ "frozen_ns", KEY_NUMBER, "nanoseconds",
	  "time from the freeze to `ns`; 0 if the folio was not frozen", 0,
	  .make = make_frozen_ns },
	{ "failed", KEY_TEXT, NULL,
	  "cause of a failure: reference, dirty, writeback or other; null: success", KEY_NULL,
	  .make = make_failed },
	{ "error", KEY_TEXT, NULL, "errno that the kernel returned", KEY_NULL,
	  KEY_AT(key_errno, struct told, event.gate.error) },
	{ "frozen_exposed", KEY_NUMBER, NULL,
	  "readers' look-ups that began while the folio was frozen, of pages that are "
	  "exposed by the aim model",
	  0, KEY_AT(key_unsigned, struct told, event.gate.frozen_exposed) },
	{ "split_at", KEY_NUMBER, "page",
	  "page of the folio at which it was split; null if its slots were not "
	  "inspected",
	  KEY_NULL, .make = make_split_at },
	{ "stores", KEY_NUMBER, NULL, "number of parts before whose store the slots were inspected",
	  0, KEY_AT(key_unsigned, struct told, event.gate.stores) },
	{ "inspected", KEY_BOOLEAN, NULL,
	  "these are all parts, every slot could be followed, and the split exposes "
	  "pages by the aim model",
	  0, .make = make_inspected },
	{ "misplaced_parts", KEY_NUMBER, NULL,
	  "bit mask of the parts that had misplaced slots. Bit k: the half of 2^k pages "
	  "that was split off on the way to `split_at`; bit `order`: the part that "
	  "contains `split_at`",
	  0, KEY_AT(key_unsigned, struct told, event.gate.misplaced) },
	{ "misplaced_page", KEY_NUMBER, "page",
	  "page of the first misplaced slot, as a page of the file", KEY_NULL,
	  .make = make_misplaced_page },
	{ "misplaced_folio", KEY_NUMBER, "page",
	  "first page of the folio in that slot, as a page of the file", KEY_NULL,
	  .make = make_misplaced_folio },
	{ "misplaced_folio_order", KEY_NUMBER, NULL, "order of that folio", KEY_NULL,
	  .make = make_misplaced_order },
	{ "misplaced_refcount", KEY_NUMBER, NULL, "reference count of that folio", KEY_NULL,
	  .make = make_misplaced_refcount },
	KEY_END,
};

static const struct key garbled_keys[] = {
	{ "kind", KEY_TEXT, .always = "garbled" },
	KEY_END,
};

/* Indexed by enum event_type; others follow. */
const struct key_table event_tables[] = {
	[EVENT_PUNCH] = { "punch", NULL, "A punch", punch_keys },
	[EVENT_HIT] = { "hit", "bytes", "A wrong read", hit_keys },
	[EVENT_SCHEDULE] = { "schedule", NULL, "A [schedule](schedule.md) waits for its engine",
			     schedule_event_keys },
	[EVENT_KERNEL] = { "kernel", NULL, "A line of the kernel log", kernel_keys },
	[EVENT_PHASE] = { "phase", NULL, "What the run does now", phase_keys },
	[EVENT_CAPTURE] = { "capture", "capture", "A look-up that got a folio without the page",
			    capture_keys },
	[EVENT_MISPLACED] = { "misplaced", "misplaced",
			      "A slot of the page cache that leads to a folio without its page",
			      misplaced_keys },
	[EVENT_SPLIT] = { "split", NULL, "A split of a folio", split_keys },
	[EVENT_VIOLATION] = { "violation", "violation", "A slot of the page cache that is wrong",
			      violation_keys },
	[EVENT_RULE] = { "rule", NULL, "What a rule did", rule_event_keys },
	[EVENT_WORKLOAD] = { "garbled", "garbled", "What did not arrive whole", garbled_keys },
	{ "hit", "output", "A program that gave something else", client_hit_keys },
	{ "hit", "outcome", "A step of a scripted thread that ended otherwise than it has to",
	  outcome_hit_keys },
	{ "step", NULL, "A step of a [passage](schedule.md#passages)", schedule_step_keys },
	{ NULL, "kernel-report", "A report of the kernel", kernel_report_keys },
	{ .title = NULL },
};

const struct key line_keys[] = {
	{ "type", KEY_TEXT, NULL,
	  "begin, phase, punch, hit, capture, split, misplaced, violation, rule, "
	  "schedule, step or kernel; garbled: an incomplete event from a process that "
	  "died; a workload may add types of its own",
	  0, .make = NULL },
	{ "number", KEY_NUMBER, NULL, "number of the event, without gaps; `begin` is 0", 0,
	  .make = NULL },
	{ "ns", KEY_NUMBER, "nanoseconds",
	  "time since the start of the run, by CLOCK_MONOTONIC. It is the time of the "
	  "event, not of the line, so lines can be slightly out of order",
	  0, .make = NULL },
	KEY_END,
};

void event_add_place(json_t *line, uint64_t number, uint64_t time)
{
	json_object_set_new(line, "number", key_number(number));
	json_object_set_new(line, "ns", key_number(time));
}

json_t *event_told_json(const struct event *event)
{
	json_t *object =
		json_loadb(event->told.json, strnlen(event->told.json, EVENT_TOLD), 0, NULL);

	/* Truncated, or from a process that died while writing it. */
	if (!json_is_object(object)) {
		json_decref(object);
		object = json_pack("{s:s, s:s}", "type", "garbled", "kind", "garbled");
	}
	return object;
}

json_t *event_json(const struct run_result *result, const struct event *event, uint64_t number,
		   uint64_t start)
{
	const struct told told = { result, *event };
	const struct cache_told cache = { result, event->violation };
	const struct key_table *table = &event_tables[event->type];
	json_t *line;

	if (event->type == EVENT_WORKLOAD) {
		line = event_told_json(event);
	} else {
		line = json_pack("{s:s}", "type", table->type);
		keys_add(line, table->keys,
			 event->type == EVENT_RULE        ? (const void *)&event->rule
			 : event->type == EVENT_VIOLATION ? (const void *)&cache
							  : &told);
	}
	event_add_place(line, number, event->time - start);
	return line;
}

json_t *event_step_json(const struct schedule_step *step, uint64_t number, uint64_t start)
{
	json_t *line = json_pack("{s:s}", "type", "step");

	keys_add(line, schedule_step_keys, step);
	event_add_place(line, number, step->time > start ? step->time - start : 0);
	return line;
}

/* Appends events of the witness to the hits; `kind` is that of the table. */
static void append_gate(json_t *hits, const struct run_result *result, enum event_type type,
			const struct gate_event *events, size_t count)
{
	const struct key_table *table = &event_tables[type];

	for (size_t i = 0; i < count; i++) {
		const struct told told = { result, { .type = type, .gate = events[i] } };
		json_t *hit = json_pack("{s:s}", "kind", table->kind);

		keys_add(hit, table->keys, &told);
		json_array_append_new(hits, hit);
	}
}

json_t *misplaced_json(const struct run_result *result)
{
	json_t *slots = json_array();

	append_gate(slots, result, EVENT_MISPLACED, result->misplaced, result->misplaced_count);
	return slots;
}

json_t *hits_json(const struct run_result *result)
{
	const struct kernel_reports *reports = &result->kernel_reports;
	json_t *hits = json_array();

	for (size_t i = 0; i < result->hit_count; i++) {
		const struct told told = { result, { .type = EVENT_HIT, .hit = result->hits[i] } };

		json_array_append_new(hits, keys_object(hit_keys, &told));
	}
	json_array_extend(hits, result->workload_hits);
	append_gate(hits, result, EVENT_CAPTURE, result->captures, result->capture_count);
	if (verdict_misplaced(result))
		append_gate(hits, result, EVENT_MISPLACED, result->misplaced,
			    result->misplaced_count);
	violations_append(hits, result);
	for (size_t i = 0; i < reports->count; i++)
		if (kernel_report_meaning(reports, &reports->items[i]) == KERNEL_HIT)
			json_array_append_new(hits,
					      keys_object(kernel_report_keys, &reports->items[i]));
	return hits;
}
