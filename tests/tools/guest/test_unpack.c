/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive that a guest leaves: a stranger's, whole, cut off, or one that breaks its decoder;
 * and what is packed in a kernel of a stranger. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tests/support/suite.h"
#include "tools/guest/kernel_config.h"
#include "tools/guest/unpack_parts.h"

#include <archive.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What libarchive is called by: which of its processes, and when it is to crash. */
static struct decoder {
	pid_t pid;
	uid_t user;
	unsigned int calls, crash_at; /* crash_at: number of the call; 0: never */
} * decoder;

/* In libarchive's place. */
int archive_read_next_header(struct archive *archive, struct archive_entry **entry)
{
	int (*of_libarchive)(struct archive *, struct archive_entry **) = NULL;

	*(void **)&of_libarchive = dlsym(RTLD_NEXT, "archive_read_next_header");
	decoder->pid = getpid();
	decoder->user = geteuid();
	if (++decoder->calls == decoder->crash_at)
		abort();
	return of_libarchive(archive, entry);
}

static char *read_all(const char *command, size_t *length)
{
	FILE *pipe = popen(command, "r");
	char *text = malloc(1 << 16);

	*length = fread(text, 1, 1 << 16, pipe);
	CU_ASSERT_EQUAL(pclose(pipe), 0);
	return text;
}

