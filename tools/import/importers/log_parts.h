/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that their carrier has cut: containerd and CRI-O ("... stdout P begin", "... stdout F
 * rest"), docker (records of JSON whose "log" does not end in a newline), fluentd and fluent-bit
 * ("partial_message", "logtag"), journald ("_LINE_BREAK", docker's "CONTAINER_PARTIAL_MESSAGE").
 * And objects of JSON that were printed for people, over many lines.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_PARTS_H
#define TOOLS_IMPORT_IMPORTERS_LOG_PARTS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	LOG_PARTS_BEGIN = 8192,      /* bytes of a line's begin that are kept */
	LOG_PARTS_OBJECT = 64 << 10, /* of an object of JSON */
	LOG_PARTS_LINE = LOG_PARTS_BEGIN + LOG_PARTS_OBJECT + 1,
	LOG_PARTS_STREAMS = 2, /* which come in turns */
};

struct log_parts {
	struct {
		char text[LOG_PARTS_BEGIN];
		size_t length;
	} begins[LOG_PARTS_STREAMS];
	bool newlines; /* given: docker's records end in them, but for those that go on */
	char object[LOG_PARTS_OBJECT];
	size_t object_length; /* 0: there is none */
	size_t indent;        /* bytes before its braces */
	/* Of an entry in journalctl's form for export, or its verbose one: */
	bool in_entry, cut;
	char message[LOG_PARTS_BEGIN]; /* with its key, or "" */
	char line[LOG_PARTS_LINE];
};

/*
 * Takes a line, which it may change. Returns a whole line, valid until the next call: this one, or
 * the one that it ends; NULL: the rest is still to come. plain: set where the line has no carrier,
 * and may have newlines in it. parts: zeroed before the first call, but for what is given.
 */
char *log_parts_take(struct log_parts *parts, char *text, bool *plain);

/* Whether a line is a record of docker whose text ends in a newline. Collectors leave all away. */
bool log_parts_newlines(const char *text);

/* After the last line: returns a begin that nothing followed, or NULL; call until then. */
char *log_parts_end(struct log_parts *parts);

#endif
