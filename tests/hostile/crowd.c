/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/crowd.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tests/hostile/operation.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

enum { FANOUT = 4, NAMES = 6, SIZE_MAX_MADE = 128 << 10, PATH_ROOM = 64, PROCESSES_MAX = 64 };

/* A process of the crowd. */
struct member {
	int top;
	uint64_t seed;
	unsigned char *data;
};

/* Shared by all processes. */
static struct {
	_Atomic uint64_t operations, succeeded;
	_Atomic bool stop, wrong;
} * shared;

/* The byte at that offset in every file, unless in a hole. Never 0. */
static unsigned char byte_at(uint64_t offset)
{
	return (unsigned char)(1 + (offset * 2654435761U >> 13) % 255);
}

/* Draws a path up to two directories deep. kind: of the last name, 'd' or 'f' */
static void draw_path(struct member *member, char path[PATH_ROOM], char kind)
{
	unsigned int depth = operation_draw(&member->seed) % 3, at = 0;

	for (unsigned int i = 0; i < depth; i++)
		at += (unsigned int)snprintf(path + at, PATH_ROOM - at, "d%u/",
					     operation_draw(&member->seed) % FANOUT);
	snprintf(path + at, PATH_ROOM - at, "%c%u", kind, operation_draw(&member->seed) % NAMES);
}

static char draw_kind(struct member *member)
{
	return "dfff"[operation_draw(&member->seed) % 4];
}

static int open_drawn(struct member *member, int flags)
{
	char path[PATH_ROOM], kind = 'f';

	if (!(flags & O_CREAT))
		kind = draw_kind(member);
	draw_path(member, path, kind);
	return openat(member->top, path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

static uint32_t draw_range(struct member *member, uint32_t *offset)
{
	*offset = operation_draw(&member->seed) % SIZE_MAX_MADE;
	return 1 + operation_draw(&member->seed) % (SIZE_MAX_MADE - *offset);
}

static long be_wrong(const char *what, uint64_t offset, unsigned char byte)
{
	fprintf(stderr, "%s: byte %ju is %02x, and should be %02x or 0\n", what, (uintmax_t)offset,
		byte, byte_at(offset));
	shared->wrong = true;
	return 0;
}

static long check_bytes(const char *what, const unsigned char *data, uint64_t offset, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] && data[i] != byte_at(offset + i))
			return be_wrong(what, offset + i, data[i]);
	return 0;
}

static long write_some(struct member *member)
{
	_cleanup_close_ int fd = open_drawn(member, O_RDWR | O_CREAT);
	uint32_t offset, length = draw_range(member, &offset);

	if (fd < 0)
		return -1;
	for (uint32_t i = 0; i < length; i++)
		member->data[i] = byte_at(offset + i);
	return pwrite(fd, member->data, length, offset);
}

static long read_some(struct member *member)
{
	_cleanup_close_ int fd = open_drawn(member, O_RDONLY);
	uint32_t offset, length = draw_range(member, &offset);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = pread(fd, member->data, length, offset);
	return got < 0 ? -1 : check_bytes("read", member->data, offset, (size_t)got);
}

static long allocate_some(struct member *member)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
				     FALLOC_FL_ZERO_RANGE };
	_cleanup_close_ int fd = open_drawn(member, O_RDWR);
	uint32_t offset, length = draw_range(member, &offset);

	if (fd < 0)
		return -1;
	return fallocate(fd, modes[operation_draw(&member->seed) % ARRAY_SIZE(modes)], offset,
			 length);
}

/* Copies from a file to another or the same one, at the same offset. */
static long copy_some(struct member *member)
{
	_cleanup_close_ int from = open_drawn(member, O_RDONLY);
	_cleanup_close_ int to = open_drawn(member, O_RDWR);
	uint32_t offset, length = draw_range(member, &offset);
	off_t from_offset = offset, to_offset = offset;

	if (from < 0 || to < 0)
		return -1;
	return copy_file_range(from, &from_offset, to, &to_offset, length, 0);
}

