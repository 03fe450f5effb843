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
		else if (how == 'b' || how == 'n')
			fprintf(to, "%s%d",
				!i           ? ""
				: how == 'b' ? ","
					     : ",\n\t\t",
				(unsigned char)text[i]);
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
	{ "2026-02-04\tdb01\tkernel\t\"[@T] ", "\"\n", 'c' },
	{ "INSERT INTO log VALUES (@N, 'kernel', '[@T] ", "');\n", 'p' },
	{ "[@T] ", "\n", 'm' },
	{ "[@T] ", "  \n", 'p' },
	{ "[@T] ", "\n\n", 'p' },
	{ "[@T] ", "\r", 'p' },
	{ "\r[@T] ", "\r\r\n", 'p' },
	{ "\033[12;01H\033[0;37;40m[@T] ", "\033[K", 'p' },
	{ "<li class=\"li1\"><div class=\"de1\">[@T] ", "</div></li>", 'h' },
	{ "[@T] ", "<br/>", 'h' },
	{ "[@T] ", "\\r\\n", 'j' },
	{ "[@T] ", "#012", 'p' },
	{ "", "#015#012", 'p' },
	{ "[@T] ", "\\x0a", 'p' },
	{ "[@T] ", "\\012", 'p' },
	{ "kernel:\\011[@T] ", "\\x0d\n", 'p' },
	{ "4,@N,1234567100001,-,ncfrag=0/99;", "\n", 'p' },
	{ "[@T] ", " ", 'p' },
	{ "@N-[@T] ", "\n", 'p' },
	{ "[@T] ", " \b\n", 'p' },
	{ "\xc2\xa0[@T]\xc2\xa0", "\xe2\x80\x8b\n", 'p' },
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

/* How a carrier writes a part of a line, and its last one. */
static const struct carrier {
	const char *before, *behind, *before_last, *behind_last;
	char how;
} carriers[] = {
	{ "2026-02-04T12:00:@S.123456789Z stdout P ", "\n",
	  "2026-02-04T12:00:@S.123456789Z stdout F ", "\n", 'p' },
	{ "2026-02-04T12:00:@S.123456789+01:00 stderr P:x ", "\n",
	  "2026-02-04T12:00:@S.123456789+01:00 stderr F:x ", "\n", 'p' },
	/* Between the parts another stream says something. */
	{ "[pod/a/b] 2026-02-04T12:00:@SZ stderr P ",
	  "\n[pod/a/b] 2026-02-04T12:00:@SZ stdout F noise\n",
	  "[pod/a/b] 2026-02-04T12:00:@SZ stderr F ", "\n", 'p' },
	{ "{\"log\":\"", "\",\"stream\":\"stdout\",\"time\":\"2026-02-04T12:00:@SZ\"}\n",
	  "{\"log\":\"", "\\n\",\"stream\":\"stdout\",\"time\":\"2026-02-04T12:00:@SZ\"}\n", 'j' },
	{ "{\"log\":\"",
	  "\",\"stream\":\"stderr\",\"time\":\"1\"}\n"
	  "{\"log\":\"noise\\n\",\"stream\":\"stdout\",\"time\":\"1\"}\n",
	  "{\"log\":\"", "\\n\",\"stream\":\"stderr\",\"time\":\"1\"}\n", 'j' },
	{ "{\"log\":\"", "\",\"partial_message\":\"true\",\"partial_last\":\"false\"}\n",
	  "{\"log\":\"", "\",\"partial_message\":\"true\",\"partial_last\":\"true\"}\n", 'j' },
	{ "{\"logtag\":\"P\",\"log\":\"", "\"}\n", "{\"logtag\":\"F\",\"log\":\"", "\"}\n", 'j' },
	{ "{\"log\":\"", "\",\"_p\":\"P\"}\n", "{\"log\":\"", "\",\"_p\":\"F\"}\n", 'j' },
	{ "{\"MESSAGE\":\"", "\",\"_LINE_BREAK\":\"line-max\"}\n", "{\"MESSAGE\":\"", "\"}\n",
	  'j' },
	{ "{\"_LINE_BREAK\":\"line-max\",\"MESSAGE\":[", "]}\n", "{\"MESSAGE\":[", "]}\n", 'b' },
	{ "{\"MESSAGE\":\"", "\",\"CONTAINER_PARTIAL_MESSAGE\":\"true\"}\n", "{\"MESSAGE\":\"",
	  "\"}\n", 'j' },
	{ "{\n\t\"MESSAGE\" : \"", "\",\n\t\"_LINE_BREAK\" : \"line-max\"\n}\n",
	  "{\n\t\"MESSAGE\" : \"", "\"\n}\n", 'j' },
	{ "{\n\t\"MESSAGE\" : [\n\t\t", "\n\t],\n\t\"_LINE_BREAK\" : \"line-max\"\n}\n",
	  "{\n\t\"MESSAGE\" : [\n\t\t", "\n\t]\n}\n", 'n' },
	{ "__CURSOR=s=1;i=@N\nMESSAGE=", "\n_LINE_BREAK=line-max\n\n",
	  "__CURSOR=s=1;i=@N\nMESSAGE=", "\n_PID=1\n\n", 'p' },
	{ "Sat 2026-02-04 12:00:@S UTC [s=1;i=@N]\n    _LINE_BREAK=line-max\n    MESSAGE=", "\n",
	  "Sat 2026-02-04 12:00:@S UTC [s=1;i=@N]\n    MESSAGE=", "\n", 'p' },
};

