/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the conductor share. It is for its own thread, but for what is atomic, and for
 * `hits` and `hit_count`: whoever called conductor_start() writes them, and reads them when the
 * thread is over. */
#ifndef TOOLS_CONDUCT_CONDUCTOR_PARTS_H
#define TOOLS_CONDUCT_CONDUCTOR_PARTS_H

#include "injector/schedule/passage_log.h"
#include "injector/schedule/schedule_passage.h"
#include "tools/conduct/conductor.h"
#include "tools/conduct/gdb_stub.h"
#include "tools/conduct/inspector.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	BREAKS_MAX = 256,
	HITS_MAX = 4096,
	SERVE_AFTER = 1000000, /* ns of silence until who is held serves interrupts */
};

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
	uint64_t page;                                  /* physical address of the schedule's */
	unsigned int reader;                            /* its processor */
	unsigned int thread_cpus[SCHEDULE_THREADS_MAX]; /* of scripted threads */
	uint64_t others;                /* processors of readers that have no role, bit by bit */
	bool has_begin;                 /* the reader is held in user space */
	uint64_t marks[PLAN_ADDRESSES]; /* where the reader says that it has come, or has read */
	unsigned int mark_count;        /* 0: it does not say so, or the kernel has no such place */
	bool has_come;
	unsigned int
		going; /* roles that may go on there, and have not said that they do, bit by bit */
	uint64_t reading, threads[SCHEDULE_THREADS_MAX]; /* see struct schedule_page */
	uint64_t ticket;                                 /* of the reader of the last passage */
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

/* What the run says of the reader. */
struct offer {
	uint64_t waiting, page, last, exposed, clock, address[SCHEDULE_MAPPINGS];
};

#define FIELD(name) offsetof(struct schedule_page, name)

static inline int conductor_write_field(struct conductor *c, size_t field, uint64_t value)
{
	return gdb_stub_write_physical(&c->stub, c->page + field, &value, sizeof(value));
}

/* The processors that are stopped, a bit each. */
static inline uint64_t conductor_held(const struct conductor *c)
{
	return c->state.held | c->parked;
}

/* All that return an int: 0 or -errno, not reported. */

/* Processor time of QEMU, ns, and a small part of real time: goes on as fast as the guest does. */
uint64_t conductor_clock(const struct conductor *c);

/* CLOCK_MONOTONIC of the guest, ns, which stands still where the guest does. */
uint64_t conductor_time(const struct conductor *c);

/* Reads what the run says of the reader. */
int conductor_read_offer(struct conductor *c, struct offer *offer);

/* Whether the reader of another punch than that of the last passage has come. Sets has_come. */
int conductor_look_for_reader(struct conductor *c);

/* Reads the registers of a processor that has stopped, and whether interrupts are on there. */
int conductor_see_where(struct conductor *c, unsigned int cpu, struct gdb_registers *registers);

/* A processor has stopped at a breakpoint: takes that into account. */
int conductor_on_breakpoint(struct conductor *c, unsigned int cpu);

/* A processor has read what a program is watched at. */
int conductor_on_watch(struct conductor *c, unsigned int cpu);

/* Watches a program where the run offers one, and no longer where it does not. */
int conductor_look_for_program(struct conductor *c);

/* Sets the breakpoints that are wanted now, and removes others. -ENOSPC: there are not so many. */
int conductor_set_breaks(struct conductor *c);

/* Lets those processors that stand at a breakpoint that stays set, and are not held, past it. */
int conductor_step_over(struct conductor *c);

/* Reads what the run has told, and makes the plan. What is wrong with it is said to the run, and
 * then it is -ECANCELED. */
int conductor_take_up(struct conductor *c);

#endif