static long truncate_some(struct member *member)
{
	_cleanup_close_ int fd = open_drawn(member, O_RDWR);

	return fd < 0 ? -1 : ftruncate(fd, operation_draw(&member->seed) % SIZE_MAX_MADE);
}

static long sync_some(struct member *member)
{
	_cleanup_close_ int fd = open_drawn(member, O_RDONLY);

	return fd < 0 ? -1 : fsync(fd);
}

static long make_directory(struct member *member)
{
	char path[PATH_ROOM];

	draw_path(member, path, 'd');
	return mkdirat(member->top, path, 0755);
}

static long make_link(struct member *member)
{
	char path[PATH_ROOM];

	draw_path(member, path, 'f');
	return symlinkat("d0/f0", member->top, path);
}

static long make_hard_link(struct member *member)
{
	char from[PATH_ROOM], to[PATH_ROOM];

	draw_path(member, from, draw_kind(member));
	draw_path(member, to, 'f');
	return linkat(member->top, from, member->top, to, 0);
}

/* Never moves a directory deeper, where no process would find it again and the tree would keep
 * growing. */
static long move(struct member *member)
{
	char from[PATH_ROOM], to[PATH_ROOM], kind = draw_kind(member);
	unsigned int flags = operation_draw(&member->seed) % 3;

	draw_path(member, from, kind);
	draw_path(member, to, kind);
	if (kind == 'd' && (strlen(to) > strlen(from) ||
			    (flags == RENAME_EXCHANGE && strlen(to) != strlen(from)))) {
		errno = EINVAL;
		return -1;
	}
	return renameat2(member->top, from, member->top, to, flags);
}

static long remove_some(struct member *member)
{
	char path[PATH_ROOM];

	draw_path(member, path, draw_kind(member));
	return unlinkat(member->top, path, operation_draw(&member->seed) % 4 ? 0 : AT_REMOVEDIR);
}

static long list(struct member *member)
{
	int fd = open_drawn(member, O_RDONLY | O_DIRECTORY);
	DIR *directory;

	if (fd < 0)
		return -1;
	directory = fdopendir(fd);
	if (!directory)
		return -1;
	while (readdir(directory))
		;
	return closedir(directory);
}

static long change_mode(struct member *member)
{
	_cleanup_close_ int fd = open_drawn(member, O_RDONLY);

	if (fd < 0)
		return -1;
	return operation_draw(&member->seed) % 2
		       ? fchmod(fd, 0700 | operation_draw(&member->seed) % 0100)
		       : fsetxattr(fd, "user.crowd", "value", operation_draw(&member->seed) % 5, 0);
}

static const struct {
	long (*run)(struct member *member);
	unsigned int weight;
	bool makes; /* may make other than regular files */
} deeds[] = {
	{ write_some, 20, false },   { read_some, 20, false },    { allocate_some, 6, false },
	{ copy_some, 6, false },     { truncate_some, 5, false }, { sync_some, 2, false },
	{ make_directory, 6, true }, { make_link, 2, true },      { make_hard_link, 5, true },
	{ move, 12, false },         { remove_some, 10, false },  { list, 3, false },
	{ change_mode, 3, false },
};

/*
 * Whether another process, or the arguments drawn, may have caused the error. ESTALE: a directory
 * known to the kernel was moved beneath, and the kernel could not get a lock to move its own entry
 * (__d_unalias(), fs/dcache.c, 6.18). EIO: a new file had been replaced beneath by one of another
 * type when the layer looked (create_new_entry(), fs/fuse/dir.c).
 */
static bool is_expected(int error, bool makes)
{
	static const int expected[] = { ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY, EINVAL,
					ELOOP,  EBUSY,  EPERM,   ENXIO,  EXDEV,     ESTALE };

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		if (error == expected[i])
			return true;
	return makes && error == EIO;
}

