/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles the arrival of a processor at a point: determines its file and page, and passes it on. */
#include "tools/conduct/conductor_parts.h"

#include <errno.h>
#include <string.h>

_Static_assert((int)GDB_ARGUMENTS == (int)SCHEDULE_ARGUMENTS_MAX, "all of them");

/* Returns whether the wanted thread is the one that runs. */
static bool is_thread(uint64_t wanted, uint64_t runs)
{
	return !wanted || runs == UINT64_MAX || wanted == runs;
}

static enum plan_role role_of(const struct conductor *c, unsigned int cpu, uint64_t runs)
{
	if (c->others >> cpu & 1)
		return PLAN_ROLES;
	for (size_t i = 0; i < c->config.schedule.thread_count; i++)
		if (c->thread_cpus[i] == cpu)
			return is_thread(c->threads[i], runs) ? PLAN_THREAD + (enum plan_role)i
							      : PLAN_ROLES;
	if (c->config.schedule.thread_count)
		return PLAN_SPLIT;
	if (cpu != c->reader)
		return PLAN_SPLIT;
	return is_thread(c->reading, runs) ? PLAN_READ : PLAN_ROLES;
}

static bool has_address(const struct plan_point *point, uint64_t address)
{
	for (unsigned int i = 0; i < point->count; i++)
		if (point->address[i] == address)
			return true;
	return false;
}

/* Reads two words of the guest's memory. If there is no memory, they are set to values that stand
 * for no file. */
static int read_words(struct conductor *c, uint64_t address, uint64_t words[2])
{
	int r = gdb_stub_read(&c->stub, address, words, 2 * sizeof(*words));

	if (r == -EFAULT)
		words[0] = 0, words[1] = UINT64_MAX;
	return r == -EFAULT ? 0 : r;
}

/* Determines the file and page of an arrival. */
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

int conductor_read_offer(struct conductor *c, struct offer *offer)
{
	_Static_assert(FIELD(page) == FIELD(waiting) + 8 && FIELD(last) == FIELD(page) + 8 &&
			       FIELD(exposed) == FIELD(last) + 8 &&
			       FIELD(clock) == FIELD(exposed) + 8 &&
			       FIELD(address) == FIELD(clock) + 8,
		       "all in one read");
	return gdb_stub_read_physical(&c->stub, c->page + FIELD(waiting), offer, sizeof(*offer));
}

int conductor_look_for_reader(struct conductor *c)
{
	struct offer reader = { 0 };
	int r = conductor_read_offer(c, &reader);

	c->has_come = reader.waiting && reader.waiting != c->ticket;
	return r;
}

/* Begins a passage if a reader waits: once for a reader that is let go, each time for one that
 * reads at its own times. */
static int begin(struct conductor *c, struct arrival *arrival)
{
	struct offer reader = { 0 };
	int r = conductor_read_offer(c, &reader);

	c->exposed = arrival->exposed = (int64_t)reader.exposed;
	if (r || !reader.waiting || (c->plan.once && reader.waiting == c->ticket) ||
	    (c->is_program && c->has_begin && !c->parked) ||
	    !passage_begin(&c->plan, &c->state, arrival, (int64_t)reader.page, (int64_t)reader.last,
			   conductor_clock(c)))
		return r;
	_Static_assert(FIELD(threads) == FIELD(thread) + sizeof(c->reading), "both in one read");
	r = gdb_stub_read_physical(&c->stub, c->page + FIELD(thread), &c->reading,
				   sizeof(c->reading) + sizeof(c->threads));
	if (r)
		return r;
	c->ticket = reader.waiting;
	c->has_come &= !c->plan.once;
	c->counts.passages++;
	c->clock_offset = reader.clock - (c->stopped_at - c->stood);
	passage_log_begin(&c->log, &c->plan, c->ticket);
	passage_log_arrive(&c->log, &c->state, arrival, c->standing[arrival->cpu],
			   conductor_time(c));
	return 0;
}

/* Finds out whether a role has noticed that it may go on. Returns 0: it still sleeps; 1; or
 * -errno. */
static int is_going(struct conductor *c, enum plan_role role)
{
	size_t field = role == PLAN_READ ? FIELD(gone) : FIELD(gone_thread[role - PLAN_THREAD]);
	uint64_t gone;
	int r = gdb_stub_read_physical(&c->stub, c->page + field, &gone, sizeof(gone));

	if (!r && gone == c->ticket)
		c->going &= ~(1U << role);
	return r ? r : gone != c->ticket;
}

static int arrive(struct conductor *c, struct arrival *arrival)
{
	const struct plan_hold *first = &c->plan.holds[passage_first(&c->plan)];
	enum plan_role role = c->plan.points[arrival->point].role;

	int r = c->going >> role & 1 ? is_going(c, role) : 0;

	if (r)
		return r < 0 ? r : 0;
	arrival->exposed = c->exposed;
	if (c->state.under_way) {
		if (passage_take(&c->plan, &c->state, arrival, conductor_clock(c)))
			passage_log_arrive(&c->log, &c->state, arrival, c->standing[arrival->cpu],
					   conductor_time(c));
		return 0;
	}
	if (passage_mark(&c->plan, &c->state, arrival->point))
		return 0;
	return first->at == arrival->point ? begin(c, arrival) : 0;
}

