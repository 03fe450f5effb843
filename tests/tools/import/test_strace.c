/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of strace taken apart, and what whole logs become. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/strace_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool parse(const char *text, struct strace_call *call)
{
	return strace_parse_call(text, strlen(text), call);
}

static void test_calls(void)
{
	struct strace_call call;
	char text[64];

	CU_ASSERT(parse("pread64(5</tmp/a (b), c>, \"x\\\"), 1\"..., 4096, 8192) = 4096 <0.000012>",
			&call));
	CU_ASSERT_EQUAL(call.count, 4);
	CU_ASSERT_EQUAL(call.result, 4096);
	CU_ASSERT_EQUAL(call.took, 12000);
	CU_ASSERT(strace_is(call.arguments[3], "8192"));
	CU_ASSERT(parse("openat(AT_FDCWD</>, \"a\\303\\244\\tb\", O_RDWR|O_CREAT, 0640) = "
			"3</a\\303\\244\\tb> <0.1>",
			&call));
	CU_ASSERT(strace_string(call.arguments[1], text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "a\303\244\tb");
	CU_ASSERT(strace_path(call.result_path, text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "/a\303\244\tb");
	CU_ASSERT(parse("unlink(\"x\") = -1 ENOENT (No such file or directory) <0.000020>", &call));
	CU_ASSERT_EQUAL(call.result, -ENOENT);
	CU_ASSERT(call.timed);
	CU_ASSERT(parse("read(3, \"\", 10) = ? ERESTARTSYS (To be restarted)", &call));
	CU_ASSERT(call.no_result);
	CU_ASSERT(parse("mmap(NULL, 8, PROT_READ, MAP_SHARED|21<<MAP_HUGE_SHIFT, 3</x>, 0) = "
			"0x7f0000000000",
			&call));
	CU_ASSERT_EQUAL(call.count, 6);
	CU_ASSERT_EQUAL(call.result, 0x7f0000000000);
	CU_ASSERT(!call.timed);
}

static void test_no_calls(void)
{
	static const char *const texts[] = {
		"",
		"read",
		"read(",
		"read(3, \"abc",
		"read(3, \"abc\\",
		"read(3</tmp/x, \"a\", 1) = 1",
		"read(3, \"a\", 1) = ",
		"read(3, \"a\", 1)",
		"read(3, \"a\", 1) = one",
		"read(3, \"a\", 1) = -1 EWHATEVER (x)",
		"read(3, \"a\", 1) = 99999999999999999999999",
		"Read(3) = 0",
		"= 0",
	};
	struct strace_call call;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		CU_ASSERT_FALSE(parse(texts[i], &call));
}

static void test_descriptors(void)
{
	static const struct {
		const char *text, *path;
		int fd;
	} good[] = {
		{ "3", NULL, 3 },
		{ "3</tmp/x>", "/tmp/x", 3 },
		{ "3</tmp/x (deleted)>", "/tmp/x", 3 },
		{ "3</tmp/x>(deleted)", "/tmp/x", 3 },
		{ "0x3", NULL, 3 },
		{ "0xffffff9c</tmp>", "/tmp", -100 },
		{ "3</tmp/x>(deleted)>", "/tmp/x>(deleted)", 3 },
		{ "4</dev/null<char 1:3>>", "/dev/null", 4 },
		{ "AT_FDCWD</tmp>", "/tmp", -100 },
	};
	struct strace_text path;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct strace_text text = { good[i].text, strlen(good[i].text) };

		CU_ASSERT(strace_descriptor(text, &fd, &path));
		CU_ASSERT_EQUAL(fd, good[i].fd);
		CU_ASSERT(good[i].path ? path.at && strace_is(path, good[i].path) : !path.at);
	}
	CU_ASSERT_FALSE(strace_descriptor((struct strace_text){ "x", 1 }, &fd, &path));
	CU_ASSERT_FALSE(strace_descriptor((struct strace_text){ "3x", 2 }, &fd, &path));
	CU_ASSERT_FALSE(strace_descriptor((struct strace_text){ "12345678", 8 }, &fd, &path));
}

/* Imports a text. Returns what import_fd() does; account and trace are the caller's. */
static char message[800];

static int import(const char *text, char **account, char **trace)
{
	const struct import_options options = { .under = "/d" };
	int fd = memfd_create("input", 0), r;
	size_t size;
	FILE *to = open_memstream(account, &size);

	CU_ASSERT_FATAL(fd >= 0 && to && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
			!lseek(fd, 0, SEEK_SET));
	*message = '\0';
	report_capture(message, sizeof(message));
	r = import_fd(importer_find("strace"), &options, fd, to, NULL, trace);
	report_capture(NULL, 0);
	fclose(to);
	close(fd);
	return r;
}

static void expect(const char *text, const char *in_trace, const char *in_account)
{
	char *account = NULL, *trace = NULL;
	int r = import(text, &account, &trace);

	CU_ASSERT_EQUAL(r, in_trace ? 0 : -EINVAL);
	CU_ASSERT(in_trace ? trace && strstr(trace, in_trace) : !trace);
	CU_ASSERT_PTR_NOT_NULL(strstr(account, in_account));
	if (in_trace && trace && !strstr(trace, in_trace))
		printf("no \"%s\" in:\n%s", in_trace, trace);
	if (!strstr(account, in_account))
		printf("no \"%s\" in:\n%s", in_account, account);
	free(account);
	free(trace);
}

#define T(n) "7 1000.00000" #n " "

static void test_logs(void)
{
	/* A file that was there, as large as fstat() says. */
	expect(T(1) "openat(AT_FDCWD</>, \"/d/a\", O_RDONLY) = 3</d/a> <0.000001>\n" T(
		       3) "fstat(3</d/a>, {st_mode=S_IFREG|0644, st_size=12345, ...}) = 0 "
			  "<0.000001>\n",
	       "file 1 12345 1 12345\nend 2\n", "calls of fstat");
	/* Threads that wait for each other on the way are joined by their numbers. */
	expect(T(1) "openat(AT_FDCWD</>, \"/d/a\", O_RDWR) = 3</d/a> <0.000001>\n" T(
		       2) "pread64(3</d/a>,  <unfinished ...>\n"
			  "8 1000.000003 fsync(3</d/a>) = 0 <0.000001>\n" T(
				  5) "<... pread64 resumed>\"\"..., 100, 4096) = 10 <0.000003>\n",
	       "1 1000 3000 pread 1 1 0 0 4096 100 10\n", "calls of fsync");
	/* A size that only a short read tells. */
	expect(T(1) "pread64(9</d/b>, \"x\"..., 4096, 8192) = 100 <0.000001>\n",
	       "file 1 8292 1 8292\n", "open before");
	expect(T(1) "rename(\"/d/a\", \"/d/b\") = 0 <0.000001>\n" T(
		       3) "unlink(\"/d/b\") = 0 <0.000001>\n",
	       "1 2000 1000 unlink 1 0 2 0 0 0 0\n", "calls of rename");
	expect(T(1) "fallocate(3</d/a>, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 4096, 8192) = "
		    "0\n",
	       "fallocate 1 1 0 3 4096 8192 0\n", "without a duration");
	/* Times that go back, and none at all. */
	expect(T(9) "fsync(3</d/a>) = 0 <0.000001>\n" T(1) "fsync(3</d/a>) = 0 <0.000001>\n"
							   "7 fdatasync(3</d/a>) = 0 <0.000001>\n",
	       "fdatasync 1", "lines without a time");
	expect(T(1) "fsync(3</d/a>) = 0 <0.000001>\n" T(3) "fsync(3</d/a>) = 0 <0.0", "end 2\n",
	       "calls of fsync");
}

/* Times of day, over midnight, where another thread's line comes late. */
static void test_times_of_day(void)
{
	static const char midnight[] = "7 23:59:59.500000 fsync(3</d/a>) = 0 <0.000001>\n"
				       "7 00:00:00.250000 fdatasync(3</d/a>) = 0 <0.000001>\n"
				       "8 23:59:59.900000 fsync(4</d/b>) = 0 <0.000001>\n"
				       "7 00:00:01.500000 fsync(3</d/a>) = 0 <0.000001>\n";
	struct strace_prefix prefix;
	const char *line = "[pid   12] 18:14:35.069008 fsync(3) = 0", *end = line + strlen(line);

	CU_ASSERT_STRING_EQUAL(strace_parse_prefix(line, end, &prefix), "fsync(3) = 0");
	CU_ASSERT(prefix.tid == 12 && prefix.timed && prefix.of_day && !prefix.whole);
	CU_ASSERT_EQUAL(prefix.time, 65675069008000);
	line = "18:14:61:2 x";
	CU_ASSERT_PTR_EQUAL(strace_parse_prefix(line, line + 12, &prefix), line);
	CU_ASSERT_FALSE(prefix.timed);
	line = "24:00:00 x";
	strace_parse_prefix(line, line + 10, &prefix);
	CU_ASSERT_FALSE(prefix.timed);
	expect(midnight, "750000000 1000 fdatasync", "calls of fsync");
	expect(midnight, "2000000000 1000 fsync", "calls of fsync");
	expect("23:59:58 fsync(3</d/a>) = 0\n00:00:00 fdatasync(3</d/a>) = 0\n",
	       "2000000000 0 fdatasync", "whole seconds");
	expect("00:00:00 fsync(3</d/a>) = 0\n00:00:05 fdatasync(3</d/a>) = 0\n",
	       "5000000000 0 fdatasync", "whole seconds");
}

/* What options of strace, and mail, add to its lines. */
static void test_options(void)
{
	static const char *const lines[] = {
		"14444<sqlite3> 1000.000000 fsync(3</d/a>) = 0 <0.000001>\n",
		"14444<Web Content> 1000.000000 fsync(3</d/a>) = 0 <0.000001>\n",
		"[pid 14444<a>b>] 1000.000000 fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 1000.000000 [00007f922f374ad7] fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 1000.000000 [  74] fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 1000.000000 [  74] [00007f922f374ad7] fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 1000.000000 [????????????????] fsync(3</d/a>) = 0 <0.000001>\n",
		"\t14444 1000.000000 fsync(3</d/a>) = 0 <0.000001>\n",
		"> > 14444 1000.000000 fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 1000.000000 fsync(3<\\x2f\\x64\\x2f\\x61>) = 0 <0.000001>\r\n",
		"14444 1700000000 fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 12:00:00.000000 (+     0.000100) fsync(3</d/a>) = 0 <0.000001>\n",
		"[pid 14444] 1000.000000 (+     0.000100) fsync(3</d/a>) = 0 <0.000001>\n",
		"[pid 12 /* 14444 in strace's PID NS */] 1000.0 fsync(3</d/a>) = 0 <0.000001>\n",
		"12 /* 14444 in strace's PID NS */ 1000.0 fsync(3</d/a>) = 0 <0.000001>\n",
		"14444 1000.000000 fsync(0x3</d/a>) = 0x0 <0.000001>\n",
		/* Before 5.10 */
		("14444 1000.000000 fsync(3</d/a> <unfinished ...>\n"
		 "14444 1000.000001 <... fsync resumed> )     = 0 <0.000001>\n"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		expect(lines[i], "1 0 1000 fsync 1 1 0 0 0 0 0\n", "calls of fsync");
	/* A quote and a blank in a name stay what they are. */
	expect("7 1000.000000 openat(AT_FDCWD, \"\\x2f\\x64\\x2f\\x22\\x5c\\x20\", O_RDONLY) = 3 "
	       "<0.1>\n",
	       "name 1 ", "calls of open");
	/* What -xx has escaped is undone once, also with --under. */
	expect("7 1000.000000 openat(AT_FDCWD, \"\\x2f\\x64\\x2f\\x61\", O_RDONLY) = 3 <0.1>\n",
	       "name 1 a\n", "calls of open");
	/* -e raw */
	expect("7 1000.0 fsync(3</d/a>) = 0\n7 1000.1 pread64(0x3, 0x7ffd1a2b, 0x1000, 0x2000) = "
	       "0x1000\n7 1000.2 pwrite64(0x3, 0x7ffd1a2b, 0x1000, 0x2000) = -1 (errno 28)\n",
	       " pwrite 1 1 0 0 8192 4096 -28\n", "calls of pread");
	/* A fixed address, as the loader of programs has it. */
	expect("7 1000.0 fsync(3</d/a>) = 0\n7 1000.1 mmap(0x7f0000000000, 0x1000, 0x1, 0x12, 0x3, "
	       "0) = 0x7f0000000000\n",
	       " mmap 1 1 1 201 0 4096 0\n", "calls of mmap");
	/* -r */
	expect("7      0.000000 fsync(3</d/a>) = 0 <0.000001>\n"
	       "7      0.250000 fsync(3</d/a>) = 0 <0.000001>\n"
	       "7      0.500000 fdatasync(3</d/a>) = 0 <0.000001>\n",
	       "750000000 1000 fdatasync", "relative times");
}

/* What newer calls have, and older ones. */
static void test_more_calls(void)
{
	expect(T(1) "io_submit(0x7f, 2, [{aio_data=0x1, aio_lio_opcode=IOCB_CMD_PWRITE, "
		    "aio_fildes=3</d/a>, aio_buf=\"\\1\"..., aio_nbytes=4096, aio_offset=8192}, "
		    "{aio_lio_opcode=IOCB_CMD_PREAD, aio_fildes=3</d/a>, aio_buf=0x7f, "
		    "aio_nbytes=512, aio_offset=0}]) = 1 <0.1>\n",
	       "pwrite 1 1 0 0 8192 4096 4096\nfile", "calls of pwrite");
	expect(T(1) "io_submit(0x7f, 1, [{pread, fildes=3</d/a>, buf=0x7f, nbytes=512, "
		    "offset=1024}]) = 1 <0.1>\n",
	       "pread 1 1 0 0 1024 512 512\n", "calls of pread");
	expect(T(1) "_llseek(3</d/a>, 4096, [4096], SEEK_SET) = 0 <0.1>\n" T(
		       2) "read(3</d/a>, \"\", 10) = 10 <0.1>\n",
	       "read 1 1 0 0 4096 10 10\n", "calls of lseek");
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(
		       2) "pwritev2(3</d/a>, [{iov_base=\"c\"..., iov_len=4096}], 1, 16384, "
			  "RWF_DSYNC|RWF_DONTCACHE) = 4096 <0.1>\n",
	       "pwrite 1 1 0 20001 16384 4096 4096\n",
	       "pwritev2 with RWF_DONTCACHE: replayed without it");
	expect(T(1) "fallocate(3</d/a>, 0x3 /* FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE */, 0, "
		    "4096) = 0 <0.1>\n",
	       "fallocate 1 1 0 3 0 4096 0\n", "calls of fallocate");
	expect(T(1) "fallocate(3</d/a>, 0x80 /* FALLOC_FL_??? */, 0, 4096) = 0 <0.1>\n",
	       "fallocate 1 1 0 10 0 4096 0\n", "replayed as FALLOC_FL_ZERO_RANGE");
	expect(T(1) "mmap2(NULL, 4096, PROT_READ, MAP_SHARED, 3</d/a>, 0x3) = 0xb7000000 <0.1>\n",
	       "mmap 1 1 1 101 12288 4096 0\n", "calls of mmap");
	expect(T(1) "pwritev2(3</d/a>, [{iov_base=\"c\"..., iov_len=10}], 1, -1, 0) = 10 <0.1>\n",
	       " write 1 1 0 1 -1 10 10\n", "calls of write");
	expect(T(1) "fallocate(3</d/a>, FALLOC_FL_WRITE_ZEROES, 0, 4096) = 0 <0.1>\n",
	       "fallocate 1 1 0 10 0 4096 0\n", "replayed as FALLOC_FL_ZERO_RANGE");
	/* What is not in the trace is said first. */
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(2) "io_uring_enter(4, 1, 1, 0, NULL, 8) = 1 "
						      "<0.1>\n",
	       "end 1\n", "MOST OF THE I/O IS NOT IN THE REPLAY");
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(2) "io_uring_enter(4, 1, 1, 0, NULL, 8) = 1 "
						      "<0.1>\n",
	       "end 1\n", "io_uring: the I/O that it submits is not in a trace");
}

