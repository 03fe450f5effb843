/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call of a log of strace, taken apart: name, arguments, result. Texts are parts of the
 * line. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_LINE_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRACE_ARGUMENTS = 8 };

struct strace_text {
	const char *at; /* not ended by a NUL; NULL: not there */
	size_t length;
};

struct strace_call {
	struct strace_text name;
	struct strace_text arguments[STRACE_ARGUMENTS]; /* of more, the last has the rest */
	unsigned int count;
	int64_t result; /* negative errno where it failed */
	bool no_result; /* "?": it was interrupted, or never returned */
	struct strace_text result_path;
	bool timed;
	uint64_t took; /* ns */
};

/* Of text that no NUL ends. */
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

/* Takes apart "name(arguments) = result <time>". Returns whether it is such a thing. */
bool strace_parse_call(const char *text, size_t length, struct strace_call *call);

/* Reads "1700000000.123456" and the space behind it: ns. Returns where it ends; NULL: no such. */
const char *strace_parse_time(const char *at, const char *end, uint64_t *time);

/* The parts of a line before the call. */
struct strace_prefix {
	int tid;       /* 0: strace followed one process only */
	bool timed;    /* `time` is there */
	bool of_day;   /* it is since midnight: -t and -tt */
	bool whole;    /* and in whole seconds: -t */
	uint64_t time; /* ns */
};

/*
 * "1234 1700000000.123456 ", "[pid  1234] 18:14:35.069008 " or "18:14:35 ", each part of which may
 * not be there; with a process's name behind its number (-Y), the number of the call (-n) and where
 * it was made (-i) behind the time, and blanks, tabs and quotes of mail before all. Returns where
 * they end.
 */
const char *strace_parse_prefix(const char *at, const char *end, struct strace_prefix *prefix);

/* Makes times since midnight times that go on over it. Zeroed before the first. */
struct strace_clock {
	bool begun;
	uint64_t midnight, last; /* ns */
};

/* of_day: ns since midnight. Returns ns since a midnight before the first time, never 0. */
uint64_t strace_clock_time(struct strace_clock *clock, uint64_t of_day);

/* Undoes the escapes of `strace -xx` in place, but of what would end a text or path. Returns the
 * new length. */
size_t strace_undo_hex(char *text, size_t length);

/* A whole argument as a number, decimal, octal or hexadecimal. */
bool strace_number(struct strace_text text, int64_t *number);

/* "5</tmp/file>" or "AT_FDCWD</tmp>": the descriptor (-100 for AT_FDCWD), and the path in brackets,
 * without what strace says of it besides; path.at NULL: there is none. */
bool strace_descriptor(struct strace_text text, int *fd, struct strace_text *path);

/* "\"text\"" with its escapes undone. Returns false when it is no text, cut off, or does not
 * fit. */
bool strace_string(struct strace_text text, char *string, size_t size);

/* The same for what stands in brackets. */
bool strace_path(struct strace_text text, char *path, size_t size);

/* "O_RDWR|O_CREAT|0x20" by a table; what is in none of its rows is left out. */
struct strace_flag {
	const char *name; /* NULL ends a table */
	uint64_t value;
};
uint64_t strace_flags(struct strace_text text, const struct strace_flag *table);

/* "key=value" in a struct that strace printed: the value as a number. */
bool strace_member(struct strace_text text, const char *key, int64_t *number);

static inline bool strace_is(struct strace_text text, const char *word)
{
	size_t length = __builtin_strlen(word);

	return text.length == length && !__builtin_memcmp(text.at, word, length);
}

#endif
