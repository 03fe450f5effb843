/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's gdb stub, as a client: stops a guest, lets single processors go on, reads and writes its
 * memory and registers, sets breakpoints. The protocol is gdb's remote serial protocol
 * (docs/system/gdb.rst of QEMU); a thread of it is a processor of the guest.
 *
 * All stop: when one processor comes to a breakpoint all stand still, and what is resumed is said
 * each time. While the guest runs nothing may be asked of it, since any byte stops it (QEMU 7.2,
 * gdb_read_byte()): stop it first. Each wait for an answer is bounded: a stub
 * that does not answer is -ETIMEDOUT, and of no use any more.
 */
#ifndef TOOLS_CONDUCT_GDB_STUB_H
#define TOOLS_CONDUCT_GDB_STUB_H

#include "injector/probe/machine_code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GDB_STUB_CPUS = 64,
	GDB_STUB_CHUNK = 2048, /* bytes of memory in one answer; QEMU's packets have 4096 */
	GDB_STUB_WRITE =
		1024, /* in one request, which QEMU 7.2 drops where it is longer than that */
};

enum { GDB_ARGUMENTS = 6 }; /* in registers of x86-64; arm64 has two more */

enum { GDB_STUB_OWED = 64 }; /* answers at most that are still to come */

/* The registers that matter. */
struct gdb_registers {
	uint64_t argument[GDB_ARGUMENTS]; /* of a function, at its entry */
	uint64_t result;                  /* of one that has returned */
	uint64_t stack, address;          /* address: of the next instruction */
	uint64_t link; /* where a function comes back to, at its entry; 0: that is on the stack */
	uint64_t
		/* pthread_self() of the thread that runs; UINT64_MAX: the stub does not say */
		thread;
	bool interruptible; /* the processor takes interrupts */
};

struct gdb_stub {
	int fd; /* a stream socket, the caller's */
	enum machine_isa isa;
	uint64_t patience; /* ns */
	size_t used;
	bool physical, has_physical; /* memory is addressed so; it has been, so the stub can */
	/* Requests whose answers are to be OK, and what else is returned: sent with the next
	 * request that has to be waited for, or as the guest goes on. */
	int owed[GDB_STUB_OWED];
	unsigned int owed_count;
	size_t unsent;
	uint64_t steps, stops, requests, sends;
	char buffer[1 << 16];
	char out[1 << 14];
};

/* Why the guest stopped. */
struct gdb_stop {
	unsigned int cpu;
	bool watched; /* by an access that gdb_stub_watch() is for, which has been made */
	bool asked;   /* by gdb_stub_stop(), or by nobody we know; else at a breakpoint */
};

/* Begins to talk, which stops the guest. fd: connected to QEMU; isa: of the guest; patience: bound
 * of each wait for an answer, ns. Returns 0; -ETIMEDOUT; -EPROTO it is not what a stub says;
 * -ECONNRESET QEMU has gone. Not reported, like all others. */
int gdb_stub_open(struct gdb_stub *stub, int fd, enum machine_isa isa, uint64_t patience);

/* Stops a guest that runs. When it has just come to a breakpoint, that is the stop. Returns as
 * above. */
int gdb_stub_stop(struct gdb_stub *stub, struct gdb_stop *stop);

/* Lets the processors of the set (bit n: processor n) go on; the others stand still. count: that
 * the guest has, 1 to GDB_STUB_CPUS. Returns as above; -EINVAL nobody is in the set. */
int gdb_stub_resume(struct gdb_stub *stub, uint64_t cpus, unsigned int count);

/* Waits for a guest that runs to stop by itself. Returns 0; -EAGAIN it has not within `ns`, and
 * runs; else as above. */
int gdb_stub_wait(struct gdb_stub *stub, uint64_t ns, struct gdb_stop *stop);

/* One instruction of one processor, the others stand still. The guest is stopped before and
 * after. */
int gdb_stub_step(struct gdb_stub *stub, unsigned int cpu);

/* Of a stopped processor. */
int gdb_stub_registers(struct gdb_stub *stub, unsigned int cpu, struct gdb_registers *registers);

/* Where a function that is about to be entered comes back to, and the stack pointer when it has.
 * registers: at its entry; address: 0 where the stack cannot be read. */
int gdb_stub_return(struct gdb_stub *stub, const struct gdb_registers *registers, uint64_t *address,
		    uint64_t *stack);

/* Memory at an address of the kernel, or a physical one. Returns 0; -EFAULT there is none;
 * -EMSGSIZE more than GDB_STUB_WRITE bytes to write; else as above. */
int gdb_stub_read(struct gdb_stub *stub, uint64_t address, void *data, size_t size);
int gdb_stub_read_physical(struct gdb_stub *stub, uint64_t address, void *data, size_t size);

/* The same to write. It is done before what is asked next, or before the guest goes on, which
 * returns its error. */
int gdb_stub_write_physical(struct gdb_stub *stub, uint64_t address, const void *data, size_t size);

/* Sets or clears a hardware breakpoint, which also catches code in which no other can be set. Done
 * as writes are. Returns 0; -ENOSPC: the accelerator has no more of them (KVM: four); else as
 * above. */
int gdb_stub_break(struct gdb_stub *stub, uint64_t address, bool set);

/* Sets or clears a watch over reads of a range of virtual addresses, of whatever process. Done as
 * writes are. Returns 0; -ENOSPC: the accelerator cannot (KVM: more than 8 bytes); else as
 * above. */
int gdb_stub_watch(struct gdb_stub *stub, uint64_t address, uint64_t size, bool set);

/* Does what is not done yet of that. */
int gdb_stub_settle(struct gdb_stub *stub);

/* Takes leave: breakpoints go, the guest runs on. */
int gdb_stub_close(struct gdb_stub *stub);

#endif
