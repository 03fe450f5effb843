/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: what a run does. Read from a file (libconfig syntax with @include) and checked as a
 * whole before anything is touched. tools/doc/keys.md is the reference of its keys.
 */
#ifndef TOOLS_SCENARIO_SCENARIO_H
#define TOOLS_SCENARIO_SCENARIO_H

#include "fusefs/layer.h"
#include "injector/base/kernel.h"
#include "injector/base/program.h"
#include "injector/memory/folio.h"
#include "injector/schedule/schedule.h"
#include "injector/storm/aim.h"
#include "injector/storm/storm.h"
#include "tools/machine/backing.h"
#include "tools/machine/kernel_report.h"
#include "tools/reading/reader.h"
#include "tools/scenario/race.h"
#include "tools/scenario/schema.h"

#include <libconfig.h>
#include <stdbool.h>

/* What ends a run before its duration. */
enum run_until {
	UNTIL_DURATION,
	UNTIL_HIT,   /* a hit: the verdict will be HIT */
	UNTIL_PROOF, /* a hit, or enough evidence for CLEAN */
};

enum expectation {
	EXPECT_AUTO, /* HIT on kernels in `affected`, CLEAN on others */
	EXPECT_HIT,
	EXPECT_CLEAN,
};

enum file_content {
	CONTENT_PAGES, /* a stamp on each page */
	CONTENT_COPY,  /* copied from a file, or made by a command */
};

struct scenario_file {
	char *name;
	uint64_t size;  /* bytes */
	uint64_t first; /* bytes before the data: an unused hole */
	uint64_t folio; /* bytes */
	enum file_content content;
	char *from, *command;     /* of a copy: one of the two */
	struct program_user user; /* as whom the command runs */
	int golden_fd;            /* the content, see copies_obtain(); 0: none yet */
	const struct folio_maker *maker;
};

struct scenario_pages {
	enum reader_pages kind;
	uint64_t first, last; /* READER_RANGE */
};

struct scenario_reader {
	const struct reader_ops *ops;
	uint64_t count;
	struct scenario_pages pages;
	uint64_t pace;            /* ns */
	char *command;            /* of an exec reader */
	struct program_user user; /* as whom the command runs */
	uint64_t timeout;         /* ns, of an exec reader */
	uint64_t wait;            /* ns, or READER_WAIT_AUTO, READER_WAIT_NONE, READER_WAIT_OVER */
	enum reader_where where;
	enum refault_order order;
	int cpu; /* of the first reader; -1: any but the storm's, from the last one down */
};

struct scenario {
	char *path; /* of the file */
	char *title;
	const struct race *race;     /* what the verdict is about */
	struct schema_list affected; /* struct kernel_range */
	uint64_t seed;
	uint64_t duration; /* ns */
	enum run_until until;
	uint64_t watchdog; /* ns */
	struct backing_settings backing;
	struct {
		enum layer_data_path data_path;
		uint64_t threads;
	} mount;
	struct schema_list files; /* struct scenario_file */
	bool has_storm;
	struct {
		const struct storm_op *op;
		struct aim aim;
		uint64_t length; /* bytes */
		uint64_t skip;   /* bytes of the aimed page before the hole */
		bool through_mount;
		uint64_t gather, settle, linger, pause; /* ns */
		uint64_t punches;                       /* end the run after so many; 0: no limit */
	} storm;
	struct {
		bool given;
		uint64_t memory_max; /* bytes; 0: no limit */
	} cgroup;
	struct {
		bool given;
		uint64_t size; /* bytes, before compression */
	} zram;
	bool witness;
	struct {
		uint64_t split, meet, reader, lookup; /* ns; 0: no hold */
	} gate;
	struct schema_list readers;       /* struct scenario_reader */
	struct schema_list threads;       /* struct thread_script */
	struct schema_list before, after; /* struct thread_step, per iteration of the threads */
	char thread_names[SCHEDULE_THREADS_MAX][SCHEDULE_ROLE]; /* of the items of threads */
	struct schema_list schedule;  /* struct schedule_hold, see scenario_schedule() */
	unsigned int schedule_engine; /* enum schedule_engine_kind */
	struct schema_list shown;     /* struct shown */
	struct schedule_inspect inspect;
	struct schema_choice workload; /* settings of a struct workload_kind; kind NULL: none */
	struct schema_list rules;      /* struct rule_spec */
	struct {
		enum expectation verdict;
		double power; /* 0 to 1, that a CLEAN verdict needs */
		uint64_t min_exposures;
		uint64_t passages; /* that a CLEAN verdict needs instead of power; 0: use power */
		uint64_t made;     /* passages of the schedule that end the run */
		struct schema_list xfail; /* struct kernel_range */
	} expect;
	config_t config;         /* resolved: with --set applied */
	struct config_text text; /* as read from the file */
};

