/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passages of a schedule, put together from the events `step` of a run, which come one after
 * another. */
#ifndef TOOLS_REPORT_REPORT_PASSAGE_H
#define TOOLS_REPORT_REPORT_PASSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PASSAGE_STEPS = 64, PASSAGE_LANES = 6, PASSAGE_HOLDS = 16 };

/* Texts are of the events; "" where there is none, numbers are negative then. */
struct report_step {
	int64_t ns; /* since the run began */
	int64_t hold, page, held;
	const char *step, *point, *code, *by;
	int lane; /* negative: of the passage as a whole */
};

/* A thread that was held at a place for a while. */
struct report_hold {
	const struct report_step *reached, *ended; /* ended: NULL where that is not told */
};

struct report_passage {
	int64_t number, punch;
	const char *end; /* "made", "withstood", "missed"; "": not told */
	size_t count, lane_count, hold_count;
	struct report_step steps[PASSAGE_STEPS];
	struct {
		const char *role;
		int64_t cpu;
	} lanes[PASSAGE_LANES]; /* a role each */
	struct report_hold holds[PASSAGE_HOLDS];
};

/*
 * The passage that begins at step `at` of a list. The passage points into the list. Returns at
 * which step the next one begins; where there is none any more, `at` itself.
 */
size_t report_passage_at(const json_t *steps, size_t at, struct report_passage *passage);

/* The lane of the role that a text begins with, as `by` does; negative: of none. */
int report_passage_lane(const struct report_passage *passage, const char *text);

/* Nanoseconds as people read them: "3.85 ms". Returns text, which holds `size` bytes. */
const char *report_passage_time(int64_t ns, char *text, size_t size);

/* What is held in user space, before its operation, has no place in the kernel. */
bool report_step_is_outside(const struct report_step *step);

#endif
