/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import fsx: turns the operations that fsx of xfstests records (--record-ops, or NAME.fsxops after
 * a failure) into a trace of one thread on one file. A line is
 *
 * 	[skip] OPERATION OFFSET LENGTH [OTHER-OFFSET] SIZE [keep_size] [close_open] [unshare] [*]
 *
 * with hexadecimal numbers; SIZE is that of the file before the operation. There are no times.
 * Unsharing only allocates here, since nothing is shared.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/trace_scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MAX = 4 };

struct reading {
	struct import *import;
	struct trace_maker maker;
	struct import_lines lines;
	uint32_t name, file, handle; /* file 0: nothing done yet */
	uint64_t garbled, first_garbled, skipped;
};

/* A parsed line. */
struct operation {
	char *name;
	uint64_t numbers[NUMBERS_MAX];
	size_t count;
	bool skipped, keep_size, close_open;
};

static const struct {
	const char *name;
	uint8_t op;
	size_t numbers;
	uint64_t flags;     /* for fallocate */
	const char *remark; /* how the call differs from fsx's, or NULL */
} rows[] = {
	{ "read", TRACE_PREAD, 3, 0, NULL },
	{ "read_dontcache", TRACE_PREAD, 3, 0, NULL },
	{ "mapread", TRACE_PREAD, 3, 0, "reads by a mapping: made by calls" },
	{ "write", TRACE_PWRITE, 3, 0, NULL },
	{ "write_dontcache", TRACE_PWRITE, 3, 0, NULL },
	{ "write_atomic", TRACE_PWRITE, 3, 0, NULL },
	{ "mapwrite", TRACE_PWRITE, 3, 0, "writes by a mapping: made by calls" },
	{ "truncate", TRACE_FTRUNCATE, 3, 0, NULL },
	{ "fallocate", TRACE_FALLOCATE, 3, 0, NULL },
	{ "punch_hole", TRACE_FALLOCATE, 3, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, NULL },
	{ "zero_range", TRACE_FALLOCATE, 3, FALLOC_FL_ZERO_RANGE, NULL },
	{ "collapse_range", TRACE_FTRUNCATE, 3, FALLOC_FL_COLLAPSE_RANGE,
	  "collapsed ranges, which FUSE refuses: the file is cut by as much" },
	{ "insert_range", TRACE_FTRUNCATE, 3, FALLOC_FL_INSERT_RANGE,
	  "inserted ranges, which FUSE refuses: the file grows by as much" },
	{ "copy_range", TRACE_COPY, 4, 0, NULL },
	{ "fsync", TRACE_FSYNC, 3, 0, NULL },
};

static bool take_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 16);
	return !strncmp(text, "0x", 2) && !errno && end > text + 2 && !*end && *number <= INT32_MAX;
}

static bool take_word(struct operation *operation, const char *word)
{
	if (operation->count < NUMBERS_MAX &&
	    take_number(word, &operation->numbers[operation->count])) {
		operation->count++;
		return true;
	}
	operation->keep_size |= !strcmp(word, "keep_size");
	operation->close_open |= !strcmp(word, "close_open");
	return !strcmp(word, "keep_size") || !strcmp(word, "close_open") ||
	       !strcmp(word, "unshare") || !strcmp(word, "*");
}

static bool split_line(char *text, struct operation *operation)
{
	char *at = NULL, *word = strtok_r(text, " \r", &at);

	*operation = (struct operation){ .name = word };
	if (word && !strcmp(word, "skip")) {
		operation->skipped = true;
		operation->name = strtok_r(NULL, " \r", &at);
	}
	while ((word = strtok_r(NULL, " \r", &at)))
		if (!take_word(operation, word))
			return false;
	return operation->name && operation->count >= 3;
}

static struct trace_call base(const struct reading *reading, uint8_t op)
{
	return (struct trace_call){
		.op = op,
		.thread = 1,
		.file = reading->file,
		.handle = reading->handle,
	};
}

static bool open_file(struct reading *reading)
{
	struct trace_call call;

	reading->handle = maker_handle(&reading->maker);
	if (!reading->handle)
		return false;
	call = base(reading, TRACE_OPEN);
	call.other = reading->name;
	call.flags = O_RDWR;
	call.length = 0600;
	maker_call(&reading->maker, &call);
	return true;
}

/* The log may lack its beginning, so the file starts with the size in its first line. */
static bool begin(struct reading *reading, uint64_t size)
{
	reading->name = maker_name(&reading->maker, "fsx");
	reading->file = maker_file(&reading->maker, reading->name);
	maker_saw_size(&reading->maker, reading->file, size);
	return open_file(reading);
}

