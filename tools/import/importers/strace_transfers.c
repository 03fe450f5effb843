/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_transfers.h"
#include "injector/base/array.h"

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define UNUSED_ROW (void)row, (void)why

/* The arguments after descriptor and buffer: length and offset. */
struct extent {
	int64_t length, offset;
	unsigned int vectors;
};

/* The sum of the lengths in "[{iov_base="x", iov_len=1}, {...}]". If strace abbreviated with "...",
 * at least the result. */
static int64_t sum_of_vectors(struct strace_text text, int64_t result)
{
	int64_t sum = 0, part;
	const char *at = text.at, *end = text.at + text.length;

	while (at && (at = memmem(at, (size_t)(end - at), "iov_len=", 8))) {
		if (!strace_member((struct strace_text){ at, (size_t)(end - at) },
				   "iov_len=", &part) ||
		    part < 0 || part > INT32_MAX)
			return -1;
		sum += part;
		at += 8;
	}
	return sum > result ? sum : result > 0 ? result : 0;
}

static bool read_extent(const struct strace_call *call, const struct strace_row *row, bool placed,
			struct extent *extent)
{
	bool good = true;

	if (row->variant == STRACE_PLAIN) {
		extent->length = strace_number_of(call, 2, &good);
	} else {
		extent->vectors = (unsigned int)strace_number_of(call, 2, &good);
		good &= call->count > 1 && extent->vectors <= 1024;
		extent->length = good ? sum_of_vectors(call->arguments[1], call->result) : -1;
	}
	extent->offset = placed ? strace_number_of(call, 3, &good) : -1;
	/* The kernel moves less than 2 GiB per call. */
	return good && extent->length >= 0 && extent->length <= 0x7ffff000 &&
	       extent->offset >= -1 && (!placed || extent->offset >= 0);
}

void strace_move_position(struct strace_description *description, int64_t offset, int64_t result)
{
	if (offset >= 0 && result > 0)
		description->position = offset + result;
}

/* Flags of preadv2(2) and pwritev2(2) that a replay uses. The effect of others depends on the page
 * cache, the device or the kernel. */
static const struct strace_flag replayed_rwf[] = {
	{ "RWF_HIPRI", RWF_HIPRI },
	{ "RWF_DSYNC", RWF_DSYNC },
	{ "RWF_SYNC", RWF_SYNC },
	{ "RWF_APPEND", RWF_APPEND },
	{ NULL, 0 },
};

/* Returns the flags to replay; notes the others. An offset of -1 means the file position. */
static uint64_t take_rwf(struct strace *strace, const struct strace_call *call, bool *placed,
			 bool *appends)
{
	struct strace_text flags =
		call->count > 4 ? call->arguments[call->count - 1] : (struct strace_text){ "", 0 };
	const char *at = flags.at, *end = flags.at + flags.length;

	if (call->count > 3 && strace_is(call->arguments[3], "-1"))
		*placed = false;
	if (flags.length < 4 || memcmp(flags.at, "RWF_", 4))
		return 0;
	*appends |= memmem(flags.at, flags.length, "RWF_APPEND", 10) != NULL;
	while (at < end) {
		const char *bar = memchr(at, '|', (size_t)(end - at)) ?: end;

		if (!strace_flags((struct strace_text){ at, (size_t)(bar - at) }, replayed_rwf))
			import_note(&strace->import->account, IMPORT_REMARK, 1, strace->line,
				    "calls of %.*s with %.*s: replayed without it",
				    (int)call->name.length, call->name.at,
				    (int)(bar - at > 40 ? 40 : bar - at), at);
		at = bar + 1;
	}
	return strace_flags(flags, replayed_rwf) & 0xff;
}

STRACE_TAKE(strace_take_transfer)
{
	bool placed = row->op == TRACE_PREAD || row->op == TRACE_PWRITE, appends = false;
	bool reads = row->op == TRACE_READ || row->op == TRACE_PREAD;
	struct trace_call made = strace_call_base(call, start, row->op);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);
	struct extent extent = { .vectors = 0 };
	uint64_t flags = 0;

	(void)why;
	if (!fd)
		return STRACE_ELSEWHERE;
	if (placed && row->variant == STRACE_VECTORS)
		flags = take_rwf(strace, call, &placed, &appends);
	if (!placed && (made.op == TRACE_PREAD || made.op == TRACE_PWRITE))
		made.op = reads ? TRACE_READ : TRACE_WRITE;
	if (!read_extent(call, row, placed, &extent))
		return STRACE_GARBLED;
	made.file = fd->description->file;
	if (!placed)
		extent.offset = fd->description->position;
	if (!reads && (fd->description->append || appends))
		extent.offset = (int64_t)maker_size(&strace->maker, made.file);
	if (!placed)
		strace_move_position(fd->description, extent.offset, call->result);
	if (reads && call->result >= 0 && extent.offset >= 0)
		maker_saw_read(&strace->maker, made.file, (uint64_t)extent.offset,
			       (uint64_t)extent.length, (uint64_t)call->result);
	if (!reads && call->result > 0 && extent.offset >= 0)
		maker_grew(&strace->maker, made.file,
			   (uint64_t)extent.offset + (uint64_t)call->result);
	made.handle = fd->handle;
	made.offset = extent.offset;
	made.length = extent.length;
	made.flags = extent.vectors + flags * TRACE_RWF;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* "NULL" or "[4096]". */
