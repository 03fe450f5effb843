/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/report/fields.h"
#include "tools/report/report_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(const json_t *object, const char *key)
{
	return json_is_number(json_object_get(object, key));
}

/* A count of a result or workload; zero is shown only if `told`. */
struct count {
	const char *heading, *key;
	bool told;
};

static const struct count counts[] = {
	{ "that ended otherwise than they should have", "operations_unexpected", false },
	{ "failed punches", "punches_failed", false },
	{ "reads judged", "reads", true },
	{ "reads not judged", "reads_not_judged", false },
	{ "wrong reads", "wrong_reads", true },
	{ "exposures", "exposures", false },
	{ "captures", "captures", false },
	{ "splits", "splits", false },
	{ "failed splits", "splits_failed", false },
	{ "misplaced slots", "slots_misplaced", false },
};

static void count_rows(FILE *to, const json_t *object)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (count_of(object, counts[i].key) ||
		    (counts[i].told && is_number(object, counts[i].key)))
			html_row_count(to, counts[i].heading, count_of(object, counts[i].key));
}

/* A share in percent, with more digits near 100. */
static const char *share_text(double share, char text[32])
{
	snprintf(text, 32, share > 0.99 && share < 1 ? "%.2f %%" : "%.1f %%", share * 100);
	return text;
}

static void print_place(FILE *to, const json_t *result)
{
	const json_t *guest = json_object_get(result, "guest");
	const char *ended = text_of(result, "ended"), *host = text_of(result, "host_name");

	if (*ended)
		html_row(to, "ended", "%.10s %.8s UTC", ended,
			 strlen(ended) > 11 ? ended + 11 : "");
	if (*host)
		html_row(to, "host", "%s", host);
	html_row(to, "kernel", "%s", text_of(result, "kernel"));
	html_row(to, "machine", "%s", text_of(result, "machine"));
	if (json_is_object(guest))
		html_row(to, "guest", "%s, %s, %.0f processors, %.0f MiB", text_of(guest, "kernel"),
			 !strcmp(text_of(guest, "accelerator"), "tcg") ? "emulated (TCG)"
			 : !strcmp(text_of(guest, "accelerator"), "kvm")
				 ? "KVM"
				 : text_of(guest, "accelerator"),
			 number_of(guest, "cpus"), number_of(guest, "memory_mib"));
	if (json_is_string(json_object_get(guest, "died")))
		html_row(to, "the guest died", "%s", text_of(guest, "died"));
}

/* Says whether the run had to wait for processors. */
static void print_contention(FILE *to, const json_t *result)
{
	const json_t *host = json_object_get(result, "host");
	char share[32], steal[64] = "";

	if (!is_number(host, "stalled"))
		return;
	if (number_of(host, "steal") >= 0.1)
		snprintf(steal, sizeof(steal), "; %.1f s went to other guests of its host",
			 number_of(host, "steal"));
	html_row(to, "contention", "%s: for %s of the run a thread waited for a processor%s",
		 json_is_true(json_object_get(host, "busy")) ? "busy" : "quiet",
		 share_text(number_of(host, "stalled"), share), steal);
}

/* Not shown for a hit, to which it does not apply. */
static void print_power(FILE *to, const json_t *result)
{
	const json_t *calibration = json_object_get(result, "calibration");
	uint64_t passages = count_of(result, "passages");
	char share[32], chance[32], count[32], runs[256] = "";

	if (!is_number(result, "power") || !strcmp(text_of(result, "verdict"), "HIT"))
		return;
	if (count_of(calibration, "runs"))
		snprintf(runs, sizeof(runs), "; one hits with %s, by %.0f runs on %s",
			 share_text(number_of(calibration, "chance"), chance),
			 number_of(calibration, "runs"), text_of(calibration, "kernels"));
	html_row(to, "power",
		 "%s: so probable was a hit, if the kernel has the race; %s passages%s",
		 share_text(number_of(result, "power"), share),
		 units_format_count(passages, count, sizeof(count)), runs);
}

static void punches_row(FILE *to, uint64_t punches, uint64_t hit)
{
	char all[32], of[32], share[32];

	if (punches)
		html_row(to, "punches", "%s, of them hit %s (%s)",
			 units_format_count(punches, all, sizeof(all)),
			 units_format_count(hit, of, sizeof(of)),
			 share_text((double)hit / (double)punches, share));
}

static void print_counts(FILE *to, const struct report_data *data, const json_t *result)
{
	uint64_t punches = data->result ? count_of(result, "punches") : data->punches;
	uint64_t hit = data->result ? count_of(result, "punches_hit") : data->punches_hit;

	punches_row(to, punches, hit);
	if (is_number(result, "first_hit_seconds"))
		html_row(to, "first hit", "%.3f s after %s", number_of(result, "first_hit_seconds"),
			 punches ? "the first punch" : "it began");
	count_rows(to, result);
	html_row_count(to, "events", data->lines);
}

