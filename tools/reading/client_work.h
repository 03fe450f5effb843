/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The work of a reader of kind "exec": its command, the undisturbed results, and the callback for
 * results that differ. */
#ifndef TOOLS_READING_CLIENT_WORK_H
#define TOOLS_READING_CLIENT_WORK_H

#include "tools/base/keys.h"
#include "tools/reading/client.h"
#include "tools/reading/reader.h"

/* The keys of differs()'s json. */
extern const struct key client_hit_keys[];

struct client_work {
	/* Set by the caller. */
	const char *mount;
	const char *out;  /* directory for outputs that differ, or NULL */
	uint64_t timeout; /* ns */
	const struct program_user *user;
	const _Atomic bool *stop;
	/* Called by the reader's thread. json: an object as in an event `hit`; punches: made during
	 * the client's run. */
	void (*differs)(void *context, const char *json, uint64_t punches);
	void *context;
	/* Private. */
	struct client_command command;
	struct client_output *undisturbed; /* one for each target */
	size_t targets;
	uint64_t runs;
	unsigned int kept; /* outputs in `out` */
	uint64_t ticket;   /* the punch that `pages` is for */
	uint64_t *pages;   /* pages of the file that it exposes; room for AIM_PAGES_MAX */
	size_t page_count;
};

/*
 * Splits the command and runs it twice on each target; its results must be equal to be comparable.
 * Returns 0; -EINVAL: they are not, or the command is invalid; other -errno; reported. Call
 * client_work_release() in any case. Each reader uses a copy, with `pages` of its own.
 */
int client_work_prepare(struct client_work *work, const char *command, struct target *targets,
			size_t count);

void client_work_release(struct client_work *work);

#endif
