/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machine code, decoded (by capstone) as far as it says where the processor goes next. */
#ifndef INJECTOR_PROBE_MACHINE_CODE_H
#define INJECTOR_PROBE_MACHINE_CODE_H

#include <stddef.h>
#include <stdint.h>

enum machine_isa { MACHINE_X86_64, MACHINE_ARM64 };

enum machine_flow {
	FLOW_ON, /* to the next instruction */
	FLOW_CALL,
	FLOW_JUMP, /* conditional ones as well */
	FLOW_RETURN,
};

struct machine_instruction {
	uint64_t address, next; /* next: of the one behind it */
	uint64_t target;        /* of a call or jump; 0: a register or memory has it */
	enum machine_flow flow;
};

/* The ISA of this machine; -ENOTSUP: it is none of those. */
int machine_isa_here(void);

/*
 * Shows each instruction of `size` bytes of code that lie at `address`. What cannot be decoded is
 * passed over as one of a byte (arm64: of a word).
 * visit: returns 0 to go on, another value to end; that is returned. Returns 0; -ENOTSUP: capstone
 * does not know the ISA; -ENOMEM.
 */
int machine_code_walk(enum machine_isa isa, const void *code, size_t size, uint64_t address,
		      int (*visit)(void *context, const struct machine_instruction *instruction),
		      void *context);

#endif