void report_part_facts(FILE *to, const struct report_data *data)
{
	const json_t *result = data->identity;

	fputs("<h2>The run</h2>\n", to);
	html_rows_begin(to);
	print_place(to, result);
	html_row(to, "data path", "%s", text_of(result, "data_path"));
	if (is_number(result, "aim_page"))
		html_row(to, "aim", "%s: page %.0f of the folio", text_of(result, "aim"),
			 number_of(result, "aim_page"));
	else if (*text_of(result, "aim"))
		html_row(to, "aim", "%s", text_of(result, "aim"));
	html_row(to, "seed", "%" PRId64, seed_of(result));
	if (is_number(result, "duration_seconds"))
		html_row(to, "duration", "%.1f s", number_of(result, "duration_seconds"));
	print_contention(to, result);
	print_counts(to, data, result);
	print_power(to, result);
	html_row(to, "foliostorm", "%s", text_of(result, "version"));
	html_table_end(to);
}

static void write_value(FILE *to, const char *key, const json_t *value);

static void write_members(FILE *to, const json_t *object)
{
	const char *key, *separator = "";
	const json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		fprintf(to, "%s", separator);
		for (const char *c = key; *c; c++)
			fputc(*c == '_' ? ' ' : *c, to);
		fputc(' ', to);
		write_value(to, key, value);
		separator = ", ";
	}
}

static bool has_end(const char *key, const char *end)
{
	size_t length = strlen(key), tail = strlen(end);

	return length >= tail && !strcmp(key + length - tail, end);
}

/* Writes a value for people: grouped digits, times with units, lists with commas. key: of the
 * value, tells its unit. */
static void write_value(FILE *to, const char *key, const json_t *value)
{
	char text[64];
	size_t i;
	const json_t *item;

	if (json_is_string(value)) {
		fputs(json_string_value(value), to);
	} else if (json_is_object(value)) {
		write_members(to, value);
	} else if (json_is_array(value)) {
		json_array_foreach (value, i, item) {
			fputs(i ? ", " : "", to);
			write_value(to, key, item);
		}
	} else if (json_is_integer(value) && json_integer_value(value) >= 0) {
		uint64_t number = (uint64_t)json_integer_value(value);

		fputs(has_end(key, "_ns") ? units_format_duration(number, text, sizeof(text))
					  : units_format_count(number, text, sizeof(text)),
		      to);
	} else if (json_is_number(value)) {
		fprintf(to, "%.6g", json_number_value(value));
	} else {
		fputs(json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "not known", to);
	}
}

/* Prints a value of the workload's details. */
static void print_detail(FILE *to, const char *name, const json_t *value)
{
	char heading[128], *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	write_value(memory, name, value);
	fclose(memory);
	snprintf(heading, sizeof(heading), "%s", name);
	if (has_end(heading, "_ns"))
		heading[strlen(heading) - 3] = '\0';
	for (char *c = heading; *c; c++)
		if (*c == '_')
			*c = ' ';
	html_row(to, heading, "%s", text);
	free(text);
}

void report_part_workload(FILE *to, const struct report_data *data)
{
	const json_t *workload = json_object_get(data->result, "workload"), *value;
	char done[32], planned[32];
	const char *name;

	if (!json_is_object(workload))
		return;
	fputs("<h2>The workload</h2>\n", to);
	html_rows_begin(to);
	html_row(to, "kind", "%s", text_of(workload, "kind"));
	html_row(to, "outcome", "%s after %.3f s", text_of(workload, "outcome"),
		 number_of(workload, "duration_seconds"));
	if (number_of(workload, "operations_planned") > 0)
		html_row(to, "operations", "%s of %s",
			 units_format_count(count_of(workload, "operations"), done, sizeof(done)),
			 units_format_count(count_of(workload, "operations_planned"), planned,
					    sizeof(planned)));
	else if (is_number(workload, "operations"))
		html_row_count(to, "operations", count_of(workload, "operations"));
	punches_row(to, count_of(workload, "punches"), count_of(workload, "punches_hit"));
	count_rows(to, workload);
	if (json_is_string(json_object_get(workload, "failure")))
		html_row(to, "what went wrong", "%s", text_of(workload, "failure"));
	json_object_foreach (json_object_get(workload, "details"), name, value)
		if (!json_is_null(value))
			print_detail(to, name, value);
	html_table_end(to);
}

/* Prints the preconditions that the machine has, or lacks. `affected` is not a precondition. */
static void print_names(FILE *to, const json_t *list, bool had, const char *heading)
{
	const char *name, *separator = heading;
	const json_t *value;

	json_object_foreach ((json_t *)list, name, value) {
		if (!strcmp(name, "affected") || json_is_true(value) != had)
			continue;
		if (separator == heading)
			fputs("<p>", to);
		fprintf(to, "%s", separator);
		markup_escape(to, name);
		separator = ", ";
	}
	if (separator != heading)
		fputs(".</p>\n", to);
}

void report_part_preconditions(FILE *to, const struct report_data *data)
{
	const json_t *list = json_object_get(data->result, "preconditions");

	if (!json_object_size(list))
		return;
	fputs("<h2>Preconditions</h2>\n", to);
	print_names(to, list, true, "The machine has: ");
	print_names(to, list, false, "It does not have: ");
	html_text(to, "p", "foliostorm doctor says what each of them is for.");
}
