/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in a kernel of two pages, whose code is written here. */
#include "injector/base/array.h"
#include "injector/schedule/code_point.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

enum { BASE = 0x1000, SIZE = 0x2000, MOST = 4 };

static const char symbols_text[] = "00001000 T split\n"
				   "00001200 t split.cold\n"
				   "00001400 t fault.isra.0\n"
				   "00001600 t get_entry.part.0\n"
				   "00001800 t twice\n"
				   "00001a00 t twice\n"
				   "00001c00 T __xa_store\n"
				   "00001c00 T xa_store_alias_of_the_same\n"
				   "00001e00 T xas_try_split\n"
				   "00002000 t clone\n"
				   "00002000 t clone.localalias\n"
				   "00002100 t clone.constprop.0\n"
				   "00002200 T leaf\n"
				   "00002280 t lonely.cold\n"
				   "00002300 T get_folio_mpol\n"
				   "000023f0 T __pfx_get_folio\n"
				   "00002400 T __x86_return_thunk\n"
				   "00002500 T tail\n"
				   "00002600 T many\n"
				   "00002700 T gone\n"
				   "00003000 T unreadable\n";

struct code {
	enum machine_isa isa;
	uint8_t bytes[SIZE];
};

static void put(struct code *code, uint64_t at, const void *bytes, size_t size)
{
	memcpy(code->bytes + at - BASE, bytes, size);
}

/* A branch of 5 bytes (x86-64) or 4 (arm64). */
static void put_branch(struct code *code, uint64_t at, uint64_t target, bool link)
{
	if (code->isa == MACHINE_X86_64) {
		int32_t distance = (int32_t)(target - (at + 5));

		put(code, at, link ? "\xe8" : "\xe9", 1);
		put(code, at + 1, &distance, sizeof(distance));
	} else {
		uint32_t word = (link ? 0x94000000 : 0x14000000) |
				((uint32_t)((target - at) >> 2) & 0x3ffffff);

		put(code, at, &word, sizeof(word));
	}
}

static void put_return(struct code *code, uint64_t at)
{
	if (code->isa == MACHINE_X86_64)
		put(code, at, "\xc3", 1);
	else
		put(code, at, "\xc0\x03\x5f\xd6", 4);
}

static void write_code(struct code *code, enum machine_isa isa)
{
	static const uint8_t nop[][4] = { { 0x90, 0x90, 0x90, 0x90 }, { 0x1f, 0x20, 0x03, 0xd5 } };

	code->isa = isa;
	for (size_t i = 0; i < SIZE; i += 4)
		memcpy(code->bytes + i, nop[isa == MACHINE_ARM64], 4);
	put_branch(code, 0x1010, 0x1e00, true); /* split calls xas_try_split, */
	put_branch(code, 0x1020, 0x1c00, true); /* __xa_store, */
	put_branch(code, 0x1030, 0x1204, false);
	put_branch(code, 0x1040, 0x1c04, true); /* behind its ENDBR64, */
	put_branch(code, 0x1050, 0x1c20, true); /* and into the midst of it */
	put_return(code, 0x1060);
	put_branch(code, 0x1210, 0x1c00, true); /* split.cold as well, and goes back */
	put_branch(code, 0x1220, 0x1060, false);
	put_branch(code, 0x1410, 0x2300, true);  /* fault calls get_folio_mpol, */
	put_branch(code, 0x1420, 0x1600, false); /* ends by one of get_entry */
	put_branch(code, 0x2210, 0x2400, false); /* leaf returns by the thunk */
	put_branch(code, 0x2510, 0x1e00, false); /* tail ends by one, */
	put_branch(code, 0x2520, 0x2300, true);
	put_branch(code, 0x2530, 0x2300, false); /* or another */
	for (uint64_t i = 0; i <= MOST; i++)
		put_branch(code, 0x2600 + 16 * i, 0x1c00, true);
}

static int read_code(void *context, uint64_t address, void *into, size_t size)
{
	const struct code *code = context;

	if (address < BASE || address + size > BASE + SIZE)
		return -EPERM;
	memcpy(into, code->bytes + address - BASE, size);
	return 0;
}

struct row {
	const char *point;
	int found; /* how many, or -errno */
	uint64_t addresses[MOST];
	const char *why; /* NULL: "" */
};

static void resolve(enum machine_isa isa, const struct row *rows, size_t count)
{
	struct kernel_symbols *symbols = kernel_symbols_parse(strdup(symbols_text));
	static struct code code;
	struct kernel_text kernel = { symbols, isa, read_code, &code };

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	write_code(&code, isa);
	for (size_t i = 0; i < count; i++) {
		uint64_t addresses[MOST] = { 0 };
		struct code_point point;
		char why[512];
		int r;

		CU_ASSERT_EQUAL_FATAL(code_point_parse(rows[i].point, &point, why, sizeof(why)), 0);
		r = code_point_resolve(&point, &kernel, addresses, MOST, why, sizeof(why));
		if (r != rows[i].found || strcmp(why, rows[i].why ?: "") != 0)
			printf("\n    %s: %d \"%s\"", rows[i].point, r, why);
		CU_ASSERT_EQUAL(r, rows[i].found);
		CU_ASSERT_STRING_EQUAL(why, rows[i].why ?: "");
		for (int k = 0; k < r; k++)
			CU_ASSERT_EQUAL(addresses[k], rows[i].addresses[k]);
	}
	kernel_symbols_free(symbols);
}

