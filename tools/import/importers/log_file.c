/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_file.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/import_lines.h"
#include "tools/base/needles.h"
#include "tools/base/scratch.h"
#include "tools/import/import_input.h"
#include "tools/import/importers/log_base64.h"
#include "tools/import/importers/log_survey.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BASE64_MAX = 32 << 20, CHANGED_MAX = 512 << 20, CHUNK = 1 << 20 };

/* Replaces the current file. Takes ownership of fd on success. */
static int take_over(struct log_file *file, int fd)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return report(-errno, "a file without a name");
	if (file->fd != file->given)
		close(file->fd);
	file->fd = fd;
	return 0;
}

/* Closes a stream. Returns 0, or -errno of any write: fclose() reports only the last one. */
static int close_stream(FILE *stream)
{
	int r = ferror(stream) ? -EIO : 0;

	return fclose(stream) ? -errno : r;
}

static int spool(struct log_file *file, const char *path)
{
	_cleanup_close_ int to = -1;
	_cleanup_free_ char *chunk = NULL;
	uint64_t total = 0;
	ssize_t got;
	int r;

	if (lseek(file->fd, 0, SEEK_CUR) >= 0)
		return 0;
	to = scratch_file(file->directory, path);
	chunk = malloc(CHUNK);
	if (to < 0 || !chunk)
		return to < 0 ? to : report(-ENOMEM, "%s", path);
	while ((got = read(file->fd, chunk, CHUNK)) > 0 || (got < 0 && errno == EINTR)) {
		total += got > 0 ? (uint64_t)got : 0;
		if (total > IMPORT_PIPE_MAX)
			return report(-EFBIG, "%s", path);
		r = got > 0 ? write_whole(to, chunk, (size_t)got) : 0;
		if (r)
			return report(r, "%s: keeping it", path);
	}
	return got ? report(-errno, "%s", path) : take_over(file, take_fd(&to));
}

/* Decodes base64, and decompresses the result. */
static int undo_base64(struct log_file *file, const char *path)
{
	_cleanup_close_ int to = -1;
	_cleanup_free_ char *text = NULL;
	const char *packed;
	struct stat status;
	size_t size;
	bool cut;
	int fd, r;

	if (fstat(file->fd, &status) || !S_ISREG(status.st_mode) || status.st_size > BASE64_MAX)
		return 0;
	size = (size_t)status.st_size;
	text = malloc(size + 1);
	if (!text)
		return report(-ENOMEM, "%s", path);
	if (pread(file->fd, text, size, 0) != (ssize_t)size)
		return 0;
	size = log_base64_undo(text, size, &file->base64);
	if (!file->base64)
		return 0;
	to = scratch_file(file->directory, path);
	if (to < 0)
		return to;
	r = write_whole(to, text, size);
	if (r)
		return report(r, "%s: decoding it", path);
	lseek(to, 0, SEEK_SET);
	fd = import_input(to, file->directory, path, &packed, &cut);
	if (fd < 0)
		return fd;
	if (fd == to)
		take_fd(&to);
	return take_over(file, fd);
}

/* Where a long line may be broken: between elements of JSON or HTML, and at newlines within strings
 * of JSON. */
static const char *const joints[] = {
	"},{",  "}, {",  "],[",    "], [",  "\",\"",  "\", \"", "\\n",
	"<br>", "<br/>", "<br />", "</li>", "</div>", "</tr>",  "</p>",
};

static struct needles needles;

static void make_needles(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(joints); i++)
		if (strlen(joints[i]) > 2)
			needles_add(&needles, joints[i]);
}

/* End of the first piece of a text, from `at` on; NULL: beyond `end`. */
static const char *joint_in(const char *at, const char *end)
{
	struct needle_match match = { .at = NULL };
	bool found = needles_find(&needles, at, end, &match);
	const char *stop = found ? match.at : end - 1;

	for (; stop > at && (at = memchr(at, '\\', (size_t)(stop - at))); at += 2)
		if (at[1] == 'n')
			return at + 2;
	if (!found)
		return NULL;
	return match.at + (*match.at == '<' ? needles.lengths[match.number] : 2);
}

