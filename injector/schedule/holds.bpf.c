/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of the engine that follows a schedule: a program at each point. It derives the
 * role from the thread, handles the arrival as the engine outside of a guest does, and spins until
 * the hold ends if the thread must be held. For other threads a point costs two hash look-ups.
 *
 * A held thread occupies its processor. Interrupts are off unless the probe is at the entry of a
 * function with ftrace: elsewhere it is a breakpoint, whose handler runs with interrupts off
 * (exc_int3() in arch/x86/kernel/traps.c). So only spinning and arriving threads check clocks: a
 * passage without a spinning thread ends when the next thread arrives.
 */
#include <stdatomic.h>

/* Aligned words are loaded and stored atomically. */
#define _Atomic volatile

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define PASSAGE_API static __always_inline

#include "injector/probe/current.bpf.h"
#include "injector/schedule/code_mark.h"
#include "injector/schedule/holds_types.h"
#include "injector/schedule/schedule_page.h"
#include "injector/schedule/schedule_passage.h"

/* All functions inline: the verifier loses the bounds of an arrival's point in a function that
 * loads it from memory. */
#pragma clang attribute push(__attribute__((always_inline)), apply_to = function)
#include "injector/schedule/schedule_passage.c"
#pragma clang attribute pop

/* In libbpf since 1.2. */
#ifndef PT_REGS_PARM6
#ifdef __TARGET_ARCH_x86
#define PT_REGS_PARM6(registers) ((registers)->r9)
#else
#define PT_REGS_PARM6(registers) (((struct user_pt_regs *)(registers))->regs[5])
#endif
#endif

enum {
	ARGUMENTS = 8,         /* room for SCHEDULE_ARGUMENTS_MAX, a power of two */
	TURNS = 1 << 23,       /* of bpf_loop(), at most */
	SPINS = 40,            /* of TURNS each: some seconds */
	LOCK_TIME = 100000000, /* ns; the owner of the lock may have lost its virtual processor */
};

const volatile struct holds_config config;
const volatile struct plan plan;

struct passage_state state;
struct schedule_page page;

struct {
	__u64 ticket; /* of the reader of the last passage */
	__s64 exposed;
	__u32 lock; /* of this, the state, and what the engine writes in the page */
} engine;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} readers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOLDS_CALLERS_MAX);
	__type(key, struct holds_caller);
	__type(value, __u32);
} callers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, HOLDS_RECORDS);
} records SEC(".maps");

/* The arguments of a function whose return is a point, from its entry. */
struct entered {
	__u64 mapping;
	__s64 page;
	uint64_t arguments[ARGUMENTS];
};

struct entry {
	__u32 thread, point;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, struct entry);
	__type(value, struct entered);
} entries SEC(".maps");

/* Hides from the compiler that the plan is all zeros at compile time; the verifier knows its
 * values.
 */
static __always_inline const struct plan *the_plan(void)
{
	const struct plan *it = (const struct plan *)&plan;

	asm volatile("" : "+r"(it));
	return it;
}

struct lock_try {
	__u64 deadline;
	__u64 taken;
};

static long try_lock(__u32 turn, struct lock_try *lock)
{
	lock->taken = !__sync_val_compare_and_swap(&engine.lock, 0, 1);
	return lock->taken || bpf_ktime_get_ns() >= lock->deadline;
}

static __always_inline bool take_lock(void)
{
	struct lock_try lock = { .deadline = bpf_ktime_get_ns() + LOCK_TIME };

	bpf_loop(TURNS, try_lock, &lock, 0);
	return lock.taken;
}

static __always_inline void leave_lock(void)
{
	__sync_val_compare_and_swap(&engine.lock, 1, 0);
}

/* The role of the running thread; PLAN_ROLES: none. */
static __always_inline __u32 role_here(void)
{
	struct bpf_pidns_info me = current_in(config.namespace_device, config.namespace_inode);
	__u32 *role = me.pid ? bpf_map_lookup_elem(&readers, &me.pid) : NULL;

	if (!role && me.tgid)
		role = bpf_map_lookup_elem(&processes, &me.tgid);
	return role ? *role : PLAN_ROLES;
}

/* The point of the probe, if the thread has the point's role; else PLAN_POINTS. */
static __always_inline __u32 point_here(void *context)
{
	__u64 point = bpf_get_attach_cookie(context);

	if (point >= PLAN_POINTS || the_plan()->points[point].role != role_here())
		return PLAN_POINTS;
	return point;
}

static __always_inline __u64 argument_of(const uint64_t *arguments, __u32 number)
{
	return arguments[(number - 1) & (ARGUMENTS - 1)];
}

/* Reads two words; 0 and -1 (not known) if there is no memory. */
static __always_inline void read_words(__u64 address, __u64 words[2])
{
	if (bpf_probe_read_kernel(words, 2 * sizeof(*words), (const void *)address)) {
		words[0] = 0;
		words[1] = -1;
	}
}