static void finds(void)
{
	static const struct row rows[] = {
		{ "begin", 0, { 0 }, NULL },
		{ "entry of split", 1, { 0x1000 }, NULL },
		{ "return of split", 1, { 0x1000 }, NULL },
		{ "entry of fault", 1, { 0x1400 }, "fault is fault.isra.0 in this kernel" },
		{ "entry of fault.isra.0", 1, { 0x1400 }, NULL },
		{ "entry of get_entry",
		  1,
		  { 0x1600 },
		  "get_entry is get_entry.part.0 in this kernel" },
		{ "entry of clone",
		  2,
		  { 0x2000, 0x2100 },
		  "clone is clone, clone.constprop.0 in this kernel" },
		{ "split calls xas_try_split", 1, { 0x1010 }, NULL },
		{ "split calls __xa_store",
		  3,
		  { 0x1020, 0x1040, 0x1210 },
		  "split is split, split.cold in this kernel" },
		{ "split calls xa_store_alias_of_the_same",
		  3,
		  { 0x1020, 0x1040, 0x1210 },
		  "split is split, split.cold in this kernel; xa_store_alias_of_the_same is "
		  "__xa_store in this kernel" },
		{ "fault calls get_entry",
		  1,
		  { 0x1420 },
		  "fault is fault.isra.0 in this kernel; get_entry is get_entry.part.0 in this "
		  "kernel" },
		{ "tail calls get_folio_mpol", 2, { 0x2520, 0x2530 }, NULL },
		{ "split+0x10", 1, { 0x1010 }, NULL },
		{ "split.cold+0x0", 1, { 0x1200 }, NULL },
		{ "fault+0x10", 1, { 0x1410 }, "fault is fault.isra.0 in this kernel" },
	};

	resolve(MACHINE_X86_64, rows, ARRAY_SIZE(rows));
	resolve(MACHINE_ARM64, rows, ARRAY_SIZE(rows));
}

/* Names that differ between kernels: whichever this one has. */
static void finds_any_of_several_names(void)
{
	static const struct row rows[] = {
		{ "entry of split|nobody", 1, { 0x1000 }, NULL },
		{ "entry of nobody|split", 1, { 0x1000 }, NULL },
		{ "entry of split|leaf", 2, { 0x1000, 0x2200 }, NULL },
		/* Each address once. */
		{ "entry of split|split", 1, { 0x1000 }, NULL },
		{ "entry of clone.constprop.0|clone",
		  2,
		  { 0x2100, 0x2000 },
		  "clone is clone, clone.constprop.0 in this kernel" },
		{ "entry of leaf|fault",
		  2,
		  { 0x2200, 0x1400 },
		  "fault is fault.isra.0 in this kernel" },
		{ "split|fault calls xas_try_split|get_folio_mpol",
		  2,
		  { 0x1010, 0x1410 },
		  "fault is fault.isra.0 in this kernel" },
		{ "split|many calls xas_try_split|nobody", 1, { 0x1010 }, NULL },
		{ "leaf|split+0x10", 2, { 0x2210, 0x1010 }, NULL },
		/* A mistake counts, also where another name is right. */
		{ "entry of split|twice",
		  -ENOTUNIQ,
		  { 0 },
		  "twice is ambiguous: this kernel has several functions of that name, at 0x1800, "
		  "0x1a00" },
		{ "tail|many calls get_folio_mpol|__xa_store",
		  -E2BIG,
		  { 0 },
		  "more than 4 such places in many" },
		/* Where none is there, what is missing of each. */
		{ "entry of nobody|nothing",
		  -ENOENT,
		  { 0 },
		  "nobody is not a function of this kernel (misspelt, inlined, or of a module that "
		  "is not there); nothing is not a function of this kernel (misspelt, inlined, or "
		  "of a module that is not there)" },
		{ "tail|nobody calls gone",
		  -ENOENT,
		  { 0 },
		  "no gone calls in tail of this kernel; it calls xas_try_split, get_folio_mpol; "
		  "nobody is not a function of this kernel (misspelt, inlined, or of a module that "
		  "is not there)" },
	};

	resolve(MACHINE_X86_64, rows, ARRAY_SIZE(rows));
	resolve(MACHINE_ARM64, rows, ARRAY_SIZE(rows));
}

