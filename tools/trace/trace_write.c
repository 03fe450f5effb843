/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/trace/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

const char *const trace_op_names[TRACE_OPS] = {
	[TRACE_OPEN] = "open",
	[TRACE_CLOSE] = "close",
	[TRACE_DUP] = "dup",
	[TRACE_READ] = "read",
	[TRACE_PREAD] = "pread",
	[TRACE_WRITE] = "write",
	[TRACE_PWRITE] = "pwrite",
	[TRACE_LSEEK] = "lseek",
	[TRACE_FSTAT] = "fstat",
	[TRACE_STAT] = "stat",
	[TRACE_MMAP] = "mmap",
	[TRACE_MUNMAP] = "munmap",
	[TRACE_MSYNC] = "msync",
	[TRACE_FALLOCATE] = "fallocate",
	[TRACE_FTRUNCATE] = "ftruncate",
	[TRACE_TRUNCATE] = "truncate",
	[TRACE_FSYNC] = "fsync",
	[TRACE_FDATASYNC] = "fdatasync",
	[TRACE_SYNC] = "sync_file_range",
	[TRACE_RENAME] = "rename",
	[TRACE_LINK] = "link",
	[TRACE_UNLINK] = "unlink",
	[TRACE_COPY] = "copy_file_range",
	[TRACE_SENDFILE] = "sendfile",
	[TRACE_ADVISE] = "fadvise",
};

bool trace_name_allowed(const char *path)
{
	size_t length = strlen(path);

	if (!length || length >= TRACE_NAME_SIZE || *path == '/')
		return false;
	while (*path) {
		size_t part = strcspn(path, "/");

		if (!part || part > 255 || (part == 1 && *path == '.') ||
		    (part == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += part;
		path += *path == '/' && path[1];
	}
	return path[-1] != '/';
}

static void put(struct trace_writer *writer, const char *line, size_t length)
{
	writer->full |= writer->bytes + length > writer->most;
	if (writer->full)
		return;
	writer->bytes += length;
	fwrite_unlocked(line, 1, length, writer->to);
}

/* Writes a short line. */
static void __attribute__((format(printf, 2, 3)))
put_line(struct trace_writer *writer, const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	put(writer, line, (size_t)length);
}

void trace_write_begin(struct trace_writer *writer, FILE *to, const char *kind)
{
	*writer = (struct trace_writer){ .to = to, .most = UINT64_MAX };
	put_line(writer, "foliostorm-trace 1 %s\n", kind);
}

void trace_write_name(struct trace_writer *writer, uint32_t number, const char *path)
{
	char line[3 * TRACE_NAME_SIZE + 32];
	size_t length = (size_t)sprintf(line, "name %" PRIu32 " ", number);

	for (; *path; path++)
		length += (size_t)sprintf(line + length,
					  *path <= ' ' || *path > '~' || *path == '%' ? "%%%02x"
										      : "%c",
					  (unsigned char)*path);
	line[length++] = '\n';
	put(writer, line, length);
}

void trace_write_handle(struct trace_writer *writer, const struct trace_handle *handle)
{
	put_line(writer, "handle %" PRIu32 " %" PRIu32 " %" PRIx64 " %" PRIu32 "\n", handle->handle,
		 handle->file, handle->flags, handle->name);
}

/* A trace consists mostly of numbers; printf() would take most of the time to write it. */
static char *put_number(char *at, uint64_t value)
{
	char digits[20];
	int count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while (value /= 10);
	while (count)
		*at++ = digits[--count];
	*at++ = ' ';
	return at;
}

static char *put_signed(char *at, int64_t value)
{
	if (value < 0)
		*at++ = '-';
	return put_number(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static char *put_hex(char *at, uint64_t value)
{
	int shift = 60;

	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[value >> shift & 15];
	*at++ = ' ';
	return at;
}

void trace_write_call(struct trace_writer *writer, const struct trace_call *call)
{
	char line[256], *at = line;
	const char *name = trace_op_names[call->op];

	at = put_number(at, call->thread);
	at = put_number(at, call->start);
	at = put_number(at, call->took);
	while (*name)
		*at++ = *name++;
	*at++ = ' ';
	at = put_number(at, call->file);
	at = put_number(at, call->handle);
	at = put_number(at, call->other);
	at = put_hex(at, call->flags);
	at = put_signed(at, call->offset);
	at = put_signed(at, call->length);
	at = put_signed(at, call->result);
	at[-1] = '\n';
	put(writer, line, (size_t)(at - line));
	writer->calls++;
}

void trace_write_file(struct trace_writer *writer, uint32_t number, const struct trace_file *file)
{
	char size[24] = "-";

	if (file->exists)
		snprintf(size, sizeof(size), "%" PRIu64, file->size);
	put_line(writer, "file %" PRIu32 " %s %" PRIu32 " %" PRIu64 "\n", number, size, file->name,
		 file->largest);
}

void trace_write_end(struct trace_writer *writer)
{
	put_line(writer, "end %" PRIu64 "\n", writer->calls);
}
