/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts on the bytes of files. */
#include "injector/base/cleanup.h"
#include "tests/support/layer_transcript.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

enum { USER = 12345, KIB = 1024, MIB = 1024 * 1024 };

static char pattern[4 * MIB];

static const char *make_pattern(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 7 + i / 4096);
	return pattern;
}

void script_data(struct transcript *transcript)
{
	const char *data = make_pattern();
	char back[64];
	int fd = TRY_FD(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));

	TRY_FD(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
	TRY_FD(open("absent", O_RDWR));
	TRY(write(fd, data, 3 * MIB + 17));
	TRY(pread(fd, back, sizeof(back), 3 * MIB));
	TRY(memcmp(back, data + 3 * MIB, 17));
	TRY(pread(fd, back, sizeof(back), 4 * MIB));
	TRY(pread(fd, back, sizeof(back), -1));
	TRY(pwrite(fd, data, 10, 5 * MIB));
	note_content(transcript, "file");
	note_stat(transcript, "file");
	TRY(fsync(fd));
	TRY(fdatasync(fd));
	TRY(ftruncate(fd, 100 * KIB + 3));
	note_content(transcript, "file");
	TRY(ftruncate(fd, 200 * KIB));
	note_content(transcript, "file");
	TRY(ftruncate(fd, -1));
	TRY(truncate("file", 5));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(write(fd, "tail", 4));
	note_content(transcript, "file");
	close(fd);
	fd = TRY_FD(open("file", O_WRONLY | O_TRUNC));
	note_stat(transcript, "file");
	TRY(read(fd, back, 1));
	TRY(write(fd, data, 1));
	close(fd);
	fd = TRY_FD(open("file", O_RDONLY));
	TRY(write(fd, data, 1));
	TRY(ftruncate(fd, 0));
	close(fd);
	fd = TRY_FD(open("unlinked", O_RDWR | O_CREAT, 0600));
	TRY(write(fd, data, 10000));
	TRY(unlink("unlinked"));
	TRY(pread(fd, back, sizeof(back), 9990));
	TRY(pwrite(fd, data, 100, 20000));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(ftruncate(fd, 7));
	TRY(fchmod(fd, 0640));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(fsync(fd));
	TRY(close(fd));
}

static void note_map(struct transcript *transcript, int fd)
{
	off_t at = 0, end = lseek(fd, 0, SEEK_END);

	while (at >= 0 && at < end) {
		off_t data = lseek(fd, at, SEEK_DATA), hole = lseek(fd, at, SEEK_HOLE);

		note(transcript, "at %jd data %jd hole %jd", (intmax_t)at, (intmax_t)data,
		     (intmax_t)hole);
		at = data == at ? hole : data;
	}
}

void script_holes(struct transcript *transcript)
{
	const char *data = make_pattern();
	loff_t from = 4096, to = 0;
	int fd = TRY_FD(open("holes", O_RDWR | O_CREAT, 0644)), other;

	TRY(fallocate(fd, 0, 0, 64 * KIB));
	note_stat(transcript, "holes");
	TRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, 64 * KIB, 64 * KIB));
	note_stat(transcript, "holes");
	TRY(pwrite(fd, data, 2 * MIB, 0));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 64 * KIB, 128 * KIB));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 512 * KIB + 5, 100));
	TRY(fallocate(fd, FALLOC_FL_ZERO_RANGE, 1 * MIB, 64 * KIB));
	TRY(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 2 * MIB - 4096, 64 * KIB));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	TRY(fallocate(fd, 0, -1, 4096));
	TRY(fallocate(fd, 0, 0, 0));
	TRY(fsync(fd));
	note_map(transcript, fd);
	TRY(lseek(fd, 4 * MIB, SEEK_DATA));
	TRY(lseek(fd, -1, SEEK_HOLE));
	note_content(transcript, "holes");
	other = TRY_FD(open("copy", O_RDWR | O_CREAT, 0644));
	TRY(copy_file_range(fd, &from, other, &to, 300 * KIB, 0));
	note(transcript, "offsets %jd %jd", (intmax_t)from, (intmax_t)to);
	from = 3;
	TRY(copy_file_range(fd, &from, other, &to, 1001, 0));
	from = 4 * MIB;
	TRY(copy_file_range(fd, &from, other, &to, 1001, 0));
	from = 0, to = 100;
	TRY(copy_file_range(fd, &from, fd, &to, 1001, 0));
	note_content(transcript, "copy");
	close(other);
	other = open("copy", O_RDONLY);
	TRY(fallocate(other, 0, 0, 4096));
	close(other);
	close(fd);
	fd = open(".", O_RDONLY | O_DIRECTORY);
	TRY(fallocate(fd, 0, 0, 4096));
	close(fd);
}

