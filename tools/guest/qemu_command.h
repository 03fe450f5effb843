/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of QEMU: the machine of a guest, by its architecture. */
#ifndef TOOLS_GUEST_QEMU_COMMAND_H
#define TOOLS_GUEST_QEMU_COMMAND_H

#include "tools/guest/qemu.h"

enum { QEMU_WORDS_MAX = 80, QEMU_WORD_SIZE = 1024 };

struct qemu_command {
	char *words[QEMU_WORDS_MAX + 1]; /* ended by NULL */
	char text[QEMU_WORDS_MAX][QEMU_WORD_SIZE];
	size_t count;
};

/* Makes it. initrd: path of the initramfs, as QEMU is to be told. */
void qemu_command_make(struct qemu_command *command, const struct qemu_config *config,
		       const char *initrd);

#endif
