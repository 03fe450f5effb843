/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence made to take much: an import takes less than 256 MiB of memory and writes no more than
 * 20 times its input (or a megabyte), whatever comes of it. Holes are not read, however large: of
 * that the test's time limit is the proof.
 */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/log_file.h"
#include "tools/workloads/journal/format.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { MEMORY_MAX = 256 << 20, GROWTH_MAX = 20, OUTPUT_LEAST = 1 << 20 };

/* A path component of `length` bytes. */
static const char *long_name(int length)
{
	static char name[256];

	memset(name, 'x', sizeof(name) - 1);
	name[length] = '\0';
	return name;
}

/* Threads with one high descriptor each: 250 KB of such lines took 5.95 GB. */
static void high_descriptors(FILE *to)
{
	for (int i = 0; i < 5000; i++)
		fprintf(to, "%d 1.0 read(65535</d/f>, \"\", 1) = 1 <0.1>\n", 1000 + i);
}

static void many_descriptors(FILE *to)
{
	for (int i = 3; i < 6000; i++)
		fprintf(to, "1 1.0 dup(3</d/f>) = %d</d/f> <0.1>\n", i);
}

static void forked_descriptors(FILE *to)
{
	many_descriptors(to);
	for (int i = 0; i < 3000; i++)
		fprintf(to, "1 1.0 clone(child_stack=NULL, flags=SIGCHLD) = %d <0.1>\n", 1000 + i);
}

/* Each child ends, so all that is held is little, and each closes what it got. */
static void closed_descriptors(FILE *to)
{
	many_descriptors(to);
	for (int i = 1000; i < 1300; i++)
		fprintf(to,
			"1 1.0 fork() = %d <0.1>\n%d 1.1 close_range(3, 4294967295, 0) = 0 <0.1>\n"
			"%d 1.2 +++ exited with 0 +++\n",
			i, i, i);
}

static void many_maps(FILE *to)
{
	for (int i = 1; i <= 4096; i++)
		fprintf(to,
			"1 1.0 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3</d/f>, 0) = 0x%x000 "
			"<0.1>\n",
			i);
}

static void forked_maps(FILE *to)
{
	many_maps(to);
	for (int i = 0; i < 3000; i++)
		fprintf(to, "1 1.0 fork() = %d <0.1>\n", 1000 + i);
}

/* 482 KB of such lines made a trace of 358 MB. */
static void synced_maps(FILE *to)
{
	many_maps(to);
	for (int i = 0; i < 1000; i++)
		fprintf(to, "1 2.0 msync(0x1000, 16777216, MS_SYNC) = 0 <0.1>\n");
}

static void unfinished_calls(FILE *to)
{
	for (int i = 0; i < 7000; i++)
		fprintf(to, "%d 1.0 write(3</d/f>, \"%*s\" <unfinished ...>\n", 1000 + i, 16000,
			"");
}

static void working_directories(FILE *to)
{
	for (int i = 0; i < 27000; i++) {
		fprintf(to, "%d 1.0 openat(AT_FDCWD</d", 1000 + i);
		for (int part = 0; part < 16; part++)
			fprintf(to, "/%s", long_name(240));
		fprintf(to, ">, \"f\", O_RDONLY) = -1 ENOENT (x) <0.1>\n");
	}
}

static void long_paths(FILE *to)
{
	fprintf(to, "1 1.0 read(3</d/f/../");
	for (int part = 0; part < 255; part++)
		fprintf(to, "%s/", long_name(250));
	fprintf(to, ">, \"\", 1) = 1 <0.1>\n");
	for (int i = 4; i < 60000; i++)
		fprintf(to, "1 1.0 dup(3) = %d <0.1>\n", i);
}

static void long_places(FILE *to)
{
	for (int i = 0; i < 600; i++) {
		fprintf(to, "1 1.0 read(3</%d", i);
		for (int part = 0; part < 240; part++)
			fprintf(to, "/%s", long_name(250));
		fprintf(to, ">, \"\", 1) = 1 <0.1>\n");
	}
}

static void many_names(FILE *to)
{
	for (int i = 0; i < 70000; i++)
		fprintf(to, "1 1.0 unlink(\"/d/%d/%s/%s/%s\") = 0 <0.1>\n", i, long_name(250),
			long_name(250), long_name(250));
}

static void iolog_names(FILE *to)
{
	fprintf(to, "fio version 2 iolog\n");
	for (int i = 0; i < 70000; i++)
		fprintf(to, "/d/%d/%s/%s read 0 1\n", i, long_name(250), long_name(250));
}