/* Finds file and page of an arrival in its arguments. */
static __always_inline void see_subject(__u32 point, struct entered *entered)
{
	const struct code_subject *subject = &the_plan()->points[point].subject;
	__u64 at, words[2] = { 0, -1 };

	entered->mapping = 0;
	entered->page = -1;
	if (!subject->argument)
		return;
	at = argument_of(entered->arguments, subject->argument);
	if (subject->kind == SUBJECT_IS_FOLIO)
		read_words(at + FOLIO_MAPPING, words);
	else if (subject->kind == SUBJECT_IS_STATE)
		read_words(at + STATE_ARRAY, words);
	else
		words[0] = at;
	if (subject->kind == SUBJECT_IS_STATE || subject->kind == SUBJECT_IS_ARRAY)
		words[0] -= words[0] ? MAPPING_ARRAY : 0;
	entered->mapping = words[0];
	entered->page = subject->page ? argument_of(entered->arguments, subject->page) : words[1];
}

static __always_inline void take_registers(struct pt_regs *registers, __u32 point,
					   struct entered *entered)
{
	entered->arguments[0] = PT_REGS_PARM1(registers);
	entered->arguments[1] = PT_REGS_PARM2(registers);
	entered->arguments[2] = PT_REGS_PARM3(registers);
	entered->arguments[3] = PT_REGS_PARM4(registers);
	entered->arguments[4] = PT_REGS_PARM5(registers);
	entered->arguments[5] = PT_REGS_PARM6(registers);
	entered->arguments[6] = entered->arguments[7] = 0;
	see_subject(point, entered);
}

static __always_inline void tell_end(__u64 now)
{
	struct holds_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (!record)
		return;
	record->time = now;
	record->point = HOLDS_NO_POINT;
	bpf_ringbuf_submit(record, 0);
}

static __always_inline void tell_arrival(const struct arrival *arrival, __u64 address, bool begins,
					 __u64 now)
{
	struct holds_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (!record)
		return;
	record->time = now;
	record->address = address;
	record->mapping = arrival->mapping;
	record->result = arrival->result;
	record->page = arrival->page;
	record->exposed = arrival->exposed;
	for (int i = 0; i < ARGUMENTS; i++)
		record->arguments[i] = arrival->arguments[i];
	record->ticket = begins ? engine.ticket : 0;
	record->first = page.page;
	record->last = page.last;
	record->point = arrival->point;
	record->cpu = arrival->cpu;
	bpf_ringbuf_submit(record, 0);
}

/* Ends holds whose events have come or whose bounds have expired, and counts an ended passage. */
static __noinline int settle(__u64 now)
{
	const struct plan *plan = the_plan();
	__u64 began = state.began;
	unsigned int missed = 0;
	enum schedule_miss why = SCHEDULE_MISS_NEVER;
	unsigned int begins;
	enum passage_end end = passage_settle(plan, &state, now, &begins, &missed, &why);

	if (begins >> PLAN_READ & 1)
		page.go = engine.ticket;
	for (int i = 0; i < SCHEDULE_THREADS_MAX; i++)
		if (begins >> (PLAN_THREAD + i) & 1)
			page.go_thread[i] = engine.ticket;
	if (end == PASSAGE_GOES_ON)
		return 0;
	tell_end(now);
	page.made += end == PASSAGE_MADE;
	page.withstood += end == PASSAGE_WITHSTOOD;
	if (end == PASSAGE_MISSED && missed < SCHEDULE_HOLDS_MAX && why < SCHEDULE_MISSES)
		page.missed[missed][why]++;
	page.time += now - began;
	passage_reset(plan, &state, 0);
	return 0;
}

/* Begins a passage for the waiting reader: once for its ticket if the plan says so. */
static __always_inline bool begin(const struct plan *plan, struct arrival *arrival, __u64 now)
{
	__u64 waiting = page.waiting, first = page.page, last = page.last;

	engine.exposed = page.exposed;
	arrival->exposed = engine.exposed;
	if (!waiting || (plan->once && waiting == engine.ticket) ||
	    !passage_begin(plan, &state, arrival, first, last, now))
		return false;
	engine.ticket = waiting;
	page.passages++;
	return true;
}

/* The hold at which the thread of an arrival must wait; SCHEDULE_HOLDS_MAX: none. */
static __always_inline __u32 hold_of(const struct plan *plan, const struct arrival *arrival)
{
	for (unsigned int i = 0; i < plan->hold_count; i++)
		if (plan->holds[i].at == arrival->point && state.holds[i].state == HOLD_HERE &&
		    state.holds[i].cpu == arrival->cpu)
			return i;
	return SCHEDULE_HOLDS_MAX;
}

struct standing {
	__u64 passage, deadline;
	__u64 hold;
};

