/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/script.h"
#include "injector/base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 160 };

/* Whether the line sets the setting; reads its value. */
static bool read_setting(const char *line, const char *setting, unsigned int *value)
{
	size_t length = strlen(setting);

	return !strncmp(line, setting, length) && sscanf(line + length, " %u", value) == 1;
}

int script_read(const char *path, const char *setting, unsigned int *value,
		struct operation *operations, size_t most, size_t *count)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[LINE];

	*count = 0;
	if (!file) {
		perror(path);
		return -1;
	}
	while (*count < most && fgets(line, sizeof(line), file)) {
		if (*line == '#' || read_setting(line, setting, value))
			continue;
		if (operation_parse(line, &operations[(*count)++])) {
			fprintf(stderr, "%s: not an operation: %s", path, line);
			return -1;
		}
	}
	return 0;
}

void script_print(const char *why, const char *setting, unsigned int value,
		  const struct operation *operations, size_t count)
{
	char line[LINE];

	printf("# these %zu are enough: %s\n%s %u\n", count, why, setting, value);
	for (size_t i = 0; i < count; i++) {
		operation_print(&operations[i], line, sizeof(line));
		puts(line);
	}
}