static void iolog_short(FILE *to)
{
	fprintf(to, "fio version 2 iolog\na wait 1000000000000\n");
	for (int i = 0; i < 100000; i++)
		fprintf(to, "a sync\na close\n");
}

/* Inodes that take over what unlinked names left, when a trace holds no more files: they have room
 * for so many descriptors. */
static void record_files(FILE *to)
{
	fprintf(to, "foliostorm-record 1\n");
	for (int i = 0; i < 40; i++)
		fprintf(to, "1 1 1 create 1 0 0 2 0 k%d k%d\n1 1 1 unlink 1 0 0 0 0 k%d k%d\n", i,
			i, i, i);
	for (int i = 0; i < 65600; i++)
		fprintf(to, "1 1 1 create 1 0 0 2 0 f%d f%d\n", i % 60000, i % 60000);
	for (int i = 0; i < 40; i++)
		fprintf(to, "1 1 1 read 77 0 1 0 1 k%d\n", i);
	fprintf(to, "1 1 1 release 77 0 0 0 0 -\n");
}

/* A file of 20 GiB that is almost a hole. */
static void sparse(FILE *to)
{
	CU_ASSERT_FATAL(!fflush(to) && !ftruncate(fileno(to), 20LL << 30));
}

static void sparse_trace(FILE *to)
{
	fprintf(to, "fio version 2 iolog\na read 0 1\n");
	sparse(to);
}

static void sparse_text(FILE *to)
{
	fprintf(to, "kernel BUG at mm/filemap.c:3519!\n");
	sparse(to);
}

/* A line without an end, of which a copy would be as long. */
static void one_letter(FILE *to)
{
	static char letters[1 << 20];

	memset(letters, 'x', sizeof(letters));
	fputs("kernel BUG at mm/filemap.c:3519!\n", to);
	for (int i = 0; i < 96; i++)
		fwrite(letters, 1, sizeof(letters), to);
}

/* An export in one line: a copy for each element would take minutes. */
static void one_line(FILE *to)
{
	fputs("{\"events\":[", to);
	for (int i = 0; i < 500000; i++)
		fprintf(to, "{\"timestamp\":%d,\"message\":\"eth0: link is up\"},", i);
	fputs("{}]}\n", to);
}

static struct journal_header journal(void)
{
	return (struct journal_header){
		.signature = JOURNAL_SIGNATURE,
		.header_size = sizeof(struct journal_header),
		.data_table = 4096,
		.data_table_size = 19ULL << 30,
	};
}

/* Its hash table is the whole file. */
static void sparse_journal(FILE *to)
{
	struct journal_header header = journal();

	fwrite(&header, sizeof(header), 1, to);
	sparse(to);
}

/* Every bucket begins at the same objects, and 20 GiB have room for many. */
static void circular_journal(FILE *to)
{
	struct journal_header header = journal();
	struct journal_data data = { .object = { .type = JOURNAL_DATA, .size = 4096 } };
	struct journal_bucket bucket = { .head = 1 << 20 };

	fwrite(&header, sizeof(header), 1, to);
	fseek(to, 4096, SEEK_SET);
	for (int i = 0; i < 60000; i++)
		fwrite(&bucket, sizeof(bucket), 1, to);
	for (uint64_t at = 1 << 20; at < 2 << 20; at += 4096) {
		data.next_hash = at + 4096;
		fseek(to, (long)at, SEEK_SET);
		fwrite(&data, sizeof(data), 1, to);
	}
	sparse(to);
}

static const struct {
	const char *kind;
	void (*write)(FILE *to);
	const char *says; /* NULL: it becomes a scenario */
} attacks[] = {
	{ "strace", high_descriptors, "take more than 96 MiB to follow" },
	{ "strace", forked_descriptors, "take more than 96 MiB to follow" },
	{ "strace", closed_descriptors, "more than 20 times as large" },
	{ "strace", forked_maps, "take more than 96 MiB to follow" },
	{ "strace", synced_maps, "more than 20 times as large" },
	{ "strace", unfinished_calls, "take more than 96 MiB to follow" },
	{ "strace", working_directories, "take more than 96 MiB to follow" },
	{ "strace", long_paths, "" },
	{ "strace", long_places, "" },
	{ "strace", many_names, NULL },
	{ "iolog", iolog_names, NULL },
	{ "iolog", iolog_short, NULL },
	{ "iolog", sparse_trace, NULL },
	{ "fsx", sparse, "no operation" },
	{ "oops", sparse_text, "" },
	{ "oops", one_letter, "" },
	{ "strace", one_letter, "no line of it is a call" },
	{ "iolog", one_letter, "its first line is not that" },
	{ "blkparse", one_letter, "no request" },
	{ "oops", one_line, "no crash in" },
	{ "record", record_files, "" },
	{ "journal", sparse_journal, "no hole" },
	{ "journal", circular_journal, "" },
};

