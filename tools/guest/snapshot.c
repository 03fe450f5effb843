/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/snapshot.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "injector/base/units.h"
#include "tools/base/stop.h"
#include "tools/guest/script.h"
#include "tools/guest/snapshot_make.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_generichash.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static const char suffix[] = ".snapshot", magic[16] = "foliostorm-snap1";

/* The rest of SNAPSHOT_HEADER bytes is zeros. */
struct header {
	char magic[sizeof(magic)];
	uint64_t size; /* of what follows the header */
	unsigned char key[SNAPSHOT_KEY];
	unsigned char hash[SNAPSHOT_KEY]; /* of what follows */
	char about[128];
};

struct entry {
	char name[80];
	char about[128];
	struct timespec used;
	uint64_t size;
};

const char *snapshot_directory(char *path, size_t size)
{
	char cache[PATH_MAX / 2];

	snprintf(path, size, "%s", script_cache(cache, sizeof(cache)));
	if (mkdir(path, 0777) && errno != EEXIST)
		return NULL;
	snprintf(path, size, "%s/snapshots", cache);
	return mkdir(path, 0700) && errno != EEXIST ? NULL : path;
}

static const char *name_of(const unsigned char *key, char *name, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < 12; i++)
		length = append_text(name, size, length, "%02x", key[i]);
	append_text(name, size, length, "%s", suffix);
	return name;
}

static int hash_file(int fd, uint64_t size, unsigned char *hash)
{
	void *data = mmap(NULL, SNAPSHOT_HEADER + size, PROT_READ, MAP_SHARED, fd, 0);

	if (data == MAP_FAILED)
		return -errno;
	crypto_generichash(hash, SNAPSHOT_KEY, (unsigned char *)data + SNAPSHOT_HEADER, size, NULL,
			   0);
	munmap(data, SNAPSHOT_HEADER + size);
	return 0;
}