/* Updates the known size of the file after a call. */
static void follow_size(struct reading *reading, const struct trace_call *call)
{
	uint64_t end = (uint64_t)(call->offset + call->length);

	if (call->op == TRACE_FTRUNCATE)
		maker_cut(&reading->maker, reading->file, (uint64_t)call->length);
	else if (call->op == TRACE_COPY)
		maker_grew(&reading->maker, reading->file, call->flags + (uint64_t)call->length);
	else if (call->op == TRACE_PWRITE ||
		 (call->op == TRACE_FALLOCATE && !(call->flags & FALLOC_FL_KEEP_SIZE)))
		maker_grew(&reading->maker, reading->file, end);
}

/* The size of the file after an operation that becomes a truncate. */
static uint64_t new_size(const struct operation *operation, uint64_t flags)
{
	uint64_t size = operation->numbers[2], length = operation->numbers[1];

	if (flags == FALLOC_FL_COLLAPSE_RANGE)
		return size > length ? size - length : 0;
	return flags == FALLOC_FL_INSERT_RANGE ? size + length : length;
}

static struct trace_call make_call(const struct reading *reading, const struct operation *operation,
				   size_t row)
{
	struct trace_call call = base(reading, rows[row].op);

	if (call.op == TRACE_FSYNC)
		return call;
	if (call.op == TRACE_FTRUNCATE) {
		call.length = (int64_t)new_size(operation, rows[row].flags);
		return call;
	}
	call.offset = (int64_t)operation->numbers[0];
	call.length = (int64_t)operation->numbers[1];
	if (call.op == TRACE_FALLOCATE)
		call.flags = rows[row].flags | (operation->keep_size ? FALLOC_FL_KEEP_SIZE : 0);
	else
		call.result = call.length;
	if (call.op == TRACE_COPY) {
		call.other = call.handle;
		call.flags = operation->numbers[2];
	}
	return call;
}

static void take_operation(struct reading *reading, const struct operation *operation, size_t row)
{
	struct trace_call call = make_call(reading, operation, row);

	if (rows[row].remark)
		import_note(&reading->import->account, IMPORT_REMARK, 1, reading->lines.number,
			    "%s", rows[row].remark);
	follow_size(reading, &call);
	maker_call(&reading->maker, &call);
	if (!operation->close_open)
		return;
	call = base(reading, TRACE_CLOSE);
	maker_call(&reading->maker, &call);
	open_file(reading);
}

static void take_line(void *context, const struct import_line *line)
{
	struct reading *reading = context;
	struct operation operation;
	size_t row = 0;

	if (!line->length)
		return;
	if (line->cut || strlen(line->text) != line->length ||
	    !split_line(line->text, &operation)) {
		if (!reading->garbled++)
			reading->first_garbled = reading->lines.number;
		return;
	}
	if (operation.skipped) {
		reading->skipped++;
		return;
	}
	while (row < ARRAY_SIZE(rows) && (strcmp(rows[row].name, operation.name) != 0 ||
					  rows[row].numbers != operation.count))
		row++;
	if (row == ARRAY_SIZE(rows))
		import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
			    "operation not known: %s", operation.name);
	else if (reading->handle || begin(reading, operation.numbers[operation.count - 1]))
		take_operation(reading, &operation, row);
	else
		import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
			    "operations beyond the descriptors that a trace holds");
}

static void note(void *context)
{
	struct reading *reading = context;
	struct import_account *account = &reading->import->account;

	import_note(account, IMPORT_NOT_USED, reading->skipped, 0, "operations that fsx skipped");
}

static int finish(void *context)
{
	struct reading *reading = context;
	const struct trace_ending ending = {
		.garbled = reading->garbled,
		.first_garbled = reading->first_garbled,
		.garbled_are = "lines that are no operations, or cut off",
		.nothing = "to its end there is no operation",
		.note = note,
		.context = reading,
	};

	return trace_scenario_end(reading->import, &reading->maker, &reading->lines, &ending);
}

static int prepare(void *context)
{
	struct reading *reading = context;

	maker_thread(&reading->maker);
	return 0;
}

static int read_fsx(struct import *import)
{
	struct reading reading = { .import = import };

	return trace_scenario_read(import, &(struct trace_reading){
						   .kind = "fsx",
						   .maker = &reading.maker,
						   .lines = &reading.lines,
						   .begin = prepare,
						   .take = take_line,
						   .finish = finish,
						   .context = &reading,
					   });
}

const struct importer importer_fsx = {
	.name = "fsx",
	.expects = "the operations that fsx wrote down: NAME.fsxops",
	.about = "What `fsx` of xfstests writes by `--record-ops`, or as NAME.fsxops when "
		 "it has failed. It has one thread, one file and no times. Reads and "
		 "writes by a mapping are made by calls; ranges that are collapsed or "
		 "inserted, which FUSE refuses, become a truncate. Clones, deduplications "
		 "and exchanges are not used.",
	.has_storms = true,
	.read = read_fsx,
};
