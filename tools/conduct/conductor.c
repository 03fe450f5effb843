/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/conduct/conductor.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_passage.h"
#include "tools/conduct/gdb_stub.h"
#include "tools/conduct/inspector.h"
#include "tools/conduct/passage_log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BREAKS_MAX = 64, HITS_MAX = 4096, PAGE_SIZE = 4096 };

static const uint64_t NEXT_LOOK = 20000000;  /* ns between two looks at what the run wants */
static const uint64_t SERVE_AFTER = 1000000; /* ns of silence until who is held serves interrupts */
static const uint64_t PARKED_MOST =
	2000000000;                          /* ns of the guest that a program waits for a punch */
static const uint64_t PATIENCE = 5000000000; /* ns, for an answer of the stub */

/* Whoever has entered a function whose return is a point. */
struct entered {
	uint64_t comes_back, stack; /* return address, and the stack pointer behind it; 0: nobody */
	struct arrival arrival;     /* as of the entry */
	uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
};

/* As the page has them. */
struct counts {
	uint64_t passages, made, withstood, time, missed[SCHEDULE_HOLDS_MAX][SCHEDULE_MISSES];
};

struct conductor {
	struct conductor_config config;
	struct gdb_stub stub;
	struct plan plan;        /* the one that is followed now */
	struct plan *plans;      /* of a series, or NULL */
	uint64_t hits[HITS_MAX]; /* punches, of a series */
	size_t hit_count;
	struct passage_state state;
	struct passage_log log;
	struct kernel_symbols *symbols; /* of the schedule's functions */
	uint64_t stopped_at, stood; /* ns: since when the guest stands still, and how long before */
	uint64_t clock_offset;      /* from that clock to the guest's */
	struct inspector inspector;
	uint64_t magic[2];
	uint64_t page;       /* physical address of the schedule's */
	unsigned int reader; /* its processor */
	uint64_t others;     /* processors of readers that have no role, bit by bit */
	bool has_begin;      /* the reader is held in user space */
	uint64_t ticket;     /* of the reader of the last passage */
	int64_t exposed;
	struct entered entered[PLAN_POINTS];
	uint64_t breaks[BREAKS_MAX];
	unsigned int break_count;
	uint64_t standing[GDB_STUB_CPUS]; /* breakpoint at which a processor stopped; 0: none */
	uint64_t interruptible;           /* processors that stopped with interrupts on */
	/* A program, which is stopped in user space. */
	bool is_program;
	uint64_t watch[SCHEDULE_MAPPINGS]; /* addresses that it is watched at; 0: it is not */
	uint64_t watch_size;
	uint64_t watched, caught; /* tickets that this is for, and that it came for last */
	uint64_t parked;          /* its processor's bit, while it stands there */
	uint64_t parked_since;
	uint64_t serving;     /* processors that are held, and let go to serve interrupts */
	uint64_t serve_after; /* ns of silence */
	struct counts counts;
	_Atomic bool stop;
	int error;
	pthread_t thread;
};

#define FIELD(name) offsetof(struct schedule_page, name)

static int write_field(struct conductor *c, size_t field, uint64_t value)
{
	return gdb_stub_write_physical(&c->stub, c->page + field, &value, sizeof(value));
}

/* Processor time of QEMU, ns: goes on as fast as the guest does. */
static uint64_t guest_clock(const struct conductor *c)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(c->config.qemu, &clock) || clock_gettime(clock, &time))
		return units_now();
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* CLOCK_MONOTONIC of the guest, which stands still where the guest does. */
static uint64_t guest_time(const struct conductor *c)
{
	return c->stopped_at - c->stood + c->clock_offset;
}

/* Who stands still. */
static uint64_t held(const struct conductor *c)
{
	return c->state.held | c->parked;
}

static enum plan_role role_of(const struct conductor *c, unsigned int cpu)
{
	if (c->others >> cpu & 1)
		return PLAN_ROLES;
	return cpu == c->reader ? PLAN_READ : PLAN_SPLIT;
}

