/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/outcome.h"
#include "tools/verdict/result_read.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *outcome_death(const struct guest_facts *facts, const struct stream *stream, char *text,
			  size_t size)
{
	const struct kernel_report *report = kernel_reports_fatal(&stream->reports);
	char what[512] = "its kernel log says nothing of it";

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
	case GUEST_BROKEN:
		snprintf(text, size, "QEMU failed");
		break;
	}
	return text;
}

enum verdict outcome_verdict(const struct stream *stream)
{
	return stream->hits_seen || kernel_reports_hit(&stream->reports) ? VERDICT_HIT
									 : VERDICT_ERROR;
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
	else if (stream->hits_seen)
		snprintf(text, size,
			 "%" PRIu64 " of %" PRIu64 " punches gave a reader wrong bytes; "
			 "then the %s",
			 stream->punches_hit, stream->punches, death);
	else
		snprintf(text, size, "%s", death);
}

static json_t *count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* What killed the guest told no event, but its kernel's log has the time: printk() goes by a clock
 * that CLOCK_MONOTONIC is within some milliseconds of in a guest that never slept. */
static json_t *first_hit(const struct stream *stream)
{
	double after;

	if (stream->first_punch < 0)
		return json_null();
	if (stream->first_hit >= 0)
		return json_real((double)(stream->first_hit - stream->first_punch) / 1e9);
	if (stream->reported < 0 || stream->began < 0)
		return json_null();
	after = stream->reported - (double)(stream->began + stream->first_punch) / 1e9;
	return json_real(after > 0 ? rint(after * 1e6) / 1e6 : 0);
}

/* Keys that only the run itself could have counted. */
static const char *const unknown[] = { "healed",           "punches_captured",
				       "classes",          "readers",
				       "operations",       "rules",
				       "witness",          "gate",
				       "kernel_log",       "preconditions",
				       "duration_seconds", "exposures",
				       "captures",         "reads",
				       "reads_not_judged", "wrong_reads",
				       "splits",           "refills",
				       "folios_whole",     "folios_other",
				       "splits_failed",    "punches_failed",
				       "punches_evicted" };

json_t *outcome_result(const struct guest_facts *facts, const struct stream *stream)
{
	static const char *const of_begin[] = { "title",    "machine", "data_path", "aim",
						"aim_page", "seed",    "scenario",  "kernel",
						"expected", "version", "xfail" };
	const struct kernel_reports *reports = &stream->reports;
	enum verdict verdict = outcome_verdict(stream);
	enum test_outcome outcome;
	json_t *result = json_object(), *hits = json_copy(stream->hits);
	char reason[1200];

	json_object_set_new(result, "verdict", json_string(verdict_names[verdict]));
	json_object_set_new(result, "kernel", json_string(facts->release));
	json_object_set_new(result, "expected",
			    json_string(facts->expected == EXPECT_HIT ? "hit" : "clean"));
	for (size_t i = 0; i < sizeof(of_begin) / sizeof(of_begin[0]); i++) {
		json_t *value = json_object_get(stream->begin, of_begin[i]);

		if (value)
			json_object_set(result, of_begin[i], value);
		else if (!json_object_get(result, of_begin[i]))
			json_object_set_new(result, of_begin[i], json_null());
	}
	outcome = result_outcome(result);
	json_object_set_new(result, "as_expected", json_boolean(test_outcome_as_expected(outcome)));
	json_object_set_new(result, "outcome", json_string(test_outcome_names[outcome]));
	explain(facts, stream, reason, sizeof(reason));
	json_object_set_new(result, "reason", json_string(reason));
	json_object_set_new(result, "punches", count(stream->punches));
	json_object_set_new(result, "punches_hit", count(stream->punches_hit));
	json_object_set_new(
		result, "hit_rate",
		json_real(stream->punches ? (double)stream->punches_hit / (double)stream->punches
					  : 0));
	json_object_set_new(result, "first_hit_seconds", first_hit(stream));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		json_object_set_new(result, unknown[i], json_null());
	for (size_t i = 0; i < reports->count; i++)
		if (kernel_report_meaning(&reports->items[i]) == KERNEL_HIT)
			json_array_append_new(hits, kernel_report_json(&reports->items[i]));
	json_object_set_new(result, "hits", hits);
	json_object_set_new(result, "interrupted", json_boolean(facts->end == GUEST_STOPPED));
	json_object_set_new(result, "error",
			    json_string(outcome_death(facts, stream, reason, sizeof(reason))));
	return result;
}

void outcome_add_guest(json_t *result, const struct guest_facts *facts, const struct stream *stream)
{
	char death[640];

	outcome_death(facts, stream, death, sizeof(death));
	json_object_set_new(
		result, "guest",
		json_pack("{s:s, s:s, s:i, s:i, s:i, s:o, s:o}", "kernel", facts->kernel,
			  "accelerator", facts->accelerator, "cpus", (int)facts->cpus, "memory_mib",
			  (int)facts->memory, "boots", (int)facts->boots, "boot_seconds",
			  facts->boot_seconds < 0 ? json_null() : json_real(facts->boot_seconds),
			  "died", *death ? json_string(death) : json_null()));
}

static const char *text_of(const json_t *result, const char *key)
{
	const char *text = json_string_value(json_object_get(result, key));

	return text ? text : "unknown";
}

void outcome_print(FILE *to, const json_t *result)
{
	const char *expected = text_of(result, "expected");
	const json_t *first = json_object_get(result, "first_hit_seconds");

	fprintf(to, "scenario   %s\n", text_of(result, "title"));
	fprintf(to, "kernel     %s\n", text_of(result, "kernel"));
	fprintf(to, "data path  %s\n", text_of(result, "data_path"));
	fprintf(to,
		"punches    %" JSON_INTEGER_FORMAT ", of them hit %" JSON_INTEGER_FORMAT
		", before the guest ended\n",
		json_integer_value(json_object_get(result, "punches")),
		json_integer_value(json_object_get(result, "punches_hit")));
	if (json_is_real(first))
		fprintf(to, "first hit  %.3f s after the first punch\n", json_real_value(first));
	fprintf(to, "verdict    %s, expected %s: %s\n", text_of(result, "verdict"),
		!strcmp(expected, "hit") ? "HIT" : "CLEAN", text_of(result, "reason"));
}
