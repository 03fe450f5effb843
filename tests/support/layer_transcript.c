/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/layer_transcript.h"
#include "injector/base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

static void append(struct transcript *transcript, const char *text)
{
	size_t length = strlen(text);

	if (transcript->size + length + 1 > transcript->room) {
		transcript->room = 2 * (transcript->size + length + 1);
		transcript->text = realloc(transcript->text, transcript->room);
		if (!transcript->text)
			abort();
	}
	memcpy(transcript->text + transcript->size, text, length + 1);
	transcript->size += length;
}

void note(struct transcript *transcript, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	append(transcript, line);
	append(transcript, "\n");
}

long note_result(struct transcript *transcript, const char *what, long result)
{
	int saved = errno;

	if (result == -1)
		note(transcript, "%s: %s", what, strerrorname_np(saved));
	else
		note(transcript, "%s: %ld", what, result);
	errno = saved;
	return result;
}

int note_fd(struct transcript *transcript, const char *what, int fd)
{
	note_result(transcript, what, fd < 0 ? -1 : 0);
	return fd;
}

void note_stat(struct transcript *transcript, const char *path)
{
	struct stat status;

	if (lstat(path, &status))
		note(transcript, "stat %s: %s", path, strerrorname_np(errno));
	else
		note(transcript,
		     "stat %s: mode %o links %ju owner %u:%u size %jd unit %jd rdev %jx", path,
		     status.st_mode, (uintmax_t)status.st_nlink, status.st_uid, status.st_gid,
		     (intmax_t)status.st_size, (intmax_t)status.st_blksize,
		     (uintmax_t)status.st_rdev);
}

void note_content(struct transcript *transcript, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	static unsigned char data[65536];
	uint64_t sum = 14695981039346656037U, total = 0;
	ssize_t length;

	if (fd < 0) {
		note(transcript, "content %s: %s", path, strerrorname_np(errno));
		return;
	}
	while ((length = read(fd, data, sizeof(data))) > 0) {
		for (ssize_t i = 0; i < length; i++)
			sum = (sum ^ data[i]) * 1099511628211U;
		total += (uint64_t)length;
	}
	note(transcript, "content %s: %ju bytes, sum %jx, end %zd", path, (uintmax_t)total,
	     (uintmax_t)sum, length);
}

void note_directory(struct transcript *transcript, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	note_result(transcript, "scandir", count);
	for (int i = 0; i < count; i++) {
		note(transcript, "entry %s type %d", entries[i]->d_name, entries[i]->d_type);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void run_as_user(uid_t uid, gid_t gid, const gid_t *groups, struct transcript *transcript,
			void (*body)(struct transcript *transcript))
{
	size_t count = 0;

	while (groups && groups[count])
		count++;
	if (setgroups(count, groups) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		_exit(1);
	body(transcript);
}

/* The child returns its transcript in shared memory. */
void as_user(struct transcript *transcript, uid_t uid, gid_t gid, const gid_t *groups,
	     void (*body)(struct transcript *transcript))
{
	size_t room = 1 << 20;
	char *shared = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	int status;

	if (shared == MAP_FAILED)
		abort();
	child = fork();
	if (!child) {
		struct transcript own = { .text = NULL };

		run_as_user(uid, gid, groups, &own, body);
		if (own.text)
			snprintf(shared, room, "%s", own.text);
		_exit(0);
	}
	/* Of a child that failed both transcripts would lack the same lines. */
	if (waitpid(child, &status, 0) != child || status)
		abort();
	note(transcript, "as user %u:%u", uid, gid);
	append(transcript, shared);
	munmap(shared, room);
}
