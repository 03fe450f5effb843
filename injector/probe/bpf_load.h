/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all loaders of BPF programs share: libbpf's warnings, and the PID namespace for programs. */
#ifndef INJECTOR_PROBE_BPF_LOAD_H
#define INJECTOR_PROBE_BPF_LOAD_H

#include <linux/types.h>
#include <stddef.h>

/* Redirects libbpf's warnings from standard error to bpf_load_complaint(), and clears that. */
void bpf_load_listen(void);

/* libbpf's first warning since bpf_load_listen(), the reason behind its -EINVAL; "" for none. A
 * static string, valid until the next bpf_load_listen(). One thread at a time. */
const char *bpf_load_complaint(void);

/* Writes to `why` that loading failed with error (negative errno), with the warning, and whether
 * the kernel is locked down or lacks a JIT compiler. Returns error. */
int bpf_load_explain(int error, char *why, size_t size);

/* The PID namespace of this process, for bpf_get_ns_current_pid_tgid(). inode: 0 if the kernel has
 * no PID namespaces. Returns 0 or -errno. */
int bpf_load_namespace(__u64 *device, __u64 *inode);

/* A device number of stat(2) in the kernel's format: major << 20 | minor. */
__u64 bpf_load_device(unsigned long device);

#endif
