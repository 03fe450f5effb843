/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_line.h"
#include "injector/base/errno_table.h"

#include <errno.h>
#include <string.h>

/* Returns the end of a string, after its quote. at: after the opening quote. */
static const char *end_of_string(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			return at + 1;
	}
	return NULL;
}

/* Returns the end of a descriptor's annotation, after its bracket. */
static const char *end_of_annotation(const char *at, const char *end)
{
	unsigned int depth = 1;

	for (; at < end && depth; at++) {
		depth += *at == '<';
		/* "->" separates the addresses of a socket. */
		depth -= *at == '>' && at[-1] != '-';
	}
	return depth ? NULL : at;
}

/* Whether a '<' begins an annotation, rather than being a shift or comparison. */
static bool is_annotation(const char *begin, const char *at, const char *end)
{
	return at > begin && (is_digit(at[-1]) || at[-1] == 'D') && at + 1 < end && at[1] != '<' &&
	       at[1] != ' ';
}

/* Takes the arguments after '('. Returns the end after ')'; NULL: none. */
static const char *take_arguments(const char *at, const char *end, struct strace_call *call)
{
	const char *begin = at, *first = at;
	unsigned int depth = 0;

	call->count = 0;
	while (at && at < end) {
		char c = *at++;

		if (c == '"') {
			at = end_of_string(at, end);
		} else if (c == '<' && is_annotation(begin, at - 1, end)) {
			at = end_of_annotation(at, end);
		} else if (c == '(' || c == '[' || c == '{') {
			depth++;
		} else if (depth && (c == ')' || c == ']' || c == '}')) {
			depth--;
		} else if (!depth &&
			   (c == ')' || (c == ',' && call->count < STRACE_ARGUMENTS - 1))) {
			struct strace_text argument = { first, (size_t)(at - 1 - first) };

			/* Before 5.10 a blank follows "resumed>". */
			while (argument.length && first[argument.length - 1] == ' ')
				argument.length--;
			if (c == ',' || argument.length)
				call->arguments[call->count++] = argument;
			if (c == ')')
				return at;
			at = skip_spaces(at, end);
			first = at;
		}
	}
	return NULL;
}

static bool take_error(const char *at, const char *end, struct strace_call *call)
{
	char name[32];
	size_t length = 0;

	while (at < end && *at != ' ' && length < sizeof(name) - 1)
		name[length++] = *at++;
	name[length] = '\0';
	call->result = -errno_number(name);
	return call->result;
}

/* "-1 (errno 28)" of -e raw. */
static void take_raw_error(const char *at, const char *end, struct strace_call *call)
{
	const char *stop = memchr(at, ')', (size_t)(end - at));
	int64_t number;

	if (stop && strace_number((struct strace_text){ at, (size_t)(stop - at) }, &number) &&
	    number > 0 && number < 4096)
		call->result = -number;
}

/* "4096 <0.000012>", "3</tmp/x> <0.1>", "-1 ENOENT (No such file or directory)", "?". */
static bool take_result(const char *at, const char *end, struct strace_call *call)
{
	struct strace_text number;
	uint64_t took;

	call->result_path = (struct strace_text){ NULL, 0 };
	call->no_result = at < end && *at == '?';
	call->timed = false;
	call->took = 0;
	number.at = at;
	while (at < end && *at != ' ' && *at != '<')
		at++;
	number.length = (size_t)(at - number.at);
	if (call->no_result)
		return true;
	if (!strace_number(number, &call->result))
		return false;
	if (at < end && *at == '<') {
		const char *path = at + 1;

		at = end_of_annotation(path, end);
		if (!at)
			return false;
		call->result_path = (struct strace_text){ path, (size_t)(at - 1 - path) };
	}
	at = skip_spaces(at, end);
	if (call->result == -1 && at < end && *at == 'E' && !take_error(at, end, call))
		return false;
	if (call->result == -1 && end - at > 7 && !memcmp(at, "(errno ", 7))
		take_raw_error(at + 7, end, call);
	/* The time comes last, after any remarks. */
	if (end > at && end[-1] == '>') {
		const char *open = memrchr(at, '<', (size_t)(end - at));

		call->timed = open && strace_parse_time(open + 1, end - 1, &took);
		call->took = call->timed ? took : 0;
	}
	return true;
}

