/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a configuration, as tables: each row has a key's name, type, default, allowed values,
 * and the field of a struct that it fills. A module keeps the keys of its own settings;
 * tools/scenario/schema.h reads files by them.
 */
#ifndef INJECTOR_BASE_SCHEMA_KEY_H
#define INJECTOR_BASE_SCHEMA_KEY_H

#include <stddef.h>
#include <stdint.h>

enum schema_type {
	SCHEMA_TEXT,     /* char *, allocated; NULL if absent without a default */
	SCHEMA_SIZE,     /* uint64_t, bytes */
	SCHEMA_DURATION, /* uint64_t, ns; a plain number is seconds where .seconds is set */
	SCHEMA_COUNT,    /* uint64_t between min and max */
	SCHEMA_BOOLEAN,  /* bool: true for the second of the row's words, if it has any */
	SCHEMA_WORD,     /* an enum: the index of the word among the row's words */
	SCHEMA_ROW,      /* const pointer: the row of the table that the word names */
	SCHEMA_PARSED,   /* set by the row's parse() from the text, of a number as well */
	SCHEMA_GROUP,    /* the struct that the row's keys fill, in place */
	SCHEMA_LIST,     /* struct schema_list of such structs, from a ( list ) of groups */
	SCHEMA_TEXTS,    /* struct schema_list of items set by parse(), from a ( list ) of texts */
	SCHEMA_KIND,     /* struct schema_choice: a group whose `kind` selects its keys */
};

/* An allowed word of a key. Messages, completion and the reference list them in this order. */
struct schema_word {
	const char *name; /* NULL after the last */
	const char *help; /* for the reference; may be NULL */
	const void *row;  /* SCHEMA_ROW: the field's value */
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

/* A kind of a SCHEMA_KIND. */
struct schema_kind {
	const char *name;
	const struct schema_key *keys; /* besides `kind`, ended by a row without a name */
	size_t size;                   /* bytes of the struct that they fill */
	const char *help;              /* for the reference */
};

/* The field of a SCHEMA_KIND; zeros if the group is absent. */
struct schema_choice {
	const struct schema_kind *kind;
	void *settings; /* allocated */
};

struct schema_list {
	void *items; /* allocated */
	size_t count;
};

/* Where a command runs. */
enum schema_command {
	COMMAND_NONE,    /* the key is not a command */
	COMMAND_OF_RUN,  /* where the run is, maybe in a guest */
	COMMAND_OF_HOST, /* always on this machine */
};

struct schema_key {
	const char *name; /* NULL ends a table */
	enum schema_type type;
	size_t offset;        /* of the field in the struct */
	const char *fallback; /* the default as a file would have it; NULL: see required */
	const char *allowed;  /* allowed values, for errors and the reference; besides any words */
	const char *help;     /* for the reference */
	const char *noun;     /* PARSED: the type's name in the reference; NULL: "word" */
	uint64_t min, max;    /* COUNT, SIZE, DURATION; max 0: no limit */
	int required;         /* absence is an error */
	int seconds;          /* DURATION: a plain number is seconds */
	enum schema_command command;          /* TEXT: a command, so its author must be trusted */
	const struct schema_word *words;      /* allowed, ended by one without a name, */
	struct schema_word (*word)(size_t i); /* or item i of a table of rows, likewise ended */
	/* Sets the field from text. Returns 0 or -EINVAL with `why` filled in. */
	int (*parse)(const char *text, void *field, char *why, size_t size);
	const struct schema_key *keys; /* GROUP, LIST */
	/* GROUP: a value that is not a group sets this key of it. LIST and TEXTS take a value that
	 * is not a list as a list of one. */
	const char *short_for;
	size_t given;     /* GROUP: offset of a bool, true if the group is present; 0: none */
	size_t item_size; /* LIST, TEXTS: bytes of an item */
	const struct schema_kind *(*kinds)(size_t i); /* KIND: number i, NULL after the last */
};

#endif