static bool has_address(const struct plan_point *point, uint64_t address)
{
	for (unsigned int i = 0; i < point->count; i++)
		if (point->address[i] == address)
			return true;
	return false;
}

/* The arguments of a function at its entry, x86-64. */
static void take_arguments(const struct gdb_registers *registers, uint64_t *arguments)
{
	static const int order[SCHEDULE_ARGUMENTS_MAX] = { GDB_RDI, GDB_RSI, GDB_RDX,
							   GDB_RCX, GDB_R8,  GDB_R9 };

	for (int i = 0; i < SCHEDULE_ARGUMENTS_MAX; i++)
		arguments[i] = registers->value[order[i]];
}

/* Two words of the guest's memory; where there are none, the arrival says nothing of its file. */
static int read_words(struct conductor *c, uint64_t address, uint64_t words[2])
{
	int r = gdb_stub_read(&c->stub, address, words, 2 * sizeof(*words));

	if (r == -EFAULT)
		words[0] = 0, words[1] = UINT64_MAX;
	return r == -EFAULT ? 0 : r;
}

/* What an arrival is about. */
static int see_subject(struct conductor *c, const struct code_subject *subject,
		       struct arrival *arrival)
{
	uint64_t at, words[2] = { 0, UINT64_MAX };
	int r = 0;

	arrival->mapping = 0;
	arrival->page = -1;
	if (!subject->argument)
		return 0;
	at = arrival->arguments[subject->argument - 1];
	_Static_assert(FOLIO_INDEX == FOLIO_MAPPING + 8 && STATE_INDEX == STATE_ARRAY + 8,
		       "both in one read");
	if (subject->kind == SUBJECT_IS_FOLIO)
		r = read_words(c, at + FOLIO_MAPPING, words);
	else if (subject->kind == SUBJECT_IS_STATE)
		r = read_words(c, at + STATE_ARRAY, words);
	else
		words[0] = at;
	if (subject->kind == SUBJECT_IS_STATE || subject->kind == SUBJECT_IS_ARRAY)
		words[0] -= words[0] ? MAPPING_ARRAY : 0;
	arrival->mapping = words[0];
	arrival->page = (int64_t)(subject->page ? arrival->arguments[subject->page - 1] : words[1]);
	return r;
}

/* What the run says of the reader. */
struct offer {
	uint64_t waiting, page, last, exposed, clock, address[SCHEDULE_MAPPINGS];
};

static int read_offer(struct conductor *c, struct offer *offer)
{
	_Static_assert(FIELD(page) == FIELD(waiting) + 8 && FIELD(last) == FIELD(page) + 8 &&
			       FIELD(exposed) == FIELD(last) + 8 &&
			       FIELD(clock) == FIELD(exposed) + 8 &&
			       FIELD(address) == FIELD(clock) + 8,
		       "all in one read");
	return gdb_stub_read_physical(&c->stub, c->page + FIELD(waiting), offer, sizeof(*offer));
}

/* Passages begin for a reader that waits, once; one that reads when it likes does so each time. */
static int begin(struct conductor *c, struct arrival *arrival)
{
	struct offer reader = { 0 };
	int r = read_offer(c, &reader);

	c->exposed = arrival->exposed = (int64_t)reader.exposed;
	if (r || !reader.waiting || (c->has_begin && reader.waiting == c->ticket) ||
	    (c->is_program && c->has_begin && !c->parked) ||
	    !passage_begin(&c->plan, &c->state, arrival, (int64_t)reader.page, (int64_t)reader.last,
			   guest_clock(c)))
		return r;
	c->ticket = reader.waiting;
	c->counts.passages++;
	c->clock_offset = reader.clock - (c->stopped_at - c->stood);
	passage_log_begin(&c->log, &c->plan, c->ticket);
	passage_log_arrive(&c->log, &c->state, arrival, c->standing[arrival->cpu], guest_time(c));
	return 0;
}