/* Called at the entry of a function whose return is a point: keeps the return address. */
static int enter(struct conductor *c, unsigned int point, unsigned int cpu,
		 const struct gdb_registers *registers)
{
	struct entered *entered = &c->entered[point];
	int r;

	*entered = (struct entered){ .arrival = { .point = point, .cpu = cpu } };
	r = gdb_stub_return(&c->stub, registers, &entered->comes_back, &entered->stack);
	memcpy(entered->arguments, registers->argument, sizeof(entered->arguments));
	entered->arrival.arguments = entered->arguments;
	return r ? r : see_subject(c, &c->plan.points[point].subject, &entered->arrival);
}

static int come_back(struct conductor *c, unsigned int point, unsigned int cpu,
		     const struct gdb_registers *registers)
{
	struct entered *entered = &c->entered[point];

	if (registers->stack != entered->stack)
		return 0;
	entered->comes_back = 0;
	/* The thread may have slept, and gone on elsewhere. */
	entered->arrival.cpu = cpu;
	entered->arrival.result = (int64_t)registers->result;
	return arrive(c, &entered->arrival);
}

static int come_to(struct conductor *c, unsigned int point, unsigned int cpu,
		   const struct gdb_registers *registers)
{
	uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	struct arrival arrival = { .point = point,
				   .cpu = cpu,
				   .result = (int64_t)registers->result,
				   .arguments = arguments };
	int r;

	memcpy(arguments, registers->argument, sizeof(arguments));
	r = see_subject(c, &c->plan.points[point].subject, &arrival);
	return r ? r : arrive(c, &arrival);
}

/* Reads the number that a thread passes at a mark. mark: 0 if it cannot be read. */
static int read_mark(struct conductor *c, const struct gdb_registers *registers, uint32_t *mark)
{
	uint64_t said = 0,
		 at = c->config.isa == MACHINE_X86_64 ? CODE_MARK_X86_64 : CODE_MARK_ARM64;
	int r = gdb_stub_read(&c->stub, registers->argument[0] + at, &said, sizeof(said));

	*mark = r ? 0 : (uint32_t)said;
	return r == -EFAULT ? 0 : r;
}

/* Called where scripted threads announce their steps. The number tells the thread and the step. */
static int come_to_mark(struct conductor *c, unsigned int point, unsigned int cpu,
			const struct gdb_registers *registers)
{
	uint32_t mark;
	int r = read_mark(c, registers, &mark);

	if (r)
		return r;
	return mark == c->plan.points[point].mark ? come_to(c, point, cpu, registers) : 0;
}

/* Called where a reader announces its arrival, or that it has read. */
static int come_to_reader(struct conductor *c, const struct gdb_registers *registers)
{
	uint32_t mark;
	int r = read_mark(c, registers, &mark);

	if (mark == CODE_MARK_OFFER || mark == CODE_MARK_REST)
		c->has_come = mark == CODE_MARK_OFFER;
	return r;
}

static bool is_marked(const struct conductor *c, uint64_t address)
{
	for (unsigned int i = 0; i < c->mark_count; i++)
		if (c->marks[i] == address)
			return true;
	return false;
}

/* Called when a processor stops that was resumed to serve interrupts. An arrival at a point during
 * the interrupt does not count. */
static int come_from_serving(struct conductor *c, unsigned int cpu, uint64_t address)
{
	if (address != c->standing[cpu])
		return gdb_stub_step(&c->stub, cpu);
	c->serving &= ~(1ULL << cpu);
	return 0;
}

int conductor_see_where(struct conductor *c, unsigned int cpu, struct gdb_registers *registers)
{
	int r = gdb_stub_registers(&c->stub, cpu, registers);

	if (r || c->serving >> cpu & 1)
		return r;
	c->serve_after = SERVE_AFTER;
	c->standing[cpu] = registers->address;
	c->interruptible &= ~(1ULL << cpu);
	if (registers->interruptible)
		c->interruptible |= 1ULL << cpu;
	return 0;
}

int conductor_on_breakpoint(struct conductor *c, unsigned int cpu)
{
	struct gdb_registers registers;
	int r = conductor_see_where(c, cpu, &registers);
	uint64_t address = registers.address;

	if (!r && c->serving >> cpu & 1)
		return come_from_serving(c, cpu, address);
	if (!r && is_marked(c, address))
		r = come_to_reader(c, &registers);
	for (unsigned int i = 0; i < c->plan.point_count && !r; i++) {
		const struct plan_point *point = &c->plan.points[i];

		if (point->mark ? !has_address(point, address)
				: point->role != role_of(c, cpu, registers.thread))
			continue;
		if (point->mark)
			r = come_to_mark(c, i, cpu, &registers);
		else if (point->point->kind != POINT_RETURN)
			r = has_address(point, address) ? come_to(c, i, cpu, &registers) : 0;
		else if (has_address(point, address))
			r = enter(c, i, cpu, &registers);
		else if (c->entered[i].comes_back == address)
			r = come_back(c, i, cpu, &registers);
	}
	return r ? r : inspector_arrive(&c->inspector, &registers);
}
