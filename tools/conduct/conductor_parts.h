/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the source files of the conductor. Only its own thread uses struct conductor, except
 * for atomic fields and for `hits` and what counts them: the caller of conductor_start() writes
 * these, and reads them after the thread has ended. */
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
	HITS_MAX = 1 << 17,
	SERVE_AFTER = 1000000, /* ns without a stop until held processors serve interrupts */
};

/* The last entry of a function whose return is a point. */
struct entered {
	uint64_t comes_back, stack; /* return address, 0: none; stack pointer after the return */
	struct arrival arrival;     /* as of the entry */
	uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
};

/* The layout of these fields in struct schedule_page. */
struct counts {
	uint64_t passages, made, withstood, time, missed[SCHEDULE_HOLDS_MAX][SCHEDULE_MISSES];
};

struct conductor {
	struct conductor_config config;
	struct gdb_stub stub;
	struct plan plan;   /* the current one */
	struct plan *plans; /* one for each schedule of a series, or NULL */
	uint64_t *hits;     /* punches with a hit, for a series */
	size_t hit_count, hit_room;
	struct passage_state state;
	struct passage_log log;
	struct kernel_symbols *symbols; /* of the schedule's functions */
	uint64_t stopped_at, stood; /* ns: when the guest stopped last; total of earlier stops */
	uint64_t clock_offset;      /* from running time (conductor_time()) to the guest's clock */
	struct inspector inspector;
	uint64_t magic[2];
	uint64_t page;                                  /* physical address of schedule_page */
	unsigned int reader;                            /* its processor */
	unsigned int thread_cpus[SCHEDULE_THREADS_MAX]; /* of scripted threads */
	uint64_t others;                /* bitmap: processors of readers without a role */
	bool has_begin;                 /* the reader is held in user space */
	uint64_t marks[PLAN_ADDRESSES]; /* at which the reader announces its arrival or read */
	unsigned int mark_count;        /* 0: it does not, or the kernel has no such place */
	bool has_come;                  /* the reader has announced its arrival */
	unsigned int
		going; /* bitmap: roles that were let go in user space and have not noticed yet */
	uint64_t reading, threads[SCHEDULE_THREADS_MAX]; /* see struct schedule_page */
	uint64_t ticket;                                 /* of the reader of the last passage */
	int64_t exposed;
	struct entered entered[PLAN_POINTS];
	uint64_t breaks[BREAKS_MAX]; /* breakpoints that are set */
	unsigned int break_count;
	uint64_t standing[GDB_STUB_CPUS]; /* address at which a processor stopped; 0: none */
	uint64_t interruptible;           /* bitmap: stopped with interrupts enabled */
	/* A program, which is stopped in user space. */
	bool is_program;
	uint64_t watch[SCHEDULE_MAPPINGS]; /* watchpoints on its mappings; 0: none */
	uint64_t watch_size;
	uint64_t watched, caught;         /* tickets: of the watchpoints, of the last stop at one */
	uint64_t parked;                  /* its processor's bit, while it is stopped there */
	uint64_t parked_since, parked_at; /* conductor_clock(), and units_now(), when it stopped */
	uint64_t serving;                 /* bitmap: held processors that now serve interrupts */
	uint64_t serve_after;             /* ns without a stop */
	uint64_t look_took;               /* ns, the last look at a guest that did not stop */
	bool over;                        /* the storm is */
	struct counts counts;
	_Atomic bool stop;
	int error;
	pthread_t thread;
};

/* The run's fields of struct schedule_page about the reader. */
struct offer {
	uint64_t waiting, page, last, exposed, clock, address[SCHEDULE_MAPPINGS];
};

#define FIELD(name) offsetof(struct schedule_page, name)

static inline int conductor_write_field(struct conductor *c, size_t field, uint64_t value)
{
	return gdb_stub_write_physical(&c->stub, c->page + field, &value, sizeof(value));
}

/* Returns a bitmap of the processors that are kept stopped. */
static inline uint64_t conductor_held(const struct conductor *c)
{
	return c->state.held | c->parked;
}

/* Returns a bitmap of all processors of the guest. */
static inline uint64_t conductor_cpus(const struct conductor *c)
{
	return UINT64_MAX >> (GDB_STUB_CPUS - c->config.cpus);
}

/* All functions that return int return 0 or -errno (not reported). */

/* Returns the processor time of QEMU and a small part of real time, in ns: it advances as fast as
 * the guest does. */
uint64_t conductor_clock(const struct conductor *c);

/* Returns CLOCK_MONOTONIC of the guest, ns, which stops while the guest is stopped. */
uint64_t conductor_time(const struct conductor *c);

/* Reads the run's fields about the reader. */
int conductor_read_offer(struct conductor *c, struct offer *offer);

/* Sets has_come: whether the reader of another punch than that of the last passage has arrived. */
int conductor_look_for_reader(struct conductor *c);

/* Reads the registers of a stopped processor, and notes its address and whether interrupts are
 * enabled. */
int conductor_see_where(struct conductor *c, unsigned int cpu, struct gdb_registers *registers);

/* Handles the stop of a processor at a breakpoint. */
int conductor_on_breakpoint(struct conductor *c, unsigned int cpu);

/* Handles the stop of a processor at a watchpoint of a program. */
int conductor_on_watch(struct conductor *c, unsigned int cpu);

/* Finds out whether the storm is over. */
int conductor_look_for_end(struct conductor *c);

/* Sets watchpoints for the program that the run offers now, if it is a new one. */
int conductor_look_for_program(struct conductor *c);

/* Sets the breakpoints that are needed now, and removes others. -ENOSPC: the accelerator has too
 * few. */
int conductor_set_breaks(struct conductor *c);

/* Single-steps the processors that are not held past a breakpoint that stays set. */
int conductor_step_over(struct conductor *c);

/* Reads the run's page and makes the plan. -ECANCELED: there is no plan, and the run was told
 * why. */
int conductor_take_up(struct conductor *c);

#endif