static unsigned int hex_digit(char c)
{
	return is_digit(c) ? (unsigned int)(c - '0') : (unsigned int)((c | 32) - 'a' + 10);
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

size_t strace_undo_hex(char *text, size_t length)
{
	const char *end = text + length;
	char *to = memmem(text, length, "\\x", 2);

	if (!to)
		return length;
	for (const char *at = to; at < end;) {
		unsigned int byte = 0;

		if (*at == '\\' && end - at > 3 && at[1] == 'x' && is_hex(at[2]) && is_hex(at[3]))
			byte = hex_digit(at[2]) << 4 | hex_digit(at[3]);
		if (byte >= ' ' && byte <= '~' && !memchr("\"\\<>", (int)byte, 4)) {
			*to++ = (char)byte;
			at += 4;
		} else {
			/* Keeps an escape whole: its second byte begins no other. */
			if (*at == '\\' && end - at > 1)
				*to++ = *at++;
			*to++ = *at++;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

bool strace_parse_call(const char *text, size_t length, struct strace_call *call)
{
	const char *end = text + length, *at = text;

	while (at < end && ((*at >= 'a' && *at <= 'z') || is_digit(*at) || *at == '_'))
		at++;
	if (at == text || at >= end || *at != '(')
		return false;
	call->name = (struct strace_text){ text, (size_t)(at - text) };
	at = take_arguments(at + 1, end, call);
	if (!at)
		return false;
	at = skip_spaces(at, end);
	if (at >= end || *at++ != '=')
		return false;
	return take_result(skip_spaces(at, end), end, call);
}

bool strace_number(struct strace_text text, int64_t *number)
{
	const char *at = text.at, *end = text.at + text.length;
	bool negative = text.length && *at == '-';
	unsigned int base = 10;
	uint64_t value = 0;

	at += negative;
	if (end - at > 2 && at[0] == '0' && at[1] == 'x') {
		base = 16;
		at += 2;
	} else if (end - at > 1 && at[0] == '0') {
		base = 8;
		at++;
	}
	if (at >= end || end - at > 22)
		return false;
	for (; at < end; at++) {
		unsigned int digit = is_digit(*at)              ? (unsigned int)*at - '0'
				     : *at >= 'a' && *at <= 'f' ? (unsigned int)*at - 'a' + 10
								: 99;

		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*number = (int64_t)(negative ? -value : value);
	return true;
}

bool strace_descriptor(struct strace_text text, int *fd, struct strace_text *path)
{
	static const char deleted[] = ">(deleted)";
	const size_t mark = sizeof(deleted) - 2; /* without the bracket */
	const char *end = text.at + text.length, *open, *more;
	const char *at = text.length ? memchr(text.at, '<', text.length) ?: end : end;
	struct strace_text head = { text.at, (size_t)(at - text.at) };
	enum { CWD = -100, MOST = 9999999 };
	int64_t number = CWD;

	path->at = NULL;
	path->length = 0;
	/* With -e raw: hexadecimal, and AT_FDCWD as a number. */
	if (!strace_is(head, "AT_FDCWD") && !strace_number(head, &number))
		return false;
	if ((number < 0 || number > MOST) && (int)number != CWD)
		return false;
	*fd = (int)number;
	if (at >= end)
		return true;
	if ((size_t)(end - at) > mark + 1 && !memcmp(end - mark - 1, deleted, mark + 1))
		end -= mark;
	if (end[-1] != '>')
		return false;
	open = at + 1;
	path->at = open;
	path->length = (size_t)(end - 1 - open);
	/* "</dev/null<char 1:3>>", and "</tmp/file (deleted)>" of old versions. */
	more = memchr(open, '<', path->length);
	if (more)
		path->length = (size_t)(more - open);
	if (path->length > 10 && !memcmp(open + path->length - 10, " (deleted)", 10))
		path->length -= 10;
	return true;
}

/* Decodes an escape after its backslash. Returns the end. */
static const char *take_escape(const char *at, const char *end, char *to)
{
	static const char letters[] = "abefnrtv", values[] = "\a\b\33\f\n\r\t\v";
	const char *letter = memchr(letters, *at, sizeof(letters) - 1);
	unsigned int value = 0;
	int digits = 0;

	if (*at == 'x') {
		for (at++; at < end && digits < 2 && strchr("0123456789abcdef", *at) && *at;
		     at++, digits++)
			value = value * 16 +
				(unsigned int)(is_digit(*at) ? *at - '0' : *at - 'a' + 10);
		*to = (char)value;
		return at;
	}
	for (; at < end && digits < 3 && *at >= '0' && *at <= '7'; at++, digits++)
		value = value * 8 + (unsigned int)(*at - '0');
	if (digits) {
		*to = (char)value;
		return at;
	}
	*to = *(letter ? values + (letter - letters) : at);
	return at + 1;
}

/* Refuses NULs, since the result is a path. */
static bool unescape(const char *at, const char *end, char *to, size_t size)
{
	char *last = to + size - 1;

	while (at < end) {
		if (to == last)
			return false;
		if (*at != '\\' || at + 1 >= end)
			*to = *at++;
		else
			at = take_escape(at + 1, end, to);
		if (!*to++)
			return false;
	}
	*to = '\0';
	return true;
}

bool strace_string(struct strace_text text, char *string, size_t size)
{
	return text.length >= 2 && text.at[0] == '"' && text.at[text.length - 1] == '"' &&
	       unescape(text.at + 1, text.at + text.length - 1, string, size);
}

bool strace_path(struct strace_text text, char *path, size_t size)
{
	return text.at && unescape(text.at, text.at + text.length, path, size);
}

uint64_t strace_flags(struct strace_text text, const struct strace_flag *table)
{
	const char *at = text.at, *end = text.at + text.length;
	uint64_t flags = 0;

	while (at < end) {
		const char *bar = memchr(at, '|', (size_t)(end - at)) ?: end;
		/* With -X verbose, the names are in a comment after the number. */
		const char *blank = memchr(at, ' ', (size_t)(bar - at));
		struct strace_text word = { at, (size_t)((blank ? blank : bar) - at) };
		int64_t number;

		if (strace_number(word, &number))
			flags |= (uint64_t)number;
		else
			for (const struct strace_flag *flag = table; flag->name; flag++)
				if (strace_is(word, flag->name)) {
					flags |= flag->value;
					break;
				}
		/* The number is complete. */
		if (blank)
			break;
		at = bar + 1;
	}
	return flags;
}

bool strace_member(struct strace_text text, const char *key, int64_t *number)
{
	size_t length = strlen(key);
	const char *at = text.at ? memmem(text.at, text.length, key, length) : NULL;
	const char *end = text.at + text.length, *stop;

	if (!at)
		return false;
	at += length;
	stop = at;
	while (stop < end && *stop != ',' && *stop != '}' && *stop != ' ')
		stop++;
	return strace_number((struct strace_text){ at, (size_t)(stop - at) }, number);
}
