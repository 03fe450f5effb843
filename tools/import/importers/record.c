/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import record: turns what `foliostorm mount --record` wrote (tools/control/recorder.h) into a
 * trace.
 *
 * Requests name inodes, not descriptors. A request for an inode uses its oldest open descriptor; a
 * release closes its newest. A rename records only the old name; the new one appears in the next
 * request for the inode.
 */
#include "fusefs/layer.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/trace_scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>

enum { INODES = 65536, PIDS = 8192, HANDLES = 16 };

struct inode {
	uint64_t number; /* 0: empty slot */
	uint32_t file, name;
	uint32_t handles[HANDLES]; /* oldest first */
	unsigned int opened;
};

struct line {
	uint32_t pid, mode;
	uint64_t arrived, took, inode, offset, length;
	int result;
	char operation[24];
	const char *path, *name; /* name NULL: absent */
};

struct reading {
	struct import *import;
	struct trace_maker maker;
	struct import_lines lines;
	struct inode *inodes; /* hash table */
	size_t inode_count;
	uint32_t *created; /* by name: descriptor of its creator until the inode is known */
	uint32_t *away;    /* by file: its name since another one took its own; 0: none */
	struct {
		uint32_t pid;
		uint16_t thread;
	} * pids; /* hash table */
	bool ended, cut_last;
	char data_path[16]; /* "" in records that do not say */
	uint64_t requests, garbled, first_garbled, metadata, lost;
};

static bool split(char *text, struct line *line)
{
	char *path, *name, *at;
	int used = 0;

	if (sscanf(text,
		   "%" SCNu32 " %" SCNu64 " %" SCNu64 " %23s %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNx32 " %d %n",
		   &line->pid, &line->arrived, &line->took, line->operation, &line->inode,
		   &line->offset, &line->length, &line->mode, &line->result, &used) != 9 ||
	    !used || line->offset > INT64_MAX / 8 || line->length > 0x7ffffffff000 ||
	    line->arrived > INT64_MAX / 2 || line->took > INT64_MAX / 2)
		return false;
	path = strtok_r(text + used, " ", &at);
	name = path ? strtok_r(NULL, " ", &at) : NULL;
	line->path = path;
	line->name = name;
	return path && !strtok_r(NULL, " ", &at) && trace_decode(path) &&
	       (!name || trace_decode(name));
}

/* The trace's thread for a pid; 0: too many threads. */
static uint16_t thread_of(struct reading *reading, uint32_t pid)
{
	uint32_t slot = pid * 2654435761U % PIDS;

	while (reading->pids[slot].thread && reading->pids[slot].pid != pid)
		slot = (slot + 1) % PIDS;
	if (!reading->pids[slot].thread) {
		reading->pids[slot].thread = (uint16_t)maker_thread(&reading->maker);
		reading->pids[slot].pid = pid;
	}
	return reading->pids[slot].thread;
}

/* The state of an inode, created if it is new; NULL: number 0, or too many inodes. */
static struct inode *inode_of(struct reading *reading, uint64_t number)
{
	uint64_t slot = number * UINT64_C(0x9e3779b97f4a7c15) % INODES;

	while (reading->inodes[slot].number && reading->inodes[slot].number != number)
		slot = (slot + 1) % INODES;
	if (reading->inodes[slot].number || !number)
		return number ? &reading->inodes[slot] : NULL;
	if (reading->inode_count == INODES / 2)
		return NULL;
	reading->inode_count++;
	reading->inodes[slot].number = number;
	return &reading->inodes[slot];
}

/* Renames are made up, ahead of the request that shows them, so they take no time. */
static void emit(struct reading *reading, const struct line *line, struct trace_call *call)
{
	call->thread = thread_of(reading, line->pid);
	call->start = line->arrived;
	call->took = call->op == TRACE_RENAME ? 0 : line->took;
	if (call->thread)
		maker_call(&reading->maker, call);
}

/* The number of a path in the trace; 0: none. */
static uint32_t name_of(struct reading *reading, const char *path)
{
	return strcmp(path, "-") && strcmp(path, "/") ? maker_name(&reading->maker, path) : 0;
}

/* The inode of a line's file, renamed to the name that it has now. NULL: it cannot be in the
 * trace. */
static struct inode *file_of(struct reading *reading, const struct line *line)
{
	struct inode *inode = inode_of(reading, line->inode);
	uint32_t name = name_of(reading, line->path);
	struct trace_call call = { .op = TRACE_RENAME };
	uint32_t known;

