/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a configuration, as tables: what a key is called, its type, its default, what is
 * allowed, and which field of a struct it fills. A module keeps the keys of its own settings; files
 * are read by tools/scenario/schema.h.
 */
#ifndef INJECTOR_BASE_SCHEMA_KEY_H
#define INJECTOR_BASE_SCHEMA_KEY_H

#include <stddef.h>
#include <stdint.h>

enum schema_type {
	SCHEMA_TEXT,     /* char *, allocated; NULL when absent without a default */
	SCHEMA_SIZE,     /* uint64_t, bytes */
	SCHEMA_DURATION, /* uint64_t, ns; a plain number is seconds where .seconds is set */
	SCHEMA_COUNT,    /* uint64_t between min and max */
	SCHEMA_BOOLEAN,  /* bool: whether it is the second of its words; false, true without any */
	SCHEMA_WORD,     /* an enum: the place of the word among the row's words */
	SCHEMA_ROW,      /* const pointer: the row of the table that the word names */
	SCHEMA_PARSED, /* what the row's parse() makes of the text; a number is handed over as text
			*/
	SCHEMA_GROUP,  /* the struct that the row's keys fill, in place */
	SCHEMA_LIST,   /* struct schema_list of such structs, from a ( list ) of groups */
	SCHEMA_TEXTS,  /* struct schema_list of what parse() makes of each text, from a ( list ) of
			  texts */
	SCHEMA_KIND,   /* struct schema_choice: a group whose `kind` says which keys it has */
};

/* One of the words that a key may be. Messages, completion and the reference name them as they
 * stand here. */
struct schema_word {
	const char *name; /* NULL after the last */
	const char *help; /* for the reference; may be NULL */
	const void *row;  /* SCHEMA_ROW: what the field is set to */
};

/* A row's words: .SCHEMA_WORDS(WORD("any", "what it means"), WORD("none", NULL)). */
#define SCHEMA_WORDS(...)                                                                          \
	words = (const struct schema_word[])                                                       \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			.name = NULL                                                               \
		}                                                                                  \
	}
#define WORD(text, meaning)                                                                        \
	{                                                                                          \
		.name = (text), .help = (meaning)                                                  \
	}

/* One of the kinds that a SCHEMA_KIND can be. */
struct schema_kind {
	const char *name;
	const struct schema_key *keys; /* besides `kind`, ended by a row without a name */
	size_t size;                   /* of the struct that they fill */
	const char *help;              /* for the reference */
};

/* What a SCHEMA_KIND fills; zeros where the group is not there. */
struct schema_choice {
	const struct schema_kind *kind;
	void *settings; /* allocated */
};

struct schema_list {
	void *items; /* allocated */
	size_t count;
};

/* Where a command is run. */
enum schema_command {
	COMMAND_NONE,
	COMMAND_OF_RUN,  /* where the run is, which may be in a guest */
	COMMAND_OF_HOST, /* here in any case */
};

struct schema_key {
	const char *name; /* NULL ends a table */
	enum schema_type type;
	size_t offset;        /* of the field in the struct */
	const char *fallback; /* as it would be written; NULL: see required */
	const char
		*allowed;  /* in errors and in the reference; where there are words, besides them */
	const char *help;  /* for the reference */
	const char *noun;  /* PARSED: what it is, for the reference; NULL: a word */
	uint64_t min, max; /* COUNT, SIZE, DURATION; max 0: no limit */
	int required;      /* absent is an error */
	int seconds;       /* DURATION: a plain number is seconds */
	enum schema_command command;     /* TEXT: that is run, so who wrote it must be trusted */
	const struct schema_word *words; /* that it may be, ended by one without a name, */
	struct schema_word (*word)(size_t i); /* or number i of a table of rows, likewise ended */
	/* Sets the field from text. Returns 0 or -EINVAL with `why` filled in. */
	int (*parse)(const char *text, void *field, char *why, size_t size);
	const struct schema_key *keys; /* GROUP, LIST */
	/* GROUP: a value that is no group is that of this key of it. LIST and TEXTS take what is
	 * no list as a list of one. */
	const char *short_for;
	size_t given;     /* GROUP: of a bool that is set when the group is there; 0: none */
	size_t item_size; /* LIST, TEXTS */
	const struct schema_kind *(*kinds)(size_t i); /* KIND: number i, NULL after the last */
};

#endif
