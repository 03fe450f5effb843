/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/conduct/conductor.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/conduct/conductor_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t NEXT_LOOK = 20000000; /* ns between two looks at a guest that does not stop */
/* While a program is awaited, it is less: within that time the program may go from its mmap() to
 * the page. But a look may take as long, so the guest runs for LOOK_PART times as long as the last
 * one took, up to NEXT_LOOK. */
static const uint64_t NEXT_OFFER = 2000000;
enum { LOOK_PART = 10 };
/* ns that a program waits for a punch: of conductor_clock(), and of real time, since a guest is
 * given up after 45 s of silence. */
static const uint64_t PARKED_MOST = 2000000000, PARKED_LONGEST = 20000000000;

static int write_counts(struct conductor *c)
{
	_Static_assert(FIELD(missed) - FIELD(passages) == offsetof(struct counts, missed),
		       "all in one write");
	return gdb_stub_write_physical(&c->stub, c->page + FIELD(passages), &c->counts,
				       sizeof(c->counts));
}

/* In a series each passage follows the next schedule, however the last one ended. */
static void go_through_series(struct conductor *c, enum passage_end end, unsigned int missed,
			      enum schedule_miss why)
{
	struct series *series = c->config.series;
	struct series_passage *passage;

	if (series_is_over(series))
		return;
	passage = &series->passages[series->done];
	*passage = (struct series_passage){ .schedule = series_next(series),
					    .punch = c->ticket,
					    .end = end,
					    .missed = missed,
					    .why = why };
	passage->count = passage_log_order(&c->log, &c->plan, passage->order);
	series->done++;
	c->plan = c->plans[series_next(series)];
}

/* Lets roles go on that wait in user space. */
static int let_begin(struct conductor *c, unsigned int roles)
{
	int r = 0;

	if (!c->is_program)
		c->going |= roles;
	if (roles >> PLAN_READ & 1 && !c->is_program)
		r = conductor_write_field(c, FIELD(go), c->ticket);
	for (unsigned int i = 0; i < SCHEDULE_THREADS_MAX && !r; i++)
		if (roles >> (PLAN_THREAD + i) & 1)
			r = conductor_write_field(c, FIELD(go_thread[i]), c->ticket);
	return r;
}

/* Ends a passage in which nobody runs that could bring an event: all processors but the one of a
 * parked program are held. */
static enum passage_end give_up(struct conductor *c, uint64_t now, unsigned int *missed,
				enum schedule_miss *why)
{
	unsigned int begins;
	enum passage_end end;

	c->state.cpus = c->state.held;
	end = passage_settle(&c->plan, &c->state, now, &begins, missed, why);
	c->state.cpus = conductor_cpus(c);
	return end;
}

/* Lets go on the roles that may, and counts a passage that has ended. */
static int settle(struct conductor *c)
{
	uint64_t began = c->state.began, now = conductor_clock(c);
	unsigned int missed = 0;
	enum schedule_miss why = SCHEDULE_MISS_NEVER;
	unsigned int begins;
	enum passage_end end = passage_settle(&c->plan, &c->state, now, &begins, &missed, &why);
	int r = let_begin(c, begins);

	if (begins)
		c->parked = 0;
	if (end == PASSAGE_GOES_ON && conductor_held(c) == conductor_cpus(c))
		end = give_up(c, now, &missed, &why);
	/* Its punch has been made. */
	if (end != PASSAGE_GOES_ON)
		c->parked = 0;
	passage_log_settle(&c->log, &c->state, end, missed, why, conductor_time(c));
	if (r || end == PASSAGE_GOES_ON)
		return r;
	c->counts.made += end == PASSAGE_MADE || c->config.series;
	c->counts.withstood += end == PASSAGE_WITHSTOOD;
	if (end == PASSAGE_MISSED)
		c->counts.missed[missed][why]++;
	c->counts.time += now - began;
	if (c->config.series)
		go_through_series(c, end, missed, why);
	passage_reset(&c->plan, &c->state, c->state.cpus);
	c->going = 0;
	/* A program that was killed on the way would never return. */
	if (c->is_program)
		c->serving &= ~(1ULL << c->reader);
	/* The reader's arrival was not watched for during the passage. */
	if (c->mark_count && !c->has_come)
		r = conductor_look_for_reader(c);
	return r ? r : write_counts(c);
}

