/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/probe/call_site.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { ADDRESS = 0x10000000 };

#if defined(__x86_64__)
static void put_call(uint8_t *code, size_t at, uint64_t callee)
{
	uint32_t distance = (uint32_t)(callee - (ADDRESS + at + 5));

	code[at] = 0xe8;
	memcpy(code + at + 1, &distance, sizeof(distance));
}
#elif defined(__aarch64__)
static void put_call(uint8_t *code, size_t at, uint64_t callee)
{
	uint32_t word = 0x94000000 | (((uint32_t)(callee - (ADDRESS + at)) >> 2) & 0x3ffffff);

	memcpy(code + at, &word, sizeof(word));
}
#else
static void put_call(uint8_t *code, size_t at, uint64_t callee)
{
	(void)code, (void)at, (void)callee;
}
#endif

static void finds_calls_before_and_behind(void)
{
	const uint64_t before = ADDRESS - 0x1000, behind = ADDRESS + 0x200000;
	uint8_t code[64] = { 0 };
	size_t offsets[4];

	put_call(code, 8, before);
	put_call(code, 24, behind);
	put_call(code, 40, before);
	CU_ASSERT_EQUAL_FATAL(call_site_scan(code, sizeof(code), ADDRESS, before, offsets, 4), 2);
	CU_ASSERT(offsets[0] == 8 && offsets[1] == 40);
	CU_ASSERT_EQUAL_FATAL(call_site_scan(code, sizeof(code), ADDRESS, behind, offsets, 4), 1);
	CU_ASSERT(offsets[0] == 24);
	CU_ASSERT_EQUAL(call_site_scan(code, sizeof(code), ADDRESS, before + 4, offsets, 4), 0);
}

static void keeps_within_the_code_and_the_room(void)
{
	uint8_t code[64] = { 0 };
	size_t offsets[1];

	put_call(code, 8, ADDRESS + 4096);
	put_call(code, 24, ADDRESS + 4096);
	CU_ASSERT_EQUAL(call_site_scan(code, sizeof(code), ADDRESS, ADDRESS + 4096, offsets, 1), 1);
	/* Cut off in the middle of the call. */
	CU_ASSERT_EQUAL(call_site_scan(code, 10, ADDRESS, ADDRESS + 4096, offsets, 1), 0);
	CU_ASSERT_EQUAL(call_site_scan(code, 0, ADDRESS, ADDRESS + 4096, offsets, 1), 0);
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
	_cleanup_close_ int code = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	int r = code < 0 ? -errno : 1;

	return is_shown(caller) && is_shown(callee) ? r : -ENOENT;
}

static void looks_at_the_kernel_that_runs(void)
{
	/* One of fs/open.c, which calls one of fs/namei.c. */
	static const char caller[] = "do_sys_openat2", callee[] = "do_filp_open";
	struct kernel_symbols *symbols = kernel_symbols_read();
	size_t offset;

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	CU_ASSERT_EQUAL(call_site_find(symbols, caller, "no_such_function_anywhere", &offset, 1),
			-ENOENT);
	CU_ASSERT_EQUAL(call_site_find(symbols, caller, callee, &offset, 1),
			wanted_here(caller, callee));
	kernel_symbols_free(symbols);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "finds calls before and behind", finds_calls_before_and_behind },
		{ "keeps within the code and the room", keeps_within_the_code_and_the_room },
		{ "looks at the kernel that runs", looks_at_the_kernel_that_runs },
		CU_TEST_INFO_NULL,
	};

	return run_suite("call sites", tests);
}
