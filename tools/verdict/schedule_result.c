/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/schedule_result.h"
#include "injector/base/append_text.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/shown.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *make_deed(const void *at)
{
	return json_string(schedule_deed_names[((const struct schedule_step *)at)->deed]);
}

static json_t *natural(int64_t value)
{
	return value < 0 ? NULL : json_integer(value);
}

static json_t *make_cpu(const void *at)
{
	return natural(((const struct schedule_step *)at)->cpu);
}

static json_t *make_hold(const void *at)
{
	return natural(((const struct schedule_step *)at)->hold);
}

static json_t *make_page(const void *at)
{
	return natural(((const struct schedule_step *)at)->page);
}

static json_t *make_held(const void *at)
{
	return natural(((const struct schedule_step *)at)->held);
}

const struct key schedule_step_keys[] = {
	{ "passage", KEY_NUMBER, NULL, "number of the passage in the run, from 1", 0,
	  KEY_AT(key_u64, struct schedule_step, passage) },
	{ "punch", KEY_NUMBER, NULL, "number of its punch, as in a hit", 0,
	  KEY_AT(key_u64, struct schedule_step, punch) },
	{ "step", KEY_TEXT, NULL,
	  "reached: a thread reached a hold and stands there from now on; came: an "
	  "event that a hold waits for has occurred; released, spared, expired, let go: "
	  "a hold ended, because of its `until`, its `or`, its bound, or because the "
	  "passage was over; never: a hold was never reached; made, withstood, missed: "
	  "the outcome of the passage",
	  0, .make = make_deed },
	{ "role", KEY_TEXT, NULL, "role of the thread; null for the passage as a whole", KEY_NULL,
	  KEY_AT(key_text_or_null, struct schedule_step, role) },
	{ "cpu", KEY_NUMBER, NULL, "processor of that role", KEY_NULL, .make = make_cpu },
	{ "hold", KEY_NUMBER, NULL, "number of the hold in `schedule`, from 0", KEY_NULL,
	  .make = make_hold },
	{ "point", KEY_TEXT, NULL, "role and point, as in `until`", KEY_NULL,
	  KEY_AT(key_text_or_null, struct schedule_step, point) },
	{ "code", KEY_TEXT, NULL, "function and offset at which the processor stopped", KEY_NULL,
	  KEY_AT(key_text_or_null, struct schedule_step, code) },
	{ "page", KEY_NUMBER, "page", "page of the file that the function handles", KEY_NULL,
	  .make = make_page },
	{ "held_ns", KEY_NUMBER, "nanoseconds",
	  "duration of the hold, by the guest's clock; null if no hold ended", KEY_NULL,
	  .make = make_held },
	{ "by", KEY_TEXT, NULL,
	  "the event that released the hold; for one that expired or was let go, the "
	  "missing event",
	  KEY_NULL, KEY_AT(key_text_or_null, struct schedule_step, by) },
	KEY_END,
};

/* How many passages were missed at a hold, and why. */
struct missed {
	const struct schedule_hold *hold;
	uint64_t number; /* index of the hold */
	const char *reason;
	uint64_t count;
};

static json_t *make_place(const void *at)
{
	const struct missed *missed = at;
	char place[2 * CODE_POINT_NAME];

	return json_sprintf("%s at %s", missed->hold->role,
			    code_point_text(&missed->hold->at, place, sizeof(place)));
}

static const struct key missed_keys[] = {
	{ "hold", KEY_NUMBER, NULL, "number of the hold in `schedule`, from 0", 0,
	  KEY_AT(key_u64, struct missed, number) },
	{ "place", KEY_TEXT, NULL, "its role and point", 0, .make = make_place },
	{ "reason", KEY_TEXT, NULL,
	  "never reached: no thread came to the point; expired: the releasing events "
	  "did not occur within its bound",
	  0, KEY_AT(key_string, struct missed, reason) },
	{ "count", KEY_NUMBER, NULL, "number of such passages", 0,
	  KEY_AT(key_u64, struct missed, count) },
	KEY_END,
};

/* Calls show for each hold and reason that occurred. */
static void each_missed(const struct run_result *result,
			void (*show)(void *context, const struct missed *missed), void *context)
{
	const struct schedule schedule = scenario_schedule(result->scenario);

	for (size_t i = 0; i < schedule.count; i++)
		for (int why = 0; why < SCHEDULE_MISSES; why++) {
			const struct missed missed = {
				.hold = &schedule.holds[i],
				.number = i,
				.reason = schedule_miss_names[why],
				.count = atomic_load(&result->schedule.missed[i][why]),
			};

			if (missed.count)
				show(context, &missed);
		}
}

static void append(void *list, const struct missed *missed)
{
	json_array_append_new(list, keys_object(missed_keys, missed));
}

static json_t *make_missed(const void *at)
{
	json_t *list = json_array();

	each_missed(at, append, list);
	return list;
}

