/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/outcome.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "tools/verdict/guest_result.h"
#include "tools/verdict/result_keys.h"
#include "tools/verdict/result_origin.h"
#include "tools/verdict/result_read.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define QEMU_FAILED "QEMU failed"

const char *outcome_death(const struct guest_facts *facts, const struct stream *stream, char *text,
			  size_t size)
{
	static const char silent[] = "its kernel log says nothing of it";
	static const char empty[] = "its kernel log is empty; --append ignore_loglevel shows how "
				    "far it came, if the kernel has a driver for the console";
	const struct kernel_report *report = kernel_reports_fatal(&stream->reports);
	char what[512];

	snprintf(what, sizeof(what), "%s", stream->console.read ? silent : empty);
	if (!report && stream->reports.count)
		report = &stream->reports.items[0];
	if (report)
		kernel_report_format(report, what, sizeof(what));
	switch (facts->end) {
	case GUEST_DONE:
		*text = '\0';
		break;
	case GUEST_DIED:
		snprintf(text, size, "guest died: %s", what);
		break;
	case GUEST_HUNG:
		snprintf(text, size, "guest died: no sign of life for %.0f s: %s",
			 facts->silent_seconds, what);
		break;
	case GUEST_TIMED_OUT:
		snprintf(text, size, "guest was still running at the limit (--timeout): %s", what);
		break;
	case GUEST_STOPPED:
		snprintf(text, size, "guest was interrupted");
		break;
	case GUEST_FLOODED:
		snprintf(text, size,
			 "guest was ended: it sent more than is taken of a console, a run's "
			 "events or an archive: %s",
			 what);
		break;
	case GUEST_BROKEN:
		snprintf(text, size, QEMU_FAILED);
		break;
	case GUEST_DAMAGED:
		snprintf(text, size, "its content is not what was kept");
		break;
	}
	return text;
}

enum verdict outcome_verdict(const struct stream *stream)
{
	bool seen = kernel_reports_hit(&stream->reports) != NULL;

	for (int kind = 0; kind < STREAM_EVIDENCE; kind++)
		seen |= stream->evidence[kind].seen > 0;
	return seen ? VERDICT_HIT : VERDICT_ERROR;
}

/* Summarizes the events: "2 of 9 punches gave a reader wrong bytes; then the guest died: ...". */
static void explain_events(const struct stream *stream, const char *death, char *text, size_t size)
{
	size_t used = 0;

	for (int kind = 0; kind < STREAM_EVIDENCE; kind++) {
		const struct stream_evidence *evidence = &stream->evidence[kind];
		const struct stream_evidence_type *type = &stream_evidence_types[kind];

		if (!evidence->seen)
			continue;
		if (type->alone)
			used = append_text(text, size, used, "%" PRIu64 " %s; ", evidence->seen,
					   type->did);
		else
			used = append_text(text, size, used,
					   "%" PRIu64 " of %" PRIu64 " punches %s; ",
					   evidence->punches, stream->punches, type->did);
	}
	append_text(text, size, used, "%s%s", used ? "then the " : "", death);
}

static void explain(const struct guest_facts *facts, const struct stream *stream, char *text,
		    size_t size)
{
	const struct kernel_report *report = kernel_reports_hit(&stream->reports);
	char death[640], said[512];

	outcome_death(facts, stream, death, sizeof(death));
	if (report)
		snprintf(text, size, "the kernel reports %s",
			 kernel_report_format(report, said, sizeof(said)));
	else
		explain_events(stream, death, text, size);
}

/* Returns the time of the first hit. The hit that killed the guest sent no event, but the kernel's
 * log has its time: in a guest that never slept, the clock of printk() differs from CLOCK_MONOTONIC
 * by some milliseconds only. */
static json_t *first_hit(const struct stream *stream)
{
	double after;

	if (stream->first_punch < 0)
		return json_null();
	if (stream->first_hit >= 0)
		return json_real(((double)stream->first_hit - (double)stream->first_punch) / 1e9);
	if (stream->reported < 0 || stream->began < 0)
		return json_null();
	after = stream->reported - ((double)stream->began + (double)stream->first_punch) / 1e9;
	return json_real(after > 0 ? rint(after * 1e6) / 1e6 : 0);
}

/* Makes a result with all keys: the values of the event `begin`, and null for the others. */
static json_t *begin_result(const json_t *begin)
{
	json_t *result = json_object();

	for (const struct key *key = result_keys; key->name; key++) {
		json_t *value =
			key->flags & RESULT_BEGIN ? json_object_get(begin, key->name) : NULL;

		if (!(key->flags & KEY_ADDED))
			json_object_set_new(result, key->name,
					    value ? json_incref(value) : json_null());
	}
	return result;
}

/* Sets a key that the run itself has not set, if it did not get that far. */
static void set_unless_said(json_t *result, const char *key, json_t *value)
{
	if (json_is_null(json_object_get(result, key)))
		json_object_set_new(result, key, value);
	else
		json_decref(value);
}