/* What a child that imports exits with; sanitizers have their own. */
enum { IMPORTED, REFUSED = 40, WRONG };

/* Imports it as the command does. */
static int import_it(size_t i, const char *path, const char *output)
{
	const struct import_options options = {
		.under = strcmp(attacks[i].kind, "strace") ? NULL : "/d",
	};
	char message[1024] = "";
	int r;

	report_capture(message, sizeof(message));
	r = import_file(importer_find(attacks[i].kind), &options, path, output, true, NULL);
	report_capture(NULL, 0);
	if (!r)
		return attacks[i].says && *attacks[i].says ? WRONG : IMPORTED;
	if (attacks[i].says && *message && strstr(message, attacks[i].says))
		return REFUSED;
	fprintf(stderr, "attack %zu: %s\n", i, message);
	return WRONG;
}

static void try_attack(size_t i, const char *directory)
{
	char input[PATH_MAX], output[PATH_MAX], trace[PATH_MAX];
	struct stat in, out = { .st_size = 0 };
	struct rusage used;
	int status;
	bool good;
	FILE *file;
	pid_t pid;

	snprintf(input, sizeof(input), "%s/input", directory);
	snprintf(output, sizeof(output), "%s/out.cfg", directory);
	snprintf(trace, sizeof(trace), "%s/out.trace", directory);
	file = fopen(input, "we");
	CU_ASSERT_FATAL(file != NULL);
	attacks[i].write(file);
	CU_ASSERT(!fclose(file) && !stat(input, &in));
	pid = fork();
	if (!pid)
		_exit(import_it(i, input, output));
	CU_ASSERT_FATAL(pid > 0);
	CU_ASSERT_FATAL(wait4(pid, &status, 0, &used) == pid);
	good = WIFEXITED(status) &&
	       (WEXITSTATUS(status) == IMPORTED || WEXITSTATUS(status) == REFUSED);
	if (!good)
		fprintf(stderr, "attack %zu ended with status 0x%x\n", i, status);
	CU_ASSERT(good);
	if (!stat(trace, &out))
		CU_ASSERT(out.st_size <= OUTPUT_LEAST || out.st_size / GROWTH_MAX <= in.st_size);
	printf("\n    %-7s %2zu: %7ld KiB of memory, %9lld bytes become %9lld", attacks[i].kind, i,
	       used.ru_maxrss, (long long)in.st_size, (long long)out.st_size);
#ifndef SANITIZED
	CU_ASSERT(used.ru_maxrss < MEMORY_MAX >> 10);
#endif
	unlink(input);
	unlink(output);
	unlink(trace);
}

static void test_bounds(void)
{
	char directory[] = "/tmp/foliostorm-bounds-XXXXXX";

	CU_ASSERT_FATAL(mkdtemp(directory) != NULL);
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
		try_attack(i, directory);
	CU_ASSERT(!rmdir(directory));
#ifdef SANITIZED
	printf("\n    with a sanitizer, memory is not measured");
#endif
}

/* Of a line without an end only a begin is copied. */
static void test_copies(void)
{
	char path[] = "/tmp/foliostorm-bounds-XXXXXX", message[200] = "";
	int fd = mkstemp(path);
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w+");
	struct log_file file;
	struct stat status;

	CU_ASSERT_FATAL(to != NULL);
	unlink(path);
	one_letter(to);
	CU_ASSERT_FATAL(!fflush(to) && !fseek(to, 0, SEEK_SET));
	report_capture(message, sizeof(message));
	CU_ASSERT_FATAL(!log_file_open(&file, fd, -1, "input"));
	report_capture(NULL, 0);
	CU_ASSERT(file.fd != fd && !fstat(file.fd, &status) && status.st_size < 1 << 20);
	log_file_close(&file);
	fclose(to);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "memory and output are bounded", test_bounds },
		{ "copies are bounded", test_copies },
		CU_TEST_INFO_NULL,
	};

	return run_suite("import_bounds", tests);
}
