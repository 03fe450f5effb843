/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "tools/guest/unpack_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The destination of an entry: a file, a text, or none. */
struct sink {
	int fd;     /* negative: no file */
	char *text; /* of `size` bytes; NULL: no text */
	size_t size, got;
	int error;
};

struct taking {
	FILE *from;
	int directory; /* negative: nothing is kept */
	uint64_t bytes, entries;
	struct unpack_record record; /* the next one */
	bool goes_on;                /* there is one */
	int code;                    /* of the job; -ENODATA: not there */
	struct unpacked *unpacked;
};

/* Opens the directory of a name; the kernel ensures that it is beneath `directory`. Returns a
 * descriptor or -errno. */
static int open_parent(int directory, const char *name, size_t length)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	char path[PATH_MAX];
	long fd;

	if (length >= sizeof(path))
		return -ENAMETOOLONG;
	snprintf(path, sizeof(path), "%.*s", length ? (int)length : 1, length ? name : ".");
	fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* Returns whether the host itself writes that file of the directory; somebody may run boot.sh. */
static bool is_ours(int directory, int parent, const char *base)
{
	static const char *const names[] = { "boot.sh", "initramfs.cpio", "console.log",
					     "events.jsonl", ".lock" };
	struct stat top, there;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(base, names[i]))
			return fstat(directory, &top) || fstat(parent, &there) ||
			       is_same_file(&top, &there);
	return false;
}

