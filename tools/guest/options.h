/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a guest's machine, which are the same for one guest and for many. */
#ifndef TOOLS_GUEST_OPTIONS_H
#define TOOLS_GUEST_OPTIONS_H

#include "tools/guest/qemu.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

struct guest_arguments {
	/* As given, or NULL. */
	const char *cpus_text, *memory_text, *accelerator_text, *append, *timeout_text, *arch_text;
	enum guest_arch arch;
	unsigned int cpus, memory; /* memory in MiB */
	enum accelerator accelerator;
	uint64_t timeout; /* ns; 0: not given */
	bool fresh;       /* boot, and make no snapshot */
};

/* To be a child of a command's argp; its input is a zeroed struct guest_arguments. */
extern const struct argp guest_options_argp;

/* Words that guest_options_words() can make, the last one NULL included. */
enum { GUEST_WORDS_MAX = 14 };

/* Writes what was given as words of a command line, ended by NULL. The words are the arguments'
 * own. Returns how many. */
size_t guest_options_words(const struct guest_arguments *arguments,
			   const char *words[GUEST_WORDS_MAX]);

/* The first of them that was given ("--cpus"), or NULL: for a command that starts no guest. */
const char *guest_options_given(const struct guest_arguments *arguments);

#endif
