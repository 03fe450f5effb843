/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One crash in the forms in which logs come: whatever stands before its lines, whoever has packed,
 * quoted, coloured or wrapped them, the same is read.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char plain[1 << 16];
static size_t plain_size;

/* What the account must say. */
static const char *const facts[] = {
	"kernel: 6.18.7-example-2026.1.15 ",
	"assertion: VM_BUG_ON_FOLIO(!folio_contains(folio, index)) ",
	"function: filemap_fault ",
	"source: mm/filemap.c:3519 ",
	"process: journalctl ",
	"page that was wanted: 0x5a11 ",
	"folio that came, its first page: 0x5a10 ",
	"folio that came, its order: 0 ",
	"file: system@00aa11bb22cc33dd44ee55ff66778899-0000000001234567-00064 ",
	"file system: xfs ",
};

static void judge(const char *form, const char *data, size_t size)
{
	static const struct import_options options;
	int fd = memfd_create("input", MFD_CLOEXEC), r;
	char *account = NULL, message[1000] = "";
	size_t length;
	FILE *to = open_memstream(&account, &length);

	CU_ASSERT_FATAL(fd >= 0 && to && write(fd, data, size) == (ssize_t)size &&
			!lseek(fd, 0, SEEK_SET));
	report_capture(message, sizeof(message));
	r = import_fd(&importer_oops, &options, fd, to, NULL, NULL);
	report_capture(NULL, 0);
	fclose(to);
	close(fd);
	CU_ASSERT_EQUAL(r, 0);
	if (r)
		printf("\n%s: %s\n", form, message);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		bool there = strstr(account, facts[i]);

		CU_ASSERT_TRUE(there);
		if (!there)
			printf("\n%s: no \"%s\"\n", form, facts[i]);
	}
	free(account);
}

/* In a prefix: @T the seconds since boot, @S seconds, @N a number that counts. */
static void put_prefix(FILE *to, const char *prefix, unsigned int number)
{
	for (const char *at = prefix; *at; at++) {
		bool stands_for = *at == '@';

		at += stands_for;
		if (stands_for && *at == 'T')
			fprintf(to, "%u.%06u", 1234567, 100001 + 17 * number);
		else if (stands_for && *at == 'S')
			fprintf(to, "%02u", number % 60);
		else if (stands_for && *at == 'N')
			fprintf(to, "%u", 3806 + number);
		else
			fputc(*at, to);
	}
}

/* How a text is written in a string of JSON, or in HTML. */
static void put_escaped(FILE *to, const char *text, size_t length, char how)
{
	for (size_t i = 0; i < length; i++) {
		if (how == 'j' && (text[i] == '"' || text[i] == '\\'))
			fprintf(to, "\\%c", text[i]);
		else if (how == 'j' && text[i] == '<')
			fputs("\\u003c", to);
		else if (how == 'h' && text[i] == '"')
			fputs("&quot;", to);
		else if (how == 'h' && text[i] == '<')
			fputs("&lt;", to);
		else if (how == 'h' && text[i] == '>')
			fputs("&gt;", to);
		else if (how == 'c' && text[i] == '"')
			fputs("\"\"", to);
		else if (how == 'm' && text[i] == '_')
			fputs("\\_", to);
		else if (how == 'b')
			fprintf(to, "%s%d", i ? "," : "", (unsigned char)text[i]);
		else
			fputc(text[i], to);
	}
}

/* Each line of the crash between two texts. how: as put_escaped() has it, 'p': as it is. */
static char *dress(const char *before, const char *behind, char how, size_t *size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, size);
	unsigned int number = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	for (const char *at = plain; *at; number++) {
		size_t length = strcspn(at, "\n");

		put_prefix(to, before, number);
		put_escaped(to, at, length, how);
		put_prefix(to, behind, number);
		at += length + (at[length] == '\n');
	}
	fclose(to);
	return text;
}