/* Makes an archive by a script in an empty directory. Returns a memory file, at its start. */
static int packed(const char *script)
{
	char command[1000];
	int fd = memfd_create("archive", 0);

	snprintf(command, sizeof(command),
		 "cd \"$(mktemp -d)\" && { %s; } >/proc/self/fd/%d; rm -r \"$PWD\"", script, fd);
	CU_ASSERT_EQUAL(system(command), 0);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Removes the directory. Returns what was in it, "./a ./b", which is the caller's. */
static char *empty(const char *directory)
{
	char command[400];
	size_t length;
	char *there;

	snprintf(command, sizeof(command),
		 "cd %s && find . -mindepth 1 | sort | tr '\\n' ' ' | head -c 60000; chmod "
		 "-R u+rwX . && "
		 "rm -rf %s",
		 directory, directory);
	there = read_all(command, &length);
	there[length ? length - 1 : 0] = '\0';
	return there;
}

/* wanted: "A|B" is A or B. */
static bool is_one_of(const char *text, const char *wanted)
{
	size_t length = strlen(text);

	for (; !(!strncmp(wanted, text, length) && strchr("|", wanted[length])); wanted++) {
		wanted = strchr(wanted, '|');
		if (!wanted)
			return false;
	}
	return true;
}

/* Nothing comes of it but files in the directory, and not more than what is allowed. */
static void archives_of_strangers(void)
{
	static const struct {
		const char *script;
		int code;
		bool unsaved;
		const char *what; /* has come, and nothing else */
	} cases[] = {
		{ "echo 0 >exit-code; echo a >a; mkdir d; echo b >d/b; tar -cf - . | gzip -1", 0,
		  false, "./a ./d ./d/b" },
		{ "echo 0 >exit-code; echo x >x; tar -cPf - --transform s,^x,../foliostorm-x, "
		  "./exit-code x | "
		  "gzip",
		  0, true, "" },
		{ "echo 0 >exit-code; echo x >x; tar -cPf - --transform s,^x,/tmp/foliostorm-x, "
		  "./exit-code x | gzip",
		  0, true, "" },
		/* A link, and a file behind it. */
		{ "echo 0 >exit-code; ln -s /tmp d; tar -cf t ./exit-code ./d; rm d; mkdir d; echo "
		  "x "
		  ">d/foliostorm-x; tar -rf t ./d/foliostorm-x; gzip <t",
		  0, true, "" },
		{ "echo 0 >exit-code; echo x >x; ln x y; mkfifo p; tar -cf - . | gzip", 0, true,
		  "./x|./y" },
		{ "truncate -s 1025M big; tar -cf - ./big | head -c 1M | gzip -1", -EFBIG, false,
		  "" },
		{ "truncate -s 1M 1; truncate -s 1G 2; tar -cf - ./1 ./2 | head -c 2M | gzip -1",
		  -EFBIG, false, "./1" },
		{ "mkdir d; yes ./d | head -n 10001 | tar --no-recursion -cf - -T - | gzip -1",
		  -EFBIG, false, "./d" },
		/* A name that is too long, and would be a valid one if it were cut. */
		{ "echo 0 >exit-code; echo x >x; d=$(printf d/%.0s $(seq 2045)); tar -cPf - "
		  "--transform \"s,^x,${d}123456789,\" ./exit-code x | gzip -1",
		  0, true, "" },
		{ "echo -61 >exit-code; tar -cf - . | gzip -1", 195, false, "" },
		{ "echo 0 >exit-code; { printf '['; yes 1, | head -n 3000000; echo '1]'; } "
		  ">result.json; tar -cf - . | gzip -1",
		  0, false, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char directory[] = "/tmp/foliostorm-test.XXXXXX";
		int fd = packed(cases[i].script);
		struct unpacked unpacked;
		char *there;

		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
		CU_ASSERT_EQUAL(unpack_archive(fd, directory, &unpacked), cases[i].code);
		CU_ASSERT_EQUAL(unpacked.unsaved, cases[i].unsaved);
		CU_ASSERT_PTR_NULL(unpacked.result);
		there = empty(directory);
		if (!is_one_of(there, cases[i].what))
			printf("case %zu: %s\n", i, there);
		CU_ASSERT(is_one_of(there, cases[i].what));
		CU_ASSERT(access("/tmp/foliostorm-x", F_OK));
		free(there);
		close(fd);
	}
}

/* What foliostorm has written to the directory, and somebody may run, stays as it is. */
static void keeps_what_is_ours(void)
{
	static const char *const names[] = { "boot.sh", "initramfs.cpio", "console.log",
					     "events.jsonl", ".lock" };
	char directory[] = "/tmp/foliostorm-test.XXXXXX", command[400];
	int fd = packed("echo 0 >exit-code; mkdir d; for f in boot.sh initramfs.cpio console.log "
			"events.jsonl .lock; do echo guest >$f; echo guest >d/$f; done; tar -cPf - "
			"./exit-code ./d ./boot.sh ./initramfs.cpio ./console.log events.jsonl "
			"--transform 's,^./[.]lock$,./d/../.lock,' ./.lock | gzip -1");
	struct unpacked unpacked;
	size_t length;
	char *text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(command, sizeof(command), "echo host >%s/%s", directory, names[i]);
		CU_ASSERT_EQUAL(system(command), 0);
	}
	CU_ASSERT_EQUAL(unpack_archive(fd, directory, &unpacked), 0);
	CU_ASSERT_TRUE(unpacked.unsaved);
	snprintf(command, sizeof(command), "cd %s && cat .lock *.* && cat d/boot.sh", directory);
	text = read_all(command, &length);
	CU_ASSERT_EQUAL(length, 5 * strlen("host\n") + strlen("guest\n"));
	CU_ASSERT_EQUAL(memcmp(text, "host\nhost\nhost\nhost\nhost\nguest\n", length), 0);
	free(text);
	free(empty(directory));
	close(fd);
}

/* A run without a result ends in an error, which has to have a reason. */
static void wrong_results(void)
{
	static const struct {
		const char *script;
		bool right;
	} rows[] = {
		{ "echo '{}'", true },
		{ "echo '[]'", false },
		{ "echo '{'", false },
		{ "printf ''", false },
		{ "head -c 5M /dev/zero", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char script[200], said[200];
		struct unpacked unpacked;
		int fd;

		snprintf(script, sizeof(script),
			 "echo 0 >exit-code; %s >result.json; tar -cf - . | gzip -1",
			 rows[i].script);
		fd = packed(script);
		report_capture(said, sizeof(said));
		CU_ASSERT_EQUAL(unpack_archive(fd, NULL, &unpacked), 0);
		report_capture(NULL, 0);
		CU_ASSERT_EQUAL(json_is_object(unpacked.result), rows[i].right);
		CU_ASSERT_EQUAL(unpacked.result != NULL, rows[i].right);
		CU_ASSERT_EQUAL(!strstr(said, "result.json"), rows[i].right);
		json_decref(unpacked.result);
		close(fd);
	}
}

static off_t size_of(const char *directory, const char *name)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, &status) ? -1 : status.st_size;
}

