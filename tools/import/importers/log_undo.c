/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_undo.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The length of what stands for the byte ESC at `at`; 0: nothing does. */
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

/* The length of a sequence of a terminal (ECMA-48: CSI, parameters, a letter). */
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

static const struct entity {
	const char *name;
	char byte;
} entities[] = {
	{ "&quot;", '"' },  { "&lt;", '<' },   { "&gt;", '>' },   { "&amp;", '&' },
	{ "&apos;", '\'' }, { "&nbsp;", ' ' }, { "&#xa0;", ' ' }, { "&#160;", ' ' },
};

/* An entity: its length, and the byte that it stands for. */
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

/* The length of a tag; the kernel's own "<TASK>", "<IRQ>", "<0f>" and "<4>" are none. */
static size_t tag_at(const char *at)
{
	static const char *const names[] = {
		"span", "br",  "p",          "div",  "pre",  "code",  "td", "tr",
		"tt",   "a",   "b",          "i",    "font", "li",    "em", "strong",
		"samp", "kbd", "blockquote", "html", "body", "table",
	};
	const char *name = at + 1 + (at[1] == '/'), *end = strchr(at, '>');

	for (size_t i = 0; end && i < ARRAY_SIZE(names); i++) {
		size_t length = strlen(names[i]);

		if (!strncasecmp(name, names[i], length) &&
		    (name[length] == '>' || name[length] == ' ' || name[length] == '/'))
			return (size_t)(end + 1 - at);
	}
	return 0;
}

/* Quotes of mail: "> ", ">> ". Python's and drgn's prompt ">>> " stays: a letter follows it, and
 * what is quoted thrice is rare. */
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

/* Two digits of quoted-printable; what is no text becomes a question mark. */
static unsigned int byte_at(const char *digits)
{
	const char text[3] = { digits[0], digits[1], '\0' };
	unsigned long byte = strtoul(text, NULL, 16);

	return byte == '\t' || (byte >= ' ' && byte <= '~') ? (unsigned int)byte : '?';
}

static bool is_csv(const char *text)
{
	return *text == '"' || strstr(text, ",\"");
}

/* Bytes that what is undone begins with: a log has a million lines, and they are few. */
static const bool begins_something[256] = {
	['\033'] = true, ['#'] = true, ['^'] = true, ['\\'] = true, ['<'] = true,
	['&'] = true,    ['='] = true, ['"'] = true, [0342] = true,
};

char *log_undo(char *text)
{
	const char *at;
	char *to, byte;
	bool csv, printable;

	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	if (!text[strcspn(text, "\033#^&<\\\"\r>=\342")])
		return text;
	text = without_quotes(text);
	printable = strstr(text, "=3D");
	csv = strstr(text, "\"\"") && is_csv(text);
	for (at = to = text; *at;) {
		size_t skip;

		if (!begins_something[(unsigned char)*at]) {
			*to++ = *at++;
			continue;
		}
		skip = *at == '=' || *at == '"' ? 0 : sequence_at(at);

		if (!skip && *at == '<')
			skip = tag_at(at);
		if (skip) {
			at += skip;
		} else if (*at == '&' && (skip = entity_at(at, &byte))) {
			*to++ = byte;
			at += skip;
		} else if (printable && *at == '=' && isxdigit((unsigned char)at[1]) &&
			   isxdigit((unsigned char)at[2])) {
			*to++ = (char)byte_at(at + 1);
			at += 3;
		} else if (!strncmp(at, "\342\200\234", 3) || !strncmp(at, "\342\200\235", 3)) {
			*to++ = '"';
			at += 3;
		} else if (!strncmp(at, "#011", 4)) {
			*to++ = '\t';
			at += 4;
		} else if (*at == '\\' && at[1] && strchr("_*[]<>#`\"", at[1])) {
			at++;
		} else {
			at += csv && *at == '"' && at[1] == '"';
			*to++ = *at++;
		}
	}
	*to = '\0';
	return text;
}

bool log_undo_is_json(const char *text)
{
	const char *at = text + strspn(text, " \t"), *brace = strstr(at, "{\"");

	if (brace || (*at == '{' && strchr(at, '"')))
		return strstr(at, "\":") || strstr(at, "\" :");
	if (*at == '[' && at[1] == '"')
		return true;
	/* "MESSAGE" : "..." */
	if (*at != '"')
		return false;
	at = strchr(at + 1, '"');
	return at && at[1 + strspn(at + 1, " \t")] == ':';
}

/* Undoes the escapes of a string that begins behind its quote, in place. Returns its end, behind the quote. */
static char *take_quoted(char *at, char **string)
{
	char *to = at;

	*string = at;
	while (*at && *at != '"') {
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

/* journald writes what is no UTF-8, or has escape sequences, as an array of its bytes. */
static char *take_bytes(char *at, char **string)
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
	*string = to - from > 8 && *at == ']' ? from : NULL;
	if (*string) {
		*to = '\0';
		at++;
	}
	return at;
}

void log_undo_json(char *text, void (*take)(void *context, char *string), void *context)
{
	for (char *at = text; *at;) {
		char *string = NULL;

		if (*at == '"') {
			at = take_quoted(at + 1, &string);
			/* A key says nothing. */
			if (at[strspn(at, " \t")] == ':')
				string = NULL;
		} else if (*at == '[' && isdigit((unsigned char)at[1 + strspn(at + 1, " ")])) {
			at = take_bytes(at + 1, &string);
		} else {
			at++;
		}
		if (string && *string)
			take(context, string);
	}
}
