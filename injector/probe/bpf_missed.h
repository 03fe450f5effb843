/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts how often the kernel skipped a BPF program: because one was running on that processor
 * already, or, at a return, because too many calls were in progress. */
#ifndef INJECTOR_PROBE_BPF_MISSED_H
#define INJECTOR_PROBE_BPF_MISSED_H

#include <stdint.h>

/* Adds how often the program of a descriptor was skipped. Returns 0; -ENOTSUP the kernel does not
 * count that (before 5.12). */
int bpf_missed_by_program(int fd, uint64_t *missed);

/* Adds how often the kprobe of a link's descriptor was skipped; nothing for other links, whose
 * program counts all. Returns 0; -ENOTSUP the kernel does not count that (before 6.7). */
int bpf_missed_by_link(int fd, uint64_t *missed);

#endif