/* A symbolic link is no file, and its size is not that of the file that it leads to. */
static void test_links(void)
{
	static const char *const answers[] = {
		"newfstatat(AT_FDCWD</>, \"/d/a\", {st_mode=S_IFLNK|0777, st_size=1, ...}, "
		"AT_SYMLINK_NOFOLLOW) = 0\n",
		"lstat(\"/d/a\", {st_mode=0120777, st_size=1, ...}) = 0\n",
		"lstat(\"/d/a\", {st_mode=0120777 /* S_IFLNK|0777 */, st_size=1, ...}) = 0\n",
		"statx(AT_FDCWD</>, \"/d/a\", AT_SYMLINK_NOFOLLOW, STATX_ALL, {stx_mask=STATX_ALL, "
		"stx_mode=S_IFLNK|0777, stx_size=1, ...}) = 0\n",
		"stat(\"/d/a\", {st_mode=S_IFSOCK|0755, st_size=0, ...}) = 0\n",
	};
	char text[500];

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		snprintf(text, sizeof(text),
			 T(1) "%s" T(2) "openat(AT_FDCWD</>, \"/d/a\", O_RDONLY) = 3</d/b>\n" T(
				 3) "read(3</d/b>, \"hello\", 100) = 5\n",
			 answers[i]);
		expect(text, "file 1 5 1 5\nend 2\n", "calls on other files");
	}
	expect(T(1) "stat(\"/d/a\", {st_mode=0100644, st_size=5, ...}) = 0\n", "file 1 5 1 5\n",
	       "calls of stat");
}

