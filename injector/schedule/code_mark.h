/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marks: numbers by which scripted threads report their steps, and readers their waiting, to an
 * engine, as the argument of a system call without effect. Does not use the C library. */
#ifndef INJECTOR_SCHEDULE_CODE_MARK_H
#define INJECTOR_SCHEDULE_CODE_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* The high bits of marks, which make a positive int that is not a scheduling policy. The low bits
 * are the thread, the step, and whether it ends. */
enum {
	CODE_MARK = 0x66000000,
	CODE_MARK_OVER = 0x66ffffff,  /* an iteration ends */
	CODE_MARK_OPEN = 0x66fffffe,  /* an iteration begins */
	CODE_MARK_OFFER = 0x66fffffd, /* a reader has announced what it will read */
	CODE_MARK_REST = 0x66fffffc,  /* it has read */
};

static inline uint32_t code_mark(unsigned int thread, uint64_t step, bool ends)
{
	return CODE_MARK | thread << 16 | (uint32_t)step << 1 | ends;
}

/* Offset in bytes of the policy in struct pt_regs, to which the function's first argument points:
 * regs->di, regs->regs[0]. */
enum { CODE_MARK_X86_64 = 112, CODE_MARK_ARM64 = 0 };

/* The kernel's function of the system call, as a name in a point. */
#define CODE_MARK_FUNCTION "__x64_sys_sched_get_priority_max|__arm64_sys_sched_get_priority_max"

#endif