/* Where the length of an instruction matters. */
static void finds_behind_calls(void)
{
	static const struct row x86[] = {
		{ "return from xas_try_split in split", 1, { 0x1015 }, NULL },
		{ "return from get_folio_mpol in tail", 1, { 0x2525 }, NULL },
		{ "split+0x12",
		  -ENOENT,
		  { 0 },
		  "no instruction begins at split+0x12; one does at +0x10" },
		{ "split+0x15", 1, { 0x1015 }, NULL },
	};
	static const struct row arm64[] = {
		{ "return from xas_try_split in split", 1, { 0x1014 }, NULL },
		{ "return from get_folio_mpol in tail", 1, { 0x2524 }, NULL },
		{ "split+0x12",
		  -ENOENT,
		  { 0 },
		  "no instruction begins at split+0x12; one does at +0x10" },
	};

	resolve(MACHINE_X86_64, x86, ARRAY_SIZE(x86));
	resolve(MACHINE_ARM64, arm64, ARRAY_SIZE(arm64));
}

static void says_what_there_is(void)
{
	static const struct row rows[] = {
		{ "entry of splot",
		  -ENOENT,
		  { 0 },
		  "splot is not a function of this kernel (misspelt, inlined, or of a module that "
		  "is not there); it has split" },
		{ "entry of no_such_function",
		  -ENOENT,
		  { 0 },
		  "no_such_function is not a function of this kernel (misspelt, inlined, or of a "
		  "module that is not there)" },
		/* Of its code, only rare blocks have a name. */
		{ "entry of lonely",
		  -ENOENT,
		  { 0 },
		  "lonely is not a function of this kernel (misspelt, inlined, or of a module that "
		  "is not there); it has lonely.cold" },
		{ "entry of twice",
		  -ENOTUNIQ,
		  { 0 },
		  "twice is ambiguous: this kernel has several functions of that name, at 0x1800, "
		  "0x1a00" },
		{ "twice calls split",
		  -ENOTUNIQ,
		  { 0 },
		  "twice is ambiguous: this kernel has several functions of that name, at 0x1800, "
		  "0x1a00" },
		{ "fault calls get_folio",
		  -ENOENT,
		  { 0 },
		  "no get_folio calls in fault of this kernel; it calls get_folio_mpol" },
		{ "fault calls nobody",
		  -ENOENT,
		  { 0 },
		  "no nobody calls in fault of this kernel; it calls get_folio_mpol, "
		  "get_entry.part.0" },
		{ "return from nobody in leaf",
		  -ENOENT,
		  { 0 },
		  "no nobody calls in leaf of this kernel; `foliostorm points leaf` lists its "
		  "calls" },
		{ "return from xas_try_split in tail",
		  -ENOENT,
		  { 0 },
		  "tail ends by a jump to xas_try_split, and nothing comes back to it; allowed: "
		  "return of tail" },
		{ "many calls __xa_store", -E2BIG, { 0 }, "more than 4 such places in many" },
		{ "split+0x200", -ENOENT, { 0 }, "split is 0x200 bytes long; allowed: less" },
		{ "clone+0x10",
		  -ENOTUNIQ,
		  { 0 },
		  "clone is compiled more than once; allowed: an offset in one of clone, "
		  "clone.constprop.0" },
		{ "unreadable calls split",
		  -EPERM,
		  { 0 },
		  "the code of unreadable cannot be read: Operation not permitted" },
		{ "unreadable+0x10",
		  -EPERM,
		  { 0 },
		  "the code of unreadable cannot be read: Operation not permitted" },
		{ "entry of unreadable", 1, { 0x3000 }, NULL },
	};

	resolve(MACHINE_X86_64, rows, ARRAY_SIZE(rows));
	resolve(MACHINE_ARM64, rows, ARRAY_SIZE(rows));
}

/* To others than root the kernel shows no addresses; built without KALLSYMS, no names. */
static void hidden_symbols(void)
{
	static const struct {
		const char *symbols, *why;
	} rows[] = {
		{ "0 T split\n0 T other\n",
		  "this kernel hides the addresses of its functions from us; see "
		  "kernel.kptr_restrict in proc(5)" },
		{ "", "this kernel lists none of its functions; it takes one with "
		      "CONFIG_KALLSYMS" },
	};
	const struct code_point point = { .kind = POINT_ENTRY, .function = "split" };
	uint64_t address;
	char why[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kernel_symbols *symbols = kernel_symbols_parse(strdup(rows[i].symbols));
		const struct kernel_text kernel = { symbols, MACHINE_X86_64, read_code, NULL };

		CU_ASSERT_EQUAL(code_point_resolve(&point, &kernel, &address, 1, why, sizeof(why)),
				-EPERM);
		CU_ASSERT_STRING_EQUAL(why, rows[i].why);
		kernel_symbols_free(symbols);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "finds each kind of point", finds },
		{ "finds any of several names", finds_any_of_several_names },
		{ "finds what is behind a call", finds_behind_calls },
		{ "says what there is instead", says_what_there_is },
		{ "hidden symbols", hidden_symbols },
		CU_TEST_INFO_NULL,
	};

	return run_suite("code points of a kernel", tests);
}