json_t *outcome_result(const struct guest_facts *facts, const struct stream *stream)
{
	const struct kernel_reports *reports = &stream->reports;
	const struct stream_evidence *captures = &stream->evidence[STREAM_CAPTURE];
	uint64_t hit = stream->evidence[STREAM_WRONG_BYTES].punches;
	json_t *result = begin_result(stream->begin), *hits = json_copy(stream->hits);
	enum test_outcome outcome;
	char reason[1200];

	set_unless_said(result, "schema_version", json_integer(RESULT_SCHEMA_VERSION));
	set_unless_said(result, "title", facts->title ? json_string(facts->title) : json_null());
	set_unless_said(result, "kernel", json_string(facts->release));
	set_unless_said(result, "expected",
			json_string(facts->expected == EXPECT_HIT ? "hit" : "clean"));
	json_object_set_new(result, "verdict", json_string(verdict_names[outcome_verdict(stream)]));
	outcome = result_outcome(result);
	json_object_set_new(result, "as_expected", json_boolean(test_outcome_as_expected(outcome)));
	json_object_set_new(result, "outcome", json_string(test_outcome_names[outcome]));
	explain(facts, stream, reason, sizeof(reason));
	json_object_set_new(result, "reason", json_string(reason));
	json_object_set_new(result, "punches", key_number(stream->punches));
	json_object_set_new(result, "punches_hit", key_number(hit));
	json_object_set_new(result, "hit_rate",
			    json_real(stream->punches ? (double)hit / (double)stream->punches : 0));
	if (captures->seen) {
		json_object_set_new(result, "captures", key_number(captures->seen));
		json_object_set_new(result, "punches_captured", key_number(captures->punches));
	}
	json_object_set_new(result, "first_hit_seconds", first_hit(stream));
	for (size_t i = 0; i < reports->count; i++)
		if (kernel_report_meaning(reports, &reports->items[i]) == KERNEL_HIT)
			json_array_append_new(hits,
					      keys_object(kernel_report_keys, &reports->items[i]));
	json_object_set_new(result, "hits", hits);
	json_object_set_new(result, "interrupted", json_boolean(facts->end == GUEST_STOPPED));
	json_object_set_new(result, "error",
			    json_string(outcome_death(facts, stream, reason, sizeof(reason))));
	return result;
}

void outcome_add_guest(json_t *result, const struct guest_facts *facts, const struct stream *stream)
{
	char death[640];
	const struct guest_result guest = {
		.kernel = facts->kernel,
		.accelerator = facts->accelerator,
		.cpus = facts->cpus,
		.memory = facts->memory,
		.boots = facts->boots,
		.restored = facts->restored,
		.boot_seconds = facts->boot_seconds,
		.died = *outcome_death(facts, stream, death, sizeof(death)) ? death : NULL,
	};

	json_object_set_new(result, "guest", guest_result_json(&guest));
	json_object_set_new(result, "host_name", result_origin_host(result));
	json_object_set_new(result, "ended", result_origin_now(result));
}

bool outcome_spoil(json_t *result, const char *why)
{
	const char *verdict = json_string_value(json_object_get(result, "verdict"));

	if (verdict && !strcmp(verdict, verdict_names[VERDICT_HIT]))
		return false;
	json_object_set_new(result, "verdict", json_string(verdict_names[VERDICT_ERROR]));
	json_object_set_new(result, "outcome", json_string(test_outcome_names[TEST_ERROR]));
	json_object_set_new(result, "as_expected", json_false());
	json_object_set_new(result, "reason", json_string(why));
	json_object_set_new(result, "error", json_string(why));
	return true;
}

void outcome_add_lost(json_t *result, const struct stream *stream)
{
	json_int_t lost = json_integer_value(json_object_get(result, "events_lost"));

	json_object_set_new(result, "events_lost",
			    key_number((uint64_t)lost + stream->events_file.lost));
}

static const char *text_of(const json_t *result, const char *key)
{
	const char *text = json_string_value(json_object_get(result, key));

	return text ? text : "unknown";
}

static void print(FILE *to, const json_t *result)
{
	const char *expected = text_of(result, "expected");
	const json_t *first = json_object_get(result, "first_hit_seconds");

	fprintf(to, "scenario   %s\n", text_of(result, "title"));
	fprintf(to, "kernel     %s\n", text_of(result, "kernel"));
	fprintf(to, "data path  %s\n", text_of(result, "data_path"));
	fprintf(to,
		"punches    %" JSON_INTEGER_FORMAT
		" ended before the guest did, %" JSON_INTEGER_FORMAT " of them hit\n",
		json_integer_value(json_object_get(result, "punches")),
		json_integer_value(json_object_get(result, "punches_hit")));
	if (json_is_real(first))
		fprintf(to, "first hit  %.3f s after the first punch\n", json_real_value(first));
	fprintf(to, "verdict    %s, expected %s: %s\n", text_of(result, "verdict"),
		!strcmp(expected, "hit") ? "HIT" : "CLEAN", text_of(result, "reason"));
}

void outcome_print(FILE *to, const json_t *result)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	print(memory, result);
	fclose(memory);
	fputs(plain_text(text, true), to);
}

bool outcome_is_of_kernel(const json_t *result)
{
	const json_t *guest = json_object_get(result, "guest");
	const char *died = json_string_value(json_object_get(guest, "died"));

	return json_is_object(guest) && (!died || strcmp(died, QEMU_FAILED) != 0);
}
