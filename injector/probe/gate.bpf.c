/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of the gate and the witness: programs at the functions that split folios and
 * look folios up. They count for the files and threads that witness.c adds, and hold (spin) as
 * configured. At the stores of a split another program runs the inspector. For other threads a
 * look-up costs one more hash look-up.
 *
 * Each hook has a program for fentry/fexit and one for kprobe/kretprobe; witness.c chooses which to
 * load, and the functions to which they are attached (hook_point.c).
 *
 * Nothing here sleeps. Splits run with interrupts off, so a hold there occupies its processor.
 */
#include "injector/probe/kernel_types.bpf.h"

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "injector/probe/gate_lookup.bpf.h"
#include "injector/probe/gate_split.bpf.h"

/* The result at an fexit. The context has the arguments; the result's place depends on their
 * number. */
static __always_inline __u64 result_of(void *ctx)
{
	__u64 result = 0;

	bpf_get_func_ret(ctx, &result);
	return result;
}

SEC("fentry")
int lookup_entry(__u64 *ctx)
{
	return lookup_begins((struct address_space *)ctx[0], ctx[1], NULL);
}

SEC("fexit")
int lookup_exit(__u64 *ctx)
{
	return lookup_ends((struct address_space *)ctx[0], ctx[1], (struct folio *)result_of(ctx));
}

SEC("fentry")
int read_entry(__u64 *ctx)
{
	return lookup_begins((struct address_space *)ctx[0], ctx[1], (struct folio_batch *)ctx[3]);
}

SEC("fexit")
int read_exit(__u64 *ctx)
{
	return lookup_ends((struct address_space *)ctx[0], ctx[1], NULL);
}

SEC("fentry")
int split_entry(__u64 *ctx)
{
	return split_begins((struct folio *)ctx[0], config.parts ? ctx[1] : 0,
			    config.parts ? ctx[2] : 0);
}

SEC("fexit")
int split_exit(__u64 *ctx)
{
	return split_ends((struct folio *)ctx[0], (int)result_of(ctx));
}

SEC("fentry")
int level_entry(__u64 *ctx)
{
	/* 6.1 has fewer arguments; before 6.15 a split has one level, to the last order. */
	return config.parts ? split_level((__u32)ctx[1], (__u32)ctx[2]) : split_level(0, 0);
}

SEC("fentry")
int stored_entry(__u64 *ctx)
{
	return split_stored();
}

SEC("kprobe")
int BPF_KPROBE(lookup_probe, struct address_space *mapping, unsigned long index)
{
	return lookup_begins(mapping, index, NULL);
}

SEC("kretprobe")
int BPF_KRETPROBE(lookup_return, struct folio *folio)
{
	return lookup_ends(NULL, 0, folio);
}

SEC("kprobe")
int BPF_KPROBE(read_probe, struct address_space *mapping, unsigned long index, unsigned long last,
	       struct folio_batch *batch)
{
	return lookup_begins(mapping, index, batch);
}

SEC("kretprobe")
int BPF_KRETPROBE(read_return)
{
	return lookup_ends(NULL, 0, NULL);
}

SEC("kprobe")
int BPF_KPROBE(split_probe, struct folio *folio, __u64 new_order, __u64 page)
{
	return split_begins(folio, new_order, page);
}

SEC("kretprobe")
int BPF_KRETPROBE(split_return, int error)
{
	return split_ends(NULL, error);
}

SEC("kprobe")
int BPF_KPROBE(level_probe, struct folio *folio, __u32 old_order, __u32 new_order)
{
	return config.parts ? split_level(old_order, new_order) : split_level(0, 0);
}

SEC("kprobe")
int BPF_KPROBE(stored_probe)
{
	return split_stored();
}

SEC("kprobe")
int BPF_KPROBE(level_call, void *xas, struct folio *folio, __u32 old_order)
{
	return split_level(old_order, old_order - 1);
}

SEC("kprobe")
int BPF_KPROBE(store_call)
{
	return split_store();
}

char _license[] SEC("license") = "GPL";