int64_t strace_pointed_offset(const struct strace_call *call, unsigned int i, bool *good)
{
	struct strace_text text =
		i < call->count ? call->arguments[i] : (struct strace_text){ "", 0 };
	const char *stop;
	int64_t offset = -1;

	if (strace_is(text, "NULL"))
		return -1;
	if (text.length < 3 || *text.at != '[') {
		*good = false;
		return -1;
	}
	/* "[0 => 4096]" or "[0] => [4096]": before and after. */
	stop = memchr(text.at, ']', text.length);
	text = (struct strace_text){ text.at + 1, (size_t)(stop ? stop - text.at - 1 : 0) };
	stop = memchr(text.at, ' ', text.length);
	text.length = stop ? (size_t)(stop - text.at) : text.length;
	if (!strace_number(text, &offset) || offset < 0)
		*good = false;
	return offset;
}

/* A request of io_submit(2): "{aio_lio_opcode=IOCB_CMD_PWRITE, aio_fildes=3, aio_nbytes=4096,
 * aio_offset=0}", or "{pwrite, fildes=3, ...}" of older versions. Another call returns its result,
 * so it is assumed to succeed. */
static enum strace_outcome take_iocb(struct strace *strace, struct strace_thread *thread,
				     struct strace_text text, uint64_t start)
{
	bool writes = memmem(text.at, text.length, "PWRITE", 6) ||
		      memmem(text.at, text.length, "pwrite", 6);
	bool reads = memmem(text.at, text.length, "PREAD", 5) ||
		     memmem(text.at, text.length, "pread", 5);
	bool syncs =
		memmem(text.at, text.length, "SYNC", 4) || memmem(text.at, text.length, "sync", 4);
	struct trace_call made = { .start = start };
	struct strace_call one = { .count = 1 };
	const char *at = memmem(text.at, text.length, "fildes=", 7), *end = text.at + text.length;
	struct strace_fd *fd;

	if (!at)
		return STRACE_GARBLED;
	at += 7;
	one.arguments[0].at = at;
	while (at < end && *at != ',' && *at != '}' && *at != '<')
		at++;
	if (at < end && *at == '<')
		at = memchr(at, '>', (size_t)(end - at));
	if (!at)
		return STRACE_GARBLED;
	one.arguments[0].length = (size_t)(at - one.arguments[0].at) + (*at == '>');
	fd = strace_our_fd(strace, thread, &one, 0);
	if (!fd)
		return STRACE_ELSEWHERE;
	made.handle = fd->handle;
	made.file = fd->description->file;
	made.op = writes ? TRACE_PWRITE : reads ? TRACE_PREAD : TRACE_FDATASYNC;
	if (!writes && !reads && !syncs)
		return STRACE_GARBLED;
	if ((writes || reads) &&
	    (!strace_member(text, "nbytes=", &made.length) ||
	     !strace_member(text, "offset=", &made.offset) || made.length < 0 ||
	     made.length > 0x7ffff000 || made.offset < 0 || made.offset > INT64_MAX / 8))
		return STRACE_GARBLED;
	made.result = made.length;
	if (writes)
		maker_grew(&strace->maker, made.file, (uint64_t)(made.offset + made.length));
	else if (reads)
		maker_saw_read(&strace->maker, made.file, (uint64_t)made.offset,
			       (uint64_t)made.length, (uint64_t)made.length);
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* "io_submit(CONTEXT, 2, [{...}, {...}]) = 1": takes as many requests as the result says. */
STRACE_TAKE(strace_take_submit)
{
	struct strace_text list =
		call->count > 2 ? call->arguments[2] : (struct strace_text){ "", 0 };
	const char *at = list.at, *end = list.at + list.length;
	enum strace_outcome outcome = STRACE_ELSEWHERE;

	UNUSED_ROW;
	for (int64_t i = 0; i < call->result && (at = memchr(at, '{', (size_t)(end - at))); i++) {
		const char *stop = memmem(at, (size_t)(end - at), "}, {", 4);
		struct strace_text one = { at, (size_t)((stop ? stop + 1 : end) - at) };
		enum strace_outcome its = take_iocb(strace, thread, one, start);

		if (its != STRACE_ELSEWHERE)
			outcome = its;
		if (!stop)
			break;
		at = stop + 1;
	}
	return outcome;
}

STRACE_TAKE(strace_take_uring)
{
	(void)strace, (void)thread, (void)call, (void)start, (void)row;
	*why = "io_uring: the I/O that it submits is not in a trace of strace";
	return STRACE_NOT_USED;
}

STRACE_TAKE(strace_take_lseek)
{
	static const struct strace_flag whences[] = {
		{ "SEEK_SET", SEEK_SET },   { "SEEK_CUR", SEEK_CUR },   { "SEEK_END", SEEK_END },
		{ "SEEK_DATA", SEEK_DATA }, { "SEEK_HOLE", SEEK_HOLE }, { NULL, 0 },
	};
	struct trace_call made = strace_call_base(call, start, TRACE_LSEEK);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);
	/* _llseek() of 32 bits returns the position in an argument. */
	bool wide = row->variant, good = call->count == (wide ? 4 : 3);

	(void)why;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.offset = strace_number_of(call, 1, &good);
	if (good && wide && !call->result)
		made.result = strace_pointed_offset(call, 2, &good);
	if (!good)
		return STRACE_GARBLED;
	made.flags = strace_flags(call->arguments[wide ? 3 : 2], whences);
	made.handle = fd->handle;
	made.file = fd->description->file;
	if (made.result >= 0)
		fd->description->position = made.result;
	if (made.result >= 0 && made.flags == SEEK_END && made.offset <= 0 &&
	    made.offset > -(INT64_MAX / 8) && made.result < INT64_MAX / 8)
		maker_saw_size(&strace->maker, made.file, (uint64_t)(made.result - made.offset));
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}
