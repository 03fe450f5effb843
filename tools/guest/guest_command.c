/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/guest_command.h"
#include "injector/base/array.h"
#include "tools/base/open_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int body(void *context)
{
	const struct guest_command *command = context;
	const char *words[16 + GUEST_WORDS_MAX + RUN_WORDS_MAX] = { "foliostorm", "guest" };
	char log[PATH_MAX + 16];
	size_t count = 2;
	int output;

	snprintf(log, sizeof(log), "%s/%s", command->out, command->log);
	output = open_output(log, O_WRONLY | O_TRUNC);
	words[count++] = "--kernel";
	words[count++] = command->kernel;
	words[count++] = "--quiet";
	words[count++] = "--out";
	words[count++] = command->out;
	count += guest_options_words(command->machine, words + count);
	count += run_options_words(command->run, words + count);
	words[count++] = command->scenario;
	words[count] = NULL;
	child_become(words, output, output);
	return 127;
}

int guest_command_start(const struct guest_command *command, struct child *child)
{
	return child_start(child, body, (void *)command);
}

const char *guest_command_last_words(const char *out, const char *log, const char *otherwise,
				     char *text, size_t size)
{
	/* Prefixes that are removed, since report() adds its own. */
	static const char *const prefixes[] = { "foliostorm: ", "foliostorm guest: " };
	char path[PATH_MAX + 16], line[400];
	bool begins = true; /* the line, which may be longer */
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", out, log);
	snprintf(text, size, "%s", otherwise);
	file = fopen(path, "re");
	/* Of argp's message, the error is taken, and not the line about help. */
	while (file && fgets(line, sizeof(line), file) && !(begins && !strncmp(line, "Try `", 5))) {
		const char *words = line;

		for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
			if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
				words = line + strlen(prefixes[i]);
		if (begins && *line != '\n')
			snprintf(text, size, "%.*s", (int)strcspn(words, "\n"), words);
		begins = strchr(line, '\n');
	}
	if (file)
		fclose(file);
	return text;
}
