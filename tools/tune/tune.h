/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tuning: which values of a scenario's keys give the most events per second of storm. A trial is
 * a short run in a process of its own; race.h says which one is next. Trials are kept in
 * DIR/trials.jsonl as they end, and a tuning that was interrupted goes on from there.
 */
#ifndef TOOLS_TUNE_TUNE_H
#define TOOLS_TUNE_TUNE_H

#include "tools/base/progress.h"
#include "tools/guest/kernel.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"
#include "tools/tune/race.h"
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
	struct race *race;
	json_t *begin, *trials; /* lines of the journal; trials: an array */
	FILE *journal, *events; /* or NULL */
	struct progress progress;
	unsigned int resumed; /* trials that were there */
	bool interrupted;
};

/*
 * Checks everything, then makes the trials that are still to be made. tune: filled in, to be
 * released in any case. Returns 0, also when interrupted; an exit code (enum exit_code) when it
 * could not go on: said by then.
 */
int tune_run(struct tune *tune, const struct tune_config *config);

void tune_release(struct tune *tune);

/* Makes the scenario of a setting as resolved: as scenario_load(). */
int tune_load(const struct tune *tune, size_t setting, const char *path, struct scenario *scenario);

/* Of tune_guest.c: the trials in a guest. Of tune_trial.c: one here. */

/* The line of the journal for a trial that is to be made, but for what it shows. The caller's. */
json_t *tune_trial_line(const struct tune *tune, const struct race_trial *trial);

/* Runs it; adds what it showed to the line. Returns 0; -EINTR interrupted; an exit code when no
 * trial can be made: said by then. */
int tune_trial_run(struct tune *tune, const struct race_trial *trial, json_t *line);

/* Adds what went wrong with a trial to its line. */
void tune_trial_failed(json_t *line, double took, const char *why);

/* Takes a line that is complete: tells the race, keeps it, shows progress. Takes the line over.
 * Returns 0; -EINVAL when it is not that of the next trial (reported). */
int tune_take(struct tune *tune, json_t *line);

/* Shows how far it is. */
void tune_show(struct tune *tune);

/* Boots as often as it takes. Returns as tune_trial_run(). */
int tune_in_guest(struct tune *tune);

#endif
