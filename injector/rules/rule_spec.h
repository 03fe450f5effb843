/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule as it is written: when an operation comes, do this to it. Plain data that a file or a
 * control request fills in; rule_compile.h makes of it what is asked about requests. The parse
 * functions read one value each: they return 0, or -EINVAL with `why` saying what is wrong and what
 * is allowed, cut to `size` bytes.
 */
#ifndef INJECTOR_RULES_RULE_SPEC_H
#define INJECTOR_RULES_RULE_SPEC_H

#include "injector/base/errno_table.h"
#include "injector/rules/corruption.h"
#include "injector/rules/delay.h"
#include "injector/rules/hooks.h"
#include "injector/storm/aim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RULE_NAME_MAX = 32, RULE_ERRORS_MAX = 16, RULE_ACTIONS_MAX = 8 };

/* The names or values of a list. */
struct rule_values {
	void *items;
	size_t count;
};

/* One or several operations by one name. */
struct rule_operation {
	char name[20];
	uint64_t mask; /* a bit for each opcode */
	bool exact;    /* names one operation, not a group of them */
};

/* "A..B", "A..", "..B" or "A": both ends included. */
struct rule_range {
	uint64_t first, last;
	bool set;
};

/* A number that need not be there. */
struct rule_number {
	uint64_t value;
	bool set;
};

/* strace's grammar: "F", "F..L", "F+", "F+S", "F..L+S". */
struct rule_nth {
	uint64_t first, last, step; /* step 0: not set */
};

struct rule_when {
	struct rule_values operations; /* struct rule_operation */
	char *path;                    /* glob relative to the mount; NULL: any */
	struct rule_number inode;
	struct rule_range offset, length, file_size; /* bytes */
	uint64_t align;                              /* bytes; 0: any */
	struct rule_number page;                     /* touches this page of 4 KiB */
	int mode;                                    /* enum rule_mode */
	struct rule_values flags;                    /* struct rule_flag; all of them */
	char *process;                               /* glob of the name; NULL: any */
	struct rule_number pid, uid;
	struct rule_nth nth;
	double probability;   /* 1: always */
	uint64_t from, until; /* ns since the start; until 0: for ever */
	int phase;            /* enum run_phase; 0: any */
	char *held;           /* while a request waits in that hold; NULL: any time */
	char *event;          /* after a rule of that name has fired; NULL: any time */
	uint64_t times;       /* 0: no limit */
};

/* What fallocate is asked for. */
enum rule_mode { RULE_MODE_ANY, RULE_MODE_ALLOCATE, RULE_MODE_PUNCH, RULE_MODE_ZERO };

/* A flag of open(2). */
struct rule_flag {
	uint32_t value, mask;
};

/* Where a read or write ends early. */
struct rule_cut {
	enum { RULE_CUT_NONE, RULE_CUT_BYTE, RULE_CUT_SECTOR, RULE_CUT_PAGE, RULE_CUT_AT } place;
	uint64_t at; /* bytes from the start of the file, RULE_CUT_AT */
};

/* One group of `do`: what is given happens in the order of these fields. */
struct rule_do {
	bool after; /* when the operation is done, before the caller is told */
	struct {
		bool given;
		char *name; /* NULL: the rule's */
		uint64_t count;
		uint64_t timeout, skew; /* ns */
		bool reversed;          /* last come, first let go */
	} hold;
	char *release; /* a hold; NULL: none */
	struct {
		bool given;
		struct delay_spec spec;
	} delay;
	struct {
		bool given;
		struct rule_values errors; /* struct rule_error */
		bool force;
		uint64_t recover_count; /* 0: never */
		uint64_t recover_time;  /* ns after the first; 0: never */
	} error;
	struct {
		bool given;
		struct rule_cut cut;
	} shorten;
	struct {
		bool given;
		struct corruption what;
	} corrupt;
	struct {
		bool given;
		uint64_t folio;  /* bytes */
		uint64_t window; /* ns */
		int shape;       /* enum aim_shape; 0: the kernel's */
	} misplace;
	bool lose;
	struct {
		bool given;
		uint64_t folio, length; /* bytes */
		struct aim aim;
	} punch;
	int signal; /* 0: none */
	char *run;  /* NULL: nothing */
	bool log;
};

struct rule_spec {
	char *name; /* NULL: "rule-N" */
	struct rule_when when;
	struct rule_values actions; /* struct rule_do */
	bool disabled;
};

int rule_parse_operation(const char *text, void *operation, char *why, size_t size);
int rule_parse_range(const char *text, void *range, char *why, size_t size);
int rule_parse_number(const char *text, void *number, char *why, size_t size);
int rule_parse_nth(const char *text, void *nth, char *why, size_t size);
int rule_parse_probability(const char *text, void *probability, char *why, size_t size);
int rule_parse_mode(const char *text, void *mode, char *why, size_t size);
int rule_parse_flag(const char *text, void *flag, char *why, size_t size);
int rule_parse_phase(const char *text, void *phase, char *why, size_t size);
/* "before" or "after", into a bool. */
int rule_parse_at(const char *text, void *after, char *why, size_t size);
/* "EIO", or with a weight "EIO:3", into a struct rule_error. */
int rule_parse_error(const char *text, void *error, char *why, size_t size);
/* "byte", "sector", "page" or an offset, into a struct rule_cut. */
int rule_parse_cut(const char *text, void *cut, char *why, size_t size);
/* Who is let go first: "first" or "last", into a bool. */
int rule_parse_order(const char *text, void *reversed, char *why, size_t size);
/* "SIGKILL", into an int. */
int rule_parse_signal(const char *text, void *number, char *why, size_t size);
/* "auto", "batched" or "interleaved", into an int. */
int rule_parse_shape(const char *text, void *shape, char *why, size_t size);
int rule_parse_bool(const char *text, void *value, char *why, size_t size);

/* Whether the n-th match (from 1) is one of them. */
bool rule_nth_has(const struct rule_nth *nth, uint64_t n);

#endif