static const char *const prefixes[] = {
	"",
	"[@T] ",
	"[Wed Feb  4 12:00:@S 2026] ",
	"[  +0.000017] ",
	"> ",
	"> > [@T] ",
	">>>[@T] ",
	"    [@T] ",
	"\t",
	"Feb 04 12:00:@S laptop kernel: ",
	"Feb  4 12:00:@S db01 kernel: [@T] ",
	"\xd1\x84\xd0\xb5\xd0\xb2 04 12:00:@S laptop kernel: ",
	"M\xc3\xa4r 04 12:00:@S laptop kernel: ",
	"2\xe6\x9c\x88 04 12:00:@S laptop kernel: ",
	"f\xc3\xa9vr. 04 12:00:@S laptop kernel: ",
	"2026-02-04T12:00:@S+0000 laptop kernel: ",
	"2026-02-04T12:00:@S.123456+01:00 laptop kernel: ",
	"Wed 2026-02-04 12:00:@S UTC laptop kernel: ",
	"[@T] laptop kernel: ",
	"[@T] kernel: ",
	"1770206400.1234@S laptop kernel: ",
	"4,@N,1234567100001,-;",
	"4,@N,1234567100001,-,caller=T49159;",
	"10.0.0.7: 4,@N,1234567100001,-;",
	"<4>[@T] ",
	"<4>",
	"<12>1 2026-02-04T12:00:@SZ db01 kernel - - - [@T] ",
	"<4>Feb  4 12:00:@S db01 kernel: [@T] ",
	"kern  :warn  : [@T] ",
	"kern  :warn  : 2026-02-04T12:00:@S,123456+00:00 ",
	"kern  :warn  : [Feb 4 12:00] ",
	"kern.warn: [@T] ",
	"Feb 04 12:00:@S kernel: [@T] ",
	"2026-02-04 12:00:@S in4 kernel[-] warning: [@T] ",
	"2026-02-04 12:00:@S.123 level=warn host=db01 kernel: [@T] ",
	"[@T][ T49159] ",
	"[@T][    C0] ",
	"[@T] [T49159] ",
	"[@T][T49159@@C0] ",
	"[@T]@@0 ",
	"[@T] c0  49159 ",
	"<4>[@T]  (0)[49159:journalctl]",
	"<4>[@T] .(0)[49159:journalctl]",
	"\xf0\x9f\x91\xbe kernel | [@T] ",
	"db01-1  | [@T] ",
	"[pod/node-debugger/x] [@T] ",
	"2026-02-04T12:00:@S.123456789Z stderr F [@T] ",
	"[2026-02-04 12:00:@S] [@T] ",
	"2026-02-04T12:00:@S.1234567Z [@T] ",
	"2026-02-04T12:00:@S.123456Z 01O [@T] ",
	"\033[32m[@T] \033[0m",
	"\033[32m[@T]\033[0m \033[33mkernel: \033[1m",
	"#033[32m[@T] #033[0m",
	"^[[32m[@T] ^[[0m",
	"Feb  4 12:00:@S\tdb01\tkernel:\t[@T] ",
	"Wed Feb  4 12:00:@S 2026 kern.warn kernel: [@T] ",
	"Feb  4 12:00:@S db01 user.warn kernel: [@T] ",
	"Feb  4 12:00:@S db01 kernel: klogd 1.5.0: [@T] ",
	"oops.log:@N:[@T] ",
	"@N: [@T] ",
	"@N\t[@T] ",
	"+[@T] ",
	"| ",
	"- `",
	"db01 console [@T] ",
	"0x0000 00:00:@S.123 -> [@T] ",
	"tty01 2026/02/04 12:00:@S> [@T] ",
	"    MESSAGE=",
	"MESSAGE=",
	"%% [@T] ",
	"vmkernel: cpu3:49159)[@T] ",
	"Feb  4 12:00:@S 10.1.2.3 Feb  4 12:00:@S db01 kernel: [@T] ",
	"Feb  4 12:00:@S db01 docker[812]: [@T] ",
	"Feb  4 12:00:@S conserver ipmi-sol[99]: ",
};

static void test_prefixes(void)
{
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		char *text = dress(prefixes[i], "\n", 'p', &size);

		judge(prefixes[i], text, size);
		free(text);
	}
}

/* What has its own way to write a text. */
static const struct dressing {
	const char *before, *behind;
	char how;
} dressings[] = {
	{ "[@T] ", "\r\n", 'p' },
	{ "\033[33m", "\033[0m\n", 'p' },
	{ "{\"MESSAGE\":\"", "\",\"PRIORITY\":\"4\",\"_HOSTNAME\":\"db01\"}\n", 'j' },
	{ "{\"PRIORITY\":\"4\",\"MESSAGE\":[", "],\"_TRANSPORT\":\"kernel\"}\n", 'b' },
	{ "{\n\t\"PRIORITY\" : \"4\",\n\t\"MESSAGE\" : \"", "\",\n\t\"_PID\" : \"1\"\n}\n", 'j' },
	{ "data: {\"MESSAGE\":\"", "\"}\n\n", 'j' },
	{ "{\"log\": \"[@T] ",
	  "\\n\", \"stream\": \"stdout\", \"time\": \"2026-02-04T12:00:@SZ\"}\n", 'j' },
	{ "{\"labels\":{\"host\":\"db01\"},\"line\":\"[@T] ", "\",\"timestamp\":\"2026\"}\n", 'j' },
	{ "{\"stream\":{},\"values\":[[\"1770206400123456789\",\"", "\"]]}\n", 'j' },
	{ "{\"_source\":{\"message\":\"[@T] ", "\"}}\n", 'j' },
	{ "2026-02-04 app: {\"log\":\"", "\\n\"}\n", 'j' },
	{ "ts=2026-02-04T12:00:@SZ level=error source=kernel msg=\"", "\"\n", 'j' },
	{ "- {\"dt\": \"2026\", \"lvl\": \"target\", \"msg\": \"[@T] ", "\"}\n", 'j' },
	{ "      {\"pri\":4,\"time\":@T,\"msg\":\"", "\"},\n", 'j' },
	{ "[@T] ", "\n", 'h' },
	{ "<span style=\"color:#c00\">[@T] ", "</span><br>\n", 'h' },
	{ "\"Feb 4, 2026 @@ 12:00:@S.000\",\"[@T] ", "\"\n", 'c' },
	{ "[@T] ", "\n", 'm' },
	{ "[@T] ", "  \n", 'p' },
	{ "[@T] ", "\n\n", 'p' },
};

