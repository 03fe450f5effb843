/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often the kernel left out a program that was due: where it ran already on that processor, or,
 * of a return, where too many calls were under way. */
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
