/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/probe/machine_code.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { ADDRESS = 0x10000000, SEEN_MAX = 32 };

struct seen {
	struct machine_instruction items[SEEN_MAX];
	size_t count, most;
};

static int see(void *context, const struct machine_instruction *instruction)
{
	struct seen *seen = context;

	seen->items[seen->count++] = *instruction;
	return seen->count == seen->most ? -EBUSY : 0;
}

static int walk(struct seen *seen, enum machine_isa isa, const void *code, size_t size)
{
	seen->count = 0;
	seen->most = SEEN_MAX;
	return machine_code_walk(isa, code, size, ADDRESS, see, seen);
}

/* Lengths and addresses are from ADDRESS on; target 0: none. */
struct row {
	size_t length;
	const char *code;
	enum machine_flow flow;
	uint64_t target;
};

static void walk_rows(enum machine_isa isa, const struct row *rows, size_t count)
{
	uint8_t code[256];
	struct seen seen;
	size_t size = 0;
	uint64_t at = ADDRESS;

	for (size_t i = 0; i < count; size += rows[i++].length)
		memcpy(code + size, rows[i].code, rows[i].length);
	CU_ASSERT_EQUAL(walk(&seen, isa, code, size), 0);
	CU_ASSERT_EQUAL_FATAL(seen.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct machine_instruction *got = &seen.items[i];
		uint64_t target = rows[i].target ? ADDRESS + rows[i].target : 0;

		if (got->address != at || got->flow != rows[i].flow || got->target != target)
			printf("\n    row %zu: %" PRIx64 " flow %d target %" PRIx64, i,
			       got->address, (int)got->flow, got->target);
		CU_ASSERT_EQUAL(got->address, at);
		at += rows[i].length;
		CU_ASSERT_EQUAL(got->next, at);
		CU_ASSERT_EQUAL(got->flow, rows[i].flow);
		CU_ASSERT_EQUAL(got->target, target);
	}
}

static void x86(void)
{
	static const struct row rows[] = {
		{ 4, "\xf3\x0f\x1e\xfa", FLOW_ON, 0 },                   /* endbr64 */
		{ 5, "\x0f\x1f\x44\x00\x00", FLOW_ON, 0 },               /* nop */
		{ 5, "\xe8\x10\x00\x00\x00", FLOW_CALL, 14 + 0x10 },     /* call */
		{ 5, "\xe9\x10\x00\x00\x00", FLOW_JUMP, 19 + 0x10 },     /* jmp */
		{ 6, "\x0f\x84\x10\x00\x00\x00", FLOW_JUMP, 25 + 0x10 }, /* je */
		{ 2, "\x74\x02", FLOW_JUMP, 27 + 2 },
		{ 2, "\xff\xd0", FLOW_CALL, 0 },                         /* call *%rax */
		{ 6, "\xff\x15\x01\x00\x00\x00", FLOW_CALL, 0 },         /* call *1(%rip) */
		{ 3, "\x41\xff\xe3", FLOW_JUMP, 0 },                     /* jmp *%r11 */
		{ 6, "\x2e\xe8\x10\x00\x00\x00", FLOW_CALL, 44 + 0x10 }, /* cs call */
		{ 2, "\x0f\x0b", FLOW_ON, 0 },                           /* ud2 */
		/* Bytes of a call within another instruction: mov $0x10e8,%eax */
		{ 5, "\xb8\xe8\x10\x00\x00", FLOW_ON, 0 },
		/* Not to be decoded in this mode. */
		{ 1, "\x06", FLOW_ON, 0 },
		{ 1, "\xc3", FLOW_RETURN, 0 },
		{ 3, "\xc2\x08\x00", FLOW_RETURN, 0 },
		{ 1, "\xcc", FLOW_ON, 0 },
	};

	walk_rows(MACHINE_X86_64, rows, ARRAY_SIZE(rows));
}

/* As 6.19 and later have them where they warn: what follows is decoded from its begin. */
static void x86_ud1(void)
{
	static const struct row rows[] = {
		{ 5, "\x67\x48\x0f\xb9\x39", FLOW_ON, 0 }, /* ud1 (%ecx),%rdi */
		{ 5, "\xe8\x10\x00\x00\x00", FLOW_CALL, 10 + 0x10 },
		{ 5, "\x67\x0f\xb9\x40\xe8", FLOW_ON, 0 }, /* ud1 -24(%eax),%eax */
		{ 9, "\x67\x0f\xb9\x84\x08\xe8\xe8\xe8\xe8", FLOW_ON, 0 },
		{ 1, "\xc3", FLOW_RETURN, 0 },
	};
	struct seen seen;

	walk_rows(MACHINE_X86_64, rows, ARRAY_SIZE(rows));
	CU_ASSERT_EQUAL(walk(&seen, MACHINE_X86_64, "\x90\x67\x0f\xb9\x40", 5), 0);
	CU_ASSERT_EQUAL(seen.count, 1);
}

static void arm64(void)
{
	static const struct row rows[] = {
		{ 4, "\x10\x00\x00\x94", FLOW_CALL, 0x40 },     /* bl */
		{ 4, "\x10\x00\x00\x14", FLOW_JUMP, 4 + 0x40 }, /* b */
		{ 4, "\x41\x00\x00\x54", FLOW_JUMP, 8 + 8 },    /* b.ne */
		{ 4, "\x40\x00\x00\xb4", FLOW_JUMP, 12 + 8 },   /* cbz */
		{ 4, "\x40\x00\x18\x36", FLOW_JUMP, 16 + 8 },   /* tbz */
		{ 4, "\x00\x00\x3f\xd6", FLOW_CALL, 0 },        /* blr */
		{ 4, "\x00\x00\x1f\xd6", FLOW_JUMP, 0 },        /* br */
		{ 4, "\x3f\x23\x03\xd5", FLOW_ON, 0 },          /* paciasp */
		{ 4, "\x00\x00\x21\xd4", FLOW_ON, 0 },          /* brk */
		{ 4, "\x01\x00\x00\x00", FLOW_ON, 0 },          /* none */
		{ 4, "\xc0\x03\x5f\xd6", FLOW_RETURN, 0 },
	};

	walk_rows(MACHINE_ARM64, rows, ARRAY_SIZE(rows));
}

static void ends(void)
{
	struct seen seen = { .most = 2 };

	CU_ASSERT_EQUAL(machine_code_walk(MACHINE_X86_64, "\x90\x90\x90", 3, ADDRESS, see, &seen),
			-EBUSY);
	CU_ASSERT_EQUAL(seen.count, 2);
	CU_ASSERT_EQUAL(walk(&seen, MACHINE_X86_64, "", 0), 0);
	CU_ASSERT_EQUAL(seen.count, 0);
	/* A call that is cut off is none: a byte of data and an addition. */
	CU_ASSERT_EQUAL(walk(&seen, MACHINE_X86_64, "\xe8\x00\x00", 3), 0);
	CU_ASSERT_EQUAL(seen.count, 2);
	for (size_t i = 0; i < seen.count; i++)
		CU_ASSERT_EQUAL(seen.items[i].flow, FLOW_ON);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "x86-64", x86 },  { "x86-64: warnings", x86_ud1 },
		{ "arm64", arm64 }, { "where it ends", ends },
		CU_TEST_INFO_NULL,
	};

	return run_suite("machine code", tests);
}
