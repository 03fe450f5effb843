/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `foliostorm guest` as a process of its own, for commands that run many guests. */
#ifndef TOOLS_GUEST_GUEST_COMMAND_H
#define TOOLS_GUEST_GUEST_COMMAND_H

#include "tools/base/child.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

struct guest_command {
	const char *kernel; /* as guest_kernel_named() takes it */
	const char *out;    /* directory for its result, which is there */
	const char *log;    /* name of the file in it that gets all that is said */
	const struct guest_arguments *machine;
	const struct run_arguments *run; /* what decides the run; its own `out` is not asked */
	const char *scenario;
};

/* Starts it. Returns 0 or -errno (reported). */
int guest_command_start(const struct guest_command *command, struct child *child);

/* The last line that it has said, without the program's name before it, or `otherwise`. Returns
 * text, which holds `size` bytes. */
const char *guest_command_last_words(const char *out, const char *log, const char *otherwise,
				     char *text, size_t size);

#endif
