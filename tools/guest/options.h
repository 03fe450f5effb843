/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a guest's machine, common to commands that start one guest or many. */
#ifndef TOOLS_GUEST_OPTIONS_H
#define TOOLS_GUEST_OPTIONS_H

#include "tools/guest/qemu.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

enum { GUEST_CPUS_MAX = 64 }; /* of --cpus */

struct guest_arguments {
	/* As given; NULL: not given. */
	const char *cpus_text, *memory_text, *accelerator_text, *append, *timeout_text, *arch_text;
	enum guest_arch arch;
	unsigned int cpus, memory; /* memory in MiB */
	enum accelerator accelerator;
	uint64_t timeout; /* ns; 0: not given */
	bool fresh;       /* boot without a snapshot */
};

/* A child of a command's argp; its input is a zeroed struct guest_arguments. */
extern const struct argp guest_options_argp;

/* Most words of guest_options_words(), with the NULL at the end. */
enum { GUEST_WORDS_MAX = 14 };

/* Writes the given options as words of a command line, NULL-terminated. The words point into
 * `arguments`. Returns their number. */
size_t guest_options_words(const struct guest_arguments *arguments,
			   const char *words[GUEST_WORDS_MAX]);

/* Returns the first option that was given ("--cpus"), or NULL: for a command that starts no
 * guest. */
const char *guest_options_given(const struct guest_arguments *arguments);

#endif
