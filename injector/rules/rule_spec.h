/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule as a file or control request states it: when an operation comes, do this to it. Plain
 * data, from which rule_compile.c makes a rule of the engine. Each parse function reads one value,
 * and returns 0, or -EINVAL with `why` saying what is wrong and what is allowed, cut to `size`
 * bytes.
 */
#ifndef INJECTOR_RULES_RULE_SPEC_H
#define INJECTOR_RULES_RULE_SPEC_H

#include "injector/base/schema_key.h"
#include "injector/rules/actions/actions.h"
#include "injector/rules/hooks.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RULE_NAME_MAX = 32,
	RULE_ACTIONS_MAX = 8, /* of one rule */
	RULE_SETTINGS = 160,  /* bytes of the largest settings of an action */
};

/* The limit of durations in keys of actions, ns, and its text. */
#define RULE_HOUR     UINT64_C(3600000000000)
#define RULE_DURATION "a duration such as \"2ms\", up to 1h"

/* The help of the key `interruptible`. */
#define RULE_INTERRUPTIBLE                                                                         \
	.help = "any signal to the caller ends the wait, and the request fails with EINTR, as on " \
		"a "                                                                               \
		"network file system"

/* An operation, or a group of them, by its name. */
struct rule_operation {
	char name[20];
	uint64_t mask;  /* a bit for each opcode */
	bool exact;     /* names one operation, not a group */
	bool data_only; /* of fsync requests, only those of fdatasync */
};

/* "A..B", "A..", "..B" or "A": both ends included. */
struct rule_range {
	uint64_t first, last;
	bool set;
};

/* An optional number. */
struct rule_number {
	uint64_t value;
	bool set;
};

/* strace's grammar: "F", "F..L", "F+", "F+S", "F..L+S". */
struct rule_nth {
	uint64_t first, last, step; /* step 0: not set */
};

struct rule_when {
	struct schema_list operations; /* struct rule_operation */
	char *path;                    /* glob relative to the mount; NULL: any */
	struct rule_number inode;
	struct rule_range offset, length, file_size; /* bytes */
	uint64_t align;                              /* bytes; 0: any */
	struct rule_number page;                     /* touches this page, of page_size() */
	int mode;                                    /* enum rule_mode */
	struct schema_list flags;                    /* struct rule_flag; all must match */
	char *process;                               /* glob of the thread's name; NULL: any */
	struct rule_number pid, uid;
	struct rule_nth nth;
	double probability;   /* 1: always */
	uint64_t from, until; /* ns since the engine was made; until 0: no end */
	int phase;            /* enum run_phase; 0: any */
	char *held;           /* while a request waits in that hold; NULL: any time */
	char *event;          /* after the rule of that name has fired; NULL: any time */
	uint64_t times;       /* it fires at most; 0: no limit */
	int per;              /* enum rule_per: scope of nth and times */
};

/* The mode of fallocate. */
enum rule_mode { RULE_MODE_ANY, RULE_MODE_ALLOCATE, RULE_MODE_PUNCH, RULE_MODE_ZERO };

/* nth and times count for the rule, or for each file, process or open file. */
enum rule_per { RULE_PER_RULE, RULE_PER_FILE, RULE_PER_PROCESS, RULE_PER_HANDLE };

/* A flag of open(2): flags & mask must be value. */
struct rule_flag {
	uint32_t value, mask;
};

/* The settings of one action in a group of `do`. */
struct rule_settings {
	bool given;                                              /* for a SCHEMA_GROUP: present */
	alignas(max_align_t) unsigned char bytes[RULE_SETTINGS]; /* the action's own struct */
};

/* One group of `do`. */
struct rule_do {
	bool after;                                       /* the operation, before its answer */
	struct rule_settings settings[RULE_ACTION_KINDS]; /* in the order of rule_actions[] */
};

struct rule_spec {
	char *name; /* NULL: "rule-N" */
	struct rule_when when;
	struct schema_list actions; /* struct rule_do */
	bool disabled;
};

int rule_parse_operation(const char *text, void *operation, char *why, size_t size);
int rule_parse_range(const char *text, void *range, char *why, size_t size);
int rule_parse_number(const char *text, void *number, char *why, size_t size);
/* A size with its unit, or 0; into a struct rule_number. */
int rule_parse_bytes(const char *text, void *number, char *why, size_t size);
int rule_parse_nth(const char *text, void *nth, char *why, size_t size);
int rule_parse_probability(const char *text, void *probability, char *why, size_t size);
int rule_parse_mode(const char *text, void *mode, char *why, size_t size);
int rule_parse_flag(const char *text, void *flag, char *why, size_t size);
int rule_parse_per(const char *text, void *per, char *why, size_t size);
int rule_parse_phase(const char *text, void *phase, char *why, size_t size);
/* "before" or "after", into a bool. */
int rule_parse_at(const char *text, void *after, char *why, size_t size);

/* An allowed word and its value; tables end with one without a name. */
struct rule_word {
	const char *name;
	int value;
};

/* The groups of operations: the values are enum hook_group, ORed. */
extern const struct rule_word rule_groups[];

int rule_parse_word(const struct rule_word *words, const char *text, int *value, char *why,
		    size_t size);
/* The same into a bool: true if the word's value is not 0. */
int rule_parse_either(const struct rule_word *words, const char *text, void *field, char *why,
		      size_t size);

/* Reads a decimal number at the start of text. Returns the text after it; NULL: no number. */
const char *rule_read_number(const char *text, uint64_t *number);

/* Whether nth includes the n-th match, from 1. */
bool rule_nth_has(const struct rule_nth *nth, uint64_t n);

#endif
