/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_journal.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

int tune_journal_write(FILE *file, const json_t *line)
{
	bool failed = json_dumpf(line, file, JSON_COMPACT) != 0;

	failed |= fputc('\n', file) == EOF;
	failed |= fflush(file) != 0;
	return failed ? -errno ?: -EIO : 0;
}

/* Reports the first key in which two tunings differ. */
static int compare(const char *path, const json_t *there, const json_t *wanted, bool strict)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)wanted, key, value) {
		if (!strict && !strcmp(key, "where"))
			continue;
		if (!json_equal(value, json_object_get(there, key)))
			return report(0,
				      "%s is of another tuning: its %s is another; give the same "
				      "scenario and options to go on, or another --out",
				      path, key);
	}
	return 0;
}

/* Whether the file ends here. Only its last line may be damaged: a crash cuts it. */
static bool is_last(FILE *file)
{
	int next = getc(file);

	return next == EOF || ungetc(next, file) == EOF;
}

/* Returns the length of the valid lines in bytes, or -errno (reported). After a read error the rest
 * is unknown, and must not be truncated. */
static long read_lines(const char *path, FILE *file, const json_t *begin, bool strict,
		       json_t *trials)
{
	_cleanup_free_ char *text = NULL;
	unsigned int number = 0;
	long whole = 0;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&text, &size, file)) > 0 && text[length - 1] == '\n') {
		json_t *line = json_loads(text, 0, NULL);
		int r = 0;

		number++;
		if (!line && whole && is_last(file))
			break;
		if (!line && whole)
			r = report(0,
				   "%s:%u: damaged, and trials follow; repair the line or take it "
				   "out, or give another --out",
				   path, number);
		else if (!whole)
			r = line ? compare(path, line, begin, strict)
				 : report(0, "%s exists and is not the journal of a tuning", path);
		else
			json_array_append(trials, line);
		json_decref(line);
		if (r)
			return r;
		whole += length;
	}
	return feof(file) ? whole : report(-errno, "%s", path);
}

int tune_journal_open(const char *path, const json_t *begin, bool strict, json_t **trials,
		      FILE **file)
{
	int fd = open_output(path, O_RDWR | O_APPEND);
	long whole;

	*trials = json_array();
	*file = fd < 0 ? NULL : fdopen(fd, "a+");
	if (!*file && fd >= 0) {
		report(-ENOMEM, "%s", path);
		close(fd);
	}
	if (!*file)
		return fd < 0 ? fd : -ENOMEM;
	rewind(*file);
	whole = read_lines(path, *file, begin, strict, *trials);
	if (whole < 0)
		return (int)whole;
	if (ftruncate(fileno(*file), whole))
		return report(-errno, "%s", path);
	fseek(*file, 0, SEEK_END);
	if (!whole && tune_journal_write(*file, begin))
		return report(-errno, "%s", path), -EIO;
	return 0;
}
