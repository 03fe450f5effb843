/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of JSON that others script against, as tables: a key is a row that says its name, type, unit
 * and meaning, and how its value is made. An object is written by walking its table; the reference
 * (Markdown) and the JSON Schema are printed from the same rows, see keys_print.h.
 */
#ifndef TOOLS_BASE_KEYS_H
#define TOOLS_BASE_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_type {
	KEY_TEXT,
	KEY_BOOLEAN,
	KEY_NUMBER,  /* whole */
	KEY_REAL,    /* with a fraction */
	KEY_GROUP,   /* an object with the row's keys; with none: with any */
	KEY_LIST,    /* of such objects */
	KEY_MAP,     /* an object with names of any kind, whose values are all as keys[0] says */
	KEY_TEXTS,   /* list of texts */
	KEY_NUMBERS, /* list of whole numbers */
	KEY_PAIRS,   /* list of pairs of whole numbers */
};

enum key_flags {
	KEY_NULL = 1 << 0,     /* may be null */
	KEY_OPTIONAL = 1 << 1, /* is not there when it has no value */
	KEY_APART = 1 << 2,    /* the reference lists its keys in a table of their own */
	KEY_ADDED = 1 << 3,    /* the same, and added by whoever has it, not by keys_add() */
	KEY_FLAGS_END = 1 << 4 /* free for what a table is about, from here on */
};

struct key {
	const char *name; /* NULL ends a table */
	enum key_type type;
	const char *unit;    /* of numbers, in words: "nanoseconds"; NULL: none */
	const char *meaning; /* a phrase of Markdown; NULL: the name says it */
	unsigned int flags;  /* enum key_flags */
	/* The value: a new reference, NULL: null. at: `offset` bytes into what the table is about.
	 * A group without make() is made by its keys, of the struct there. */
	json_t *(*make)(const void *at);
	size_t offset;
	const struct key *keys; /* GROUP, LIST, MAP */
	const char *always;     /* TEXT: the only value, instead of make() */
};

/* make() and offset, of a field. */
#define KEY_AT(make_value, type, field) .make = (make_value), .offset = offsetof(type, field)

/* The end of a table. */
#define KEY_END                                                                                    \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* An object of the caller's with the keys of a table. from: the struct that the table is about. */
json_t *keys_object(const struct key *keys, const void *from);

/* The same into an object that is there. */
void keys_add(json_t *object, const struct key *keys, const void *from);

/* The row of a name; NULL when there is none. */
const struct key *keys_find(const struct key *keys, const char *name);

/* What make() can be for a field. A text of bytes that are no UTF-8 becomes "?". */
json_t *key_u64(const void *at);          /* uint64_t */
json_t *key_counter(const void *at);      /* _Atomic uint64_t */
json_t *key_unsigned(const void *at);     /* unsigned int */
json_t *key_bool(const void *at);         /* bool */
json_t *key_string(const void *at);       /* const char *; NULL: null */
json_t *key_text(const void *at);         /* char[] */
json_t *key_text_or_null(const void *at); /* char[]; "": null */
json_t *key_errno(const void *at);        /* int, of either sign: its name; 0: null */
json_t *key_real(const void *at);         /* double; negative: null */

/* The same of a value. */
json_t *key_number(uint64_t value);
json_t *key_real_of(double value);
json_t *key_text_of(const char *text);

/*
 * What a table of keys is about: something that is told as a line of events.jsonl, or is a hit in
 * result.json, or both.
 */
struct key_table {
	const char *type;  /* of the line; NULL: none */
	const char *kind;  /* of the hit; NULL: none */
	const char *title; /* NULL ends a list of tables */
	const struct key *keys;
};

/*
 * Copies the rows with one of these flags. into: room for `size` rows. Returns how many were
 * copied; the end of the table is put after them.
 */
size_t keys_select(const struct key *keys, unsigned int flags, struct key *into, size_t size);

#endif
