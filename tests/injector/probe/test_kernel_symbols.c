/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/probe/kernel_symbols.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

static struct kernel_symbols *parse(const char *text)
{
	struct kernel_symbols *symbols = kernel_symbols_parse(strdup(text));

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	return symbols;
}

static void lists_of_all_kinds(void)
{
	struct kernel_symbols *symbols = parse("ffffffff81000200 T beta\n"
					       "ffffffff81000100 t alpha\r\n"
					       "ffffffff82000000 D data\n"
					       "not a line\n"
					       " t nameless\n"
					       "ffffffffc0000000 t alpha\t[xfs]\n"
					       "ffffffff81000300 W gamma [xfs]");
	const struct kernel_symbol *all;
	size_t count;

	all = kernel_symbols_all(symbols, &count);
	CU_ASSERT_EQUAL_FATAL(count, 4);
	CU_ASSERT_STRING_EQUAL(all[0].name, "alpha");
	CU_ASSERT_EQUAL(all[0].address, 0xffffffff81000100);
	CU_ASSERT_STRING_EQUAL(all[1].name, "beta");
	CU_ASSERT_STRING_EQUAL(all[2].name, "gamma");
	CU_ASSERT_STRING_EQUAL(all[3].name, "alpha");
	CU_ASSERT_PTR_EQUAL(kernel_symbols_find(symbols, "alpha"), &all[0]);
	CU_ASSERT_PTR_NULL(kernel_symbols_find(symbols, "data"));
	CU_ASSERT_EQUAL(kernel_symbols_end(symbols, all[0].address), all[1].address);
	CU_ASSERT_EQUAL(kernel_symbols_end(symbols, all[0].address - 1), all[0].address);
	CU_ASSERT_EQUAL(kernel_symbols_end(symbols, all[3].address), UINT64_MAX);
	kernel_symbols_free(symbols);
}

static void functions_by_address(void)
{
	struct kernel_symbols *symbols = parse("1000 T _text\n1000 T a\n1000 T _stext\n2000 t b\n");

	CU_ASSERT_PTR_NULL(kernel_symbols_at(symbols, 0xfff));
	CU_ASSERT_STRING_EQUAL(kernel_symbols_at(symbols, 0x1000)->name, "a");
	CU_ASSERT_STRING_EQUAL(kernel_symbols_at(symbols, 0x1fff)->name, "a");
	CU_ASSERT_STRING_EQUAL(kernel_symbols_at(symbols, 0x2000)->name, "b");
	CU_ASSERT_STRING_EQUAL(kernel_symbols_at(symbols, UINT64_MAX)->name, "b");
	kernel_symbols_free(symbols);
}

/* What is said where functions cannot be found. */
static void of_no_use(void)
{
	static const struct {
		const char *text, *why; /* text NULL: there is no list; why NULL: it is of use */
	} rows[] = {
		{ NULL, "/proc/kallsyms: No such file or directory; a kernel with CONFIG_KALLSYMS "
			"is needed" },
		{ "ffffffff82000000 D data\n", "/proc/kallsyms lists no function; a kernel with "
					       "CONFIG_KALLSYMS is needed" },
		{ "0000000000000000 T a\n0000000000000000 t b\n",
		  "/proc/kallsyms hides where functions are; CAP_SYSLOG and a kernel.kptr_restrict "
		  "of 0 or 1 are needed" },
		{ "0000000000000000 T a\n1000 t b\n", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kernel_symbols *symbols = rows[i].text ? parse(rows[i].text) : NULL;
		char why[200] = "";

		errno = ENOENT;
		CU_ASSERT_EQUAL(kernel_symbols_usable(symbols, why, sizeof(why)), !rows[i].why);
		CU_ASSERT_STRING_EQUAL(why, rows[i].why ?: "");
		kernel_symbols_free(symbols);
	}
}

static void nothing(void)
{
	struct kernel_symbols *symbols = parse("");
	size_t count;

	kernel_symbols_all(symbols, &count);
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_PTR_NULL(kernel_symbols_find(symbols, "a"));
	CU_ASSERT_PTR_NULL(kernel_symbols_at(symbols, 0x1000));
	CU_ASSERT_EQUAL(kernel_symbols_end(symbols, 0), UINT64_MAX);
	kernel_symbols_free(symbols);
	kernel_symbols_free(NULL);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "lists of all kinds", lists_of_all_kinds },
		{ "functions by their addresses", functions_by_address },
		{ "no symbols at all", nothing },
		{ "symbols that are of no use", of_no_use },
		CU_TEST_INFO_NULL,
	};

	return run_suite("kernel symbols", tests);
}
