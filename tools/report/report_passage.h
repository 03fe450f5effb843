/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assembles the passages of a schedule from the events `step` of a run. */
#ifndef TOOLS_REPORT_REPORT_PASSAGE_H
#define TOOLS_REPORT_REPORT_PASSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PASSAGE_STEPS = 64, PASSAGE_LANES = 6, PASSAGE_HOLDS = 16 };

/* Texts belong to the events. A missing text is "", a missing number negative. */
struct report_step {
	int64_t ns; /* since the start of the run */
	int64_t hold, page, held;
	const char *step, *point, *code, *by;
	int lane; /* negative: the step is of the passage as a whole */
};

/* A thread held at a point. */
struct report_hold {
	const struct report_step *reached, *ended; /* ended: NULL if there is no such event */
};

struct report_passage {
	int64_t number, punch;
	const char *end; /* "made", "withstood", "missed"; "": no such event */
	size_t count, lane_count, hold_count;
	struct report_step steps[PASSAGE_STEPS];
	struct {
		const char *role;
		int64_t cpu;
	} lanes[PASSAGE_LANES]; /* one per role */
	struct report_hold holds[PASSAGE_HOLDS];
};

/*
 * Fills in the passage that begins at index `at` of the list of steps, and points into the list.
 * Returns the index of the next passage; `at` itself at the end of the list.
 */
size_t report_passage_at(const json_t *steps, size_t at, struct report_passage *passage);

/* The lane of the role that a text such as `by` begins with; negative: none. */
int report_passage_lane(const struct report_passage *passage, const char *text);

/* Formats a time for people: "3.85 ms". Returns text, which holds `size` bytes. */
const char *report_passage_time(int64_t ns, char *text, size_t size);

/* Whether the thread is held in user space, before its operation, and so has no place in the
 * kernel. */
bool report_step_is_outside(const struct report_step *step);

#endif