static int arrive(struct conductor *c, struct arrival *arrival)
{
	const struct plan_hold *first = &c->plan.holds[passage_first(&c->plan)];

	arrival->exposed = c->exposed;
	if (c->state.under_way) {
		if (passage_take(&c->plan, &c->state, arrival, guest_clock(c)))
			passage_log_arrive(&c->log, &c->state, arrival, c->standing[arrival->cpu],
					   guest_time(c));
		return 0;
	}
	return first->at == arrival->point ? begin(c, arrival) : 0;
}

/* At the entry of a function whose return is a point: where it comes back to. */
static int enter(struct conductor *c, unsigned int point, unsigned int cpu,
		 const struct gdb_registers *registers)
{
	struct entered *entered = &c->entered[point];
	uint64_t words[2];
	int r = read_words(c, registers->value[GDB_RSP], words);

	*entered = (struct entered){ .comes_back = words[0],
				     .stack = registers->value[GDB_RSP] + 8,
				     .arrival = { .point = point, .cpu = cpu } };
	take_arguments(registers, entered->arguments);
	entered->arrival.arguments = entered->arguments;
	return r ? r : see_subject(c, &c->plan.points[point].subject, &entered->arrival);
}

static int come_back(struct conductor *c, unsigned int point, const struct gdb_registers *registers)
{
	struct entered *entered = &c->entered[point];

	if (registers->value[GDB_RSP] != entered->stack)
		return 0;
	entered->comes_back = 0;
	entered->arrival.result = (int64_t)registers->value[GDB_RAX];
	return arrive(c, &entered->arrival);
}

static int come_to(struct conductor *c, unsigned int point, unsigned int cpu,
		   const struct gdb_registers *registers)
{
	uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	struct arrival arrival = { .point = point,
				   .cpu = cpu,
				   .result = (int64_t)registers->value[GDB_RAX],
				   .arguments = arguments };
	int r;

	take_arguments(registers, arguments);
	r = see_subject(c, &c->plan.points[point].subject, &arrival);
	return r ? r : arrive(c, &arrival);
}

/* Whether who was let go to serve interrupts has done so. Where the interrupt brought it to a point, that is none. */
static int come_from_serving(struct conductor *c, unsigned int cpu, uint64_t address)
{
	if (address != c->standing[cpu])
		return gdb_stub_step(&c->stub, cpu);
	c->serving &= ~(1ULL << cpu);
	return 0;
}

/* Where a processor has stopped. */
static int see_where(struct conductor *c, unsigned int cpu, struct gdb_registers *registers)
{
	int r = gdb_stub_registers(&c->stub, cpu, registers);

	if (r || c->serving >> cpu & 1)
		return r;
	c->serve_after = SERVE_AFTER;
	c->standing[cpu] = registers->value[GDB_RIP];
	c->interruptible &= ~(1ULL << cpu);
	if (registers->flags & GDB_FLAG_INTERRUPTS)
		c->interruptible |= 1ULL << cpu;
	return 0;
}

static int on_breakpoint(struct conductor *c, unsigned int cpu)
{
	struct gdb_registers registers;
	int r = see_where(c, cpu, &registers);
	uint64_t address = registers.value[GDB_RIP];

	if (!r && c->serving >> cpu & 1)
		return come_from_serving(c, cpu, address);
	for (unsigned int i = 0; i < c->plan.point_count && !r; i++) {
		const struct plan_point *point = &c->plan.points[i];

		if (point->role != role_of(c, cpu))
			continue;
		if (point->point->kind != POINT_RETURN)
			r = has_address(point, address) ? come_to(c, i, cpu, &registers) : 0;
		else if (has_address(point, address))
			r = enter(c, i, cpu, &registers);
		else if (c->entered[i].comes_back == address)
			r = come_back(c, i, &registers);
	}
	return r ? r : inspector_arrive(&c->inspector, &registers);
}

