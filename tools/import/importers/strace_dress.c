/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_dress.h"
#include "injector/base/array.h"
#include "tools/import/importers/log_undo.h"
#include "tools/import/importers/strace_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MARGIN_MAX = 160 }; /* bytes that may precede strace's part */

/* "read(", "<... read resumed>", "+++ exited", "--- SIGCHLD" */
static bool is_call(const char *at, const char *end)
{
	const char *from = at;

	if (end - at > 5 &&
	    (!memcmp(at, "<... ", 5) || !memcmp(at, "+++ ", 4) || !memcmp(at, "--- ", 4)))
		return true;
	while (at < end &&
	       (islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '_'))
		at++;
	return at < end && at > from + 2 && *at == '(';
}

/* Whether strace's part begins here. A call without process and time may be prose, unless its
 * result follows. */
static bool begins_here(const char *at, const char *end, bool told)
{
	struct strace_prefix prefix;
	const char *text = strace_parse_prefix(at, end, &prefix);
	struct strace_call call;

	if (!is_call(text, end) || told || prefix.tid || prefix.timed)
		return is_call(text, end);
	/* perf trace names arguments: "read(fd: 3". */
	return strace_parse_call(text, (size_t)(end - text), &call) && call.count &&
	       !memmem(call.arguments[0].at, call.arguments[0].length, ": ", 2);
}

static char *find_begin(char *text, size_t length)
{
	char *end = text + length;

	for (char *at = text; at < end && at - text < MARGIN_MAX; at++)
		if ((at == text || strchr(" \t\n:+`>|-", at[-1])) && begins_here(at, end, false))
			return at;
	return NULL;
}

struct longest {
	char *text;
	size_t length;
};

static void keep_longest(void *context, char *text)
{
	struct longest *longest = context;
	size_t length = strlen(text);

	if (length > longest->length)
		*longest = (struct longest){ text, length };
}

static char *undo(char *text)
{
	struct longest longest = { NULL, 0 };

	if (!log_undo_is_json(text))
		return log_undo(text);
	log_undo_json(text, keep_longest, &longest);
	return longest.text ? longest.text : text;
}

static size_t without_end(const char *text, size_t length, const char *ends)
{
	while (length && strchr(ends, text[length - 1]) && text[length - 1])
		length--;
	return length;
}

char *strace_undress(struct strace_dress *dress, char *text, size_t *length)
{
	char *begin;

	*length = without_end(text, *length, " \t\r\n");
	if (dress->worn == DRESS_NONE)
		return text;
	if (dress->worn == DRESS_UNKNOWN && begins_here(text, text + *length, true) &&
	    (memchr(text, '"', *length) || !memmem(text, *length, "&quot;", 6))) {
		dress->worn = DRESS_NONE;
		return text;
	}
	/* Most lines have the same dress; until one has been recognized, a line must not be
	 * modified. */
	if (memchr(text, '\0', *length) || !*length)
		return text;
	text[*length] = '\0';
	if (dress->worn == DRESS_UNKNOWN && !memchr(text, '(', *length))
		return text;
	begin = undo(text);
	*length = without_end(begin, strlen(begin), " \t\r\n`");
	text = begin;
	begin = find_begin(text, *length);
	if (!begin)
		return text;
	dress->worn = DRESS_WORN;
	*length -= (size_t)(begin - text);
	return begin;
}

const char *strace_other(const char *at, const char *end)
{
	static const struct {
		const char *mark, *is;
	} others[] = {
		{ "% time ", "a summary (strace -c), which has none" },
		{ " ms): ", "what perf trace prints" },
		{ "type=SYSCALL msg=audit(", "a log of auditd" },
		{ "fio version ", "a log of fio: `foliostorm import iolog`" },
		{ "kernel BUG at ", "a kernel log: `foliostorm import oops`" },
		{ "Call Trace:", "a kernel log: `foliostorm import oops`" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (memmem(at, (size_t)(end - at), others[i].mark, strlen(others[i].mark)))
			return others[i].is;
	return NULL;
}