/* Overrides from the command line. */
struct scenario_overrides {
	const char *const *sets; /* "path=value", ended by NULL; may be NULL */
	const char *seed, *duration, *expect, *engine, *until; /* or NULL */
	enum schema_trust trust;
};

/* Returns the overrides for a run in a guest, where commands of strangers are allowed. */
struct scenario_overrides scenario_overrides_of_guest(const struct scenario_overrides *overrides);

/*
 * Reads and checks a scenario for a kernel version, on which the aim depends. path: a file, or the
 * name of a shipped scenario, see shipped_find(). Touches nothing outside the process. scenario:
 * filled in; call scenario_release() also on error. Returns 0; -EINVAL a mistake in the file or an
 * override; -ENOENT or another errno of the file; -ENOMEM; all reported.
 */
int scenario_load(struct scenario *scenario, const char *path,
		  const struct scenario_overrides *overrides, const struct kernel_version *kernel);

/* Frees what scenario_load() and copies_obtain() allocated, and closes the golden files. */
void scenario_release(struct scenario *scenario);

/* The resolved scenario in libconfig syntax. The caller frees it; NULL without memory. */
char *scenario_text(const struct scenario *scenario);

/* Writes that text to a file. Returns 0; -EIO, -ENOMEM (both reported). */
int scenario_write(const struct scenario *scenario, const char *path);

/* Whether the kernel is in one of the scenario's affected ranges. */
bool scenario_affects(const struct scenario *scenario, const struct kernel_version *kernel);

/* The expected verdict on this kernel: EXPECT_HIT or EXPECT_CLEAN. */
enum expectation scenario_expects(const struct scenario *scenario,
				  const struct kernel_version *kernel);

/* Whether expect.xfail lists the kernel: the opposite verdict is a known failure there. */
bool scenario_xfails(const struct scenario *scenario, const struct kernel_version *kernel);

/* Sets which kernel reports count as hits of a run of it. */
void scenario_subject(const struct scenario *scenario, struct kernel_subject *subject);

/* Whether a run loads the witness, whose hooks the gate needs too. */
static inline bool scenario_wants_witness(const struct scenario *scenario)
{
	return scenario->witness || scenario->gate.split || scenario->gate.meet ||
	       scenario->gate.reader || scenario->gate.lookup;
}

/* Whether a user other than root reads in the mount. */
bool scenario_has_other_users(const struct scenario *scenario);

/* The name of reader `number` of the run: its kind ("procmem"), or its script. The readers of a
 * workload have the name of the workload's kind. The scenario owns it. */
const char *scenario_reader_name(const struct scenario *scenario, unsigned int number);

/*
 * Whether the inode's lock keeps the reader's lookups out of the storm's splits: on XFS, when its
 * read takes the lock and the storm changes the file. False without a storm.
 */
bool scenario_locks_out(const struct scenario *scenario, const struct scenario_reader *reader);

/* All keys of a scenario, for schema_read(), schema_print() and schema_find(). */
extern const struct schema_key scenario_keys[];

#endif