static int end_watch(struct conductor *c)
{
	int r = 0;

	for (int i = 0; i < SCHEDULE_MAPPINGS && !r; i++) {
		if (c->watch[i])
			r = gdb_stub_watch(&c->stub, c->watch[i], c->watch_size, false);
		c->watch[i] = 0;
	}
	return r;
}

static bool is_watched(const struct conductor *c)
{
	for (int i = 0; i < SCHEDULE_MAPPINGS; i++)
		if (c->watch[i])
			return true;
	return false;
}

/* The program has taken one of the pages: it stands there until its hold at `begin` is over. */
static int on_watch(struct conductor *c, unsigned int cpu)
{
	struct gdb_registers registers;
	int r;

	if (cpu != c->reader || !is_watched(c))
		return 0;
	r = see_where(c, cpu, &registers);
	if (!r)
		r = end_watch(c);
	c->caught = c->watched;
	c->parked = 1ULL << cpu;
	c->parked_since = guest_clock(c);
	return r ? r : write_field(c, FIELD(there), c->caught);
}

/* Where the run has a program that will come to the pages, it is watched. */
static int look_for_program(struct conductor *c)
{
	struct offer offer;
	int r = read_offer(c, &offer);

	if (r || !offer.waiting || offer.waiting == c->caught ||
	    (offer.waiting == c->watched && !memcmp(offer.address, c->watch, sizeof(c->watch))))
		return r;
	r = end_watch(c);
	c->watched = offer.waiting;
	c->watch_size = (offer.last + 1 - offer.page) * PAGE_SIZE;
	for (int i = 0; i < SCHEDULE_MAPPINGS && !r; i++) {
		c->watch[i] = offer.address[i];
		if (c->watch[i])
			r = gdb_stub_watch(&c->stub, c->watch[i], c->watch_size, true);
	}
	return r;
}

/* The addresses to stop at from now on. */
static unsigned int wanted_breaks(const struct conductor *c, uint64_t *wanted)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < c->plan.point_count; i++) {
		const struct plan_point *point = &c->plan.points[i];
		bool returns = point->point->kind == POINT_RETURN;
		bool watched = passage_watches(&c->plan, &c->state, i);

		for (unsigned int k = 0; k < point->count && count < BREAKS_MAX - 1; k++)
			if (returns || watched)
				wanted[count++] = point->address[k];
		if (returns && watched && c->entered[i].comes_back)
			wanted[count++] = c->entered[i].comes_back;
	}
	for (unsigned int cpu = 0; cpu < c->config.cpus && count < BREAKS_MAX; cpu++)
		if (c->serving >> cpu & 1)
			wanted[count++] = c->standing[cpu];
	return count + inspector_breaks(&c->inspector, wanted + count, BREAKS_MAX - count);
}

static bool is_among(const uint64_t *addresses, unsigned int count, uint64_t address)
{
	for (unsigned int i = 0; i < count; i++)
		if (addresses[i] == address)
			return true;
	return false;
}

static int set_breaks(struct conductor *c)
{
	uint64_t wanted[BREAKS_MAX];
	unsigned int count = wanted_breaks(c, wanted);
	int r = 0;

	for (unsigned int i = 0; i < c->break_count && !r;) {
		if (is_among(wanted, count, c->breaks[i])) {
			i++;
			continue;
		}
		r = gdb_stub_break(&c->stub, c->breaks[i], false);
		c->breaks[i] = c->breaks[--c->break_count];
	}
	for (unsigned int i = 0; i < count && !r; i++) {
		if (is_among(c->breaks, c->break_count, wanted[i]))
			continue;
		r = gdb_stub_break(&c->stub, wanted[i], true);
		if (!r)
			c->breaks[c->break_count++] = wanted[i];
	}
	return r;
}

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