static void do_one(struct member *member)
{
	unsigned int total = 0, at, deed = 0;
	long r;

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		total += deeds[i].weight;
	for (at = operation_draw(&member->seed) % total; at >= deeds[deed].weight; deed++)
		at -= deeds[deed].weight;
	errno = 0;
	r = deeds[deed].run(member);
	shared->succeeded += r >= 0;
	if (r < 0 && !is_expected(errno, deeds[deed].makes)) {
		fprintf(stderr, "deed %u: %s\n", deed, strerror(errno));
		shared->wrong = true;
	}
}

static void work(const char *place, uint64_t seed)
{
	struct member member = { .seed = seed, .data = malloc(SIZE_MAX_MADE) };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	member.top = open(place, O_DIRECTORY | O_CLOEXEC);
	if (member.top < 0 || !member.data)
		_exit(1);
	while (!shared->stop && !shared->wrong) {
		do_one(&member);
		shared->operations++;
	}
	_exit(0);
}

/* The two trees compared; global because nftw() passes no context. */
static const char *walked, *other;

static int compare_content(const char *path, const char *twin)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int twin_fd = open(twin, O_RDONLY | O_CLOEXEC);
	static unsigned char data[SIZE_MAX_MADE + 1], twin_data[SIZE_MAX_MADE + 1];
	ssize_t got = read(fd, data, sizeof(data));

	if (got < 0 || read(twin_fd, twin_data, sizeof(twin_data)) != got ||
	    memcmp(data, twin_data, (size_t)got) != 0)
		return -1;
	check_bytes(path, data, 0, (size_t)got);
	return 0;
}

static int compare_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	char twin[PATH_MAX];
	struct stat is;

	(void)type;
	(void)at;
	snprintf(twin, sizeof(twin), "%s%s", other, path + strlen(walked));
	if (lstat(twin, &is) || is.st_mode != status->st_mode || is.st_nlink != status->st_nlink ||
	    is.st_uid != status->st_uid || is.st_size != status->st_size ||
	    is.st_mtim.tv_sec != status->st_mtim.tv_sec ||
	    (S_ISREG(is.st_mode) && compare_content(path, twin))) {
		fprintf(stderr, "%s is not like %s\n", path, twin);
		shared->wrong = true;
	}
	return 0;
}

static void walk(const char *place, const char *twin)
{
	walked = place;
	other = twin;
	if (nftw(place, compare_one, 16, FTW_PHYS)) {
		fprintf(stderr, "%s cannot be walked: %s\n", place, strerror(errno));
		shared->wrong = true;
	}
}

static void compare_trees(const char *place, const char *beneath)
{
	walk(place, beneath);
	walk(beneath, place);
}

int64_t crowd_run(const char *place, const char *beneath, bool mixed, unsigned int processes,
		  unsigned int seconds, uint64_t seed)
{
	pid_t members[PROCESSES_MAX];
	int64_t operations;
	bool wrong;
	int status;

	if (processes > PROCESSES_MAX)
		processes = PROCESSES_MAX;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return -1;
	fflush(NULL);
	for (unsigned int i = 0; i < processes; i++) {
		members[i] = fork();
		if (!members[i])
			work(mixed && i % 4 == 3 ? beneath : place, seed * PROCESSES_MAX + i);
	}
	for (unsigned int i = 0; i < seconds * 10 && !shared->wrong; i++)
		units_sleep(100000000);
	shared->stop = true;
	for (unsigned int i = 0; i < processes; i++)
		if (members[i] < 0 || waitpid(members[i], &status, 0) < 0 || status)
			shared->wrong = true;
	if (!shared->succeeded) {
		fprintf(stderr, "no operation of the crowd succeeded\n");
		shared->wrong = true;
	}
	compare_trees(place, beneath);
	operations = (int64_t)shared->operations;
	wrong = shared->wrong;
	munmap(shared, sizeof(*shared));
	return wrong ? -1 : operations;
}