	if (!inode)
		return NULL;
	if (reading->away[inode->file]) {
		inode->name = reading->away[inode->file];
		reading->away[inode->file] = 0;
	}
	known = name ? reading->maker.names[name].file : 0;
	/* Unlinked meanwhile, and its inode number reused. */
	if (inode->file && known && known != inode->file)
		*inode = (struct inode){ .number = inode->number };
	if (!inode->file && name) {
		inode->file = maker_file(&reading->maker, name);
		inode->name = name;
		if (reading->created[name] && inode->opened < HANDLES)
			inode->handles[inode->opened++] = reading->created[name];
		reading->created[name] = 0;
	} else if (inode->file && name && name != inode->name) {
		call.file = inode->file;
		call.handle = inode->name;
		call.other = name;
		maker_renamed(&reading->maker, inode->name, name, true);
		inode->name = name;
		emit(reading, line, &call);
		import_note(&reading->import->account, IMPORT_REMARK, 1, reading->lines.number,
			    "renames, made when the new name is first seen");
	}
	return inode->file ? inode : NULL;
}

static void open_inode(struct reading *reading, const struct line *line, struct inode *inode,
		       uint64_t flags)
{
	struct trace_call call = {
		.op = TRACE_OPEN,
		.file = inode->file,
		.other = inode->name,
		.flags = flags & ~(uint64_t)(O_EXCL | O_NOCTTY),
		.length = 0644,
	};

	if (inode->opened == HANDLES) {
		import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
			    "opens of a file that was open often already");
		return;
	}
	/* This descriptor may serve requests of others, too. */
	if ((call.flags & O_ACCMODE) != O_RDWR && !(call.flags & O_PATH))
		call.flags = (call.flags & ~(uint64_t)O_ACCMODE) | O_RDWR;
	call.handle = maker_handle(&reading->maker);
	inode->handles[inode->opened++] = call.handle;
	emit(reading, line, &call);
}

static void take_open(struct reading *reading, const struct line *line)
{
	struct inode *inode = file_of(reading, line);

	if (!inode || line->result)
		return;
	if (line->mode & O_TRUNC)
		maker_cut(&reading->maker, inode->file, 0);
	open_inode(reading, line, inode, line->mode & ~(uint32_t)O_CREAT);
}

/* A file of that name was renamed, since it is created anew, and its new name is not known yet. It
 * gets another one meanwhile: what is created has nothing of it. Returns false if there is none. */
static bool move_away(struct reading *reading, const struct line *line, uint32_t name)
{
	struct trace_maker *maker = &reading->maker;
	struct trace_call call = {
		.op = TRACE_RENAME,
		.file = maker->names[name].file,
		.handle = name,
	};
	char other[TRACE_NAME_SIZE];

	if (!call.file)
		return true;
	if (snprintf(other, sizeof(other), "%s.renamed-%" PRIu32, maker->names[name].path,
		     call.file) >= (int)sizeof(other))
		return false;
	call.other = maker_name(maker, other);
	if (!call.other)
		return false;
	maker_renamed(maker, name, call.other, true);
	reading->away[call.file] = call.other;
	emit(reading, line, &call);
	import_note(&reading->import->account, IMPORT_REMARK, 1, reading->lines.number,
		    "files whose name another one got, renamed then");
	return true;
}

/* The creator has the file open. Its inode is only known from the next request, so until then its
 * name identifies it. */
static void take_create(struct reading *reading, const struct line *line)
{
	uint32_t name = line->name ? name_of(reading, line->path) : 0;
	struct trace_call call = { .op = TRACE_OPEN,
				   .other = name,
				   .flags = (line->mode & ~(uint32_t)O_EXCL) | O_CREAT };

	if (!name || line->result || !move_away(reading, line, name))
		return;
	call.file = maker_new_file(&reading->maker, name, false);
	call.flags = (call.flags & ~(uint64_t)O_ACCMODE) | O_RDWR;
	call.length = 0644;
	call.handle = maker_handle(&reading->maker);
	if (!call.file || !call.handle)
		return;
	reading->created[name] = call.handle;
	emit(reading, line, &call);
}

/* The descriptor for requests to an inode; opens one if there is none. */
static uint32_t handle_of(struct reading *reading, const struct line *line, struct inode *inode)
{
	struct line instant = *line;

	instant.took = 0;
	if (!inode->opened)
		open_inode(reading, &instant, inode, O_RDWR);
	return inode->handles[0];
}

