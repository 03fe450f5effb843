/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/probe/call_site.h"
#include "tests/support/suite.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { CALLER = 0x10000000, CALLEE = 0x10000100, OTHER = 0x10000200 };

/* Calls at 1 and 13, and a tail call at 20; a call of another function at 8; the bytes of a call at
 * 7 lie within an instruction. */
static const uint8_t code[] = {
	0x90, 0xe8, 0xfa, 0x00, 0x00, 0x00,       /* call CALLEE */
	0xb8, 0xe8,                               /* mov $...,%eax */
	0xf4, 0x00, 0x00,                         /* ... */
	0x90, 0x90, 0xe8, 0xee, 0x00, 0x00, 0x00, /* call CALLEE */
	0x90, 0x90, 0xe9, 0xe7, 0x00, 0x00, 0x00, /* jmp CALLEE */
	0xe8, 0xe2, 0x01, 0x00, 0x00,             /* call OTHER */
};

static int read_code(void *context, uint64_t address, void *into, size_t size)
{
	(void)context;
	if (address < CALLER || address + size > OTHER)
		return -EIO;
	memset(into, 0x90, size);
	if (address == CALLER)
		memcpy(into, code, sizeof(code));
	return 0;
}

static void decodes(void)
{
	struct kernel_symbols *symbols = kernel_symbols_parse(
		strdup("10000000 t caller\n10000100 t callee\n10000200 t other\n0 t hidden\n"));
	struct kernel_text text = { symbols, MACHINE_X86_64, read_code, NULL };
	size_t offsets[4];

	CU_ASSERT_EQUAL_FATAL(call_site_find(&text, "caller", "callee", offsets, 4), 3);
	CU_ASSERT(offsets[0] == 1 && offsets[1] == 13 && offsets[2] == 20);
	CU_ASSERT_EQUAL(call_site_find(&text, "caller", "callee", offsets, 2), 2);
	CU_ASSERT_EQUAL(call_site_find(&text, "caller", "other", offsets, 4), 1);
	CU_ASSERT_EQUAL(call_site_find(&text, "callee", "other", offsets, 4), 0);
	CU_ASSERT_EQUAL(call_site_find(&text, "caller", "hidden", offsets, 4), -ENOENT);
	CU_ASSERT_EQUAL(call_site_find(&text, "nobody", "callee", offsets, 4), -ENOENT);
	CU_ASSERT_EQUAL(call_site_find(&text, "other", "callee", offsets, 4), -EIO);
	kernel_symbols_free(symbols);
}

/* Whether /proc/kallsyms has the function with its address. */
static bool is_shown(const char *function)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/kallsyms", "re");
	char line[1024], name[512];
	uint64_t address;
	bool shown = false;

	while (file && !shown && fgets(line, sizeof(line), file))
		shown = sscanf(line, "%" SCNx64 " %*c %511s", &address, name) == 2 && address &&
			!strcmp(name, function);
	return shown;
}

/* What there is to find: one call, or by which error a kernel that hides its addresses or is locked
 * down says so. */
static int wanted_here(const char *caller, const char *callee)
{
	_cleanup_close_ int kcore = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	int r = kcore < 0 ? -errno : 1;

	return is_shown(caller) && is_shown(callee) ? r : -ENOENT;
}

static void looks_at_the_kernel_that_runs(void)
{
	/* One of fs/open.c, which calls one of fs/namei.c. */
	static const char caller[] = "do_sys_openat2", callee[] = "do_filp_open";
	struct kernel_symbols *symbols = kernel_symbols_read();
	struct kernel_text text;
	size_t offset;

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	CU_ASSERT_EQUAL_FATAL(kernel_text_here(&text, symbols), 0);
	CU_ASSERT_EQUAL(call_site_find(&text, caller, "no_such_function_anywhere", &offset, 1),
			-ENOENT);
	CU_ASSERT_EQUAL(call_site_find(&text, caller, callee, &offset, 1),
			wanted_here(caller, callee));
	kernel_symbols_free(symbols);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "decodes what it looks through", decodes },
		{ "looks at the kernel that runs", looks_at_the_kernel_that_runs },
		CU_TEST_INFO_NULL,
	};

	return run_suite("call sites", tests);
}