static void judge_parts(const struct carrier *carrier, size_t width, const char *lead)
{
	char *text = dress(lead, "\n", 'p', &(size_t){ 0 }), *out = NULL, name[200];
	size_t size;
	FILE *to = open_memstream(&out, &size);
	unsigned int number = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	for (const char *at = text; *at; number++) {
		size_t line = strcspn(at, "\n"), part = line > width ? width : line;
		bool last = part == line;

		put_prefix(to, last ? carrier->before_last : carrier->before, number);
		put_escaped(to, at, part, carrier->how);
		put_prefix(to, last ? carrier->behind_last : carrier->behind, number);
		at += part + last;
	}
	fclose(to);
	snprintf(name, sizeof(name), "parts of %zu: %s", width, carrier->before);
	judge(name, out, size);
	free(out);
	free(text);
}

static void test_carriers(void)
{
	static const size_t widths[] = { 25, 47, 64, 100 };

	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++)
		for (size_t k = 0; k < ARRAY_SIZE(widths); k++) {
			judge_parts(&carriers[i], widths[k], "");
			judge_parts(&carriers[i], widths[k], "[@T] ");
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
	static const int columns[] = { 65, 70, 72, 76, 78, 80, 96, 100, 120, 132, 160 };

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		judge_terminal(columns[i]);
}

/* Lines broken between words, as mail programs do it, and quoted before that or after it. */
static void judge_folded(const char *before, const char *quote, size_t width, const char *indent)
{
	char name[160], *text, *out = NULL;
	size_t size, used;
	FILE *to = open_memstream(&out, &used);

	text = dress(before, "\n", 'p', &size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	fputs(quote, to);
	for (size_t i = 0, column = 0; i < size;) {
		size_t word = strcspn(text + i, " \n");

		if (column && column + word > width) {
			fprintf(to, "\n%s%s", quote, indent);
			column = strlen(indent);
		}
		fwrite(text + i, 1, word, to);
		column += word;
		i += word;
		if (text[i] == '\n') {
			fprintf(to, "\n%s", quote);
			column = 0;
		} else if (column < width) {
			fputc(' ', to);
			column++;
		}
		i++;
	}
	fclose(to);
	snprintf(name, sizeof(name), "\"%s\" folded at %zu behind \"%s\", rests behind \"%s\"",
		 before, width, quote, indent);
	judge(name, out, used);
	free(out);
	free(text);
}

static void test_folded(void)
{
	static const size_t widths[] = { 68, 70, 72, 76, 78, 80, 90 };
	static const char *const leads[] = {
		"[@T] ",
		"Feb 04 12:00:@S laptop kernel: ",
		/* So long that a mark may be alone behind the fold. */
		"Feb  4 12:00:@S db01 kernel: [@T] ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		for (size_t k = 0; k < ARRAY_SIZE(leads); k++) {
			judge_folded(leads[k], "", widths[i], "");
			judge_folded(leads[k], "> ", widths[i], "");
			judge_folded(leads[k], "> > ", widths[i], " ");
			judge_folded(leads[k], "> ", widths[i], "    ");
		}
	judge_folded("", "", 72, "");
	judge_folded("", "> ", 78, "");
}

/* What a message is about stands above it, as ABRT and trackers have it. */
static void test_title(void)
{
	size_t size, used;
	char *text = dress("[@T] ", "\n", 'p', &size), *out = NULL;
	FILE *to = open_memstream(&out, &used);

	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	fprintf(to, "reason:         kernel BUG at mm/filemap.c:3519!\nbacktrace:\n%s", text);
	fclose(to);
	judge("a title", out, used);
	free(out);
	free(text);
}

/* The last line first, in each form that a collector may have it in. */
static void judge_newest(const char *before, const char *behind, char how, bool one_line)
{
	size_t size;
	char *text = dress(before, one_line ? "\n" : behind, how, &size), *out = malloc(2 * size);
	size_t used = 0, end = size;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	while (end) {
		size_t begin = end - 1;

		while (begin && text[begin - 1] != '\n')
			begin--;
		memcpy(out + used, text + begin, end - begin);
		used += end - begin;
		if (one_line)
			used += (size_t)sprintf(out + used - 1, "%s", behind) - 1;
		end = begin;
	}
	judge(before, out, used);
	free(out);
	free(text);
}

static void test_newest(void)
{
	judge_newest("", "\n", 'p', false);
	judge_newest("[@T] ", "\n", 'p', false);
	judge_newest("Feb 04 12:00:@S laptop kernel: ", "\n", 'p', false);
	judge_newest("\"Feb 4, 2026 @@ 12:00:@S.000\",\"[@T] ", "\"\n", 'c', false);
	judge_newest("{\"line\":\"[@T] ", "\"}\n", 'j', false);
	judge_newest("{\"timestamp\":\"@N\",\"line\":\"[@T] ", "\"},", 'j', true);
	judge_newest("[\"1770206400123456789\",\"[@T] ", "\"],", 'j', true);
}

/* The parts of a dump in pstore, each of so many lines: the end of the log is the first. */
static void test_parts(void)
{
	enum { LINES = 9 };
	size_t size, used = 0, starts[64] = { 0 }, count = 0, line = 0;
	char *text = dress("<4>[@T] ", "\n", 'p', &size), *out = malloc(2 * size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	for (size_t i = 0; i < size; i++)
		if (!i || text[i - 1] == '\n')
			if (line++ % LINES == 0)
				starts[count++] = i;
	starts[count] = size;
	for (size_t i = count; i-- > 0;) {
		used += (size_t)sprintf(out + used, "Panic#1 Part%zu\n", count - i);
		memcpy(out + used, text + starts[i], starts[i + 1] - starts[i]);
		used += starts[i + 1] - starts[i];
	}
	judge("parts of pstore", out, used);
	free(out);
	free(text);
}

/* As consoles of clouds and mail have it: in one line, or in lines of `width`. */
static void judge_base64(const char *before, const char *text, size_t size, size_t width,
			 const char *behind)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(2 * size + 1000);
	size_t used, column = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	used = (size_t)sprintf(out, "%s", before);
	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < size ? (uint8_t)text[i + k] : 0);
		for (size_t k = 0; k < 4; k++, column++) {
			if (width && column && column % width == 0)
				out[used++] = '\n';
			out[used++] =
				(char)(i + k > size ? '=' : digits[bits >> (18 - 6 * k) & 63]);
		}
	}
	used += (size_t)sprintf(out + used, "%s", behind);
	judge(before, out, used);
	free(out);
}