static void take_release(struct reading *reading, const struct line *line)
{
	struct inode *inode = inode_of(reading, line->inode);
	struct trace_call call = { .op = TRACE_CLOSE };

	if (!inode || !inode->opened)
		return;
	call.handle = inode->handles[--inode->opened];
	call.file = inode->file;
	emit(reading, line, &call);
}

static void take_data(struct reading *reading, const struct line *line, uint8_t op)
{
	struct inode *inode = file_of(reading, line);
	struct trace_call call = { .op = op };
	struct trace_maker *maker = &reading->maker;

	if (!inode)
		return;
	call.file = inode->file;
	call.handle = handle_of(reading, line, inode);
	call.offset = (int64_t)line->offset;
	call.length = (int64_t)line->length;
	call.result = line->result;
	call.flags = op == TRACE_FALLOCATE ? line->mode : 0;
	if (op != TRACE_FALLOCATE && line->length > 0x7ffff000)
		return;
	if (op == TRACE_PREAD && line->result >= 0)
		maker_saw_read(maker, call.file, line->offset, line->length,
			       (uint64_t)line->result);
	if (op == TRACE_PWRITE && line->result > 0)
		maker_grew(maker, call.file, line->offset + (uint64_t)line->result);
	if (op == TRACE_FALLOCATE && !line->result &&
	    !(line->mode & ~(uint32_t)FALLOC_FL_ZERO_RANGE))
		maker_grew(maker, call.file, line->offset + line->length);
	emit(reading, line, &call);
}

static void take_sync(struct reading *reading, const struct line *line)
{
	struct inode *inode = file_of(reading, line);
	struct trace_call call = { .op = TRACE_FSYNC, .result = line->result };

	if (!inode)
		return;
	call.file = inode->file;
	call.handle = handle_of(reading, line, inode);
	emit(reading, line, &call);
}

static void take_setattr(struct reading *reading, const struct line *line)
{
	struct inode *inode = line->mode & FATTR_SIZE ? file_of(reading, line) : NULL;
	struct trace_call call = { .op = TRACE_FTRUNCATE, .result = line->result };

	if (!inode)
		return;
	call.file = inode->file;
	call.handle = handle_of(reading, line, inode);
	call.length = (int64_t)line->offset;
	if (!line->result)
		maker_cut(&reading->maker, call.file, line->offset);
	emit(reading, line, &call);
}

static void take_unlink(struct reading *reading, const struct line *line)
{
	uint32_t name = line->name ? name_of(reading, line->path) : 0;
	struct trace_call call = { .op = TRACE_UNLINK, .other = name, .result = line->result };

	if (!name)
		return;
	call.file =
		line->result ? reading->maker.names[name].file : maker_file(&reading->maker, name);
	if (!line->result)
		reading->maker.names[name].file = 0;
	emit(reading, line, &call);
}

static void take_read(struct reading *reading, const struct line *line)
{
	take_data(reading, line, TRACE_PREAD);
}

static void take_write(struct reading *reading, const struct line *line)
{
	take_data(reading, line, TRACE_PWRITE);
}

static void take_fallocate(struct reading *reading, const struct line *line)
{
	take_data(reading, line, TRACE_FALLOCATE);
}

static const struct {
	const char *operation;
	void (*take)(struct reading *reading, const struct line *line);
} rows[] = {
	{ "open", take_open },     { "create", take_create }, { "release", take_release },
	{ "read", take_read },     { "write", take_write },   { "fallocate", take_fallocate },
	{ "fsync", take_sync },    { "flush", NULL },         { "setattr", take_setattr },
	{ "unlink", take_unlink }, { "rename", NULL },        { "lookup", NULL },
	{ "getattr", NULL },       { "opendir", NULL },       { "readdir", NULL },
	{ "readdirplus", NULL },   { "releasedir", NULL },    { "statfs", NULL },
	{ "getxattr", NULL },      { "setxattr", NULL },      { "listxattr", NULL },
	{ "removexattr", NULL },   { "mkdir", NULL },         { "rmdir", NULL },
	{ "statx", NULL },         { "fsyncdir", NULL },      { "lseek", NULL },
};

static void take_request(struct reading *reading, const struct line *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(line->operation, rows[i].operation))
			continue;
		if (rows[i].take)
			rows[i].take(reading, line);
		else
			reading->metadata++;
		return;
	}
	import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
		    "operations of %s", line->operation);
}