static void test_what_is_not_used(void)
{
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(2) "conjure(3</d/a>) = 0 <0.1>\n", "end 1\n",
	       "calls of conjure on a file that is taken (first: line 2)");
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(2) "read(4</e/x>, \"\", 1) = 0 <0.1>\n",
	       "end 1\n", "calls on files in /e (first: line 2)");
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n\x01\x02\xff\n", "end 1\n",
	       "lines that are no lines of strace (first: line 2)");
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(2) "fsync(3</d/a>) = ?\n", "end 1\n",
	       "calls without a result");
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n" T(2) "<... read resumed>\"\", 1) = 0 <0.1>\n",
	       "end 1\n", "ends of calls that never began");
	expect("#!/usr/bin/perf script\nread 3 4\n", NULL, "no lines of strace");
	expect(T(1) "getpid() = 1 <0.1>\n", NULL, "on other files");
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "no call on a file in /d (were paths shown"));
	expect(T(1) "read(4</e/x>, \"\", 1) = 0 <0.1>\n" T(
		       2) "read(4</f/g/x>, \"\", 1) = 0 <0.1>\n" T(3) "read(4</f/g/y>, \"\", 1) = "
								      "0 <0.1>\n",
	       NULL, "calls on files in /e");
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "were in /f/g, /e: --under takes one"));
	expect(T(1) "fsync(3</d/a>) = 0 <0.1>\n", "end 1\n", "1  calls on files below /d\n");
}

