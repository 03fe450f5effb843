/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reader of kind "exec" works with: its command, what that gives undisturbed, and whom to
 * tell when it gives something else. */
#ifndef TOOLS_READING_CLIENT_WORK_H
#define TOOLS_READING_CLIENT_WORK_H

#include "tools/base/keys.h"
#include "tools/reading/client.h"
#include "tools/reading/reader.h"

/* What differs() is told. */
extern const struct key client_hit_keys[];

struct client_work {
	/* Set by the caller. */
	const char *mount;
	const char *out;  /* directory for outputs that differ, or NULL */
	uint64_t timeout; /* ns */
	const struct program_user *user;
	const _Atomic bool *stop;
	/* Called by the reader's thread; json: an object as of an event `hit`; punches: that were
	 * made meanwhile. */
	void (*differs)(void *context, const char *json, uint64_t punches);
	void *context;
	/* Its own. */
	struct client_command command;
	struct client_output *undisturbed; /* of each target */
	size_t targets;
	uint64_t runs;
	unsigned int kept;
	uint64_t ticket; /* whose pages these are: */
	uint64_t *pages; /* what the client must map, of the file; room for AIM_PAGES_MAX */
	size_t page_count;
};

/*
 * Splits the command and runs it on each target, twice: what is not the same both times cannot be
 * compared. Returns 0; -EINVAL for that; other -errno; reported. Release also on error. A copy of
 * it is for one reader, with room for `pages` of its own.
 */
int client_work_prepare(struct client_work *work, const char *command, struct target *targets,
			size_t count);

void client_work_release(struct client_work *work);

#endif
