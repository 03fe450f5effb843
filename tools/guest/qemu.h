/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses QEMU's accelerator and starts QEMU. Guest and host exchange data by memory files that
 * both have open, so nothing is left if either is killed; QEMU is killed when the caller dies. QEMU
 * has no network and no drives, and runs in its own seccomp sandbox, with limits on its memory, its
 * files and its core dumps: the guest's kernel is not trusted.
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
	unsigned int memory;                 /* MiB */
	const char *append;                  /* more kernel parameters, or "" */
	bool shell;                          /* the guest's output is the caller's terminal */
	int initrd;                          /* file with the initramfs */
	int console, output, errors, stream; /* files that the guest's ports write to */
	int gdb;                             /* socket for the gdb stub; negative: none */
	int job;                             /* socket that sends the job; negative: none */
	int monitor;                         /* socket for QMP; negative: none */
	int snapshot; /* file to restore, from its offset on; negative: boot */
	int log;      /* file that gets QEMU's own messages */
};

/* Limit of a file that QEMU writes, in bytes. Bytes that were read are given back
 * (stream_forget()), so even runs of days fit. */
#define QEMU_FILE_MAX (UINT64_C(16) << 30)

/* Writes what a snapshot of this guest depends on, without its initramfs: the command line without
 * descriptors, and the identity of QEMU. */
void qemu_describe(FILE *to, const struct qemu_config *config);

/* Returns whether QEMU failed as it was built without seccomp, by its log. */
bool qemu_lacks_sandbox(int log);

/* Returns 0 if the QEMU of that architecture is installed, else -ENOENT (reported). */
int qemu_check(enum guest_arch arch);

/*
 * Chooses an accelerator. For ACCELERATOR_AUTO, KVM is tested by booting the kernel up to its first
 * line: /dev/kvm may open and still fail at an unusual instruction. The answer is cached until the
 * host reboots. Returns ACCELERATOR_KVM or ACCELERATOR_TCG; -ENOENT: QEMU is not installed;
 * -ENODEV: KVM was requested and does not work; reported.
 */
int qemu_accelerator(enum accelerator wanted, const struct guest_kernel *kernel);

/* Starts QEMU. Returns 0 or -errno (reported). */
int qemu_start(struct child *child, const struct qemu_config *config);

/* Writes a shell script that boots the same guest. initrd: path of the initramfs. */
void qemu_print(FILE *to, const struct qemu_config *config, const char *initrd);

#endif