/* Length of the part of a text that becomes a line. Searches stepwise: most pieces are short. */
static size_t piece_of(const char *text, size_t size)
{
	enum { PART = 2048, OVERLAP = 8 };
	const char *end = text + size;

	for (const char *at = text; end - at > OVERLAP; at += PART - OVERLAP) {
		const char *stop = end - at > PART ? at + PART : end, *joint = joint_in(at, stop);

		if (joint)
			return (size_t)(joint - text);
		if (stop == end)
			break;
	}
	return size;
}

/* Skips a hole, which has no lines, if the file system reports holes. */
static ssize_t read_data(int fd, char *buffer, size_t size)
{
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at >= 0 && lseek(fd, at, SEEK_DATA) < 0 && errno == ENXIO)
		return 0;
	return read(fd, buffer, size);
}

/* Writes a piece as a line. If it is longer than a line may be and cannot be broken, only its start
 * is kept, and the rest of its line is dropped. */
static void write_piece(FILE *out, const char *text, size_t size, bool *endless)
{
	bool skip = *endless;

	*endless = size > IMPORT_LINE_MAX;
	if (skip && *endless)
		return;
	fwrite(text, 1, *endless ? IMPORT_LINE_MAX + 1 : size, out);
	fputc('\n', out);
}

/* Breaks lines that are too long for one; cuts those without a joint. */
static int split(struct log_file *file, const char *path)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int to = scratch_file(file->directory, path), written, r;
	FILE *out = to < 0 ? NULL : fdopen(dup(to), "w");
	char *buffer = malloc(CHUNK);
	size_t filled = 0;
	ssize_t got = 0;
	bool endless = false;

	pthread_once(&once, make_needles);
	r = to < 0 ? to : out && buffer ? 0 : report(-ENOMEM, "%s", path);
	while (!r && (got = read_data(file->fd, buffer + filled, CHUNK - filled)) >= 0) {
		size_t at = 0;
		char *newline = NULL;

		filled += (size_t)got;
		newline = memchr(buffer, '\n', filled);
		while (at < filled) {
			size_t line = newline ? (size_t)(newline - buffer) - at : filled - at;
			size_t piece = line <= LOG_LONG ? line : piece_of(buffer + at, line);

			if (!newline && piece == line && got && at)
				break;
			write_piece(out, buffer + at, piece, &endless);
			at += piece;
			if (!newline || piece < line)
				continue;
			at++;
			newline = memchr(buffer + at, '\n', filled - at);
		}
		memmove(buffer, buffer + at, filled - at);
		filled -= at;
		if (!got)
			break;
	}
	if (!r && got < 0)
		r = report(-errno, "%s", path);
	written = out ? close_stream(out) : 0;
	if (written && !r)
		r = report(written, "%s: breaking its lines", path);
	free(buffer);
	r = r ? r : take_over(file, to);
	if (r && to >= 0)
		close(to);
	return r;
}

static int copy(int from, off_t begin, off_t end, FILE *to)
{
	char *chunk = malloc(CHUNK);
	ssize_t got = 0;

	if (!chunk)
		return -ENOMEM;
	while (begin < end &&
	       (got = pread(from, chunk, end - begin < CHUNK ? (size_t)(end - begin) : CHUNK,
			    begin)) > 0) {
		fwrite(chunk, 1, (size_t)got, to);
		begin += got;
	}
	free(chunk);
	return got < 0 ? -errno : 0;
}

/* Within a dump, pstore's first part is the end of the log. */
static int by_part(const void *a, const void *b)
{
	const struct log_part *one = a, *other = b;

	if (one->dump != other->dump)
		return one->dump < other->dump ? -1 : 1;
	return (one->number < other->number) - (one->number > other->number);
}

