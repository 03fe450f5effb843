/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry point of libFuzzer. TARGET is the name of a target. */
#include "tests/fuzz/targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_target(TARGET)(TARGET, data, size);
	return 0;
}
