/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: what a run does, read from a file (libconfig syntax, @include works) and checked as a
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

/* What ends a run, at the latest its duration. */
enum run_until {
	UNTIL_DURATION,
	UNTIL_HIT,   /* the verdict is HIT, whatever comes */
	UNTIL_PROOF, /* likewise, or it is CLEAN if nothing else comes */
};

enum expectation {
	EXPECT_AUTO, /* a hit on kernels in `affected`, clean elsewhere */
	EXPECT_HIT,
	EXPECT_CLEAN,
};

enum file_content {
	CONTENT_PAGES, /* stamps */
	CONTENT_COPY,  /* of a file, or what a command makes */
};

struct scenario_file {
	char *name;
	uint64_t size;  /* bytes */
	uint64_t first; /* bytes before its data: a hole that is never used */
	uint64_t folio; /* bytes */
	enum file_content content;
	char *from, *command;     /* of a copy: one of them */
	struct program_user user; /* that the command runs as */
	int golden_fd;            /* its content, by copies_obtain(); 0: none yet */
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
	char *command;            /* of exec */
	struct program_user user; /* that it runs as */
	uint64_t timeout;         /* ns, of exec */
	uint64_t wait;            /* ns, or READER_WAIT_AUTO, READER_WAIT_NONE, READER_WAIT_OVER */
	enum reader_where where;
	enum refault_order order;
	int cpu; /* the first reader's; -1: spread over all but the storm's */
};

struct scenario {
	char *path; /* of the file */
	char *title;
	const struct race *race;     /* that the verdict is about */
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
		uint64_t punches;                       /* that end the run; 0: none does */
	} storm;
	struct {
		bool given;
		uint64_t memory_max; /* bytes; 0: no limit */
	} cgroup;
	struct {
		bool given;
		uint64_t size; /* bytes, before they are compressed */
	} zram;
	bool witness;
	struct {
		uint64_t split, meet, reader, lookup; /* ns, 0: no hold */
	} gate;
	struct schema_list readers;       /* struct scenario_reader */
	struct schema_list threads;       /* struct thread_script */
	struct schema_list before, after; /* struct thread_step, of each iteration of the threads */
	char thread_names[SCHEDULE_THREADS_MAX][SCHEDULE_ROLE]; /* of threads */
	struct schema_list schedule;  /* struct schedule_hold, see scenario_schedule() */
	unsigned int schedule_engine; /* enum schedule_engine_kind */
	struct schema_list shown;     /* struct shown */
	struct schedule_inspect inspect;
	struct schema_choice workload; /* of a struct workload_kind; kind NULL: none */
	struct schema_list rules;      /* struct rule_spec */
	struct {
		enum expectation verdict;
		double power; /* 0 to 1, of a clean verdict */
		uint64_t min_exposures;
		uint64_t passages;        /* of a clean verdict, in place of its power; 0: that */
		uint64_t made;            /* passages of the schedule */
		struct schema_list xfail; /* struct kernel_range */
	} expect;
	config_t config;         /* as resolved: with --set applied */
	struct config_text text; /* as it was read */
};

/* What the command line changes. */
struct scenario_overrides {
	const char *const *sets; /* "path=value", ended by NULL; may be NULL */
	const char *seed, *duration, *expect, *engine, *until; /* or NULL */
	enum schema_trust trust;
};

/* The same where the run is in a guest, which may run the commands of strangers. */
struct scenario_overrides scenario_overrides_of_guest(const struct scenario_overrides *overrides);

/*
 * Reads and checks a scenario for a kernel (where to aim depends on it). path: of its file, or the
 * name of a shipped one, see shipped_find(). Nothing outside the
 * process is touched. scenario: filled in; release with scenario_release() also on error. Returns
 * 0; -EINVAL a mistake in the file or an override; -ENOENT and the like of the file; all reported.
 */
int scenario_load(struct scenario *scenario, const char *path,
		  const struct scenario_overrides *overrides, const struct kernel_version *kernel);

void scenario_release(struct scenario *scenario);

/* The scenario as resolved: what libconfig writes. The caller frees it; NULL without memory. */
char *scenario_text(const struct scenario *scenario);

/* Writes the same to a file. Returns 0 or -EIO (reported). */
int scenario_write(const struct scenario *scenario, const char *path);

/* Whether the kernel is in one of the scenario's affected ranges. */
bool scenario_affects(const struct scenario *scenario, const struct kernel_version *kernel);

/* What the verdict should be on this kernel: EXPECT_HIT or EXPECT_CLEAN. */
enum expectation scenario_expects(const struct scenario *scenario,
				  const struct kernel_version *kernel);

/* Whether it is known that on this kernel the verdict is not the one to be had. */
bool scenario_xfails(const struct scenario *scenario, const struct kernel_version *kernel);

/* What reports of the kernel are hits of a run of it. */
void scenario_subject(const struct scenario *scenario, struct kernel_subject *subject);

/* Whether a run of it loads the witness: a gate needs the same hooks. */
static inline bool scenario_wants_witness(const struct scenario *scenario)
{
	return scenario->witness || scenario->gate.split || scenario->gate.meet ||
	       scenario->gate.reader || scenario->gate.lookup;
}

/* Whether somebody else than root reads in the mount. */
bool scenario_has_other_users(const struct scenario *scenario);

/* The name of a reader of the run by its number, "procmem"; those of a workload, which come after,
 * have the name of its kind. */
const char *scenario_reader_name(const struct scenario *scenario, unsigned int number);

/*
 * Whether a reader's look-ups are kept out of the storm's splits by the inode's lock: on XFS, where
 * it reads by a call that takes it, and the storm changes the file. Without a storm nobody is.
 */
bool scenario_locks_out(const struct scenario *scenario, const struct scenario_reader *reader);

/* The keys, for schema_print(). */
extern const struct schema_key scenario_keys[];

#endif
