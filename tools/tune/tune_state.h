/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tuning as far as it has come: the trials that were made, and what the contest knows from
 * them. */
#ifndef TOOLS_TUNE_TUNE_STATE_H
#define TOOLS_TUNE_TUNE_STATE_H

#include "tools/base/out.h"
#include "tools/base/progress.h"
#include "tools/guest/kernel.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"
#include "tools/tune/contest.h"
#include "tools/tune/space.h"

#include <jansson.h>

struct tune_goal {
	const char *name, *event; /* "hits"; what one is called */
	const char *key;          /* of a result */
	const char *hint;         /* key of what there must be for one */
	bool witness;             /* counted by the witness alone */
};

/* "hits", "exposures", "captures"; ended by a row without a name. */
extern const struct tune_goal tune_goals[];

/* Settings to begin with, at most; in the end there are up to three times as many. */
enum { TUNE_SETTINGS_MAX = 128 };

struct tune_config {
	const char *scenario;
	const char *const *vary; /* "storm.aim=256..272", ended by NULL */
	const struct tune_goal *goal;
	uint64_t budget; /* ns, of all trials */
	uint64_t seed;
	const char *duration;              /* of the storm of a trial, as --duration */
	const struct run_arguments *run;   /* --set, --out */
	const char *events;                /* file, or NULL */
	const struct guest_kernel *kernel; /* of a guest; NULL: this machine's own */
	const struct guest_arguments *machine;
	bool trials_only; /* somebody else looks at them */
	bool progress, plain;
};

struct tune {
	const struct tune_config *config;
	struct scenario scenario; /* the original, --set applied */
	struct kernel_version version;
	struct space space;
	struct contest *contest;
	json_t *begin, *trials; /* lines of the journal; trials: an array */
	FILE *journal, *events; /* or NULL */
	struct progress progress;
	unsigned int resumed; /* trials that were there */
	bool interrupted;
	struct out_claim claim; /* of config->run->out */
	bool unsaved;           /* the journal could not be written to the end */
};

/*
 * Opens the files that config->run->out and config->events name, to write to; what the former has
 * from before is told to the contest, which is there by then. Returns 0 or -errno (reported).
 */
int tune_open_journal(struct tune *tune);

/* Takes a line that is complete: tells the contest, and keeps it. Takes the line over.
 * Returns 0; -EINVAL when it is not that of the next trial (reported). */
int tune_take(struct tune *tune, json_t *line);

/* Shows how far it is. */
void tune_show(struct tune *tune);

/* Frees all that was made of it. */
void tune_release(struct tune *tune);

#endif