/* The guest has died in the middle: what it wrote before that is unpacked, but for the last 64 KiB,
 * which libarchive keeps to itself. */
static void cut_off(void)
{
	enum { SIZE = 200000 };
	static const char *const names[] = { "a", "b", "c" };
	static const struct {
		off_t kept; /* of the archive, of three times SIZE */
		struct bounds {
			off_t low, high;
		} sizes[ARRAY_SIZE(names)]; /* high 0: not there */
		bool has_result;
	} rows[] = {
		{ 20, { { 0, 0 } }, false },
		{ SIZE / 2, { { 1, SIZE / 2 } }, true },
		{ SIZE + SIZE / 2, { { SIZE, SIZE }, { 1, SIZE / 2 } }, true },
		{ 4 * SIZE, { { SIZE, SIZE }, { SIZE, SIZE }, { SIZE, SIZE } }, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char directory[] = "/tmp/foliostorm-test.XXXXXX";
		int fd = packed("echo 3 >exit-code; echo '{\"verdict\":\"HIT\"}' >result.json; "
				"for f in a b c; do head -c 200000 /dev/urandom >$f; done; "
				"tar -cf - ./result.json ./a ./b ./c ./exit-code | gzip -1");
		bool is_whole = rows[i].kept > lseek(fd, 0, SEEK_END);
		struct unpacked unpacked;

		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
		CU_ASSERT(is_whole || !ftruncate(fd, rows[i].kept));
		lseek(fd, 0, SEEK_SET);
		CU_ASSERT_EQUAL(unpack_archive(fd, directory, &unpacked), is_whole ? 3 : -ENODATA);
		CU_ASSERT_EQUAL(unpacked.result != NULL, rows[i].has_result);
		CU_ASSERT_EQUAL(unpacked.unsaved, !is_whole && rows[i].sizes[0].high);
		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			const struct bounds *wanted = &rows[i].sizes[k];
			off_t size = size_of(directory, names[k]);

			CU_ASSERT(wanted->high ? size >= wanted->low && size <= wanted->high
					       : size < 0);
		}
		json_decref(unpacked.result);
		free(empty(directory));
		close(fd);
	}
}

/* Who decodes is another process, nobody where we are root. What it has decoded until it crashes is
 * kept. */
