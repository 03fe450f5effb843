/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs `foliostorm guest` as a child process, for commands that run many guests. */
#ifndef TOOLS_GUEST_GUEST_COMMAND_H
#define TOOLS_GUEST_GUEST_COMMAND_H

#include "tools/base/child.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

struct guest_command {
	const char *kernel; /* see guest_kernel_named() */
	const char *out;    /* existing directory for its result */
	const char *log;    /* name of the file in `out` that gets its output and errors */
	const struct guest_arguments *machine;
	const struct run_arguments *run; /* options of the run; its `out` is ignored */
	const char *scenario;
};

/* Starts the child process. Returns 0 or -errno (reported). */
int guest_command_start(const struct guest_command *command, struct child *child);

/* Gets the last line of the log, without the program's name at its begin, cut to `size` bytes;
 * `otherwise` if the log has none. Returns text, which holds `size` bytes. */
const char *guest_command_last_words(const char *out, const char *log, const char *otherwise,
				     char *text, size_t size);

#endif