static void test_base64(void)
{
	static const char boot[] = "[    0.000000] pci 0000:00:03.0: [8086:1237] type 00\r\n";
	enum { TIMES = 1500 };
	size_t size;
	char *text = dress("[@T] ", "\r\n", 'p', &size), *whole;

	judge_base64("{\"InstanceId\":\"i-0123\",\"Output\":\"", text, size, 0, "\"}\n");
	judge_base64("", text, size, 76, "\n");
	judge_base64("", text, size, 0, "");
	judge_base64("Subject: crash\nContent-Transfer-Encoding: base64\n\n", text, size, 76,
		     "\n--XX--\n");
	judge_base64("<output>", text, size, 64, "</output>\n");
	/* Longer than a line may be. */
	whole = malloc(TIMES * (sizeof(boot) - 1) + size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	for (size_t i = 0; i < TIMES; i++)
		memcpy(whole + i * (sizeof(boot) - 1), boot, sizeof(boot) - 1);
	memcpy(whole + TIMES * (sizeof(boot) - 1), text, size);
	judge_base64("{\n    \"Output\": \"", whole, TIMES * (sizeof(boot) - 1) + size, 0,
		     "\"\n}\n");
	free(whole);
	free(text);
}

/* An export of a collector in one line, of more than a line may have. */
static void test_long_line(void)
{
	enum { TIMES = 4000 };
	char *text = dress("{\"timestamp\":@N,\"message\":\"[@T] ", "\"},", 'j', &(size_t){ 0 });
	char *whole = NULL;
	size_t size;
	FILE *to = open_memstream(&whole, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	fputs("{\"events\":[", to);
	for (int i = 0; i < TIMES; i++)
		fprintf(to, "{\"timestamp\":%d,\"message\":\"[%d.000000] eth0: up\"},", i, i);
	fprintf(to, "%s{}]}\n", text);
	fclose(to);
	judge("a long line of JSON", whole, size);
	free(whole);
	free(text);
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
		{ "lines cut by their carrier", test_carriers },
		{ "one line of JSON", test_one_line },
		{ "wrapped, and with relative times", test_files },
		{ "wrapped by a terminal", test_terminal },
		{ "folded between words", test_folded },
		{ "with a title", test_title },
		{ "the newest first", test_newest },
		{ "parts of pstore", test_parts },
		{ "base64", test_base64 },
		{ "a long line", test_long_line },
		{ "quoted-printable", test_mail },
		{ "byte order marks", test_marks },
		{ "packed", test_packed },
		CU_TEST_INFO_NULL,
	};

	read_plain();
	return run_suite("import_forms", tests);
}
