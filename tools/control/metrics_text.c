/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints OpenMetrics 1.0, and the older format of Prometheus, in which HELP and TYPE of a counter
 * have its name with "_total", and there is no end mark. */
#include "injector/base/cleanup.h"
#include "injector/rules/rule_crash.h"
#include "tools/base/utf8.h"
#include "tools/control/metrics.h"
#include "tools/control/steering.h"

#include <inttypes.h>
#include <string.h>

struct text {
	struct steering *steering;
	bool open;
	FILE *to;
	const char *name; /* of the metric that is printed */
};

static const double ns_per_second = 1e9;

static void begin(struct text *text, const char *name, const char *type, const char *help)
{
	bool is_counter = !strcmp(type, "counter");
	const char *total = is_counter && !text->open ? "_total" : "";

	text->name = name;
	fprintf(text->to, "# HELP foliostorm_%s%s %s\n# TYPE foliostorm_%s%s %s\n", name, total,
		help, name, total, type);
}

/* Prints a label as valid UTF-8, and escapes the characters that would end its value. */
static void put_label(struct text *text, const char *suffix, const char *label, const char *given)
{
	_cleanup_free_ char *valid = utf8_valid(given);
	const char *value = valid ?: "?";

	fprintf(text->to, "foliostorm_%s%s{%s=\"", text->name, suffix, label);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", text->to);
			continue;
		}
		if (*value == '"' || *value == '\\')
			fputc('\\', text->to);
		fputc(*value, text->to);
	}
	fputc('"', text->to);
}

static void put(struct text *text, const char *suffix, const char *label, const char *value,
		uint64_t number)
{
	put_label(text, suffix, label, value);
	fprintf(text->to, "} %" PRIu64 "\n", number);
}

static void put_alone(struct text *text, const char *suffix, uint64_t number)
{
	fprintf(text->to, "foliostorm_%s%s %" PRIu64 "\n", text->name, suffix, number);
}

static void print_requests(struct text *text, const char *name, const char *help, bool errors)
{
	begin(text, name, "counter", help);
	for (const struct hook_operation *row = hook_operations; row->name; row++) {
		const struct operation_statistics *operation =
			&text->steering->statistics->operations[row->opcode];

		/* rename has two request numbers; current kernels send the second. */
		if (atomic_load(&operation->count))
			put(text, "_total", "operation", row->name,
			    atomic_load(errors ? &operation->errors : &operation->count));
	}
}

/* Prints a histogram with buckets from about 1 us to 69 s, each four times the one before. */
static void print_latency(struct text *text, const char *name,
			  const struct operation_statistics *operation)
{
	enum { FIRST = 10, LAST = 36, STEP = 2 };
	uint64_t seen = 0, count;
	unsigned int bucket = 0;

	for (int power = FIRST; power <= LAST; power += STEP) {
		for (; bucket < STATISTICS_BUCKETS &&
		       statistics_bucket_end(bucket) <= UINT64_C(1) << power;
		     bucket++)
			seen += atomic_load(&operation->buckets[bucket]);
		put_label(text, "_bucket", "operation", name);
		fprintf(text->to, ",le=\"%.9g\"} %" PRIu64 "\n",
			(double)(UINT64_C(1) << power) / ns_per_second, seen);
	}
	for (count = seen; bucket < STATISTICS_BUCKETS; bucket++)
		count += atomic_load(&operation->buckets[bucket]);
	put_label(text, "_bucket", "operation", name);
	fprintf(text->to, ",le=\"+Inf\"} %" PRIu64 "\n", count);
	put(text, "_count", "operation", name, count);
	put_label(text, "_sum", "operation", name);
	fprintf(text->to, "} %.9g\n", (double)atomic_load(&operation->total) / ns_per_second);
}

static void print_latencies(struct text *text)
{
	begin(text, "request_duration_seconds", "histogram",
	      "From the arrival of a request to its answer, waits included.");
	for (const struct hook_operation *row = hook_operations; row->name; row++) {
		const struct operation_statistics *operation =
			&text->steering->statistics->operations[row->opcode];

		if (atomic_load(&operation->count))
			print_latency(text, row->name, operation);
	}
}

static void put_matched(void *text, const struct rule_status *rule)
{
	put(text, "_total", "rule", rule->name, rule->matched);
}

static void put_fired(void *text, const struct rule_status *rule)
{
	put(text, "_total", "rule", rule->name, rule->fired);
}

static void put_waiting(void *text, const struct hold_status *hold)
{
	put(text, "", "hold", hold->name, hold->waiting);
}

static void put_released(void *text, const struct hold_status *hold)
{
	put(text, "_total", "hold", hold->name, hold->released);
}

static void put_timed_out(void *text, const struct hold_status *hold)
{
	put(text, "_total", "hold", hold->name, hold->timed_out);
}

static void print_rules(struct text *text)
{
	struct rules *rules = text->steering->rules;

	begin(text, "rule_matches", "counter", "Requests that a rule matched.");
	rules_list(rules, put_matched, text);
	begin(text, "rule_firings", "counter", "Requests that a rule did something to.");
	rules_list(rules, put_fired, text);
	begin(text, "hold_waiting", "gauge", "Requests that wait in a hold.");
	rules_holds(rules, put_waiting, text);
	begin(text, "hold_releases", "counter", "Requests that were let go of a hold.");
	rules_holds(rules, put_released, text);
	begin(text, "hold_timeouts", "counter", "Requests that no one let go of a hold in time.");
	rules_holds(rules, put_timed_out, text);
}

static void print_crashes(struct text *text)
{
	const struct crash_status status = rules_crash_status(text->steering->rules);

	begin(text, "crashes", "counter", "Times that the power was cut.");
	put_alone(text, "_total", status.crashes);
	begin(text, "lost_bytes", "counter", "Bytes that were lost by that.");
	put_alone(text, "_total", status.lost);
	begin(text, "off", "gauge", "1: the power was cut, and all requests fail.");
	put_alone(text, "", status.off);
}

void metrics_print(struct steering *steering, bool open, FILE *to)
{
	struct text text = { .steering = steering, .open = open, .to = to };

	begin(&text, "layer_info", "gauge", "The layer; always 1.");
	put_label(&text, "", "version", FOLIOSTORM_VERSION);
	fprintf(to, ",data_path=\"%s\",seed=\"%" PRIu64 "\"} 1\n",
		layer_data_path_name(steering->config.data_path), steering->config.seed);
	print_requests(&text, "requests", "Requests that were answered.", false);
	print_requests(&text, "request_errors", "Requests that were answered by an error.", true);
	print_latencies(&text);
	print_rules(&text);
	print_crashes(&text);
	begin(&text, "events", "counter", "Events of rules.");
	put_alone(&text, "_total", steering->events);
	if (open)
		fputs("# EOF\n", to);
}
