/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses one call in a log of strace: name, arguments, result. Texts point into the line. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_LINE_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRACE_ARGUMENTS = 8 };

struct strace_text {
	const char *at; /* not NUL-terminated; NULL: absent */
	size_t length;
};

struct strace_call {
	struct strace_text name;
	struct strace_text arguments[STRACE_ARGUMENTS]; /* the last one has the rest */
	unsigned int count;
	int64_t result; /* negative errno on failure */
	bool no_result; /* "?": interrupted, or never returned */
	struct strace_text result_path;
	bool timed;
	uint64_t took; /* ns */
};

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline const char *skip_spaces(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

/* Parses "name(arguments) = result <time>". Returns whether the text has that form. */
bool strace_parse_call(const char *text, size_t length, struct strace_call *call);

/* Parses "1700000000.123456" and a blank. time: set, in ns. Returns the end of the blank; NULL: no
 * match. */
const char *strace_parse_time(const char *at, const char *end, uint64_t *time);

/* The parts of a line before the call. */
struct strace_prefix {
	int tid;       /* 0: none; strace followed one process */
	bool timed;    /* `time` is set */
	bool of_day;   /* `time` is since midnight: -t, -tt */
	bool whole;    /* `time` is in whole seconds: -t */
	uint64_t time; /* ns */
};

/*
 * Parses "1234 1700000000.123456 ", "[pid 1234] 18:14:35.069008 " or "18:14:35 ". Each part is
 * optional. Also accepts the process name behind its number (-Y), the number of the call (-n) and
 * its address (-i) behind the time, and leading blanks, tabs and quotes of mail. Returns the end.
 */
const char *strace_parse_prefix(const char *at, const char *end, struct strace_prefix *prefix);

/* Turns times of day into increasing times. Zeroed before the first call. */
struct strace_clock {
	bool begun;
	uint64_t midnight, last; /* ns */
};

/* of_day: ns since midnight. Returns ns since a midnight before the first time, never 0. */
uint64_t strace_clock_time(struct strace_clock *clock, uint64_t of_day);

/* Undoes the escapes of `strace -xx` in place, except those that would end a string or path.
 * Returns the new length. */
size_t strace_undo_hex(char *text, size_t length);

/* Parses an argument as a whole: a decimal, octal or hexadecimal number. Returns whether it is
 * one. */
bool strace_number(struct strace_text text, int64_t *number);

/* Parses "5</tmp/file>" or "AT_FDCWD</tmp>": the descriptor (-100 for AT_FDCWD), and the path
 * without annotations; path.at NULL: none. Returns whether it is a descriptor. */
bool strace_descriptor(struct strace_text text, int *fd, struct strace_text *path);

/* Unescapes a quoted string. Returns false if it is not a string, was truncated, or does not fit
 * `size` bytes. */
bool strace_string(struct strace_text text, char *string, size_t size);

/* Does the same for a path in brackets. */
bool strace_path(struct strace_text text, char *path, size_t size);

/* The value of "O_RDWR|O_CREAT|0x20" by a table; unknown names are ignored. */
struct strace_flag {
	const char *name; /* NULL ends a table */
	uint64_t value;
};
uint64_t strace_flags(struct strace_text text, const struct strace_flag *table);

/* The number in "key=value" of a printed struct. Returns whether there is one. */
bool strace_member(struct strace_text text, const char *key, int64_t *number);

static inline bool strace_is(struct strace_text text, const char *word)
{
	size_t length = __builtin_strlen(word);

	return text.length == length && !__builtin_memcmp(text.at, word, length);
}

#endif