static int go_on(struct conductor *c)
{
	int r = settle(c);

	if (!r)
		r = conductor_set_breaks(c);
	if (!r)
		r = conductor_step_over(c);
	c->stood += units_now() - c->stopped_at;
	return r ? r : gdb_stub_resume(&c->stub, ~conductor_held(c) | c->serving, c->config.cpus);
}

/* Returns a bitmap of the processors that are held with interrupts enabled. */
static uint64_t servants(const struct conductor *c)
{
	return c->serving ? 0 : conductor_held(c) & c->interruptible;
}

/* Returns whether the run may have a request. */
static bool is_idle(const struct conductor *c)
{
	return c->is_program && c->has_begin && !c->state.under_way && !c->parked && !c->over;
}

/* Returns after how many ns the run is asked for a program again. */
static uint64_t next_offer(const struct conductor *c)
{
	uint64_t ns = LOOK_PART * c->look_took;

	return ns < NEXT_OFFER ? NEXT_OFFER : ns < NEXT_LOOK ? ns : NEXT_LOOK;
}

static uint64_t patience(const struct conductor *c)
{
	uint64_t ns = is_idle(c) ? next_offer(c) : NEXT_LOOK;

	if (c->state.under_way && passage_patience(&c->plan, &c->state, conductor_clock(c)) < ns)
		ns = passage_patience(&c->plan, &c->state, conductor_clock(c));
	return servants(c) && c->serve_after < ns ? c->serve_after : ns;
}

static int take_stop(struct conductor *c, const struct gdb_stop *stop)
{
	return stop->watched ? conductor_on_watch(c, stop->cpu)
			     : conductor_on_breakpoint(c, stop->cpu);
}

static bool awaits_punch(const struct conductor *c)
{
	return c->parked && !c->state.under_way;
}

/* Returns 1 if no punch will come for a program that is parked; 0; or -errno. */
static int is_in_vain(struct conductor *c)
{
	int r;

	if (!awaits_punch(c))
		return 0;
	if (conductor_clock(c) > c->parked_since + PARKED_MOST ||
	    units_now() > c->parked_at + PARKED_LONGEST)
		return 1;
	r = conductor_look_for_end(c);
	return r ? r : c->over;
}

/* Lets a program go for which no punch will come, and serves the interrupts of what is held on. */
static int serve(struct conductor *c)
{
	int in_vain = is_in_vain(c);

	if (in_vain < 0)
		return in_vain;
	if (in_vain) {
		c->serving &= ~c->parked;
		c->parked = 0;
	}
	if (servants(c)) {
		c->serving = servants(c);
		c->serve_after = 2 * c->serve_after < NEXT_LOOK ? 2 * c->serve_after : NEXT_LOOK;
	}
	return 0;
}

/* Called when the guest has not stopped for a while. If another processor waits for a held one to
 * take an interrupt, such as a flush of its TLB, both would wait for ever. So the held processor is
 * resumed with a breakpoint at its address: it takes the pending interrupts and returns there. */
static int look_after(struct conductor *c)
{
	bool expired = passage_has_expired(&c->plan, &c->state, conductor_clock(c)),
	     idle = is_idle(c);
	uint64_t began = units_now();
	struct gdb_stop stop;
	int r;

	if (!expired && !servants(c) && !idle && !awaits_punch(c))
		return 0;
	r = gdb_stub_stop(&c->stub, &stop);
	c->stopped_at = units_now();
	if (!r && !stop.asked)
		r = take_stop(c, &stop);
	else if (!r && idle)
		r = conductor_look_for_program(c);
	else if (!r && !expired)
		r = serve(c);
	if (!r)
		r = go_on(c);
	c->look_took = units_now() - began;
	return r;
}

