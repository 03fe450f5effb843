/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate of the older family, as seen by the kernel: two places at which one thread of the run is
 * held, once each, until it is let go or the time is over. The functions are called by many; what
 * tells the place is whom they return to. For everybody else a call costs a comparison.
 *
 * A hold spins in a kprobe: the processor is kept, interrupts go on.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "injector/probe/current.bpf.h"
#include "injector/probe/stale_types.h"

const volatile struct stale_config config;

volatile struct stale_state state;

struct held {
	__u32 hold;
	__u64 deadline;
};

static __always_inline __u32 thread(void)
{
	return current_in(config.namespace_device, config.namespace_inode).pid;
}

static __always_inline __u64 return_address(struct pt_regs *registers)
{
#ifdef __TARGET_ARCH_x86
	__u64 address = 0;

	/* At its entry, on top of the stack. */
	bpf_probe_read_kernel(&address, sizeof(address), (void *)PT_REGS_SP(registers));
	return address;
#else
	return PT_REGS_RET(registers);
#endif
}

static long until_released(__u32 turn, struct held *held)
{
	return (held->hold ? state.released[STALE_AT_NODES] : state.released[STALE_AT_CHARGE]) ||
	       bpf_ktime_get_ns() >= held->deadline;
}

static __always_inline bool is_called_by(__u64 address, __u32 hold)
{
	for (int i = 0; i < STALE_CALLERS; i++)
		if (address >= config.caller[hold][i].first && address < config.caller[hold][i].end)
			return true;
	return false;
}

static __always_inline int hold_here(struct pt_regs *registers, __u32 hold)
{
	struct held held = { .hold = hold };
	__u64 now;

	if (!state.thread || state.next != hold || thread() != state.thread ||
	    !is_called_by(return_address(registers), hold))
		return 0;
	now = bpf_ktime_get_ns();
	held.deadline = now + (config.most < STALE_HOLD_MAX ? config.most : STALE_HOLD_MAX);
	state.next = hold + 1;
	state.reached[hold] = now;
	bpf_loop(1 << 23, until_released, &held, 0);
	if (!state.released[hold])
		state.expired++;
	state.left[hold] = bpf_ktime_get_ns();
	return 0;
}

SEC("kprobe")
int at_charge(struct pt_regs *registers)
{
	return hold_here(registers, STALE_AT_CHARGE);
}

SEC("kprobe")
int at_nodes(struct pt_regs *registers)
{
	return hold_here(registers, STALE_AT_NODES);
}

char terms[] SEC("license") = "GPL";
