/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decodes machine code (by capstone), as far as control flow needs. */
#ifndef INJECTOR_PROBE_MACHINE_CODE_H
#define INJECTOR_PROBE_MACHINE_CODE_H

#include <stddef.h>
#include <stdint.h>

enum machine_isa { MACHINE_X86_64, MACHINE_ARM64 };

enum machine_flow {
	FLOW_ON, /* continues with the next instruction */
	FLOW_CALL,
	FLOW_JUMP, /* conditional ones as well */
	FLOW_RETURN,
};

struct machine_instruction {
	uint64_t address, next; /* next: of the following one */
	uint64_t target;        /* of a call or jump; 0: in a register or memory */
	enum machine_flow flow;
};

/* The enum machine_isa of this machine; -ENOTSUP: another ISA. */
int machine_isa_here(void);

/*
 * Calls `visit` for each instruction of `size` bytes of code, whose address in the kernel is
 * `address`, until it returns not 0. Bytes that cannot be decoded count as instructions of a byte
 * (arm64: of a word). Returns visit's last value; -ENOTSUP capstone lacks the ISA; -ENOMEM.
 */
int machine_code_walk(enum machine_isa isa, const void *code, size_t size, uint64_t address,
		      int (*visit)(void *context, const struct machine_instruction *instruction),
		      void *context);

#endif