void script_direct(struct transcript *transcript)
{
	const char *data = make_pattern();
	char *aligned = aligned_alloc(4096, MIB);
	int fd = TRY_FD(open("direct", O_RDWR | O_CREAT | O_DIRECT, 0644));

	memcpy(aligned, data, MIB);
	TRY(pwrite(fd, aligned, MIB, 0));
	TRY(pwrite(fd, aligned, 4096, 512 * KIB));
	TRY(pwrite(fd, aligned, 4096, 100));
	TRY(pwrite(fd, aligned, 100, 0));
	TRY(pread(fd, aligned, 8192, 4096));
	TRY(memcmp(aligned, data + 4096, 8192));
	TRY(pread(fd, aligned, 4096, 7));
	TRY(pread(fd, aligned, 4096, 2 * MIB));
	note_content(transcript, "direct");
	TRY(close(fd));
	free(aligned);
}

void script_mmap(struct transcript *transcript)
{
	const char *data = make_pattern();
	char back[4096];
	int fd = TRY_FD(open("mapped", O_RDWR | O_CREAT, 0644));
	char *map;

	TRY(write(fd, data, 100 * KIB + 50));
	map = mmap(NULL, 128 * KIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TRY(map == MAP_FAILED);
	TRY(memcmp(map, data, 100 * KIB + 50));
	TRY(map[100 * KIB + 60]);
	memset(map + 8192, 'm', 5000);
	TRY(pread(fd, back, sizeof(back), 8192));
	TRY(back[0]);
	TRY(pwrite(fd, "written", 7, 50000));
	TRY(memcmp(map + 50000, "written", 7));
	TRY(msync(map, 128 * KIB, MS_SYNC));
	TRY(munmap(map, 128 * KIB));
	note_content(transcript, "mapped");
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 8192);
	TRY(map[0]);
	map[0] = 'p';
	TRY(munmap(map, 4096));
	/* Mapped pages outlive the descriptor and the name. */
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	TRY(unlink("mapped"));
	map[1] = 'x';
	TRY(map[1]);
	TRY(munmap(map, 4096));
}

/* On a file protected by chattr +a. */
static void append_only(struct transcript *transcript)
{
	int fd = TRY_FD(open("log", O_WRONLY | O_APPEND));

	TRY(write(fd, "more", 4));
	TRY(pwrite(fd, "end", 3, 0));
	TRY(ftruncate(fd, 0));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	close(fd);
	TRY_FD(open("log", O_WRONLY));
	TRY_FD(open("log", O_RDWR));
	TRY_FD(open("log", O_WRONLY | O_APPEND | O_TRUNC));
	TRY(truncate("log", 0));
	TRY(chmod("log", 0666));
	note_content(transcript, "log");
}

void script_append(struct transcript *transcript)
{
	int fd = TRY_FD(open("log", O_WRONLY | O_CREAT | O_APPEND, 0644)), other;
	struct fsxattr attributes;
	int flags = 0;

	TRY(fchmod(fd, 0666));
	TRY(write(fd, "one", 3));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(write(fd, "two", 3));
	TRY(pwrite(fd, "three", 5, 0));
	other = open("log", O_RDWR);
	TRY(pwrite(other, "grown", 5, 100));
	TRY(write(fd, "four", 4));
	note_content(transcript, "log");
	TRY(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	note(transcript, "flags %x", flags);
	flags |= FS_APPEND_FL | FS_NOATIME_FL;
	TRY(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	TRY(ioctl(fd, FS_IOC_FSGETXATTR, &attributes));
	note(transcript, "xflags %x", attributes.fsx_xflags);
	TRY(unlink("log"));
	append_only(transcript);
	as_user(transcript, USER, USER, NULL, append_only);
	flags = 0;
	TRY(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	attributes.fsx_xflags = FS_XFLAG_NODUMP;
	TRY(ioctl(fd, FS_IOC_FSSETXATTR, &attributes));
	TRY(ioctl(fd, FS_IOC_FSGETXATTR, &attributes));
	note(transcript, "xflags %x", attributes.fsx_xflags);
	TRY(ioctl(fd, TCGETS, &attributes));
	TRY(unlink("log"));
	close(other);
	close(fd);
}

void script_flags(struct transcript *transcript)
{
	char *aligned = aligned_alloc(4096, 4096);
	int fd = TRY_FD(open("file", O_RDWR | O_CREAT | O_APPEND, 0644));

	memset(aligned, 'a', 4096);
	TRY(write(fd, aligned, 4096));
	TRY(fcntl(fd, F_SETFL, 0));
	TRY(pwrite(fd, "five", 4, 0));
	TRY(fcntl(fd, F_SETFL, O_APPEND));
	TRY(write(fd, "six", 3));
	note_content(transcript, "file");
	TRY(fcntl(fd, F_SETFL, O_DIRECT));
	TRY(pread(fd, aligned, 4096, 0));
	TRY(pread(fd, aligned, 4096, 100));
	TRY(pwrite(fd, aligned, 100, 0));
	TRY(pwrite(fd, aligned, 4096, 8192));
	TRY(fcntl(fd, F_SETFL, 0));
	TRY(pwrite(fd, aligned, 100, 17));
	note_content(transcript, "file");
	close(fd);
	free(aligned);
}