static void take_line(void *context, const struct import_line *text)
{
	struct reading *reading = context;
	struct line line = { .pid = 0 };
	uint64_t number;

	/* The layer was killed while writing: the rest of a line may look complete. */
	if (text->last) {
		reading->cut_last = true;
	} else if (sscanf(text->text, "lost %" SCNu64, &number) == 1) {
		reading->lost += number;
	} else if (sscanf(text->text, "end %" SCNu64, &number) == 1) {
		reading->ended = true;
	} else if (text->cut || strlen(text->text) != text->length || !split(text->text, &line)) {
		if (!reading->garbled++)
			reading->first_garbled = reading->lines.number;
	} else {
		if (!reading->requests++)
			reading->maker.begin = line.arrived;
		take_request(reading, &line);
	}
}

static void note(void *context)
{
	struct reading *reading = context;
	struct import_account *account = &reading->import->account;

	import_note(account, IMPORT_REMARK, !reading->ended, reading->lines.number,
		    "the record does not end: the layer was killed, or it is cut off");
	import_note(account, IMPORT_NOT_USED, reading->cut_last, reading->lines.number,
		    "the last line, which is cut off");
	import_note(account, IMPORT_REMARK, !strcmp(reading->data_path, "passthrough"), 1,
		    "recorded with the data path passthrough: reads, writes and maps are missing");
	import_note(account, IMPORT_REMARK, !strcmp(reading->data_path, "mixed"), 1,
		    "recorded with the data path mixed: maps are missing");
	import_note(account, IMPORT_NOT_USED, reading->lost, 0,
		    "requests that were not written down in time");
	import_note(account, IMPORT_NOT_USED, reading->metadata, 0,
		    "requests that neither read nor change a file");
}

static int finish(void *context)
{
	struct reading *reading = context;
	const struct trace_ending ending = {
		.garbled = reading->garbled,
		.first_garbled = reading->first_garbled,
		.garbled_are = "lines that are no requests, or cut off",
		.nothing = "to its end there is no request on a file",
		.note = note,
		.context = reading,
	};

	return trace_scenario_end(reading->import, &reading->maker, &reading->lines, &ending);
}

/* Parses the header "foliostorm-record 1" and the data path. */
static bool read_head(struct reading *reading, const char *text)
{
	static const char head[] = "foliostorm-record 1";
	enum layer_data_path path;

	if (strncmp(text, head, sizeof(head) - 1))
		return false;
	text += sizeof(head) - 1;
	if (!*text)
		return true;
	if (*text != ' ' || layer_data_path_parse(text + 1, &path))
		return false;
	snprintf(reading->data_path, sizeof(reading->data_path), "%s", text + 1);
	return true;
}

static int begin(void *context)
{
	struct reading *reading = context;
	struct import_line line;

	if (import_lines_next(&reading->lines, &line) && read_head(reading, line.text))
		return 0;
	return import_fail(reading->import, reading->lines.number,
			   "its first line is not \"foliostorm-record 1\"");
}

static int read_record(struct import *import)
{
	struct reading reading = { .import = import };
	int r;

	reading.inodes = calloc(INODES, sizeof(*reading.inodes));
	reading.pids = calloc(PIDS, sizeof(*reading.pids));
	reading.created = calloc(TRACE_NAMES_MAX + 1, sizeof(*reading.created));
	reading.away = calloc(TRACE_FILES_MAX + 1, sizeof(*reading.away));
	r = reading.inodes && reading.pids && reading.created && reading.away
		    ? trace_scenario_read(import,
					  &(struct trace_reading){
						  .kind = "record",
						  .maker = &reading.maker,
						  .lines = &reading.lines,
						  .begin = begin,
						  .take = take_line,
						  .finish = finish,
						  .context = &reading,
					  })
		    : report(-ENOMEM, "%s", import->path);
	free(reading.inodes);
	free(reading.pids);
	free(reading.created);
	free(reading.away);
	return r;
}

const struct importer importer_record = {
	.name = "record",
	.expects = "what foliostorm mount --record wrote",
	.about = "What `foliostorm mount --record` wrote. Requests name files, not "
		 "descriptors: each is replayed on the descriptor that was opened first. "
		 "A rename is replayed when the new name is first seen; copies by "
		 "copy_file_range are not.",
	.has_storms = true,
	.read = read_record,
};
