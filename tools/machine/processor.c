/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/processor.h"

#include <string.h>

/* On x86 QEMU identifies itself, unless another model was selected; on arm64 its model "max" has no
 * maker. */
bool processor_is_emulated_in(FILE *cpuinfo)
{
	char line[256];

	while (fgets(line, sizeof(line), cpuinfo)) {
		const char *value = strchr(line, ':');

		if (!value)
			continue;
		if (!strncmp(line, "model name", 10) && strstr(value, "QEMU TCG"))
			return true;
		if (!strncmp(line, "CPU implementer", 15) && !strcmp(value, ": 0x00\n"))
			return true;
	}
	return false;
}

bool processor_is_emulated(void)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
	bool emulated;

	if (!cpuinfo)
		return false;
	emulated = processor_is_emulated_in(cpuinfo);
	fclose(cpuinfo);
	return emulated;
}
