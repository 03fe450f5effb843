/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the command line of QEMU: the machine of a guest, by its architecture. */
#ifndef TOOLS_GUEST_QEMU_COMMAND_H
#define TOOLS_GUEST_QEMU_COMMAND_H

#include "tools/guest/qemu.h"

#include <limits.h>

enum { QEMU_WORDS_MAX = 80, QEMU_WORD_SIZE = PATH_MAX };

struct qemu_command {
	char *words[QEMU_WORDS_MAX + 1]; /* point into `text`; NULL-terminated */
	char text[QEMU_WORDS_MAX][QEMU_WORD_SIZE];
	size_t count;
};

/* Makes the command line. initrd: path of the initramfs for QEMU. */
void qemu_command_make(struct qemu_command *command, const struct qemu_config *config,
		       const char *initrd);

#endif
