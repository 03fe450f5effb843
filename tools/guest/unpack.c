/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/unpack.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <archive.h>
#include <archive_entry.h>
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

struct unpacking {
	struct archive *archive;
	int directory; /* negative: nothing is kept */
	uint64_t bytes, entries;
	int code; /* of the job; -ENODATA: not there */
	struct unpacked *unpacked;
};

/* The directory that a name is in; the kernel sees to it that it is beneath. Returns a descriptor
 * or -errno. */
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

/* What has the name goes, and is not written to: it may be a link. */
static int make_file(int parent, const char *base)
{
	int fd;

	unlinkat(parent, base, 0);
	fd = openat(parent, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int put(int fd, const char *data, size_t size, int64_t at)
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

/* What an entry holds. fd: it goes to. Returns 0 or -errno. */
static int copy_data(struct archive *archive, int64_t size, int fd)
{
	const void *data;
	size_t length;
	int64_t at;
	int r;

	while ((r = archive_read_data_block(archive, &data, &length, &at)) == ARCHIVE_OK) {
		if (at < 0 || at > size || (int64_t)length > size - at)
			return -EBADMSG;
		r = put(fd, data, length, at);
		if (r)
			return r;
	}
	return r == ARCHIVE_EOF ? 0 : -EIO;
}

/* One file or directory. Returns 0 or -errno. */
static int keep(struct unpacking *unpacking, struct archive_entry *entry, const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	_cleanup_close_ int parent = -1, fd = -1;
	bool is_directory = archive_entry_filetype(entry) == AE_IFDIR;

	if (!*base || !strcmp(base, ".") || !strcmp(base, "..") || archive_entry_hardlink(entry))
		return -EINVAL;
	if (!is_directory && archive_entry_filetype(entry) != AE_IFREG)
		return 0;
	parent = open_parent(unpacking->directory, name, slash ? (size_t)(slash - name) : 0);
	if (parent < 0)
		return parent;
	if (is_directory)
		return mkdirat(parent, base, 0700) && errno != EEXIST ? -errno : 0;
	fd = make_file(parent, base);
	return fd < 0 ? fd : copy_data(unpacking->archive, archive_entry_size(entry), fd);
}

/* The run's result is wanted also where nothing is kept. */
static void take_result(struct unpacking *unpacking, struct archive_entry *entry)
{
	int64_t size = archive_entry_size(entry);
	char *text = size > 0 && size <= UNPACK_RESULT_MAX ? malloc((size_t)size) : NULL;

	json_decref(unpacking->unpacked->result);
	unpacking->unpacked->result = NULL;
	if (text && archive_read_data(unpacking->archive, text, (size_t)size) == size)
		unpacking->unpacked->result = json_loadb(text, (size_t)size, 0, NULL);
	free(text);
}

static void take_code(struct unpacking *unpacking)
{
	char text[16] = "";

	if (archive_read_data(unpacking->archive, text, sizeof(text) - 1) > 0)
		unpacking->code = atoi(text) & 0xff;
}

static void take_entry(struct unpacking *unpacking, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	size_t length;
	char *path;
	int r;

	if (name && !strcmp(name, "./exit-code")) {
		take_code(unpacking);
		return;
	}
	/* Who takes it writes it: with what is known of the guest. */
	if (name && !strcmp(name, "./result.json")) {
		take_result(unpacking, entry);
		return;
	}
	if (unpacking->directory < 0 || !name || !strcmp(name, "./"))
		return;
	path = strdup(name);
	for (length = path ? strlen(path) : 0; length > 1 && path[length - 1] == '/';)
		path[--length] = '\0';
	r = path ? keep(unpacking, entry, path) : -ENOMEM;
	free(path);
	if (!r)
		return;
	report(r, "unpacking %.200s, which the guest has left", name);
	unpacking->unpacked->unsaved = true;
}

static int unpack(struct unpacking *unpacking)
{
	struct archive_entry *entry;
	int r;

	while (!(r = archive_read_next_header(unpacking->archive, &entry))) {
		int64_t size = archive_entry_size(entry);

		unpacking->bytes += size > 0 ? (uint64_t)size : 0;
		if (unpacking->bytes > UNPACK_BYTES_MAX ||
		    ++unpacking->entries > UNPACK_ENTRIES_MAX)
			return report(-EFBIG,
				      "what the guest has left: more than %d MiB or %d files; what "
				      "comes after them is not taken",
				      UNPACK_BYTES_MAX >> 20, UNPACK_ENTRIES_MAX);
		take_entry(unpacking, entry);
	}
	return r == ARCHIVE_EOF ? unpacking->code : -ENODATA;
}

int unpack_archive(int fd, const char *directory, struct unpacked *unpacked)
{
	struct unpacking unpacking = { .directory = -1, .code = -ENODATA, .unpacked = unpacked };
	int r = -ENODATA;

	*unpacked = (struct unpacked){ .result = NULL };
	if (directory) {
		if (mkdir(directory, 0700) && errno != EEXIST)
			report(-errno, "%s", directory);
		unpacking.directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		unpacked->unsaved = unpacking.directory < 0;
	}
	unpacking.archive = archive_read_new();
	archive_read_support_format_tar(unpacking.archive);
	archive_read_support_filter_gzip(unpacking.archive);
	if (!archive_read_open_fd(unpacking.archive, fd, 1 << 16))
		r = unpack(&unpacking);
	archive_read_free(unpacking.archive);
	cleanup_close(&unpacking.directory);
	return r;
}
