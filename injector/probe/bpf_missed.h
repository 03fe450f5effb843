/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often the kernel skipped a BPF program: because one was running on that processor already,
 * or, at a return, because too many calls were in progress. */
#ifndef INJECTOR_PROBE_BPF_MISSED_H
#define INJECTOR_PROBE_BPF_MISSED_H

#include <stdint.h>

/* Adds what the program of that file descriptor missed. Returns 0; -ENOTSUP when the kernel does
 * not count it (before 5.12). */
int bpf_missed_by_program(int fd, uint64_t *missed);

/* Adds what the probe of that link missed; nothing for a link of another kind, whose program says
 * it all. Returns 0; -ENOTSUP when the kernel does not count it (before 6.7). */
int bpf_missed_by_link(int fd, uint64_t *missed);

#endif
