/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/machine/processor.h"

#include <string.h>

static void lines(void)
{
	static const struct {
		const char *cpuinfo;
		bool emulated;
	} rows[] = {
		{ "processor\t: 0\nmodel name\t: QEMU TCG CPU version 2.5+\n", true },
		{ "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Processor @ 2.60GHz\n", false },
		{ "processor\t: 0\nCPU implementer\t: 0x00\nCPU part\t: 0x051\n", true },
		{ "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", false },
		/* What is quoted elsewhere is no model. */
		{ "flags\t: QEMU TCG\nmodel name\n", false },
		{ "\n", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		FILE *file = fmemopen((char *)rows[i].cpuinfo, strlen(rows[i].cpuinfo), "r");

		CU_ASSERT_PTR_NOT_NULL_FATAL(file);
		CU_ASSERT_EQUAL(processor_is_emulated_in(file), rows[i].emulated);
		fclose(file);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "who makes the processors", lines },
		CU_TEST_INFO_NULL,
	};

	return run_suite("processor", tests);
}