static __always_inline bool stands(const struct standing *standing)
{
	volatile struct passage_state *now = &state;

	return standing->hold < SCHEDULE_HOLDS_MAX && page.passages == standing->passage &&
	       now->under_way && now->holds[standing->hold].state == HOLD_HERE &&
	       bpf_ktime_get_ns() <= standing->deadline;
}

static long until_let_go(__u32 turn, struct standing *standing)
{
	return !stands(standing);
}

static __always_inline void stand(struct standing *standing)
{
	for (int spin = 0; spin < SPINS && stands(standing); spin++)
		bpf_loop(TURNS, until_let_go, standing, 0);
	if (!take_lock())
		return;
	settle(bpf_ktime_get_ns());
	leave_lock();
}

static __noinline int arrive(__u32 point, const struct entered *entered, __u64 result,
			     __u64 address)
{
	const struct plan *plan = the_plan();
	__u64 now;
	struct arrival arrival = {
		.point = point,
		.cpu = bpf_get_smp_processor_id(),
		.mapping = entered->mapping,
		.page = entered->page,
		.result = result,
		.arguments = entered->arguments,
	};
	struct standing standing;

	if (point >= PLAN_POINTS || !take_lock())
		return 0;
	/* Others may have come first: their passage has another begin, and another page. */
	now = standing.deadline = bpf_ktime_get_ns();
	arrival.exposed = engine.exposed;
	settle(now);
	if (passage_watches(plan, &state, point)) {
		bool goes_on = state.under_way;

		if (goes_on ? passage_take(plan, &state, &arrival, now)
			    : !passage_mark(plan, &state, point) && begin(plan, &arrival, now))
			tell_arrival(&arrival, address, !goes_on, now);
	}
	settle(now);
	standing.hold = hold_of(plan, &arrival);
	standing.passage = page.passages;
	leave_lock();
	if (standing.hold >= SCHEDULE_HOLDS_MAX)
		return 0;
	standing.deadline += plan->holds[standing.hold].bound;
	stand(&standing);
	return 0;
}

/* Whether the mark of a scripted thread is the point's; true for points without a mark. */
static __always_inline bool says_mark(struct pt_regs *registers, __u32 point)
{
	__u32 mark = the_plan()->points[point].mark;
	__u64 said = 0;

	if (!mark)
		return true;
#ifdef __TARGET_ARCH_x86
	bpf_probe_read_kernel(&said, sizeof(said),
			      (const void *)(PT_REGS_PARM1(registers) + CODE_MARK_X86_64));
#else
	bpf_probe_read_kernel(&said, sizeof(said),
			      (const void *)(PT_REGS_PARM1(registers) + CODE_MARK_ARM64));
#endif
	return (__u32)said == mark;
}

SEC("kprobe")
int at_point(struct pt_regs *registers)
{
	__u32 point = point_here(registers);
	struct entered entered;

	if (point >= PLAN_POINTS || !says_mark(registers, point))
		return 0;
	take_registers(registers, point, &entered);
	return arrive(point, &entered, PT_REGS_RC(registers), PT_REGS_IP(registers));
}

/* The return address, at the entry of a function. */
static __always_inline __u64 return_address(struct pt_regs *registers)
{
#ifdef __TARGET_ARCH_x86
	__u64 address = 0;

	/* On top of the stack. */
	bpf_probe_read_kernel(&address, sizeof(address), (const void *)PT_REGS_SP(registers));
	return address;
#else
	return PT_REGS_RET(registers);
#endif
}

/* At the entry of a callee, for a call that takes no probe itself. */
SEC("kprobe")
int at_callee(struct pt_regs *registers)
{
	__u32 point = point_here(registers);
	struct holds_caller caller = { .address = return_address(registers), .point = point };
	struct entered entered;

	if (point >= PLAN_POINTS || !bpf_map_lookup_elem(&callers, &caller))
		return 0;
	take_registers(registers, point, &entered);
	return arrive(point, &entered, 0, caller.address);
}

/* At the entry of a function whose return is a point: records the arguments for at_return(). */
SEC("kprobe")
int at_entry(struct pt_regs *registers)
{
	__u32 point = point_here(registers);
	struct entry entry = { .thread = bpf_get_current_pid_tgid(), .point = point };
	struct entered entered;

	if (point >= PLAN_POINTS)
		return 0;
	take_registers(registers, point, &entered);
	bpf_map_update_elem(&entries, &entry, &entered, BPF_ANY);
	return 0;
}

SEC("kretprobe")
int at_return(struct pt_regs *registers)
{
	__u32 point = point_here(registers);
	struct entry entry = { .thread = bpf_get_current_pid_tgid(), .point = point };
	struct entered entered, *known;

	if (point >= PLAN_POINTS)
		return 0;
	known = bpf_map_lookup_elem(&entries, &entry);
	if (!known)
		return 0;
	entered = *known;
	bpf_map_delete_elem(&entries, &entry);
	return arrive(point, &entered, PT_REGS_RC(registers), 0);
}

char terms[] SEC("license") = "GPL";
