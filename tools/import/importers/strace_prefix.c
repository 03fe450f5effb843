/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses what strace prints before a call: process, time, number and address. */
#include "tools/import/importers/strace_line.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)
#define DAY    (86400 * SECOND)

/* Skips blanks and mail quotes. */
static const char *skip_margin(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '>' || *at == '|'))
		at++;
	return at;
}

/* Skips "<sqlite3>" after a number. Names may contain anything; a blank or bracket follows. */
static const char *skip_name(const char *at, const char *end)
{
	const char *close = at < end && *at == '<' ? memchr(at, '>', (size_t)(end - at)) : NULL;

	while (close && close + 1 < end && close[1] != ' ' && close[1] != ']')
		close = memchr(close + 1, '>', (size_t)(end - close - 1));
	return close && close - at < 40 ? close + 1 : at;
}

/* Skips "[ 257] [00007f922f374ad7] ", each part of which is optional. */
static const char *skip_brackets(const char *at, const char *end)
{
	while (at < end && *at == '[') {
		const char *next = at + 1;

		while (next < end && memchr("0123456789abcdef? ", *next, 18))
			next++;
		if (next == at + 1 || next >= end || *next != ']')
			return at;
		at = skip_spaces(next + 1, end);
	}
	return at;
}

/* Skips a comment of --pidns-translation, with the number in strace's namespace. */
static const char *skip_comment(const char *at, const char *end)
{
	const char *close = end - at > 4 && !memcmp(at, " /* ", 4)
				    ? memmem(at, (size_t)(end - at), " */", 3)
				    : NULL;

	return close && close - at < 60 ? close + 3 : at;
}

/* Skips "(+ 0.000017) " of -r, after another time. */
static const char *skip_step(const char *at, const char *end)
{
	const char *close =
		end - at > 2 && !memcmp(at, "(+", 2) ? memchr(at, ')', (size_t)(end - at)) : NULL;

	return close && close - at < 30 ? skip_spaces(close + 1, end) : at;
}

/* Reads up to 18 digits. Returns their end. */
static const char *take_digits(const char *at, const char *end, uint64_t *number, int *count)
{
	*number = 0;
	*count = 0;
	for (; at < end && is_digit(*at) && *count < 18; at++, ++*count)
		*number = *number * 10 + (uint64_t)(*at - '0');
	return at;
}

const char *strace_parse_time(const char *at, const char *end, uint64_t *time)
{
	uint64_t seconds, fraction;
	int digits;

	at = take_digits(at, end, &seconds, &digits);
	if (!digits || digits > 10 || at >= end || *at++ != '.')
		return NULL;
	at = take_digits(at, end, &fraction, &digits);
	if (!digits || digits > 9 || (at < end && *at != ' ' && *at != '>'))
		return NULL;
	for (; digits < 9; digits++)
		fraction *= 10;
	*time = seconds * SECOND + fraction;
	return at < end ? at + 1 : at;
}

/* Reads "18:14:35" and an optional fraction. Returns the end after the blank, or NULL. */
static const char *take_time_of_day(const char *at, const char *end, struct strace_prefix *prefix)
{
	uint64_t time = 0;

	for (int part = 0; part < 2; part++) {
		if (end - at < 3 || !is_digit(at[0]) || !is_digit(at[1]) || at[2] != ':')
			return NULL;
		time = time * 60 + (uint64_t)((at[0] - '0') * 10 + at[1] - '0');
		at += 3;
	}
	if (end - at < 3 || !is_digit(at[0]) || !is_digit(at[1]))
		return NULL;
	prefix->whole = at[2] == ' ';
	if (prefix->whole)
		prefix->time = (uint64_t)((at[0] - '0') * 10 + at[1] - '0') * SECOND;
	at = prefix->whole ? at + 3 : strace_parse_time(at, end, &prefix->time);
	prefix->time += time * 60 * SECOND;
	prefix->of_day = at && prefix->time < DAY;
	return prefix->of_day ? at : NULL;
}

/* Reads "1700000000 ", a time without fraction. Returns the end after the blank, or NULL. */
static const char *take_whole_seconds(const char *at, const char *end, struct strace_prefix *prefix)
{
	enum { EPOCH = 10 }; /* digits of a time since 1970, from 2001 on */
	uint64_t seconds;
	int digits;

	at = take_digits(at, end, &seconds, &digits);
	if (digits != EPOCH || at >= end || *at != ' ')
		return NULL;
	prefix->time = seconds * SECOND;
	prefix->whole = true;
	return at + 1;
}

const char *strace_parse_prefix(const char *at, const char *end, struct strace_prefix *prefix)
{
	const char *begin, *next;
	unsigned int tid = 0;
	bool bracket;

	at = skip_margin(at, end);
	bracket = end - at > 5 && !memcmp(at, "[pid ", 5);
	*prefix = (struct strace_prefix){ .tid = 0 };
	if (bracket)
		at = skip_spaces(at + 5, end);
	for (begin = at; at < end && is_digit(*at) && at - begin < 9; at++)
		tid = tid * 10 + (unsigned int)(*at - '0');
	at = at > begin ? skip_comment(skip_name(at, end), end) : at;
	if (at > begin && at < end && *at == (bracket ? ']' : ' ')) {
		prefix->tid = (int)tid;
		at = skip_spaces(at + 1, end);
	} else {
		at = begin;
	}
	next = take_time_of_day(at, end, prefix);
	if (!next) {
		prefix->whole = false;
		next = strace_parse_time(at, end, &prefix->time);
	}
	if (!next)
		next = take_whole_seconds(at, end, prefix);
	prefix->timed = next;
	return skip_brackets(next ? skip_step(skip_spaces(next, end), end) : at, end);
}

/* Lines of several threads are slightly out of order: not every step back is a midnight, and a time
 * late in the day can still be of the day before. */
uint64_t strace_clock_time(struct strace_clock *clock, uint64_t of_day)
{
	const uint64_t near = 60 * SECOND;

	if (!clock->begun) {
		*clock = (struct strace_clock){ .begun = true, .midnight = DAY, .last = of_day };
	} else if (of_day + DAY / 2 < clock->last) {
		clock->midnight += DAY;
		clock->last = of_day;
	} else if (clock->last < near && of_day > DAY - near) {
		return clock->midnight - DAY + of_day;
	} else {
		clock->last = of_day;
	}
	return clock->midnight + of_day;
}