static json_t *make_seconds(const void *at)
{
	const struct run_result *result = at;

	return json_real((double)atomic_load(&result->schedule.time) / 1e9);
}

const struct key schedule_result_keys[] = {
	{ "engine", KEY_TEXT, NULL,
	  "what followed it: qemu, from outside of a guest, or bpf, in the kernel", 0,
	  KEY_AT(key_string, struct run_result, engine) },
	{ "passages", KEY_NUMBER, NULL, "passages begun: the first hold was reached", 0,
	  KEY_AT(key_counter, struct run_result, schedule.passages) },
	{ "made", KEY_NUMBER, NULL,
	  "passages in which each hold was reached and released by its events", 0,
	  KEY_AT(key_counter, struct run_result, schedule.made) },
	{ "withstood", KEY_NUMBER, NULL,
	  "passages in which, likewise, but a hold ended by its `or`: the interleaving "
	  "is impossible on this kernel",
	  0, KEY_AT(key_counter, struct run_result, schedule.withstood) },
	{ "missed", KEY_LIST, NULL,
	  "why other passages were not made: an item for each hold and reason", 0,
	  .make = make_missed, .keys = missed_keys },
	{ "seconds", KEY_REAL, "seconds",
	  "duration of all passages together: for qemu in processor time of QEMU, for "
	  "bpf in real time",
	  0, .make = make_seconds },
	KEY_END,
};

uint64_t schedule_passed(const struct run_result *result)
{
	if (!result->scenario->schedule.count)
		return atomic_load(&result->counts->threads.iterations);
	return schedule_page_passed(&result->schedule);
}

bool schedule_is_short(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;

	return scenario_is_forced(scenario) &&
	       schedule_passed(result) < result->scenario->expect.made;
}

struct account {
	char *text;
	size_t used, size;
};

static void tell(void *context, const struct missed *missed)
{
	struct account *account = context;
	char place[2 * CODE_POINT_NAME];

	account->used = append_text(account->text, account->size, account->used,
				    "; hold %" PRIu64 " (%s at %s) %s in %" PRIu64, missed->number,
				    missed->hold->role,
				    code_point_text(&missed->hold->at, place, sizeof(place)),
				    missed->reason, missed->count);
}

/* Names the first hold in the kernel, where passages would have begun. */
static void tell_of_none(const struct run_result *result, struct account *account)
{
	const struct schedule schedule = scenario_schedule(result->scenario);
	struct missed first = { .reason = schedule_miss_names[SCHEDULE_MISS_NEVER] };

	while (first.number + 1 < schedule.count &&
	       schedule.holds[first.number].at.kind == POINT_BEGIN)
		first.number++;
	first.hold = &schedule.holds[first.number];
	first.count = atomic_load(&result->counts->punches);
	if (!first.count)
		return;
	tell(account, &first);
	append_text(account->text, account->size, account->used,
		    " punches, and a passage begins there");
}

const char *schedule_account(const struct run_result *result, char *text, size_t size)
{
	struct account account = { .text = text, .size = size };

	if (!result->scenario->schedule.count) {
		snprintf(text, size, "%" PRIu64 " iterations of %zu threads",
			 schedule_passed(result), result->scenario->threads.count);
		return text;
	}

	account.used = append_text(
		text, size, 0, "%" PRIu64 " passages: %" PRIu64 " made, %" PRIu64 " withstood",
		atomic_load(&result->schedule.passages), atomic_load(&result->schedule.made),
		atomic_load(&result->schedule.withstood));
	each_missed(result, tell, &account);
	if (!atomic_load(&result->schedule.passages))
		tell_of_none(result, &account);
	return text;
}

/* At least 1: an oops or a stuck reader ends the run before the hit is counted. */
static uint64_t passages_hit(const struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	uint64_t hits = atomic_load(result->scenario->threads.count ? &counts->threads.hit
								    : &counts->punches_hit);

	return hits ?: 1;
}

/* All passages that began: those not made count against the interleaving. */
static uint64_t passages_begun(const struct run_result *result)
{
	return result->scenario->schedule.count ? atomic_load(&result->schedule.passages)
						: atomic_load(&result->counts->threads.iterations);
}

const char *schedule_shown(const struct run_result *result, char *text, size_t size)
{
	const uint64_t hits = passages_hit(result), begun = passages_begun(result);
	char interleaving[SHOWN_INTERLEAVING];
	struct shown shown = {
		.interleaving = interleaving,
		.kernel = result->release,
		.passages = begun ?: 1,
	};

	if (result->verdict != VERDICT_HIT || !scenario_is_forced(result->scenario))
		return NULL;
	shown.hits = hits < shown.passages ? hits : shown.passages;
	shown_interleaving(&result->scenario->config, interleaving);
	return shown_text(&shown, text, size);
}
