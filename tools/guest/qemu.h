/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU: which accelerator works, how it is started. All that passes between guest and host lies in
 * memory files that both have open, so nothing is left when either is killed; QEMU is killed when
 * the caller dies. It has no network and no drives, runs in its own seccomp sandbox, and its
 * memory, its files and its cores are limited: the kernel in the guest may be anybody's.
 */
#ifndef TOOLS_GUEST_QEMU_H
#define TOOLS_GUEST_QEMU_H

#include "tools/base/child.h"
#include "tools/guest/kernel.h"

enum accelerator {
	ACCELERATOR_AUTO,
	ACCELERATOR_KVM,
	ACCELERATOR_TCG,
};

/* "auto", "kvm", "tcg", and NULL. */
extern const char *const accelerator_names[];

struct qemu_config {
	const struct guest_kernel *kernel;
	enum accelerator accelerator; /* not ACCELERATOR_AUTO */
	unsigned int cpus;
	unsigned int memory; /* MiB */
	const char *append;  /* more kernel parameters, or "" */
	bool shell;          /* the guest's output is the caller's terminal */
	int initrd;
	int console, output, errors, stream; /* where the guest's ports go; output: unless shell */
	int gdb;                             /* socket for its gdb stub; negative: none */
	int job;                             /* socket that its job comes from; negative: none */
	int monitor;                         /* socket for QMP; negative: none */
	int snapshot; /* file that it is restored from, at its offset; negative: it boots */
	int log;      /* what QEMU itself says */
};

/* Bytes of a file that QEMU writes. What was taken of it is given back (stream_forget()), so runs
 * of days get by with it. */
#define QEMU_FILE_MAX (UINT64_C(16) << 30)

/* Writes what a snapshot of this guest depends on, but for its initramfs: the command line without
 * descriptors, and which QEMU it is. */
void qemu_describe(FILE *to, const struct qemu_config *config);

/* Whether what it said (config->log) when it failed is that it knows no -sandbox, being built
 * without seccomp. */
bool qemu_lacks_sandbox(int log);

/* Returns 0 when the QEMU of that architecture is installed, else -ENOENT (reported). */
int qemu_check(enum guest_arch arch);

/*
 * Settles on an accelerator. With ACCELERATOR_AUTO, KVM is proven by booting the kernel as far as
 * its first line: /dev/kvm may open and still fail at the kernel's first unusual instruction. The
 * answer is kept until the host boots again. Returns ACCELERATOR_KVM or ACCELERATOR_TCG;
 * -ENOENT when QEMU is not installed, -ENODEV when KVM is asked for and does not work (reported).
 */
int qemu_accelerator(enum accelerator wanted, const struct guest_kernel *kernel);

/* Starts it. Returns 0 or -errno (reported). */
int qemu_start(struct child *child, const struct qemu_config *config);

/* Writes the command line as a shell script that boots the same guest from `initrd`, a path. */
void qemu_print(FILE *to, const struct qemu_config *config, const char *initrd);

#endif