static bool read_header(int fd, struct header *header)
{
	struct stat status;

	return pread(fd, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
	       !memcmp(header->magic, magic, sizeof(magic)) && !fstat(fd, &status) &&
	       S_ISREG(status.st_mode) && status.st_size > SNAPSHOT_HEADER &&
	       (uint64_t)status.st_size - SNAPSHOT_HEADER == header->size &&
	       memchr(header->about, '\0', sizeof(header->about));
}

/* Returns whether a file is the user's own: that of another may hold anything. */
static bool is_private(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && status.st_uid == geteuid() && !(status.st_mode & 077);
}

/* Sets the time by the clock: that of the kernel stays the same for some milliseconds. */
static void mark_used(int fd)
{
	struct timespec now[2];

	clock_gettime(CLOCK_REALTIME, &now[0]);
	now[1] = now[0];
	futimens(fd, now);
}

int snapshot_open(struct snapshot *snapshot)
{
	char directory[PATH_MAX / 2], name[80];
	struct header header;

	snapshot->fd = -1;
	if (!snapshot_directory(directory, sizeof(directory)))
		return -errno;
	snprintf(snapshot->path, sizeof(snapshot->path), "%s/%s", directory,
		 name_of(snapshot->key, name, sizeof(name)));
	snapshot->fd = open(snapshot->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (snapshot->fd < 0)
		return -errno;
	if (!is_private(snapshot->fd) || !read_header(snapshot->fd, &header) ||
	    memcmp(header.key, snapshot->key, SNAPSHOT_KEY) != 0 ||
	    lseek(snapshot->fd, SNAPSHOT_HEADER, SEEK_SET) < 0) {
		snapshot_discard(snapshot);
		snapshot_close(snapshot);
		return -EBADMSG;
	}
	mark_used(snapshot->fd);
	return 0;
}

int snapshot_check(const struct snapshot *snapshot)
{
	unsigned char hash[SNAPSHOT_KEY];
	struct header header;
	int r;

	if (!read_header(snapshot->fd, &header))
		return -EBADMSG;
	r = hash_file(snapshot->fd, header.size, hash);
	return r ? r : memcmp(hash, header.hash, sizeof(hash)) != 0 ? -EBADMSG : 0;
}

void snapshot_discard(const struct snapshot *snapshot)
{
	struct stat named, ours;

	if (!stat(snapshot->path, &named) && !fstat(snapshot->fd, &ours) &&
	    is_same_file(&named, &ours))
		unlink(snapshot->path);
}

void snapshot_close(struct snapshot *snapshot)
{
	cleanup_close(&snapshot->fd);
	snapshot->fd = -1;
}

static bool less_recent(const struct entry *a, const struct entry *b)
{
	return a->used.tv_sec != b->used.tv_sec ? a->used.tv_sec < b->used.tv_sec
						: a->used.tv_nsec < b->used.tv_nsec;
}

static int by_use(const void *a, const void *b)
{
	return less_recent(a, b) ? -1 : less_recent(b, a);
}

static bool read_entry(int directory, const char *name, struct entry *entry)
{
	_cleanup_close_ int fd =
		openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *end = strrchr(name, '.');
	struct header header;
	struct stat status;

	if (!end || strcmp(end, suffix) != 0 || fd < 0 || fstat(fd, &status) ||
	    !S_ISREG(status.st_mode))
		return false;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->size = (uint64_t)status.st_size;
	entry->used = status.st_mtim;
	snprintf(entry->about, sizeof(entry->about), "%s",
		 read_header(fd, &header) ? header.about : "damaged");
	return true;
}

/* Reads the snapshots, the least recently used first. entries: to be freed. Returns their
 * number. */
static size_t read_entries(int directory, struct entry **entries)
{
	DIR *stream = fdopendir(dup(directory));
	size_t count = 0;
	struct dirent *item;

	*entries = NULL;
	while (stream && (item = readdir(stream))) {
		struct entry *more = reallocarray(*entries, count + 1, sizeof(*more));

		if (!more)
			break;
		*entries = more;
		count += read_entry(directory, item->d_name, &more[count]);
	}
	if (stream)
		closedir(stream);
	if (count)
		qsort(*entries, count, sizeof(**entries), by_use);
	return count;
}

/* Removes the least recently used snapshots, but not `made`, whatever the clock was before. */
static void evict(int directory, uint64_t limit, const char *made)
{
	_cleanup_free_ struct entry *entries = NULL;
	size_t count = read_entries(directory, &entries);
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += entries[i].size;
	for (size_t i = 0; i < count && total > limit; i++)
		if (strcmp(entries[i].name, made) != 0 && !unlinkat(directory, entries[i].name, 0))
			total -= entries[i].size;
}

int snapshot_keep(const struct snapshot *snapshot, int to, const char *about, uint64_t limit)
{
	char path[PATH_MAX / 2], link[64], name[80];
	_cleanup_close_ int directory = -1;
	struct header header = { .size = 0 };
	struct stat status;
	int r;

	if (!snapshot_directory(path, sizeof(path)) || fstat(to, &status))
		return -errno;
	if ((uint64_t)status.st_size > limit)
		return -EFBIG;
	if (status.st_size <= SNAPSHOT_HEADER)
		return -EBADMSG;
	memcpy(header.magic, magic, sizeof(magic));
	memcpy(header.key, snapshot->key, SNAPSHOT_KEY);
	snprintf(header.about, sizeof(header.about), "%s", about);
	header.size = (uint64_t)status.st_size - SNAPSHOT_HEADER;
	r = hash_file(to, header.size, header.hash);
	if (r)
		return r;
	directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pwrite(to, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return -EIO;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", to);
	name_of(snapshot->key, name, sizeof(name));
	unlinkat(directory, name, 0);
	if (linkat(AT_FDCWD, link, directory, name, AT_SYMLINK_FOLLOW))
		return -errno;
	cleanup_close(&directory);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mark_used(to);
	evict(directory, limit, name);
	return 0;
}

int snapshot_list(bool remove, void (*line)(const char *text))
{
	char path[PATH_MAX / 2], text[400];
	_cleanup_close_ int directory = -1;
	_cleanup_free_ struct entry *entries = NULL;
	size_t count;
	int left = 0;

	if (!snapshot_directory(path, sizeof(path)))
		return 0;
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	count = read_entries(directory, &entries);
	for (size_t i = 0; i < count; i++) {
		char used[32];
		struct tm when;

		localtime_r(&entries[i].used.tv_sec, &when);
		strftime(used, sizeof(used), "%Y-%m-%d %H:%M", &when);
		snprintf(text, sizeof(text), "%s: %s, %ju MiB, used %s", entries[i].name,
			 entries[i].about, (uintmax_t)(entries[i].size >> 20), used);
		if (line)
			line(text);
		left += !remove || unlinkat(directory, entries[i].name, 0);
	}
	return left;
}