/* Of a range, descriptors are closed; not where they are only marked, or the kernel refuses. */
static void test_close_range(void)
{
	static const char *const ranges[] = {
		"close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC) = 0\n",
		"close_range(3, 4294967295, CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC) = 0\n",
		"close_range(0x3, 0xffffffff, 0x4) = 0\n",
		"close_range(3, 4294967295, 0) = -1 ENOSYS (Function not implemented)\n",
	};
	char text[400];

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		snprintf(text, sizeof(text),
			 T(1) "openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3\n" T(2) "%s" T(
				 3) "fsync(3) = 0\n",
			 ranges[i]);
		expect(text, "fsync 1 1 0 0 0 0 0\nfile 1 0 1 0\nend 2\n", "calls of open");
	}
	expect(T(1) "openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3\n" T(
		       2) "close_range(3, 4294967295, CLOSE_RANGE_UNSHARE) = 0\n",
	       "close 1 1 0 0 0 0 0\n", "calls of close");
	/* strace 5.10 -y, which takes the bounds for descriptors */
	expect(T(1) "openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3</d/a>\n" T(
		       2) "close_range(3</d/a>, -1, 0) = 0\n",
	       "close 1 1 0 0 0 0 0\n", "calls of close");
}

/* Without -y, only the call that gives its number to another file tells that one is closed. */
static void test_replaced(void)
{
	static const char *const calls[] = {
		"dup2(10, 3) = 3\n",
		"dup3(10, 3, O_CLOEXEC) = 3\n",
		"openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3\n",
	};
	char text[400];

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(text, sizeof(text),
			 T(1) "openat(AT_FDCWD, \"/d/a\", O_RDWR|O_CLOEXEC) = 3\n" T(2) "%s" T(
				 3) "write(3, \"x\", 1) = 1\n",
			 calls[i]);
		expect(text, "close 1 1 0 0 0 0 0\nfile 1 0 1 0\nend 2\n", "calls of close");
	}
	expect(T(1) "openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3\n" T(
		       2) "dup2(10, 3) = -1 EBADF (Bad file descriptor)\n" T(3) "write(3, \"x\", "
										"1) = "
										"1\n",
	       "write 1 1 0 0 0 1 1\n", "calls of write");
}

