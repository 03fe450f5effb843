/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's code, read by a BPF program: for kernels without /proc/kcore (CONFIG_PROC_KCORE).
 * One that is locked down for confidentiality refuses it as well. */
#ifndef INJECTOR_PROBE_BPF_CODE_H
#define INJECTOR_PROBE_BPF_CODE_H

#include <stddef.h>
#include <stdint.h>

struct bpf_code;

/* Loads the program. code: set on success only, for bpf_code_close(). Returns 0 or -errno, not
 * reported. */
int bpf_code_open(struct bpf_code **code);

/* A code_reader of kernel_text.h, whose context is the struct bpf_code. One thread at a time. */
int bpf_code_read(void *context, uint64_t address, void *into, size_t size);

/* NULL is fine. */
void bpf_code_close(struct bpf_code *code);

#endif
