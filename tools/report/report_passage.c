/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_passage.h"
#include "injector/base/array.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text ? text : "";
}

/* Limited so that sums and differences of a few numbers do not overflow. */
static int64_t number_of(const json_t *event, const char *key)
{
	static const int64_t most = 1000000000000000000;
	const json_t *value = json_object_get(event, key);
	int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;

	return number > most ? most : number < -most ? -most : number;
}

/* The lane of the event's role, added if it is new; negative: no room, or no role. */
static int lane_of(struct report_passage *passage, const json_t *event)
{
	const char *role = text_of(event, "role");
	size_t i;

	if (!*role)
		return -1;
	for (i = 0; i < passage->lane_count; i++)
		if (!strcmp(passage->lanes[i].role, role))
			return (int)i;
	if (i == PASSAGE_LANES)
		return -1;
	passage->lanes[i].role = role;
	passage->lanes[i].cpu = number_of(event, "cpu");
	passage->lane_count++;
	return (int)i;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

static void note_hold(struct report_passage *passage, const struct report_step *step)
{
	static const char *const ends[] = { "released", "spared", "expired", "let go" };

	if (!strcmp(step->step, "reached") && passage->hold_count < PASSAGE_HOLDS)
		passage->holds[passage->hold_count++].reached = step;
	if (!is_one_of(step->step, ends, ARRAY_SIZE(ends)))
		return;
	for (size_t i = 0; i < passage->hold_count; i++)
		if (passage->holds[i].reached->hold == step->hold && !passage->holds[i].ended)
			passage->holds[i].ended = step;
}

static void add(struct report_passage *passage, const json_t *event)
{
	static const char *const ends[] = { "made", "withstood", "missed" };
	struct report_step *step = &passage->steps[passage->count];

	if (passage->count == PASSAGE_STEPS)
		return;
	*step = (struct report_step){
		.ns = number_of(event, "ns"),
		.hold = number_of(event, "hold"),
		.page = number_of(event, "page"),
		.held = number_of(event, "held_ns"),
		.step = text_of(event, "step"),
		.point = text_of(event, "point"),
		.code = text_of(event, "code"),
		.by = text_of(event, "by"),
		.lane = lane_of(passage, event),
	};
	passage->count++;
	note_hold(passage, step);
	if (is_one_of(step->step, ends, ARRAY_SIZE(ends)))
		passage->end = step->step;
}

size_t report_passage_at(const json_t *steps, size_t at, struct report_passage *passage)
{
	const json_t *event = json_array_get(steps, at);

	memset(passage, 0, sizeof(*passage));
	passage->end = "";
	passage->number = number_of(event, "passage");
	passage->punch = number_of(event, "punch");
	while (event && number_of(event, "passage") == passage->number) {
		add(passage, event);
		event = json_array_get(steps, ++at);
	}
	return at;
}

int report_passage_lane(const struct report_passage *passage, const char *text)
{
	size_t length = strcspn(text, " ");

	for (size_t i = 0; i < passage->lane_count; i++)
		if (strlen(passage->lanes[i].role) == length &&
		    !strncmp(passage->lanes[i].role, text, length))
			return (int)i;
	return -1;
}

const char *report_passage_time(int64_t ns, char *text, size_t size)
{
	if (!ns)
		snprintf(text, size, "0");
	else if (ns > -1000000 && ns < 1000000)
		snprintf(text, size, "%.1f \xc2\xb5s", (double)ns / 1e3);
	else
		snprintf(text, size, "%.2f ms", (double)ns / 1e6);
	return text;
}

bool report_step_is_outside(const struct report_step *step)
{
	size_t length = strlen(step->point);

	return length > strlen("begins") &&
	       !strcmp(step->point + length - strlen("begins"), "begins");
}