/* Lets go who may, and counts a passage that has ended. */
static int settle(struct conductor *c)
{
	uint64_t began = c->state.began, now = guest_clock(c);
	unsigned int missed = 0;
	enum schedule_miss why = SCHEDULE_MISS_NEVER;
	bool begins;
	enum passage_end end = passage_settle(&c->plan, &c->state, now, &begins, &missed, &why);
	int r = begins && !c->is_program ? write_field(c, FIELD(go), c->ticket) : 0;

	if (begins)
		c->parked = 0;
	passage_log_settle(&c->log, &c->state, end, missed, why, guest_time(c));
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
	return write_counts(c);
}

/* A processor that stands at a breakpoint would stop there again. */
static int step_over(struct conductor *c)
{
	int r = 0;

	for (unsigned int cpu = 0; cpu < c->config.cpus && !r; cpu++) {
		if ((held(c) | c->serving) >> cpu & 1)
			continue;
		if (is_among(c->breaks, c->break_count, c->standing[cpu]))
			r = gdb_stub_step(&c->stub, cpu);
		c->standing[cpu] = 0;
	}
	return r;
}

static int go_on(struct conductor *c)
{
	int r = settle(c);

	if (!r)
		r = set_breaks(c);
	if (!r)
		r = step_over(c);
	c->stood += units_now() - c->stopped_at;
	return r ? r : gdb_stub_resume(&c->stub, ~held(c) | c->serving, c->config.cpus);
}

/* Who is held and can take interrupts. */
static uint64_t servants(const struct conductor *c)
{
	return c->serving ? 0 : held(c) & c->interruptible;
}

static uint64_t patience(const struct conductor *c)
{
	uint64_t ns = NEXT_LOOK;

	if (c->state.under_way && passage_patience(&c->plan, &c->state, guest_clock(c)) < ns)
		ns = passage_patience(&c->plan, &c->state, guest_clock(c));
	return servants(c) && c->serve_after < ns ? c->serve_after : ns;
}

/* Whether the run may want to say something. */
static bool is_idle(const struct conductor *c)
{
	return c->is_program && c->has_begin && !c->state.under_way && !c->parked;
}

static int take_stop(struct conductor *c, const struct gdb_stop *stop)
{
	return stop->watched ? on_watch(c, stop->cpu) : on_breakpoint(c, stop->cpu);
}

static void serve_interrupts(struct conductor *c, uint64_t processors)
{
	uint64_t parked = c->parked;

	c->serving = processors;
	c->serve_after = 2 * c->serve_after < NEXT_LOOK ? 2 * c->serve_after : NEXT_LOOK;
	/* The punch has not come. */
	if (parked && !c->state.under_way && guest_clock(c) > c->parked_since + PARKED_MOST)
		c->parked = 0;
}

/*
 * Nothing has come for a while. Where somebody waits for a processor that is held to take an interrupt,
 * as for a flush of its TLB, it would be so for ever: so it is let go, with the breakpoint set where it
 * stands. It takes what is pending, and is back there.
 */
