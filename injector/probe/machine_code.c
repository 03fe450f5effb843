/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/machine_code.h"

#include <capstone.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	cs_arch arch;
	cs_mode mode;
} isas[] = {
	[MACHINE_X86_64] = { CS_ARCH_X86, CS_MODE_64 },
	[MACHINE_ARM64] = { CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN },
};

int machine_isa_here(void)
{
#if defined(__x86_64__)
	return MACHINE_X86_64;
#elif defined(__aarch64__)
	return MACHINE_ARM64;
#else
	return -ENOTSUP;
#endif
}

/* The target of a call or jump, which is its last operand. */
static uint64_t target_of(enum machine_isa isa, const cs_detail *detail)
{
	if (isa == MACHINE_X86_64) {
		const cs_x86 *x86 = &detail->x86;
		const cs_x86_op *last = &x86->operands[x86->op_count - 1];

		return x86->op_count && last->type == X86_OP_IMM ? (uint64_t)last->imm : 0;
	}
	return detail->arm64.op_count && detail->arm64.operands[detail->arm64.op_count - 1].type ==
						 ARM64_OP_IMM
		       ? (uint64_t)detail->arm64.operands[detail->arm64.op_count - 1].imm
		       : 0;
}

static enum machine_flow flow_of(enum machine_isa isa, csh handle, const cs_insn *insn)
{
	if (cs_insn_group(handle, insn, CS_GRP_RET))
		return FLOW_RETURN;
	/* capstone counts BL and BLR as jumps. */
	if (isa == MACHINE_ARM64 && (insn->id == ARM64_INS_BL || insn->id == ARM64_INS_BLR))
		return FLOW_CALL;
	if (cs_insn_group(handle, insn, CS_GRP_CALL))
		return FLOW_CALL;
	return cs_insn_group(handle, insn, CS_GRP_JUMP) ||
			       cs_insn_group(handle, insn, CS_GRP_BRANCH_RELATIVE)
		       ? FLOW_JUMP
		       : FLOW_ON;
}

enum { INSTRUCTION_MAX = 15 }; /* bytes, of x86 */

/* The position in the code. */
struct place {
	const uint8_t *code;
	size_t left;
	uint64_t address;
};

/*
 * UD1 (0f b9), which x86 kernels use for warnings from 6.19 on, has operands that capstone 4 does
 * not decode. It is as long as IMUL (0f af) with the same operands. Returns its length; 0: it is
 * cut off.
 */
static size_t length_of_ud1(csh handle, const struct place *place, size_t opcode_end)
{
	uint8_t copy[INSTRUCTION_MAX] = { 0 };
	size_t size = place->left < sizeof(copy) ? place->left : sizeof(copy), length = 0;
	cs_insn *imul;

	memcpy(copy, place->code, size);
	copy[opcode_end - 1] = 0xaf;
	if (cs_disasm(handle, copy, size, place->address, 1, &imul)) {
		length = imul->id ? imul->size : 0;
		cs_free(imul, 1);
	}
	return length;
}

/* Returns where the opcode of UD1 ends, after its prefixes; 0: it is another instruction. By its
 * bytes: releases of capstone name it differently. */
static size_t end_of_ud1_opcode(enum machine_isa isa, const uint8_t *code, size_t size)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
					    0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	size_t at = 0;

	if (isa != MACHINE_X86_64)
		return 0;
	if (size > INSTRUCTION_MAX)
		size = INSTRUCTION_MAX;
	while (at < size && memchr(prefixes, code[at], sizeof(prefixes)))
		at++;
	if (at < size && (code[at] & 0xf0) == 0x40) /* REX */
		at++;
	return at + 2 <= size && code[at] == 0x0f && code[at + 1] == 0xb9 ? at + 2 : 0;
}

static int show(enum machine_isa isa, csh handle, cs_insn *insn, struct place *place,
		struct machine_instruction *instruction)
{
	struct place before = *place;
	const size_t opcode_end = end_of_ud1_opcode(isa, before.code, before.left);
	size_t ud1;

	if (!cs_disasm_iter(handle, &place->code, &place->left, &place->address, insn))
		return -ENODATA;
	*instruction = (struct machine_instruction){ .address = before.address };
	if (opcode_end) {
		ud1 = length_of_ud1(handle, &before, opcode_end);
		if (!ud1)
			return -ENODATA;
		*place = (struct place){ before.code + ud1, before.left - ud1,
					 before.address + ud1 };
	} else if (insn->id) {
		instruction->flow = flow_of(isa, handle, insn);
	}
	instruction->next = place->address;
	if (instruction->flow == FLOW_CALL || instruction->flow == FLOW_JUMP)
		instruction->target = target_of(isa, insn->detail);
	return 0;
}

int machine_code_walk(enum machine_isa isa, const void *code, size_t size, uint64_t address,
		      int (*visit)(void *context, const struct machine_instruction *instruction),
		      void *context)
{
	struct place place = { code, size, address };
	struct machine_instruction instruction;
	cs_insn *insn;
	csh handle;
	int r = 0;

	if (cs_open(isas[isa].arch, isas[isa].mode, &handle))
		return -ENOTSUP;
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	cs_option(handle, CS_OPT_SKIPDATA, CS_OPT_ON);
	insn = cs_malloc(handle);
	if (!insn)
		r = -ENOMEM;
	while (!r && !show(isa, handle, insn, &place, &instruction))
		r = visit(context, &instruction);
	if (insn)
		cs_free(insn, 1);
	cs_close(&handle);
	return r;
}