static void test_dressings(void)
{
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE(dressings); i++) {
		char *text =
			dress(dressings[i].before, dressings[i].behind, dressings[i].how, &size);

		judge(dressings[i].before, text, size);
		free(text);
	}
}

/* All of it in one line, as an export has it. */
static void test_one_line(void)
{
	char *text = dress("{\"timestamp\":@N,\"message\":\"", "\"},", 'j', &(size_t){ 0 });
	char *whole = NULL;

	CU_ASSERT_FATAL(asprintf(&whole, "{\"events\":[%s{}]}\n", text) > 0);
	judge("one line of JSON", whole, strlen(whole));
	free(whole);
	free(text);
}

static void test_files(void)
{
	static const char *const names[] = { "wrapped.log", "relative.log" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[400], text[1 << 14];
		FILE *file;
		size_t size;

		snprintf(path, sizeof(path), TEST_DATA "/oops/forms/%s", names[i]);
		file = fopen(path, "re");
		CU_ASSERT_PTR_NOT_NULL_FATAL(file);
		size = fread(text, 1, sizeof(text), file);
		fclose(file);
		judge(names[i], text, size);
	}
}

/* As a terminal of so many columns has it. */
static void judge_terminal(int columns)
{
	char name[32];
	size_t size, used = 0;
	char *text = dress("[@T] ", "\n", 'p', &size), *out = calloc(2, size);
	int column = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			column = 0;
		else if (column++ == columns) {
			out[used++] = '\n';
			column = 1;
		}
		out[used++] = text[i];
	}
	snprintf(name, sizeof(name), "%d columns", columns);
	judge(name, out, used);
	free(out);
	free(text);
}

static void test_terminal(void)
{
	static const int columns[] = { 80, 96, 100, 120, 132, 160 };

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		judge_terminal(columns[i]);
}

/* Quoted-printable as mail has it: lines of 76, "=3D" for each "=". */
static void test_mail(void)
{
	char *out = calloc(3, plain_size + 1);
	size_t used = 0, column = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	for (size_t i = 0; i < plain_size; i++) {
		bool escaped = plain[i] == '=';

		if (plain[i] == '\n') {
			column = 0;
		} else if (column + (escaped ? 3 : 1) > 75) {
			used += (size_t)sprintf(out + used, "=\n");
			column = 0;
		}
		if (escaped)
			used += (size_t)sprintf(out + used, "=3D");
		else
			out[used++] = plain[i];
		column += plain[i] == '\n' ? 0 : escaped ? 3 : 1;
	}
	judge("quoted-printable", out, used);
	free(out);
}

static void test_marks(void)
{
	char *text = malloc(plain_size * 2 + 4);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memcpy(text, "\xef\xbb\xbf", 3);
	memcpy(text + 3, plain, plain_size);
	judge("UTF-8 with a mark", text, plain_size + 3);
	for (int big = 0; big < 2; big++) {
		memcpy(text, big ? "\xfe\xff" : "\xff\xfe", 2);
		for (size_t i = 0; i < plain_size; i++) {
			text[2 + 2 * i + (size_t)big] = plain[i];
			text[2 + 2 * i + !big] = '\0';
		}
		judge("UTF-16", text, plain_size * 2 + 2);
		judge("UTF-16 without a mark", text + 2, plain_size * 2);
	}
	free(text);
}

static void test_packed(void)
{
	static const char *const packers[] = { "gzip", "xz", "zstd", "lz4", "bzip2" };
	char text[1 << 14], command[600];

	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		FILE *pipe;
		size_t size;

		snprintf(command, sizeof(command),
			 "command -v %s >/dev/null && exec %s -c <" TEST_DATA
			 "/oops/forms/plain.log",
			 packers[i], packers[i]);
		pipe = popen(command, "re");
		CU_ASSERT_PTR_NOT_NULL_FATAL(pipe);
		size = fread(text, 1, sizeof(text), pipe);
		pclose(pipe);
		if (size)
			judge(packers[i], text, size);
		else
			skip_test(packers[i]);
	}
}

static void read_plain(void)
{
	FILE *file = fopen(TEST_DATA "/oops/forms/plain.log", "re");

	if (!file)
		abort();
	plain_size = fread(plain, 1, sizeof(plain) - 1, file);
	fclose(file);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "prefixes", test_prefixes },
		{ "JSON, HTML, colours", test_dressings },
		{ "one line of JSON", test_one_line },
		{ "wrapped, and with relative times", test_files },
		{ "wrapped by a terminal", test_terminal },
		{ "quoted-printable", test_mail },
		{ "byte order marks", test_marks },
		{ "packed", test_packed },
		CU_TEST_INFO_NULL,
	};

	read_plain();
	return run_suite("import_forms", tests);
}