/* Another thread may get the number before the close that gave it away has returned. */
static void test_overtaken(void)
{
	static const char log[] =
		"7 1000.900000 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES) = 8 <0.000010>\n"
		"7 1001.000000 openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3 <0.000010>\n"
		"7 1001.100000 close(3 <unfinished ...>\n"
		"8 1001.100010 openat(AT_FDCWD, \"/d/b\", O_RDWR) = 3 <0.000010>\n"
		"7 1001.100030 <... close resumed>) = 0 <0.000030>\n"
		"8 1001.200000 write(3, \"x\", 1) = 1 <0.000010>\n"
		"8 1001.300000 close(3) = 0 <0.000010>\n";

	expect(log, "close 1 1 0 0 0 0 0\n", "");
	expect(log, "write 2 2 0 0 0 1 1\n", "");
	expect(log, "close 2 2 0 0 0 0 0\n", "");
}

/* The same where the number is that of a copy, or one of a range that is closed. */
static void test_overtaken_copies(void)
{
#define BEGIN                                                                                      \
	"7 1000.900000 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES) = 8 <0.000010>\n"       \
	"7 1001.000000 openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3 <0.000010>\n"                        \
	"7 1001.000100 openat(AT_FDCWD, \"/d/b\", O_RDWR) = 4 <0.000010>\n"
	static const char *const logs[] = {
		BEGIN "7 1001.100000 close(4 <unfinished ...>\n"
		      "8 1001.100010 dup(3) = 4 <0.000010>\n"
		      "7 1001.100030 <... close resumed>) = 0 <0.000030>\n"
		      "8 1001.200000 write(4, \"x\", 1) = 1 <0.000010>\n",
		BEGIN "7 1001.100000 close_range(4, 9, 0 <unfinished ...>\n"
		      "8 1001.100010 openat(AT_FDCWD, \"/d/a\", O_RDWR) = 4 <0.000010>\n"
		      "7 1001.100030 <... close_range resumed>) = 0 <0.000030>\n"
		      "8 1001.200000 write(4, \"x\", 1) = 1 <0.000010>\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		expect(logs[i], "close 2 2 0 0 0 0 0\n", "");
		expect(logs[i], "write 1 3 0 0 0 1 1\n", "");
	}
#undef BEGIN
}

