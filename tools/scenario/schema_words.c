/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages about keys: their words, what is allowed, and what is wrong. */
#include "injector/base/append_text.h"
#include "injector/base/report.h"
#include "tools/scenario/schema_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *schema_meant(const struct near_names *near, char *text)
{
	*text = '\0';
	if (near->count)
		snprintf(text, SCHEMA_MEANT_SIZE, "did you mean %.64s? ", near->names[0]);
	return text;
}

int schema_complain(const struct schema_source *source, const config_setting_t *setting,
		    const char *path, const char *format, ...)
{
	unsigned int line = setting ? config_setting_source_line(setting) : 0;
	const struct config_source *from = NULL;
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (source->mistakes)
		++*source->mistakes;
	/* A setting made by --set has no line in a file. */
	if (!line || !source->text)
		return report(0, "%s: %s: %s",
			      setting && !line && !config_setting_is_root(setting) ? "--set"
										   : source->file,
			      path, message);
	line = config_text_place(source->text, line, &from);
	return report(0, "%s:%u: %s: %s", from->path, line, path, message);
}

struct schema_word schema_word(const struct schema_key *key, size_t i)
{
	static const struct schema_word booleans[] = { WORD("false", NULL),
						       WORD("true", NULL),
						       { .name = NULL } };
	const struct schema_kind *kind;

	if (key->kinds) {
		kind = key->kinds(i);
		return kind ? (struct schema_word){ kind->name, kind->help, kind }
			    : (struct schema_word){ .name = NULL };
	}
	if (key->word)
		return key->word(i);
	if (key->words)
		return key->words[i];
	return key->type == SCHEMA_BOOLEAN ? booleans[i] : (struct schema_word){ .name = NULL };
}

const char *schema_allowed(const struct schema_key *key, char *text, size_t size)
{
	struct schema_word word;
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; (word = schema_word(key, i)).name; i++)
		used = append_text(text, size, used, "%s%s", i ? ", " : "", word.name);
	if (key->allowed)
		append_text(text, size, used, "%s%s", used ? ", or " : "", key->allowed);
	return text;
}