static int look_after(struct conductor *c)
{
	bool expired = passage_has_expired(&c->plan, &c->state, guest_clock(c)), idle = is_idle(c);
	uint64_t serve = servants(c);
	struct gdb_stop stop;
	int r;

	if (!expired && !serve && !idle)
		return 0;
	r = gdb_stub_stop(&c->stub, &stop);
	c->stopped_at = units_now();
	if (!r && !stop.asked)
		r = take_stop(c, &stop);
	else if (!r && idle)
		r = look_for_program(c);
	else if (!r && !expired)
		serve_interrupts(c, serve);
	return r ? r : go_on(c);
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

static int read_code(void *context, uint64_t address, void *into, size_t size)
{
	struct conductor *c = context;

	return gdb_stub_read(&c->stub, address, into, size);
}

/* One for each schedule of a series; their points have the same numbers in all. */
static int make_plans(struct conductor *c, const struct kernel_text *text, char *why, size_t size)
{
	const struct series *series = c->config.series;
	struct plan *points = &c->plan;
	int r = plan_watch(points, series->points, series->point_count, text, why, size);

	c->plans = calloc(series->count, sizeof(*c->plans));
	if (!c->plans)
		return -ENOMEM;
	for (size_t i = 0; i < series->count && !r; i++) {
		c->plans[i] = *points;
		r = plan_make(&c->plans[i], &series->schedules[i], text, why, size);
	}
	c->plan = c->plans[0];
	return r;
}

static int make_plan(struct conductor *c, char *why, size_t size)
{
	enum { SIZE = sizeof(((struct schedule_page *)NULL)->symbols) };
	char *lines = calloc(1, SIZE + 1);
	struct kernel_text text = { .isa = MACHINE_X86_64, .read = read_code, .context = c };
	uint64_t inspect = 0;
	int r;

	if (!lines)
		return -ENOMEM;
	r = gdb_stub_read_physical(&c->stub, c->page + FIELD(symbols), lines, SIZE);
	if (r)
		return free(lines), r;
	text.symbols = c->symbols = kernel_symbols_parse(lines);
	if (!c->symbols)
		return -ENOMEM;
	r = c->config.series ? make_plans(c, &text, why, size)
			     : plan_make(&c->plan, &c->config.schedule, &text, why, size);
	if (!r)
		r = gdb_stub_read_physical(&c->stub, c->page + FIELD(inspect), &inspect,
					   sizeof(inspect));
	if (!r)
		r = inspector_open(&c->inspector, &c->stub, inspect, &c->config.inspect, &text, why,
				   size);
	for (unsigned int i = 0; i < c->plan.hold_count; i++)
		c->has_begin |= !c->plan.points[c->plan.holds[i].at].count;
	passage_reset(&c->plan, &c->state, UINT64_MAX >> (GDB_STUB_CPUS - c->config.cpus));
	return r;
}

/* Finds the page, makes the plan, and says so, or why not, to the run. */
static int take_up(struct conductor *c)
{
	char why[sizeof(((struct schedule_page *)NULL)->why)] = "";
	uint64_t magic[2] = { 0 };
	int r = gdb_stub_open(&c->stub, c->config.stub, PATIENCE), wrong;

	if (!r)
		r = gdb_stub_read_physical(&c->stub, c->page, magic, sizeof(magic));
	if (!r && memcmp(magic, c->magic, sizeof(magic)) != 0)
		r = -EPROTO;
	if (r)
		return r;
	wrong = make_plan(c, why, sizeof(why));
	if (!wrong)
		return write_field(c, FIELD(attached), 1);
	if (!*why)
		snprintf(why, sizeof(why), "%s", strerror(-wrong));
	r = gdb_stub_write_physical(&c->stub, c->page + FIELD(why), why, sizeof(why));
	if (!r)
		r = write_field(c, FIELD(failed), 1);
	return r ? r : -ECANCELED;
}

static void *run(void *context)
{
	struct conductor *c = context;
	struct gdb_stop stop;
	int r = take_up(c);

	if (!r)
		r = follow(c);
	/* Who is stopped cannot end. After the guest there is nobody to let go. */
	if (!r)
		r = gdb_stub_stop(&c->stub, &stop);
	if (!r || r == -ECANCELED)
		r = gdb_stub_close(&c->stub);
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

	c->page = (uint64_t)json_integer_value(json_object_get(event, "page"));
	c->reader = (unsigned int)json_integer_value(json_object_get(event, "reader_cpu"));
	c->is_program = json_is_true(json_object_get(event, "program"));
	c->others = (uint64_t)json_integer_value(json_object_get(event, "other_cpus"));
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

void conductor_hit(struct conductor *c, uint64_t punch)
{
	passage_log_hit(&c->log, punch);
	if (c->hit_count < HITS_MAX)
		c->hits[c->hit_count++] = punch;
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
	free(c);
	return r;
}
