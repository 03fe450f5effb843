/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/targets.h"
#include "injector/base/array.h"
#include "tools/import/importers/importers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name;
	fuzz_take *take;
} targets[] = {
	{ "scenario", fuzz_scenario }, { "rules", fuzz_rules },
	{ "control", fuzz_control },   { "stream", fuzz_stream },
	{ "archive", fuzz_archive },   { "trace", fuzz_trace },
	{ "report", fuzz_report },     { "kernel_log", fuzz_kernel_log },
};

fuzz_take *fuzz_target(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].name, name))
			return targets[i].take;
	return importer_find(name) ? fuzz_import : NULL;
}

/* On a syntax error within a string, libconfig 1.7 leaks the string. LeakSanitizer calls this
 * function by its name. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}
/* NOLINTEND(bugprone-reserved-identifier) */

int fuzz_file(const uint8_t *data, size_t size, const char **path)
{
	static char name[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	if (path)
		*path = name;
	return fd;
}
