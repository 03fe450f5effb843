/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/workplace_record.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static void this_boot(char id[RECORD_BOOT_MAX])
{
	_cleanup_free_ char *text = NULL;

	if (text_file_read("/proc/sys/kernel/random/boot_id", &text, NULL))
		*id = '\0';
	else
		snprintf(id, RECORD_BOOT_MAX, "%.*s", (int)strcspn(text, "\n"), text);
}

static int put(int fd, const char *line, size_t size)
{
	ssize_t done = write(fd, line, size);
	off_t end;

	if (done == (ssize_t)size)
		return 0;
	if (done < 0)
		return -errno;
	end = lseek(fd, 0, SEEK_END);
	if (end >= done)
		(void)!ftruncate(fd, end - done);
	return -ENOSPC;
}

int record_begin(int fd, char token[RECORD_TOKEN_MAX])
{
	char boot[RECORD_BOOT_MAX], line[RECORD_BOOT_MAX + RECORD_TOKEN_MAX + 16];
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	this_boot(boot);
	snprintf(token, RECORD_TOKEN_MAX, "%015jx", (uintmax_t)(random >> 4));
	snprintf(line, sizeof(line), "boot %s %s\n", *boot ? boot : RECORD_UNKNOWN, token);
	return put(fd, line, strlen(line));
}

const char *record_escape(const char *path, char text[RECORD_ESCAPED_MAX])
{
	size_t used = 0;

	for (; *path && used + 5 < RECORD_ESCAPED_MAX; path++) {
		unsigned char byte = (unsigned char)*path;

		if (byte < ' ' || byte == 0x7f || byte == '\\')
			used = append_text(text, RECORD_ESCAPED_MAX, used, "\\%03o", byte);
		else
			text[used++] = *path;
	}
	text[used] = '\0';
	return text;
}

/* Decodes a path. Returns whether it is one as record_escape() writes it. */
static bool unescape(const char *text, char path[PATH_MAX])
{
	size_t used = 0;
	unsigned int byte;

	for (; *text && used + 1 < PATH_MAX; used++) {
		if (*text != '\\') {
			path[used] = *text++;
		} else if (strspn(text + 1, "01234567") >= 3 &&
			   sscanf(text + 1, "%3o", &byte) == 1 && byte && byte < 256) {
			path[used] = (char)byte;
			text += 4;
		} else {
			return false;
		}
	}
	path[used] = '\0';
	return !*text && *path == '/';
}

int record_add(int fd, const char *what, const char *identity, const char *path)
{
	_cleanup_free_ char *line = malloc(RECORD_ESCAPED_MAX + RECORD_IDENTITY_MAX + 64);
	_cleanup_free_ char *escaped = malloc(RECORD_ESCAPED_MAX);
	int length;

	if (!line || !escaped)
		return -ENOMEM;
	if (*path != '/' || strlen(path) >= PATH_MAX)
		return -EINVAL;
	length = sprintf(line, "%.31s %.95s %s\n", what, identity, record_escape(path, escaped));
	return put(fd, line, (size_t)length);
}

/* A line replaces the earlier one about the same thing. */
static int take_entry(struct record *record, const char *what, const char *identity,
		      const char *escaped)
{
	_cleanup_free_ char *path = malloc(PATH_MAX);
	struct record_entry *entry = record->entries;
	size_t i = 0;

	if (!path)
		return -ENOMEM;
	if (!unescape(escaped, path))
		return 0;
	while (i < record->count && (strcmp(entry[i].what, what) || strcmp(entry[i].path, path)))
		i++;
	if (i == record->count) {
		entry = reallocarray(entry, i + 1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		record->entries = entry;
		record->count++;
	}
	snprintf(entry[i].what, sizeof(entry->what), "%s", what);
	snprintf(entry[i].identity, sizeof(entry->identity), "%s", identity);
	memcpy(entry[i].path, path, strlen(path) + 1);
	return 0;
}

static int take_line(struct record *record, char *line)
{
	char boot[RECORD_BOOT_MAX], *identity = strchr(line, ' ');
	char *rest = identity ? strchr(identity + 1, ' ') : NULL;

	if (!rest)
		return 0;
	*identity++ = '\0';
	*rest++ = '\0';
	if (strcmp(line, "boot"))
		return take_entry(record, line, identity, rest);
	this_boot(boot);
	record->this_boot = *boot && !strcmp(identity, boot);
	snprintf(record->token, sizeof(record->token), "%s", rest);
	return 0;
}

int record_read(int fd, struct record *record)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	int copy = dup(fd), r = 0;
	size_t size = 0;
	ssize_t length;

	*record = (struct record){ .count = 0 };
	file = copy < 0 ? NULL : fdopen(copy, "r");
	if (!file) {
		r = -errno;
		cleanup_close(&copy);
		return r;
	}
	rewind(file);
	while (!r && (length = getline(&line, &size, file)) > 0) {
		if (line[length - 1] != '\n' || strlen(line) != (size_t)length)
			continue;
		line[length - 1] = '\0';
		r = take_line(record, line);
	}
	return r ? r : ferror(file) ? -EIO : 0;
}

void record_release(struct record *record)
{
	free(record->entries);
	record->entries = NULL;
	record->count = 0;
}
