/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points in the kernel's code, as a schedule names them, and their addresses in a kernel. The
 * grammar, where F and G are functions:
 *
 *   where a role stops   what a role does              its address
 *   begin                begins                        none: in user space, before its operation
 *   entry of F           enters F                      the first instruction of F
 *   return of F          returns from F                that of entry of F: see below
 *   F calls G            calls G in F                  the call, or the jump of a tail call
 *   return from G in F   returns from G in F           the instruction after the call
 *   F+0xN                reaches F+0xN                 that instruction
 *   step N               begins step N                 of a scripted thread, by its mark:
 *   end of step N        ends step N                   see below
 *
 * F and G may each be several names, "A|B", that different kernels have for one function; all that
 * the kernel has count.
 *
 * A function may return at many places, by tail calls and by thunks that the kernel patches at
 * boot. So a return is not found in the code: an engine stops at the entry, takes the return
 * address (x86-64: from the top of the stack; arm64: from the link register), and stops there once
 * the stack pointer is back.
 *
 * A scripted thread reports its steps by a system call without effect, which asks for the limits of
 * a nonexistent scheduling policy: sched_get_priority_max(CODE_MARK + ...). An engine sees the
 * number at the entry of the kernel's function.
 */
#ifndef INJECTOR_SCHEDULE_CODE_POINT_H
#define INJECTOR_SCHEDULE_CODE_POINT_H

#include "injector/probe/kernel_text.h"
#include "injector/schedule/code_mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a name, or of several, in a point, with the NUL. */
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
	uint64_t offset;                /* of POINT_OFFSET: bytes; of steps: number, from 0 */
};

static inline bool code_point_is_step(const struct code_point *point)
{
	return point->kind == POINT_STEP || point->kind == POINT_STEP_END;
}

/* Parses a point in the form of the first column, where a role stops. point: set on success only.
 * Returns 0; -EINVAL, and why says what is allowed. */
int code_point_parse(const char *text, struct code_point *point, char *why, size_t size);

/* The same in the form of the second column: "enters filemap_get_entry". */
int code_point_parse_deed(const char *text, struct code_point *point, char *why, size_t size);

/* Whether a name is one of `names`, "A|B". */
bool code_point_names(const char *names, const char *name);

/* Write a point in the form of the first column, or of the second. Return text, which holds `size`
 * bytes. */
const char *code_point_text(const struct code_point *point, char *text, size_t size);
const char *code_point_deed(const struct code_point *point, char *text, size_t size);

bool code_point_same(const struct code_point *a, const struct code_point *b);

/*
 * Finds all addresses of a point in a kernel. Compilers move rare blocks to F.cold, and turn F into
 * F.isra.0, F.constprop.0 or F.part.0: they count as F, and why names them.
 * addresses: room for `most`. why: such a remark, or ""; on failure, what the kernel has instead.
 * Returns the number of addresses, 0 only for POINT_BEGIN; -ENOENT no such function, call or
 * instruction; -ENOTUNIQ several functions of that name; -EPERM the kernel hides its addresses, or
 * lists no functions; -E2BIG more than `most`; an error of kernel->read(). Not reported.
 */
int code_point_resolve(const struct code_point *point, const struct kernel_text *kernel,
		       uint64_t *addresses, size_t most, char *why, size_t size);

#endif
