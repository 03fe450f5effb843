/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripted threads say of their steps, and readers of their waiting: a number, to a system
 * call that does nothing with it. Without the C library. */
#ifndef INJECTOR_SCHEDULE_CODE_MARK_H
#define INJECTOR_SCHEDULE_CODE_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* What marks begin with: no policy, and a positive int. Behind it: the thread, the step, whether it
 * ends. */
enum {
	CODE_MARK = 0x66000000,
	CODE_MARK_OVER = 0x66ffffff,
	CODE_MARK_OPEN = 0x66fffffe,
	CODE_MARK_OFFER = 0x66fffffd, /* a reader has come, and said what it will read */
	CODE_MARK_REST = 0x66fffffc,  /* it has read */
};

static inline uint32_t code_mark(unsigned int thread, uint64_t step, bool ends)
{
	return CODE_MARK | thread << 16 | (uint32_t)step << 1 | ends;
}

/* Where the policy is in the memory that the first argument of the function leads to, bytes:
 * regs->di, regs->regs[0]. */
enum { CODE_MARK_X86_64 = 112, CODE_MARK_ARM64 = 0 };

/* The function, as a name in a point. */
#define CODE_MARK_FUNCTION "__x64_sys_sched_get_priority_max|__arm64_sys_sched_get_priority_max"

#endif
