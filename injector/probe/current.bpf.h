/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running thread. Include it after linux/bpf.h and bpf_helpers.h. */
#ifndef INJECTOR_PROBE_CURRENT_BPF_H
#define INJECTOR_PROBE_CURRENT_BPF_H

/* The thread's IDs in a PID namespace; zeros if it is outside of it. inode 0: the kernel has no PID
 * namespaces (CONFIG_PID_NS). */
static __always_inline struct bpf_pidns_info current_in(__u64 device, __u64 inode)
{
	struct bpf_pidns_info info = { .pid = 0, .tgid = 0 };
	__u64 numbers;

	if (inode) {
		bpf_get_ns_current_pid_tgid(device, inode, &info, sizeof(info));
		return info;
	}
	numbers = bpf_get_current_pid_tgid();
	info.pid = (__u32)numbers;
	info.tgid = numbers >> 32;
	return info;
}

#endif
