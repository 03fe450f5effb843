/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/content.h"
#include "injector/base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The fields of journald, in order of use. */
static const struct {
	const char *name;
	bool single; /* the same in each entry */
	unsigned char length;
} known[CONTENT_FIELDS_MAX] = {
	{ "PRIORITY", false, 1 },
	{ "_HOSTNAME", true, 12 },
	{ "SYSLOG_IDENTIFIER", false, 10 },
	{ "_BOOT_ID", true, 32 },
	{ "_SYSTEMD_UNIT", false, 24 },
	{ "_TRANSPORT", true, 6 },
	{ "_PID", false, 5 },
	{ "_MACHINE_ID", true, 32 },
	{ "_COMM", false, 10 },
	{ "_CMDLINE", false, 90 },
	{ "_EXE", false, 30 },
	{ "_UID", false, 4 },
	{ "SYSLOG_FACILITY", true, 1 },
	{ "_SYSTEMD_CGROUP", false, 45 },
	{ "_SYSTEMD_INVOCATION_ID", false, 32 },
	{ "_GID", true, 4 },
};

enum { KEY_SIZE = 0x20000000, KEY_VALUE = 0x20000100 };

int content_open(struct content *content, const struct content_shape *shape)
{
	*content = (struct content){ .shape = *shape };
	content->values =
		calloc((size_t)shape->fields * shape->values + 1, sizeof(*content->values));
	return content->values ? 0 : -ENOMEM;
}

void content_begin(struct content *content)
{
	memset(content->values, 0,
	       (size_t)content->shape.fields * content->shape.values * sizeof(*content->values));
}

/* Chooses the value of a field in this entry, and makes it if it is new. */
static int choose(struct content *content, struct journal_writer *writer, unsigned int field,
		  struct journal_value **value)
{
	const struct content_shape *shape = &content->shape;
	uint64_t random = random_value(shape->seed, KEY_VALUE + field, content->entries);
	uint64_t which = known[field].single ? 0 : random % shape->values;

	*value = &content->values[(size_t)field * shape->values + which];
	if ((*value)->offset)
		return 0;
	return journal_writer_value(writer, known[field].name, known[field].length, *value);
}

static uint64_t draw_size(const struct content *content)
{
	uint64_t size = distribution_draw(
		content->shape.size, random_value(content->shape.seed, KEY_SIZE, content->entries));

	return size < 1 ? 1 : size > CONTENT_SIZE_MAX ? CONTENT_SIZE_MAX : size;
}

uint64_t content_size_for(const struct content *content, const struct journal_writer *writer,
			  uint64_t step, uint64_t place)
{
	const bool compact = writer->shape.compact;
	uint64_t least = journal_writer_tail(writer) + journal_data_head(compact) +
			 sizeof("MESSAGE=") - 1 +
			 journal_align(sizeof(struct journal_entry) +
				       (content->shape.fields + 1) * journal_entry_item(compact));
	uint64_t size = (place - least) & (step - 1);

	return size ? size : step;
}

int content_append(struct content *content, struct journal_writer *writer, uint64_t size,
		   uint64_t realtime, uint64_t monotonic)
{
	const struct content_shape *shape = &content->shape;
	struct journal_value *values[1 + CONTENT_FIELDS_MAX], message;
	int r = journal_writer_value(writer, "MESSAGE", size ?: draw_size(content), &message);

	values[0] = &message;
	for (unsigned int i = 0; i < shape->fields && !r; i++)
		r = choose(content, writer, i, &values[i + 1]);
	if (!r)
		r = journal_writer_entry(writer, values, shape->fields + 1, realtime, monotonic);
	content->entries++;
	return r;
}

void content_close(struct content *content)
{
	free(content->values);
	content->values = NULL;
}
