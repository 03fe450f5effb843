/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points in the kernel's code, as a schedule names them, and the addresses that they have in one
 * kernel. The grammar, F and G being functions:
 *
 *   where a role stops   what a role does              its address
 *   begin                begins                        none: in user space, before its operation
 *   entry of F           enters F                      the first instruction of F
 *   return of F          returns from F                that of entry of F: see below
 *   F calls G            calls G in F                  the call, or the jump that stands for one
 *   return from G in F   returns from G in F           the instruction behind the call
 *   F+0xN                reaches F+0xN                 that instruction
 *   step N               begins step N                 of a scripted thread, which tells it:
 *   end of step N        ends step N                   see below
 *
 * F and G may each be several names, "A|B", of one thing that kernels call differently: those that
 * the kernel has all count.
 *
 * A function has as many ways out as the compiler likes, some of them by a tail call and some by a
 * thunk that the kernel patches as it boots. So a return is not looked for in the code: who stops
 * at one stops at the entry, takes the return address (x86-64: of the top of the stack; arm64: of
 * the link register), and stops there, once the stack is back.
 *
 * A scripted thread tells of its steps by a system call that asks for the limits of a scheduling
 * policy that there is not: sched_get_priority_max(CODE_MARK + ...). It has no effect, and takes a
 * number that an engine sees at the entry of the function.
 */
#ifndef INJECTOR_SCHEDULE_CODE_POINT_H
#define INJECTOR_SCHEDULE_CODE_POINT_H

#include "injector/probe/kernel_text.h"
#include "injector/schedule/code_mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A name in a point, or several, its end included. */
enum { CODE_POINT_NAME = 128 };

enum code_point_kind {
	POINT_BEGIN,
	POINT_ENTRY,
	POINT_RETURN,
	POINT_CALL,
	POINT_RETURN_FROM,
	POINT_OFFSET,
	POINT_STEP,
	POINT_STEP_END,
};

struct code_point {
	enum code_point_kind kind;
	char function[CODE_POINT_NAME]; /* F; "" for POINT_BEGIN; of steps CODE_MARK_FUNCTION */
	char callee[CODE_POINT_NAME];   /* G, of POINT_CALL and POINT_RETURN_FROM */
	uint64_t offset;                /* of POINT_OFFSET, bytes; of steps their number, from 0 */
};

static inline bool code_point_is_step(const struct code_point *point)
{
	return point->kind == POINT_STEP || point->kind == POINT_STEP_END;
}

/* Reads a point in the form of where a role stops. point: set on success only. Returns 0; -EINVAL,
 * and why says what is allowed. */
int code_point_parse(const char *text, struct code_point *point, char *why, size_t size);

/* The same in the form of what a role does: "enters filemap_get_entry". */
int code_point_parse_deed(const char *text, struct code_point *point, char *why, size_t size);

/* Whether a name is one of those that F or G stands for. names: "A|B". */
bool code_point_names(const char *names, const char *name);

/* Writes it as it is read. Returns text, which holds `size` bytes. */
const char *code_point_text(const struct code_point *point, char *text, size_t size);
const char *code_point_deed(const struct code_point *point, char *text, size_t size);

bool code_point_same(const struct code_point *a, const struct code_point *b);

/*
 * Finds the addresses of a point in one kernel, all of which count. Compilers move rare blocks to
 * F.cold, and make F.isra.0, F.constprop.0 or F.part.0 of F: they are F, and why says so where F
 * stands for another name than its own.
 * addresses: holds `most`. why: such a remark, or ""; on failure, what the kernel has instead.
 * Returns how many addresses there are, 0 for POINT_BEGIN alone; -ENOENT no such function, call or
 * instruction; -ENOTUNIQ several functions of that name; -EPERM the kernel hides its addresses, or
 * lists no functions; -E2BIG more than `most`; what kernel->read() returns. Not reported.
 */
int code_point_resolve(const struct code_point *point, const struct kernel_text *kernel,
		       uint64_t *addresses, size_t most, char *why, size_t size);

#endif