static int order_parts(struct log_file *file, struct log_survey *survey, const char *path)
{
	off_t ends[LOG_PARTS], size = lseek(file->fd, 0, SEEK_END);
	struct log_part sorted[LOG_PARTS];
	size_t count = survey->part_count;
	FILE *out;
	int to, written, r;

	memcpy(sorted, survey->parts, sizeof(sorted));
	qsort(sorted, count, sizeof(*sorted), by_part);
	if (!memcmp(sorted, survey->parts, count * sizeof(*sorted))) {
		lseek(file->fd, 0, SEEK_SET);
		return 0;
	}
	to = scratch_file(file->directory, path);
	out = to < 0 ? NULL : fdopen(dup(to), "w");
	if (!out && to >= 0)
		close(to);
	if (!out)
		return to < 0 ? to : report(-ENOMEM, "%s", path);
	r = copy(file->fd, 0, survey->parts[0].begin, out);
	for (size_t i = 0; i < count; i++)
		ends[i] = i + 1 < count ? survey->parts[i + 1].begin : size;
	for (size_t i = 0; i < count && !r; i++)
		for (size_t j = 0; j < count && !r; j++)
			if (survey->parts[j].begin == sorted[i].begin)
				r = copy(file->fd, sorted[i].begin, ends[j], out);
	written = close_stream(out);
	r = r ? r : written;
	if (r) {
		close(to);
		return report(r, "%s: ordering its parts", path);
	}
	file->parts = true;
	return take_over(file, to);
}

/* Larger files, which can consist of holes, are read unchanged. */
static bool may_change(const struct log_file *file)
{
	struct stat status;

	return !fstat(file->fd, &status) && status.st_size <= CHANGED_MAX;
}

static int prepare(struct log_file *file, struct log_survey *survey, const char *path)
{
	int r = spool(file, path);

	if (!r)
		r = undo_base64(file, path);
	if (!r)
		r = log_survey_make(survey, file->fd, path);
	if (r || !may_change(file))
		return r;
	if (survey->long_lines) {
		r = split(file, path);
		if (!r)
			r = log_survey_make(survey, file->fd, path);
	}
	if (!r && survey->part_count > 1)
		r = order_parts(file, survey, path);
	return r;
}

int log_file_open(struct log_file *file, int fd, int directory, const char *path)
{
	struct log_survey *survey = malloc(sizeof(*survey));
	int r;

	*file = (struct log_file){ .fd = fd, .given = fd, .directory = directory };
	r = survey ? prepare(file, survey, path) : report(-ENOMEM, "%s", path);
	file->newlines = !r && survey->newlines;
	if (!r)
		r = log_survey_fold(survey, file->fd, path, &file->fold, &file->hard);
	if (r)
		log_file_close(file);
	free(survey);
	return r;
}

bool log_file_can_reverse(const struct log_file *file)
{
	return may_change(file);
}

int log_file_reverse(struct log_file *file, const char *path)
{
	off_t at = lseek(file->fd, 0, SEEK_END);
	char *buffer = malloc(CHUNK);
	int to = scratch_file(file->directory, path), written, r = to < 0 ? to : 0;
	FILE *out = to < 0 ? NULL : fdopen(dup(to), "w");
	size_t size = 0; /* of the part of a line that is in the buffer */

	if (!r && (!buffer || !out))
		r = report(-ENOMEM, "%s", path);
	while (!r && at > 0) {
		size_t take = (off_t)(CHUNK - size) < at ? CHUNK - size : (size_t)at;
		char *newline;

		/* Cuts a line that is longer than the buffer. */
		if (!take)
			size = CHUNK / 2, take = CHUNK / 2;
		memmove(buffer + take, buffer, size);
		at -= (off_t)take;
		if (pread(file->fd, buffer, take, at) != (ssize_t)take) {
			r = report(-EIO, "%s", path);
			break;
		}
		size += take;
		while ((newline = memrchr(buffer, '\n', size))) {
			size_t begin = (size_t)(newline - buffer) + 1;

			if (size > begin) {
				fwrite(buffer + begin, 1, size - begin, out);
				fputc('\n', out);
			}
			size = begin - 1;
		}
	}
	if (!r && size)
		fwrite(buffer, 1, size, out);
	written = out ? close_stream(out) : 0;
	if (written && !r)
		r = report(written, "%s: turning it", path);
	free(buffer);
	r = r ? r : take_over(file, to);
	if (r && to >= 0)
		close(to);
	return r;
}

void log_file_close(struct log_file *file)
{
	if (file->fd != file->given)
		close(file->fd);
}