/* Makes a file. An existing one is removed and not written to, since it may be a link. */
static int make_file(int parent, const char *base)
{
	int fd;

	unlinkat(parent, base, 0);
	fd = openat(parent, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

/* Reads the next record, if it is valid. */
static void next_record(struct taking *taking)
{
	struct unpack_record *record = &taking->record;

	taking->goes_on = fread(record, sizeof(*record), 1, taking->from) == 1;
	switch (taking->goes_on ? record->kind : UNPACK_END) {
	case UNPACK_ENTRY:
		taking->goes_on = ++taking->entries <= UNPACK_ENTRIES_MAX &&
				  record->length <= UNPACK_NAME_MAX;
		return;
	case UNPACK_DATA:
		taking->goes_on = record->length <= UNPACK_BYTES_MAX - taking->bytes;
		taking->bytes += taking->goes_on ? record->length : 0;
		return;
	default:
		taking->goes_on = taking->goes_on && record->kind == UNPACK_END && !record->length;
	}
}

static int write_at(int fd, const char *data, size_t size, int64_t at)
{
	while (size) {
		ssize_t put = pwrite(fd, data, size, at);

		if (put < 0)
			return -errno;
		data += put;
		size -= (size_t)put;
		at += put;
	}
	return 0;
}

static void feed(struct sink *sink, const char *data, size_t size, int64_t at)
{
	if (sink->fd >= 0 && !sink->error)
		sink->error = write_at(sink->fd, data, size, at);
	if (!sink->text || at >= (int64_t)sink->size)
		return;
	if (size > sink->size - (size_t)at)
		size = sink->size - (size_t)at;
	memcpy(sink->text + at, data, size);
	sink->got = (size_t)at + size;
}

/* Takes the data of one record. size: of the file. */
static void take_data(struct taking *taking, struct sink *sink, int64_t size)
{
	static char block[UNPACK_BLOCK];
	int64_t at = taking->record.at;
	uint64_t left = taking->record.length;

	taking->goes_on = at >= 0 && at <= size && left <= (uint64_t)(size - at);
	while (left && taking->goes_on) {
		size_t part = left < sizeof(block) ? (size_t)left : sizeof(block);
		size_t got = fread(block, 1, part, taking->from);

		/* If it is short, the decoder was killed while it wrote. */
		taking->goes_on = got == part;
		feed(sink, block, got, at);
		at += (int64_t)got;
		left -= got;
	}
	if (taking->goes_on)
		next_record(taking);
}

/* Takes the content of an entry. Returns 0; -EIO: it is not whole; other -errno. */
static int take_content(struct taking *taking, struct sink *sink, int64_t size)
{
	next_record(taking);
	while (taking->goes_on && taking->record.kind == UNPACK_DATA)
		take_data(taking, sink, size);
	if (!taking->goes_on || taking->record.kind != UNPACK_END)
		return -EIO;
	next_record(taking);
	return sink->error;
}

/* Makes one file or directory. fd: gets the descriptor for its content. Returns 0 or -errno. */
static int make(const struct taking *taking, const char *name, enum unpack_type type, int *fd)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	_cleanup_close_ int parent = -1;

	if (strlen(name) >= UNPACK_NAME_MAX)
		return -ENAMETOOLONG;
	if (!*base || !strcmp(base, ".") || !strcmp(base, "..") || type == UNPACK_HARD_LINK)
		return -EINVAL;
	if (type != UNPACK_DIRECTORY && type != UNPACK_FILE)
		return 0;
	parent = open_parent(taking->directory, name, slash ? (size_t)(slash - name) : 0);
	if (parent < 0)
		return parent;
	if (is_ours(taking->directory, parent, base))
		return -EPERM;
	if (type == UNPACK_DIRECTORY)
		return mkdirat(parent, base, 0700) && errno != EEXIST ? -errno : 0;
	*fd = make_file(parent, base);
	return *fd < 0 ? *fd : 0;
}

static void keep(struct taking *taking, const char *name, enum unpack_type type, int64_t size)
{
	_cleanup_free_ char *path = strdup(name);
	struct sink sink = { .fd = -1 };
	int content, r;

	for (size_t length = path ? strlen(path) : 0; length > 1 && path[length - 1] == '/';)
		path[--length] = '\0';
	r = path ? make(taking, path, type, &sink.fd) : -ENOMEM;
	content = take_content(taking, &sink, size);
	cleanup_close(&sink.fd);
	/* A file that is not made has no content to miss. */
	if (!r && type == UNPACK_FILE)
		r = content;
	if (!r)
		return;
	report(r, "unpacking %.200s, which the guest has left", name);
	taking->unpacked->unsaved = true;
}

/* Takes a text of up to `most` bytes, and adds a NUL. Returns it, to be freed, or NULL. */
static char *take_text(struct taking *taking, int64_t size, size_t most, size_t *got)
{
	struct sink sink = { .fd = -1, .text = calloc(most + 1, 1), .size = most };

	if (take_content(taking, &sink, size) || !sink.text)
		return free(sink.text), NULL;
	*got = sink.got;
	return sink.text;
}

/* Takes the run's result, also if no files are kept. */
static void take_result(struct taking *taking, int64_t size)
{
	size_t most = size > 0 && size <= UNPACK_RESULT_MAX ? (size_t)size : 0, got = 0;
	_cleanup_free_ char *text = take_text(taking, size, most, &got);
	json_t *result = text && most && got == most ? json_loadb(text, got, 0, NULL) : NULL;

	json_decref(taking->unpacked->result);
	taking->unpacked->result = json_is_object(result) ? json_incref(result) : NULL;
	json_decref(result);
	/* Of one that was cut off, the guest's death is reported. */
	if (text && !taking->unpacked->result)
		report(0,
		       "what the guest has left: result.json is not a result of a run, or has more "
		       "than %d MiB",
		       UNPACK_RESULT_MAX >> 20);
}

static void take_code(struct taking *taking, int64_t size)
{
	size_t got = 0;
	_cleanup_free_ char *text = take_text(taking, size, 15, &got);

	if (text && got)
		taking->code = atoi(text) & 0xff;
}

static void take_entry(struct taking *taking)
{
	const enum unpack_type type = (enum unpack_type)taking->record.type;
	const int64_t size = taking->record.at;
	struct sink nothing = { .fd = -1 };
	char name[UNPACK_NAME_MAX + 1] = "";

	if (fread(name, 1, taking->record.length, taking->from) != taking->record.length) {
		taking->goes_on = false;
		return;
	}
	if (!strcmp(name, "./exit-code"))
		take_code(taking, size);
	/* The caller writes it, with what is known of the guest. */
	else if (!strcmp(name, "./result.json"))
		take_result(taking, size);
	else if (taking->directory < 0 || !*name || !strcmp(name, "./"))
		take_content(taking, &nothing, size);
	else
		keep(taking, name, type, size);
}

int unpack_take(int from, const char *directory, struct unpacked *unpacked)
{
	struct taking taking = { .directory = -1, .code = -ENODATA, .unpacked = unpacked };

	if (directory) {
		if (mkdir(directory, 0700) && errno != EEXIST)
			report(-errno, "%s", directory);
		taking.directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		unpacked->unsaved |= taking.directory < 0;
	}
	taking.from = fdopen(from, "r");
	if (taking.from) {
		next_record(&taking);
		while (taking.goes_on && taking.record.kind == UNPACK_ENTRY)
			take_entry(&taking);
		fclose(taking.from);
	} else {
		close(from);
	}
	cleanup_close(&taking.directory);
	return taking.code;
}
