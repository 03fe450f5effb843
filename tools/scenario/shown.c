/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/shown.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIELD(name) offsetof(struct shown, name)

const struct schema_key shown_keys[] = {
	{ "interleaving", SCHEMA_TEXT, FIELD(interleaving), NULL, "16 hexadecimal digits",
	  "what ran, as a run that hit says it. A row that names another one says nothing: the "
	  "schedule or the threads were changed since",
	  .required = 1 },
	{ "kernel", SCHEMA_TEXT, FIELD(kernel), NULL, "the release of a kernel, as uname -r says",
	  "with the race, where it ran", .required = 1 },
	{ "passages", SCHEMA_COUNT, FIELD(passages), NULL, "a number from 1 to 1000000000",
	  "of the schedule, or iterations of the threads", .required = 1, .min = 1,
	  .max = 1000000000 },
	{ "hits", SCHEMA_COUNT, FIELD(hits), NULL, "a number from 1, up to `passages`",
	  "how many of them gave a hit", .required = 1, .min = 1, .max = 1000000000 },
	{ .name = NULL },
};

static uint64_t add(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

/* Includes the NUL, so that "ab", "c" and "a", "bc" differ. */
static uint64_t add_text(uint64_t hash, const char *text)
{
	return text ? add(hash, text, strlen(text) + 1) : add(hash, "", 1);
}

static uint64_t add_value(uint64_t hash, const config_setting_t *setting)
{
	char number[64] = "";

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return add_text(hash, config_setting_get_string(setting));
	case CONFIG_TYPE_FLOAT:
		snprintf(number, sizeof(number), "%.17g", config_setting_get_float(setting));
		break;
	case CONFIG_TYPE_BOOL:
		snprintf(number, sizeof(number), "%d", config_setting_get_bool(setting));
		break;
	default:
		snprintf(number, sizeof(number), "%lld", config_setting_get_int64(setting));
	}
	return add_text(hash, number);
}

static uint64_t add_setting(uint64_t hash, const config_setting_t *setting)
{
	hash = add_text(hash, config_setting_name(setting));
	if (!config_setting_is_aggregate(setting))
		return add_value(hash, setting);
	hash = add(hash, "(", 1);
	for (int i = 0; i < config_setting_length(setting); i++)
		hash = add_setting(hash, config_setting_get_elem(setting, (unsigned int)i));
	return add(hash, ")", 1);
}

const char *shown_interleaving(const config_t *config, char text[SHOWN_INTERLEAVING])
{
	static const char *const keys[] = { "schedule", "threads", "before", "after" };
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const config_setting_t *setting = config_lookup(config, keys[i]);

		if (setting)
			hash = add_setting(hash, setting);
	}
	snprintf(text, SHOWN_INTERLEAVING, "%016" PRIx64, hash);
	return text;
}

const char *shown_text(const struct shown *shown, char *text, size_t size)
{
	snprintf(text, size,
		 "{ interleaving = \"%s\"; kernel = \"%s\"; passages = %" PRIu64 "; hits = %" PRIu64
		 "; }",
		 shown->interleaving, shown->kernel, shown->passages, shown->hits);
	return text;
}

static int print_text(FILE *to, const char *schedule, struct shown shown)
{
	char interleaving[SHOWN_INTERLEAVING], row[256];
	config_t config;
	int r;

	config_init(&config);
	r = config_read_string(&config, schedule) ? 0 : -EINVAL;
	shown.interleaving = shown_interleaving(&config, interleaving);
	config_destroy(&config);
	if (!r)
		fprintf(to, "%s\nshown = (\n\t%s\n);\n", schedule,
			shown_text(&shown, row, sizeof(row)));
	return r;
}

int shown_print(FILE *to, void (*print)(FILE *to, const void *context), const void *context,
		struct shown shown)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -ENOMEM;
	print(memory, context);
	return fclose(memory) ? -ENOMEM : print_text(to, text, shown);
}