static void decoder_crashes(void)
{
	static const struct {
		unsigned int crash_at;
		int code;
		const char *what;
		bool has_result;
	} rows[] = {
		{ 0, 0, "./a ./b", true },
		{ 1, -ENODATA, "", false },
		{ 3, -ENODATA, "./a", true },
		{ 4, -ENODATA, "./a ./b", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char directory[] = "/tmp/foliostorm-test.XXXXXX";
		int fd = packed("echo 0 >exit-code; echo '{}' >result.json; echo a >a; echo b >b; "
				"tar -cf - ./a ./result.json ./b ./exit-code | gzip -1");
		struct unpacked unpacked;
		char *there;

		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
		*decoder = (struct decoder){ .crash_at = rows[i].crash_at };
		CU_ASSERT_EQUAL(unpack_archive(fd, directory, &unpacked), rows[i].code);
		CU_ASSERT_EQUAL(unpacked.result != NULL, rows[i].has_result);
		CU_ASSERT(decoder->calls > 0);
		CU_ASSERT_NOT_EQUAL(decoder->pid, getpid());
		CU_ASSERT(geteuid() || decoder->user);
		there = empty(directory);
		CU_ASSERT_STRING_EQUAL(there, rows[i].what);
		json_decref(unpacked.result);
		free(there);
		close(fd);
	}
	*decoder = (struct decoder){ .crash_at = 0 };
}

/* The configuration within a stranger's kernel is decoded apart as well. */
static void configuration_of_a_kernel(void)
{
	char directory[] = "/tmp/foliostorm-test.XXXXXX", command[400];
	struct guest_kernel kernel = { .release = "7.0.0" };
	char *found;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(kernel.image, sizeof(kernel.image), "%s/vmlinux", directory);
	snprintf(command, sizeof(command),
		 "{ printf 'code IKCFG_ST'; echo CONFIG_A=y | gzip; printf IKCFG_ED; } >%s",
		 kernel.image);
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
	*decoder = (struct decoder){ .crash_at = 0 };
	found = kernel_config_read(&kernel, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	CU_ASSERT_STRING_EQUAL(found, "CONFIG_A=y\n");
	CU_ASSERT(decoder->calls > 0);
	CU_ASSERT_NOT_EQUAL(decoder->pid, getpid());
	*decoder = (struct decoder){ .crash_at = 1 };
	CU_ASSERT_PTR_NULL(kernel_config_read(&kernel, NULL));
	*decoder = (struct decoder){ .crash_at = 0 };
	free(found);
	free(empty(directory));
}

/* What a decoder that was taken over may write: it makes no file outside, and no endless one. */
static void wrong_records(void)
{
	static const struct {
		struct unpack_record record;
		const char *data; /* that follows */
	} entry = { { UNPACK_ENTRY, UNPACK_FILE, 1, 3 }, "a" }, rows[] = {
		{ { 7, 0, 0, 0 }, "" },
		{ { UNPACK_DATA, 0, 4, 0 }, "four" },
		{ { UNPACK_DATA, 0, 1, 3 }, "x" },
		{ { UNPACK_DATA, 0, 1, -1 }, "x" },
		{ { UNPACK_DATA, 0, 1, INT64_MAX }, "x" },
		{ { UNPACK_DATA, 0, 3, 0 }, "x" },
		{ { UNPACK_DATA, 0, UINT64_MAX, 0 }, "x" },
		{ { UNPACK_END, 0, 1, 0 }, "x" },
		{ { UNPACK_ENTRY, UNPACK_FILE, UNPACK_NAME_MAX + 1, 0 }, "../foliostorm-x" },
		{ { UNPACK_ENTRY, UNPACK_FILE, UINT64_MAX, 0 }, "../foliostorm-x" },
		{ { UNPACK_ENTRY, UNPACK_FILE, 15, 0 }, "../foliostorm-x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char directory[] = "/tmp/foliostorm-test.XXXXXX";
		int fd = memfd_create("records", 0);
		struct unpacked unpacked = { .result = NULL };
		char *there;

		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
		CU_ASSERT_EQUAL(write_whole(fd, &entry.record, sizeof(entry.record)), 0);
		CU_ASSERT_EQUAL(write_whole(fd, entry.data, 1), 0);
		CU_ASSERT_EQUAL(write_whole(fd, &rows[i].record, sizeof(rows[i].record)), 0);
		CU_ASSERT_EQUAL(write_whole(fd, rows[i].data, strlen(rows[i].data)), 0);
		lseek(fd, 0, SEEK_SET);
		CU_ASSERT_EQUAL(unpack_take(fd, directory, &unpacked), -ENODATA);
		CU_ASSERT_TRUE(unpacked.unsaved);
		CU_ASSERT(size_of(directory, "a") <= 3);
		there = empty(directory);
		CU_ASSERT_STRING_EQUAL(there, "./a");
		CU_ASSERT(access("/tmp/foliostorm-x", F_OK));
		free(there);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "archives of strangers", archives_of_strangers },
		{ "wrong results", wrong_results },
		{ "keeps what is ours", keeps_what_is_ours },
		{ "cut off", cut_off },
		{ "the decoder crashes", decoder_crashes },
		{ "configuration of a kernel", configuration_of_a_kernel },
		{ "wrong records", wrong_records },
		CU_TEST_INFO_NULL,
	};

	decoder = mmap(NULL, sizeof(*decoder), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	return decoder == MAP_FAILED ? 1 : run_suite("what a guest leaves", tests);
}
