/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the JSON keys that users script against. A row gives a key's name, type, unit, meaning,
 * and the function that makes its value. keys_object() makes an object from a table; keys_print.h
 * prints the reference (Markdown) and the JSON Schema from the same rows.
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
	KEY_GROUP,   /* an object with the row's keys; any object if the row has none */
	KEY_LIST,    /* list of such objects */
	KEY_MAP,     /* an object with any names; keys[0] describes every value */
	KEY_TEXTS,   /* list of texts */
	KEY_NUMBERS, /* list of whole numbers */
	KEY_PAIRS,   /* list of pairs of whole numbers */
};

enum key_flags {
	KEY_NULL = 1 << 0,     /* may be null */
	KEY_OPTIONAL = 1 << 1, /* absent if it has no value */
	KEY_APART = 1 << 2,    /* the reference lists its keys in a separate table */
	KEY_ADDED = 1 << 3,    /* optional; keys_add() skips it, other code adds it */
	KEY_FLAGS_END = 1 << 4 /* first flag that a table may define for itself */
};

struct key {
	const char *name; /* NULL ends a table */
	enum key_type type;
	const char *unit;    /* of numbers, in words: "nanoseconds"; NULL: none */
	const char *meaning; /* a phrase in Markdown; NULL: the name says it */
	unsigned int flags;  /* enum key_flags */
	/* Returns the value, a new reference; NULL: null. at: `offset` bytes into the table's
	 * struct. A group without make() is made by its keys from the struct at that place. */
	json_t *(*make)(const void *at);
	size_t offset;
	const struct key *keys; /* GROUP, LIST, MAP */
	const char *always;     /* TEXT: the constant value, instead of make() */
};

/* Sets make() and offset of a row for a field of a struct. */
#define KEY_AT(make_value, type, field) .make = (make_value), .offset = offsetof(type, field)

/* Ends a table. */
#define KEY_END                                                                                    \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* Returns a new object, owned by the caller, with the keys of a table. from: the table's struct. */
json_t *keys_object(const struct key *keys, const void *from);

/* Adds the same keys to an existing object. */
void keys_add(json_t *object, const struct key *keys, const void *from);

/* Returns the row of that name, or NULL. */
const struct key *keys_find(const struct key *keys, const char *name);

/* Functions for make(), by the type of the field. A byte that is not UTF-8 becomes "?". */
json_t *key_u64(const void *at);          /* uint64_t */
json_t *key_counter(const void *at);      /* _Atomic uint64_t */
json_t *key_unsigned(const void *at);     /* unsigned int */
json_t *key_bool(const void *at);         /* bool */
json_t *key_string(const void *at);       /* const char *; NULL: null */
json_t *key_text(const void *at);         /* char[] */
json_t *key_text_or_null(const void *at); /* char[]; "": null */
json_t *key_errno(const void *at);        /* int, of either sign: the errno's name; 0: null */
json_t *key_real(const void *at);         /* double; negative: null */

/* The same for a value. */
json_t *key_number(uint64_t value);
json_t *key_real_of(double value);
json_t *key_text_of(const char *text);

/*
 * A table of keys for a line of events.jsonl, for a hit in result.json, or for both.
 */
struct key_table {
	const char *type;  /* of the line; NULL: none */
	const char *kind;  /* of the hit; NULL: none */
	const char *title; /* NULL ends a list of tables */
	const struct key *keys;
};

/*
 * Copies the rows that have one of these flags, and ends the copy. into: room for `size` rows,
 * including the end. Returns how many rows were copied, without the end.
 */
size_t keys_select(const struct key *keys, unsigned int flags, struct key *into, size_t size);

#endif
