/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of QEMU's gdb stub: stops a guest, lets single processors go on, reads its registers,
 * reads and writes its memory, sets breakpoints. The protocol is gdb's remote serial protocol
 * (docs/system/gdb.rst of QEMU); its threads are the guest's processors.
 *
 * The stub is in all-stop mode: when one processor reaches a breakpoint, all stop, and each resume
 * names the processors that go on. While the guest runs, send no request: any byte stops the guest
 * (QEMU 7.2, gdb_read_byte()). Each wait for an answer is bounded; after -ETIMEDOUT the stub can no
 * longer be used.
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
		1024, /* bytes of memory in one write request; QEMU 7.2 drops longer ones */
};

enum { GDB_ARGUMENTS = 6 }; /* in registers of x86-64; arm64 has two more */

enum { GDB_STUB_OWED = 64 }; /* most answers that are outstanding */

/* The registers that are used. */
struct gdb_registers {
	uint64_t argument[GDB_ARGUMENTS]; /* of a function, at its entry */
	uint64_t result;                  /* of a function that has returned */
	uint64_t stack, address;          /* address: of the next instruction */
	uint64_t link; /* return address at the entry of a function; 0: it is on the stack */
	uint64_t
		/* pthread_self() of the running thread; UINT64_MAX: the stub does not tell */
		thread;
	bool interruptible; /* interrupts are enabled */
};

struct gdb_stub {
	int fd; /* a stream socket, the caller's */
	enum machine_isa isa;
	uint64_t patience; /* ns */
	size_t used;
	bool runs;                   /* the guest was resumed, and no stop has come */
	bool physical, has_physical; /* physical addresses are on; the stub supports them */
	/* The errors to return if the outstanding answers are not OK. Their requests are sent with
	 * the next request whose answer is needed, or when the guest is resumed. */
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
	bool watched; /* by an access under gdb_stub_watch(), which has been done */
	bool asked;   /* by gdb_stub_stop(), or for an unknown reason; else at a breakpoint */
};

/* Opens the connection, which stops the guest. fd: connected to QEMU; isa: of the guest; patience:
 * limit of each wait for an answer, ns. Returns 0; -ETIMEDOUT; -EPROTO: an invalid answer;
 * -ECONNRESET: QEMU has ended. Errors are not reported; likewise below. */
int gdb_stub_open(struct gdb_stub *stub, int fd, enum machine_isa isa, uint64_t patience);

/* Stops a running guest. If it has just reached a breakpoint, `stop` is that. Returns as above. */
int gdb_stub_stop(struct gdb_stub *stub, struct gdb_stop *stop);

/* Resumes the processors in the bitmap `cpus`; the others stay stopped. count: processors of the
 * guest, 1 to GDB_STUB_CPUS. Returns as above; -EINVAL: the set is empty. */
int gdb_stub_resume(struct gdb_stub *stub, uint64_t cpus, unsigned int count);

/* Waits until a running guest stops by itself. Returns as above; -EAGAIN: it has not within `ns`,
 * and still runs. */
int gdb_stub_wait(struct gdb_stub *stub, uint64_t ns, struct gdb_stop *stop);

/* Executes one instruction of one processor of a stopped guest. The others stay stopped. Returns as
 * above. */
int gdb_stub_step(struct gdb_stub *stub, unsigned int cpu);

/* Reads the registers of a stopped processor. Returns as above. */
int gdb_stub_registers(struct gdb_stub *stub, unsigned int cpu, struct gdb_registers *registers);

/* Gets the return address of a function, 0 if the stack cannot be read, and the stack pointer after
 * its return. registers: at its entry. Returns as above. */
int gdb_stub_return(struct gdb_stub *stub, const struct gdb_registers *registers, uint64_t *address,
		    uint64_t *stack);

/* Reads memory at a kernel address or a physical address. Returns as above; -EFAULT: no memory
 * there. */
int gdb_stub_read(struct gdb_stub *stub, uint64_t address, void *data, size_t size);
int gdb_stub_read_physical(struct gdb_stub *stub, uint64_t address, void *data, size_t size);

/* Writes up to GDB_STUB_WRITE bytes. The write is sent with a later request, or when the guest is
 * resumed; a later call returns its error. Returns as gdb_stub_read(); -EMSGSIZE: too long. */
int gdb_stub_write_physical(struct gdb_stub *stub, uint64_t address, const void *data, size_t size);

/* Sets or clears a hardware breakpoint, which works where software breakpoints cannot be set. Sent
 * later, as writes are. Returns as above; -ENOSPC: the accelerator has no more of them (KVM:
 * four). */
int gdb_stub_break(struct gdb_stub *stub, uint64_t address, bool set);

/* Sets or clears a watchpoint on reads of a range of virtual addresses, of any process. Sent later,
 * as writes are. Returns as above; -ENOSPC: the accelerator cannot (KVM: more than 8 bytes). */
int gdb_stub_watch(struct gdb_stub *stub, uint64_t address, uint64_t size, bool set);

/* Sends what has not been sent, and takes the answers. Returns the first error of these
 * requests. */
int gdb_stub_settle(struct gdb_stub *stub);

/* Detaches: removes all breakpoints and resumes the guest. `fd` stays open. */
int gdb_stub_close(struct gdb_stub *stub);

#endif
