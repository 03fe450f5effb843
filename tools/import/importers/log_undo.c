/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_undo.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Length of a representation of the byte ESC at `at`; 0: none. */
static size_t escape_at(const char *at)
{
	static const char *const written[] = {
		"\033", "#033", "^[", "\\x1b", "\\033", "\\e", "\\u001b", "\\u001B", "\\x1B",
	};

	for (size_t i = 0; i < ARRAY_SIZE(written); i++)
		if (!strncmp(at, written[i], strlen(written[i])))
			return strlen(written[i]);
	return 0;
}

/* Length of a representation of a tab or line end at `at`, as rsyslog ("#012"), syslog-ng,
 * /dev/kmsg and netconsole write it; 0: none. byte: set to that, or to '\r'. */
static size_t control_at(const char *at, char *byte)
{
	static const struct {
		const char *written;
		char byte;
	} all[] = {
		{ "#011", '\t' },  { "\\x09", '\t' }, { "\\011", '\t' }, { "#012", '\n' },
		{ "\\x0a", '\n' }, { "\\x0A", '\n' }, { "\\012", '\n' }, { "#015", '\r' },
		{ "\\x0d", '\r' }, { "\\x0D", '\r' }, { "\\015", '\r' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strncmp(at, all[i].written, strlen(all[i].written))) {
			*byte = all[i].byte;
			return strlen(all[i].written);
		}
	return 0;
}

/* Length of a terminal sequence (ECMA-48: CSI, parameters, a letter). */
static size_t sequence_at(const char *at)
{
	size_t length = escape_at(at);

	if (!length)
		return 0;
	if (at[length] != '[')
		return *at == '\033';
	length++;
	length += strspn(at + length, "0123456789;:?");
	return isalpha((unsigned char)at[length]) ? length + 1 : 0;
}

/* Whether it moves the cursor to another line, by its last letter. */
static bool changes_line(const char *sequence, size_t length)
{
	return length > 2 && strchr("HfEFB", sequence[length - 1]);
}

static const struct entity {
	const char *name;
	char byte;
} entities[] = {
	{ "&quot;", '"' },  { "&lt;", '<' },   { "&gt;", '>' },   { "&amp;", '&' },
	{ "&apos;", '\'' }, { "&nbsp;", ' ' }, { "&#xa0;", ' ' }, { "&#160;", ' ' },
};

/* Length of an HTML entity. byte: set to its meaning. */
static size_t entity_at(const char *at, char *byte)
{
	char *end;
	long code;

	for (size_t i = 0; i < ARRAY_SIZE(entities); i++)
		if (!strncasecmp(at, entities[i].name, strlen(entities[i].name))) {
			*byte = entities[i].byte;
			return strlen(entities[i].name);
		}
	if (at[1] != '#')
		return 0;
	code = at[2] == 'x' || at[2] == 'X' ? strtol(at + 3, &end, 16) : strtol(at + 2, &end, 10);
	if (*end != ';' || code < ' ' || code > '~')
		return 0;
	*byte = (char)code;
	return (size_t)(end + 1 - at);
}

/* Length of an HTML tag, which the kernel's "<TASK>", "<IRQ>", "<0f>" and "<4>" are not. ends: set
 * to whether it ends a line. */
static size_t tag_at(const char *at, bool *ends)
{
	static const char *const names[] = {
		"br",   "p",    "div", "pre",    "li",   "tr",  "table", "blockquote",
		"html", "body", "td",  "span",   "code", "tt",  "a",     "b",
		"i",    "font", "em",  "strong", "samp", "kbd",
	};
	enum { BLOCKS = 10 };
	const char *name = at + 1 + (at[1] == '/'), *end = strchr(at, '>');

	for (size_t i = 0; end && i < ARRAY_SIZE(names); i++) {
		size_t length = strlen(names[i]);

		if (!strncasecmp(name, names[i], length) &&
		    (name[length] == '>' || name[length] == ' ' || name[length] == '/')) {
			*ends = i < BLOCKS;
			return (size_t)(end + 1 - at);
		}
	}
	return 0;
}

/* Skips mail quotes: "> ", ">> ". Keeps the prompt ">>> " of Python and drgn: a letter follows
 * it, and text quoted three times is rare. */
static char *without_quotes(char *text)
{
	char *at = text + strspn(text, " \t");

	if (!strncmp(at, ">>> ", 4) && isalpha((unsigned char)at[4]) && strncmp(at + 4, "page", 4))
		return text;
	while (*at == '>') {
		at++;
		text = at + (*at == ' ');
		at = text + strspn(text, " \t");
	}
	return text;
}

/* Two digits of quoted-printable; a byte that is not text becomes a question mark. */
static unsigned int byte_at(const char *digits)
{
	const char text[3] = { digits[0], digits[1], '\0' };
	unsigned long byte = strtoul(text, NULL, 16);

	return byte == '\t' || (byte >= ' ' && byte <= '~') ? (unsigned int)byte : '?';
}

/* Typographic punctuation and blanks: length, and a replacement that is not longer. */
static size_t typography_at(const char *at, const char **typed)
{
	static const struct {
		const char *written, *typed;
	} all[] = {
		{ "\xe2\x80\x9c", "\"" },  { "\xe2\x80\x9d", "\"" }, { "\xe2\x80\x98", "'" },
		{ "\xe2\x80\x99", "'" },   { "\xe2\x80\x93", "-" },  { "\xe2\x80\x94", "--" },
		{ "\xe2\x80\xa6", "..." }, { "\xe2\x80\x8b", "" },   { "\xe2\x80\x8c", "" },
		{ "\xe2\x80\x8d", "" },    { "\xe2\x80\xaf", " " },  { "\xe2\x81\xa0", "" },
		{ "\xc2\xa0", " " },       { "\xc2\xad", "" },       { "\xef\xbb\xbf", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strncmp(at, all[i].written, strlen(all[i].written))) {
			*typed = all[i].typed;
			return strlen(all[i].written);
		}
	return 0;
}

/* A string of a program, on a line of its own, in which newlines are "\\n". */
static bool is_string(const char *text)
{
	const char *at = strstr(text, "\\n");

	return at && (strstr(at + 2, "\\n") || !at[2 + strspn(at + 2, "\"'])} ")]);
}

static bool is_csv(const char *text)
{
	return *text == '"' || strstr(text, ",\"") || strstr(text, "\t\"");
}

/* First bytes of all that is undone: they are rare, so most bytes are copied at once. */
static const bool begins_something[256] = {
	['\033'] = true, ['#'] = true,  ['^'] = true,  ['\\'] = true, ['<'] = true,
	['&'] = true,    ['='] = true,  ['"'] = true,  ['\r'] = true, ['\b'] = true,
	[0302] = true,   [0342] = true, [0357] = true,
};

/* State of undoing a line. */
struct undoing {
	bool csv, printable, string;
	char *begin; /* start of the line */
};

/* Undoes invisible text at `*at`. Returns whether there was any. */
static bool skip_one(const struct undoing *undoing, const char **at, char **to)
{
	bool ends = false;
	size_t skip = strchr("\033#^\\", **at) ? sequence_at(*at) : 0;

	if (skip)
		ends = changes_line(*at, skip);
	else if (**at == '<')
		skip = tag_at(*at, &ends);
	else if (**at == '\r' || (undoing->string && !strncmp(*at, "\\n", 2)))
		ends = (skip = **at == '\r' ? 1 : 2);
	else if (undoing->string && !strncmp(*at, "\\r", 2))
		skip = 2;
	if (**at == '\b') {
		skip = 1;
		*to -= *to > undoing->begin;
	}
	*at += skip;
	if (ends)
		*(*to)++ = '\n';
	return skip;
}

static void undo_one(const struct undoing *undoing, const char **at, char **to)
{
	const char *typed, *from = *at;
	size_t skip;
	char byte;

	if (skip_one(undoing, at, to))
		return;
	if (*from == '&' && (skip = entity_at(from, &byte))) {
		*(*to)++ = byte;
		*at += skip;
	} else if (undoing->printable && *from == '=' && isxdigit((unsigned char)from[1]) &&
		   isxdigit((unsigned char)from[2])) {
		*(*to)++ = (char)byte_at(from + 1);
		*at += 3;
	} else if ((unsigned char)*from >= 0x80 && (skip = typography_at(from, &typed))) {
		*to = stpcpy(*to, typed);
		*at += skip;
	} else if ((*from == '#' || *from == '\\') && (skip = control_at(from, &byte))) {
		if (byte != '\r')
			*(*to)++ = byte;
		*at += skip;
	} else if (*from == '\\' && from[1] && strchr("_*[]<>#`\"'", from[1])) {
		++*at;
	} else {
		*at += undoing->csv && *from == '"' && from[1] == '"';
		*(*to)++ = *(*at)++;
	}
}

char *log_undo(char *text)
{
	struct undoing undoing;
	const char *at;
	char *to;

	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	if (!text[strcspn(text, "\033#^&<\\\"\r\b>=\302\342\357")])
		return text;
	text = without_quotes(text);
	undoing = (struct undoing){
		.csv = strstr(text, "\"\"") && is_csv(text),
		.printable = strstr(text, "=3D"),
		.string = is_string(text),
		.begin = text,
	};
	for (at = to = text; *at;) {
		bool means = *at == '=' ? undoing.printable : *at != '"' || undoing.csv;

		if (means && begins_something[(unsigned char)*at])
			undo_one(&undoing, &at, &to);
		else
			*to++ = *at++;
	}
	*to = '\0';
	return text;
}

/* Lists of strings as Python prints them, in either quote. */
static bool is_list(const char *text)
{
	return text[0] == '[' && text[1] == '\'' && strstr(text, "', '");
}

bool log_undo_is_json(const char *text)
{
	const char *at = text + strspn(text, " \t"), *brace = strstr(at, "{\"");

	if (brace || (*at == '{' && strchr(at, '"')))
		return strstr(at, "\":") || strstr(at, "\" :");
	if (*at == '[' && (at[1] == '"' || is_list(at)))
		return true;
	/* "MESSAGE" : "..." */
	if (*at != '"')
		return false;
	at = strchr(at + 1, '"');
	return at && at[1 + strspn(at + 1, " \t")] == ':';
}

/* Unescapes in place a string that begins after its quote. Returns the end, after the closing
 * quote. */
static char *take_quoted(char *at, char quote, char **string)
{
	char *to = at;

	*string = at;
	while (*at && *at != quote) {
		unsigned int code;

		if (*at != '\\' || !at[1]) {
			*to++ = *at++;
			continue;
		}
		at++;
		if (*at == 'u' && sscanf(at + 1, "%4x", &code) == 1 && strlen(at) > 4) {
			*to++ = (char)(code >= ' ' && code < 0x80 ? code
				       : code == 0x1b             ? 0x1b
								  : ' ');
			at += 5;
			continue;
		}
		*to++ = (char)(*at == 'n' ? '\n' : *at == 't' ? '\t' : *at == 'r' ? ' ' : *at);
		at++;
	}
	if (*at)
		at++;
	*to = '\0';
	return at;
}

/* journald writes text that is not UTF-8, or has escape sequences, as an array of bytes. least:
 * fewest bytes of a text. */
static char *take_bytes(char *at, ptrdiff_t least, char **string)
{
	char *to = at, *from = at;

	for (;;) {
		char *end;
		long byte = strtol(at, &end, 10);

		if (end == at || byte < 0 || byte > 255)
			break;
		*to++ = (char)(byte == '\n' || byte == '\033' || byte >= ' ' ? byte : ' ');
		at = end + strspn(end, " ");
		if (*at != ',')
			break;
		at++;
	}
	*string = to - from >= least && *at == ']' ? from : NULL;
	if (*string) {
		*to = '\0';
		at++;
	}
	return at;
}

char *log_undo_member(char *text, const char *key)
{
	size_t length = strlen(key);
	char *string = NULL;

	for (char *at = text; !string && (at = strstr(at, key)); at += length) {
		char *value = at + length + 1;

		if (at == text || at[-1] != '"' || at[length] != '"')
			continue;
		value += strspn(value, " \t");
		if (*value != ':')
			continue;
		value += 1 + strspn(value + 1, " \t");
		if (*value == '"')
			take_quoted(value + 1, '"', &string);
		else if (*value == '[')
			take_bytes(value + 1 + strspn(value + 1, " \t"), 1, &string);
		else
			return NULL;
	}
	return string;
}

void log_undo_json(char *text, void (*take)(void *context, char *string), void *context)
{
	enum { BYTES = 9 };
	bool list = is_list(text + strspn(text, " \t"));

	for (char *at = text; *at;) {
		char *string = NULL;

		if (*at == '"' || (list && *at == '\'')) {
			char quote = *at;

			at = take_quoted(at + 1, quote, &string);
			/* Skips a key. */
			if (at[strspn(at, " \t")] == ':')
				string = NULL;
		} else if (*at == '[' && isdigit((unsigned char)at[1 + strspn(at + 1, " ")])) {
			at = take_bytes(at + 1, BYTES, &string);
		} else {
			at++;
		}
		if (string && *string)
			take(context, string);
	}
}