/* Two processes start a thread at once, whose first lines come before either call has returned.
 * Each has the descriptors of its own process, among them what the one has opened meanwhile. */
static void test_twins(void)
{
	static const char log[] =
		"7 1001.000000 openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3 <0.000010>\n"
		"9 1001.000100 openat(AT_FDCWD, \"/d/b\", O_RDWR) = 3 <0.000010>\n"
		"7 1001.100000 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES <unfinished "
		"...>\n"
		"9 1001.100010 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES <unfinished "
		"...>\n"
		"8 1001.100020 openat(AT_FDCWD, \"/d/c\", O_RDWR) = 4 <0.000010>\n"
		"10 1001.100040 set_robust_list(0x7f, 24) = 0 <0.000010>\n"
		"7 1001.100060 <... clone resumed>) = 8 <0.000060>\n"
		"9 1001.100070 <... clone resumed>) = 10 <0.000060>\n"
		"8 1001.200000 write(3, \"x\", 1) = 1 <0.000010>\n"
		"7 1001.300000 write(4, \"xy\", 2) = 2 <0.000010>\n"
		"10 1001.400000 write(3, \"xyz\", 3) = 3 <0.000010>\n"
		"9 1001.500000 write(4, \"x\", 1) = -1 EBADF (Bad file descriptor) <0.000010>\n";

	expect(log, "write 1 1 0 0 0 1 1\n", "");
	expect(log, "write 3 3 0 0 0 2 2\n", "");
	expect(log, "write 2 2 0 0 0 3 3\n", "");
}

/* Two threads of a process start one and a program at once: what the new thread has mapped before
 * its parent's call returned is in the memory of all three. */
static void test_spawned(void)
{
	static const char log[] =
		"7 1001.000000 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES) = 9 <0.000010>\n"
		"7 1001.100000 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES <unfinished "
		"...>\n"
		"9 1001.100010 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_VFORK <unfinished "
		"...>\n"
		"8 1001.100020 openat(AT_FDCWD, \"/d/a\", O_RDWR) = 4 <0.000010>\n"
		"8 1001.100040 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 4, 0) = 0x7f0000000000 "
		"<0.000010>\n"
		"7 1001.100060 <... clone resumed>) = 8 <0.000060>\n"
		"9 1001.100070 <... clone resumed>) = 10 <0.000060>\n"
		"7 1001.200000 write(4, \"xy\", 2) = 2 <0.000010>\n"
		"7 1001.300000 munmap(0x7f0000000000, 4096) = 0 <0.000010>\n";

	expect(log, "write 1 1 0 0 0 2 2\n", "");
	expect(log, " munmap ", "");
}

