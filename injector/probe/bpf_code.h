/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the kernel's code by a BPF program, for kernels without /proc/kcore (CONFIG_PROC_KCORE). A
 * kernel in confidentiality lockdown refuses both. */
#ifndef INJECTOR_PROBE_BPF_CODE_H
#define INJECTOR_PROBE_BPF_CODE_H

#include <stddef.h>
#include <stdint.h>

struct bpf_code;

/* Loads the program. code: set on success only. Returns 0 or -errno, not reported. Release with
 * bpf_code_close(). */
int bpf_code_open(struct bpf_code **code);

/* A code_reader of kernel_text.h. context: the struct bpf_code. One thread at a time. */
int bpf_code_read(void *context, uint64_t address, void *into, size_t size);

/* NULL is allowed. */
void bpf_code_close(struct bpf_code *code);

#endif
