/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a tuning: its trials so far, and the contest that knows their results. */
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
	const char *name, *event; /* "hits"; "hit" */
	const char *key;          /* in a result */
	const char *hint;         /* key of a precondition of such events */
	bool witness;             /* only the witness counts them */
};

/* "hits", "exposures", "captures"; ended by a row without a name. */
extern const struct tune_goal tune_goals[];

/* Most initial settings; neighbours can make three times as many. */
enum { TUNE_SETTINGS_MAX = 128 };

struct tune_config {
	const char *scenario;
	const char *const *vary; /* "storm.aim=256..272", ended by NULL */
	const struct tune_goal *goal;
	uint64_t budget; /* ns, for all trials */
	uint64_t seed;
	const char *duration;              /* of a trial's storm, as for --duration */
	const struct run_arguments *run;   /* --set, --out */
	const char *events;                /* file for events, or NULL */
	const struct guest_kernel *kernel; /* the guest's; NULL: trials run on this machine */
	const struct guest_arguments *machine;
	bool trials_only; /* the caller evaluates the trials */
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
	unsigned int resumed; /* trials from an earlier tuning */
	bool interrupted;
	struct out_claim claim; /* of config->run->out */
	bool unsaved;           /* the journal became unwritable */
};

/*
 * Opens the journal in config->run->out and the file config->events. tune->contest takes the trials
 * in the journal. Returns 0 or -errno (reported).
 */
int tune_open_journal(struct tune *tune);

/* Takes the line of a completed trial, and its reference: tells the contest, and appends the line
 * to the journal. Returns 0; -EINVAL not the next trial (reported). */
int tune_take(struct tune *tune, json_t *line);

/* Shows the progress. */
void tune_show(struct tune *tune);

/* Frees the contents of tune. */
void tune_release(struct tune *tune);

#endif