/* With times in whole seconds, a file may be opened and closed in the same one. */
static void test_coarse_close(void)
{
	expect("7 1001 openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3 <0.000010>\n"
	       "7 1001 dup(3) = 4 <0.000010>\n"
	       "7 1001 close(3) = 0 <0.000010>\n"
	       "7 1001 close(4) = 0 <0.000010>\n",
	       "close 1 2 0 0 0 0 0\n", "");
}

/* On a terminal, lines have no number while there is one thread. */
static void test_terminal(void)
{
	expect("openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3\n"
	       "clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES) = 4712\n"
	       "strace: Process 4712 attached\n"
	       "[pid  4711] pread64(3, \"\"..., 10, 0) = 10\n"
	       "[pid  4712] pwrite64(3, \"\"..., 10, 0) = 10\n"
	       "[pid  4712] +++ exited with 0 +++\n"
	       "fsync(3) = 0\n",
	       "1 0 0 fsync 1 1 0 0 0 0 0\n", "2  threads");
	/* The child is there before its parent knows of it, and outlives it. */
	expect("openat(AT_FDCWD, \"/d/a\", O_RDWR) = 3\n"
	       "clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES <unfinished ...>\n"
	       "[pid  4712] pwrite64(3, \"\"..., 10, 0) = 10\n"
	       "[pid  4711] <... clone resumed>)        = 4712\n"
	       "[pid  4711] pread64(3, \"\"..., 10, 0) = 10\n"
	       "[pid  4711] +++ exited with 0 +++\n"
	       "fsync(3) = 0\n",
	       "2 0 0 fsync 1 1 0 0 0 0 0\n", "2  threads");
}

/* A replay tells no page behind the first 512G of a file from another. */
static void test_huge_file(void)
{
	static const char *const calls[] = {
		"fstat(3</d/a>, {st_mode=S_IFREG|0644, st_size=1099511627776, ...}) = 0\n",
		"pwrite64(3</d/a>, \"\"..., 4096, 1099511623680) = 4096\n",
		"pread64(3</d/a>, \"\"..., 4096, 1099511623680) = 4096\n",
		"ftruncate(3</d/a>, 1099511627776) = 0\n",
	};
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(text, sizeof(text), T(1) "%s", calls[i]);
		expect(text, NULL, "");
		CU_ASSERT_PTR_NOT_NULL(
			strstr(message, "the file a gets as large as 1T; expected up to"));
		CU_ASSERT_PTR_NOT_NULL(strstr(message, "; --under takes a directory without it"));
	}
	expect(T(1) "pwrite64(3</d/a>, \"\"..., 4096, 9223372036854771712) = 4096\n", NULL, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "the file a gets as large as "));
	/* At its end nothing is read. */
	expect(T(1) "pread64(3</d/a>, \"\", 4096, 1099511627776) = 0\n",
	       "pread 1 1 0 0 1099511627776 4096 0\n", "calls of pread");
}

/* What is no log of strace is named where it is known. */
static void test_others(void)
{
	static const struct {
		const char *text, *says;
	} others[] = {
		{ "% time     seconds  usecs/call     calls    errors syscall\n"
		  "------ ----------- ----------- --------- --------- ----------------\n"
		  " 50.00    0.000010          10         1           openat\n",
		  "a summary (strace -c), which has none" },
		{ "     0.000 ( 0.012 ms): cat/4711 openat(dfd: CWD, filename: 0x1234) = 3\n",
		  "what perf trace prints" },
		{ "[    1.000000] kernel BUG at mm/filemap.c:3519!\n", "import oops" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		expect(others[i].text, NULL, "");
		CU_ASSERT_PTR_NOT_NULL(strstr(message, "no line of it is a call; it is "));
		CU_ASSERT_PTR_NOT_NULL(strstr(message, others[i].says));
	}
}

static void test_huge_line(void)
{
	size_t size = 3 << 20;
	char *text = malloc(size);
	int used;

	CU_ASSERT_FATAL(text != NULL);
	used = snprintf(text, size, "%s", T(1) "write(3</d/a>, \"");
	memset(text + used, 'x', size - (size_t)used);
	strcpy(text + (2 << 20), "\", 9, 0) = 9 <0.1>\n" T(2) "fsync(3</d/a>) = 0 <0.1>\n");
	expect(text, "end 1\n", "lines too long");
	free(text);
}

/* Three lines in what somebody's tools put around them. */
static char *put_on(const char *before, const char *behind, bool escaped)
{
	static const char *const lines[] = {
		"77 1700000000.000001 openat(AT_FDCWD</>, \"/d/f\", O_RDWR) = 3</d/f> <0.000010>",
		"77 1700000000.000100 pread64(3</d/f>, \"x\"..., 4096, 8192) = 4096 <0.000020>",
		"77 1700000000.000200 close(3</d/f>) = 0 <0.000010>",
	};
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		fputs(before, to);
		for (const char *at = lines[i]; *at; at++)
			if (escaped && *at == '"')
				fputs("\\\"", to);
			else
				fputc(*at, to);
		fputs(behind, to);
	}
	fclose(to);
	return text;
}