static int follow(struct conductor *c)
{
	int r;

	c->stopped_at = units_now();
	r = go_on(c);
	while (!r && !atomic_load(&c->stop)) {
		struct gdb_stop stop;

		r = gdb_stub_wait(&c->stub, patience(c), &stop);
		if (r == -EAGAIN) {
			r = look_after(c);
			continue;
		}
		c->stopped_at = units_now();
		if (!r && !stop.asked)
			r = take_stop(c, &stop);
		if (!r)
			r = go_on(c);
	}
	return r;
}

/* Detaches from the guest, which could not end its run while it is stopped: also if a request has
 * failed. Returns the first error. */
static int let_go(struct conductor *c)
{
	int before = gdb_stub_settle(&c->stub), r = 0;
	struct gdb_stop stop;

	if (c->stub.runs)
		r = gdb_stub_stop(&c->stub, &stop);
	if (!r)
		r = gdb_stub_close(&c->stub);
	return before ? before : r;
}

static void *run(void *context)
{
	struct conductor *c = context;
	int r = conductor_take_up(c), end = 0;

	if (!r)
		r = follow(c);
	/* After -ECONNRESET there is no guest, after -ETIMEDOUT no usable stub. */
	if (r != -ECONNRESET && r != -ETIMEDOUT)
		end = let_go(c);
	if (!r || r == -ECANCELED)
		r = end;
	c->error = r == -ECONNRESET ? 0 : r;
	if (c->error == -ENOSPC)
		report(0, "following the schedule: no breakpoint left; KVM has four at a time, and "
			  "emulated guests have as many as there are points");
	else if (c->error)
		report(c->error, "following the schedule by QEMU's gdb stub");
	return NULL;
}

static bool take_event(struct conductor *c, const json_t *event)
{
	const char *magic = json_string_value(json_object_get(event, "magic"));
	uint64_t packed;

	c->page = (uint64_t)json_integer_value(json_object_get(event, "page"));
	c->reader = (unsigned int)json_integer_value(json_object_get(event, "reader_cpu"));
	c->is_program = json_is_true(json_object_get(event, "program"));
	c->others = (uint64_t)json_integer_value(json_object_get(event, "other_cpus"));
	packed = (uint64_t)json_integer_value(json_object_get(event, "thread_cpus"));
	for (size_t i = 0; i < SCHEDULE_THREADS_MAX; i++)
		c->thread_cpus[i] = packed >> 8 * i & 0xff;
	return magic && sscanf(magic, "%16" SCNx64 "%16" SCNx64, &c->magic[0], &c->magic[1]) == 2;
}

struct conductor *conductor_start(const struct conductor_config *config, const json_t *event)
{
	struct conductor *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return report(-ENOMEM, "the conductor"), NULL;
	c->config = *config;
	r = take_event(c, event) ? -pthread_create(&c->thread, NULL, run, c) : -EPROTO;
	if (!r)
		return c;
	report(r, "what the guest says of its schedule");
	free(c);
	return NULL;
}

/* Adds a punch to those with a hit. A punch may have many, one after another. */
static void add_hit(struct conductor *c, uint64_t punch)
{
	if (c->hit_count && c->hits[c->hit_count - 1] == punch)
		return;
	if (c->hit_count == c->hit_room && c->hit_room < HITS_MAX) {
		size_t room = c->hit_room ? 2 * c->hit_room : 1024;
		uint64_t *more = reallocarray(c->hits, room, sizeof(*more));

		if (!more)
			return;
		c->hits = more;
		c->hit_room = room;
	}
	if (c->hit_count < c->hit_room)
		c->hits[c->hit_count++] = punch;
}

void conductor_hit(struct conductor *c, uint64_t punch)
{
	passage_log_hit(&c->log, punch);
	if (c->config.series)
		add_hit(c, punch);
}

int conductor_stop(struct conductor *c)
{
	int r;

	if (!c)
		return 0;
	atomic_store(&c->stop, true);
	pthread_join(c->thread, NULL);
	for (size_t i = 0; c->config.series && i < c->hit_count; i++)
		series_hit(c->config.series, c->hits[i]);
	if (c->config.step && !c->config.series)
		passage_log_tell(&c->log, &c->config.schedule, c->symbols, c->config.step,
				 c->config.context);
	r = c->error;
	kernel_symbols_free(c->symbols);
	free(c->plans);
	free(c->hits);
	free(c);
	return r;
}
