/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all loaders of BPF programs share: libbpf's complaints, and who a thread is to a program. */
#ifndef INJECTOR_PROBE_BPF_LOAD_H
#define INJECTOR_PROBE_BPF_LOAD_H

#include <linux/types.h>
#include <stddef.h>

/* Has libbpf complain to bpf_load_complaint(), not to standard error, and forgets what it said. */
void bpf_load_listen(void);

/* What libbpf complained of first since then: the reason behind its -EINVAL; "" for nothing. Each
 * call of bpf_load_listen() makes it new. One thread at a time. */
const char *bpf_load_complaint(void);

/* Says in `why`, of `size` bytes, that loading failed with -errno, with the complaint at hand and
 * whether the kernel is locked down or has no compiler for them. Returns error. */
int bpf_load_explain(int error, char *why, size_t size);

/* The PID namespace of this process, for bpf_get_ns_current_pid_tgid(). inode: 0 where the kernel
 * has no such namespaces. Returns 0 or -errno. */
int bpf_load_namespace(__u64 *device, __u64 *inode);

/* A device number as the kernel keeps it. */
__u64 bpf_load_device(unsigned long device);

#endif