static void test_dresses(void)
{
	static const struct {
		const char *before, *behind;
		bool escaped;
	} dresses[] = {
		{ "", "\n", false },
		{ "\t", "   \n", false },
		{ "> ", "\r\n", false },
		{ "+", "\n", false },
		{ "- `", "`\n", false },
		{ "    12\t", "\n", false },
		{ "mysqld.strace:", "\n", false },
		{ "12:", "\n", false },
		{ "\033[32m", "\033[0m\n", false },
		{ "<span class=\"s\">", "</span>\n", false },
		{ "Feb 04 12:00:00 db01 strace[812]: ", "\n", false },
		{ "2026-02-04T12:00:00.123456789Z ", "\n", false },
		{ "{\"log\":\"", "\\n\",\"stream\":\"stderr\"}\n", true },
	};
	static const char *const untimed[] = {
		/* Nothing but its result tells a call from prose. */
		"Feb 04 12:00:00 db01 app.sh[99]: openat(AT_FDCWD, \"/d/f\", O_RDWR) = 3\n",
		"<pre>openat(AT_FDCWD, &quot;/d/f&quot;, O_RDWR) = 3 &lt;0.1&gt;\n",
		"openat(AT_FDCWD, &quot;/d/f&quot;, O_RDWR) = 3\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(dresses); i++) {
		char *account = NULL, *trace = NULL,
		     *text = put_on(dresses[i].before, dresses[i].behind, dresses[i].escaped);
		int r = import(text, &account, &trace);

		CU_ASSERT_EQUAL(r, 0);
		if (r || !strstr(account, "3  calls on files below /d") ||
		    !strstr(account, "1  calls of pread")) {
			CU_FAIL("dress");
			printf("\n%s: %s\n%s", text, message, account);
		}
		free(account);
		free(trace);
		free(text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(untimed); i++)
		expect(untimed[i], "name 1 f\n", "1  calls of open\n");
}

/* Commands by number: strace -X raw, and -X verbose. */
static void test_numbers(void)
{
	static const char *const commands[] = { "F_DUPFD_CLOEXEC", "0x406",
						"0x406 /* F_DUPFD_CLOEXEC */", "0",
						"0 /* F_DUPFD */" };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char text[300], *account = NULL, *trace = NULL;

		snprintf(text, sizeof(text),
			 "1 1.000001 openat(-100</>, \"/d/f\", 0x2) = 3</d/f>\n"
			 "1 1.000002 fcntl(3</d/f>, %s, 0) = 4</d/f>\n"
			 "1 1.000003 read(4</d/f>, \"\", 10) = 10\n",
			 commands[i]);
		CU_ASSERT_EQUAL(import(text, &account, &trace), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(account, "1  calls of dup"));
		CU_ASSERT_PTR_NOT_NULL(strstr(account, "1  calls of open"));
		free(account);
		free(trace);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "calls", test_calls },
		{ "what is no call", test_no_calls },
		{ "descriptors", test_descriptors },
		{ "logs", test_logs },
		{ "times of day", test_times_of_day },
		{ "options of strace", test_options },
		{ "newer calls, and older ones", test_more_calls },
		{ "symbolic links", test_links },
		{ "what is not used is named", test_what_is_not_used },
		{ "a huge line", test_huge_line },
		{ "ranges of descriptors", test_close_range },
		{ "replaced descriptors", test_replaced },
		{ "a close that was overtaken", test_overtaken },
		{ "copies that overtook a close", test_overtaken_copies },
		{ "threads of two processes, begun at once", test_twins },
		{ "a thread and a program, begun at once", test_spawned },
		{ "closes in whole seconds", test_coarse_close },
		{ "a terminal", test_terminal },
		{ "a huge file", test_huge_file },
		{ "what is no log of strace", test_others },
		{ "dresses", test_dresses },
		{ "commands by number", test_numbers },
		CU_TEST_INFO_NULL,
	};

	return run_suite("strace", tests);
}
