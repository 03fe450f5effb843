/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins lines that were split in transport: by containerd and CRI-O ("... stdout P begin", "...
 * stdout F rest"), docker (JSON records whose "log" does not end with a newline), fluentd and
 * fluent-bit ("partial_message", "logtag"), journald ("_LINE_BREAK", docker's
 * "CONTAINER_PARTIAL_MESSAGE"). Also joins JSON objects that were printed over many lines.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_PARTS_H
#define TOOLS_IMPORT_IMPORTERS_LOG_PARTS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	LOG_PARTS_BEGIN = 8192,      /* kept bytes of a partial line */
	LOG_PARTS_OBJECT = 64 << 10, /* bytes of a JSON object */
	LOG_PARTS_LINE = LOG_PARTS_BEGIN + LOG_PARTS_OBJECT + 1,
	LOG_PARTS_STREAMS = 2, /* whose parts may alternate */
};

struct log_parts {
	struct {
		char text[LOG_PARTS_BEGIN];
		size_t length;
	} begins[LOG_PARTS_STREAMS];
	/* Set by the caller: docker's records end with a newline, except partial ones. */
	bool newlines;
	char object[LOG_PARTS_OBJECT];
	size_t object_length; /* 0: none */
	size_t indent;        /* bytes before its braces */
	/* In an entry of journalctl's export or verbose format: */
	bool in_entry, cut;
	char message[LOG_PARTS_BEGIN]; /* with its key, or "" */
	char line[LOG_PARTS_LINE];
};

/*
 * Takes a line, and may modify it. Returns a whole line, valid until the next call: this one, or
 * the one it completes; NULL: more is to come. plain: set if the line has no carrier and may
 * contain newlines. parts: zeroed before the first call, except `newlines`.
 */
char *log_parts_take(struct log_parts *parts, char *text, bool *plain);

/* Whether a line is a docker record whose text ends with a newline. Log collectors omit the
 * newlines. */
bool log_parts_newlines(const char *text);

/* Call after the last line until it returns NULL. Returns a partial line that was not completed. */
char *log_parts_end(struct log_parts *parts);

#endif
