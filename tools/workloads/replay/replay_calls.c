/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_calls.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/replay/replay_copies.h"
#include "tools/workloads/replay/replay_maps.h"
#include "tools/workloads/replay/replay_place.h"
#include "tools/workloads/replay/replay_read.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *path_of(const struct replay_thread *thread, uint32_t name, char path[PATH_MAX])
{
	const struct replay *replay = thread->replay;

	snprintf(path, PATH_MAX, "%s/%s", replay->workload->run->mount, replay->trace.names[name]);
	return path;
}

/* Returns the buffer of a thread; NULL with errno set: no memory. */
static char *buffer_for(struct replay_thread *thread, uint64_t length)
{
	size_t size = (length / (1 << 20) + 1) << 20;
	char *made;

	if (thread->buffer_size >= length && thread->buffer)
		return thread->buffer;
	made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (made == MAP_FAILED)
		return NULL;
	if (thread->buffer)
		munmap(thread->buffer, thread->buffer_size);
	thread->buffer = made;
	thread->buffer_size = size;
	return made;
}

static bool is_write(const struct trace_call *call)
{
	return call->op == TRACE_WRITE || call->op == TRACE_PWRITE;
}

void replay_ready_call(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = replay_file_of(thread, call->file);
	char *buffer;

	if (!is_write(call))
		return;
	buffer = buffer_for(thread, (uint64_t)call->length);
	if (buffer && file && call->offset >= 0)
		replay_fill(file, (uint64_t)call->offset, buffer, (size_t)call->length);
	else if (buffer)
		memset(buffer, 0, (size_t)call->length);
}

/* Divides a buffer into the recorded number of vectors. */
static int make_vectors(struct iovec *vectors, unsigned int count, char *buffer, size_t length)
{
	size_t part = length / count;

	for (unsigned int i = 0; i < count; i++) {
		vectors[i].iov_base = buffer;
		vectors[i].iov_len = i + 1 == count ? length - part * i : part;
		buffer += part;
	}
	return (int)count;
}

static int64_t transfer(const struct trace_call *call, int fd, char *buffer)
{
	struct iovec vectors[1024];
	size_t length = (size_t)call->length;
	unsigned int vector_count = (unsigned int)(call->flags % TRACE_RWF);
	int count, flags = (int)(call->flags / TRACE_RWF & 0xff);
	bool placed = call->op == TRACE_PREAD || call->op == TRACE_PWRITE;

	if (vector_count > 1024)
		return -EINVAL;
	if (!vector_count) {
		switch (call->op) {
		case TRACE_READ:
			return replay_result(read(fd, buffer, length));
		case TRACE_PREAD:
			return replay_result(pread(fd, buffer, length, call->offset));
		case TRACE_WRITE:
			return replay_result(write(fd, buffer, length));
		default:
			return replay_result(pwrite(fd, buffer, length, call->offset));
		}
	}
	count = make_vectors(vectors, vector_count, buffer, length);
	if (flags && (call->op == TRACE_WRITE || call->op == TRACE_PWRITE))
		return replay_result(
			pwritev2(fd, vectors, count, placed ? call->offset : -1, flags));
	if (flags)
		return replay_result(
			preadv2(fd, vectors, count, placed ? call->offset : -1, flags));
	switch (call->op) {
	case TRACE_READ:
		return replay_result(readv(fd, vectors, count));
	case TRACE_PREAD:
		return replay_result(preadv(fd, vectors, count, call->offset));
	case TRACE_WRITE:
		return replay_result(writev(fd, vectors, count));
	default:
		return replay_result(pwritev(fd, vectors, count, call->offset));
	}
}

static int64_t make_read(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = replay_file_of(thread, call->file);
	char *buffer = buffer_for(thread, (uint64_t)call->length);
	int fd = replay_fd(thread->replay, call->handle);
	bool sure = file && replay_is_sure(file, call);
	bool judged = file && call->offset >= 0 && call->result > 0 &&
		      (sure || replay_place(call, fd) == call->offset);
	int64_t got;

	if (!buffer)
		return -errno;
	/* Of a read that was short in the trace, the rest is not judged. */
	if (judged &&
	    replay_before_read(thread, file, (uint64_t)call->offset, (uint64_t)call->result))
		return -ENOMEM;
	got = transfer(call, fd, buffer);
	if (judged && got > 0 && (sure || replay_was_at(call, fd, call->offset, got)))
		replay_after_read(thread, file, (uint64_t)call->offset, buffer,
				  (uint64_t)(got < call->result ? got : call->result), fd);
	return got;
}

/* From here on the file is not judged. */
static void muddle(struct replay_file *file)
{
	uint64_t length = file->pages * STAMP_PAGE_SIZE;

	replay_change_begin(file, 0, length);
	replay_change_end(file, 0, length, length, REPLAY_MUDDLES);
}

/* Writes to a file. place: where; negative: not known, so the file is no longer judged. */
static int64_t write_at(struct replay_thread *thread, const struct trace_call *call,
			struct replay_file *file, int fd, int64_t place)
{
	uint64_t offset = place < 0 ? 0 : (uint64_t)place, length = (uint64_t)call->length;
	uint64_t cuts = atomic_load(&file->cuts);
	int64_t put;

	if (place < 0)
		length = file->pages * STAMP_PAGE_SIZE;
	else if (place != call->offset)
		replay_fill(file, offset, thread->buffer, length);
	replay_change_begin(file, offset, length);
	put = transfer(call, fd, thread->buffer);
	replay_change_end(file, offset, length,
			  place < 0 ? length
			  : put > 0 ? (uint64_t)put
				    : 0,
			  place < 0 ? REPLAY_MUDDLES
			  : put > 0 ? REPLAY_WRITES
				    : REPLAY_NOTHING);
	if (put <= 0 || place < 0)
		return put;
	if (!replay_is_sure(file, call) && !replay_was_at(call, fd, place, put))
		muddle(file);
	replay_grow(file, cuts, offset + (uint64_t)put);
	return put;
}

static int64_t make_write(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = replay_file_of(thread, call->file);
	int fd = replay_fd(thread->replay, call->handle);
	int64_t put;

	if (!thread->buffer || thread->buffer_size < (uint64_t)call->length)
		return -ENOMEM;
	if (!file)
		return transfer(call, fd, thread->buffer);
	if (call->offset < 0 || replay_is_sure(file, call) || replay_is_placed(call, fd))
		return write_at(thread, call, file, fd, call->offset);
	/* Writes to one file wait for each other in the kernel, too. */
	pthread_mutex_lock(&file->placing);
	put = write_at(thread, call, file, fd, replay_place(call, fd));
	pthread_mutex_unlock(&file->placing);
	return put;
}

/* Tells the witness of a file that was just made. */
static void name_to_witness(struct replay_thread *thread, const struct trace_call *call)
{
	const struct worker_config *run = thread->replay->workload->run;
	const struct replay_file *file = replay_file_of(thread, call->file);
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;

	if (!run->witness || !file || !file->number || !(call->flags & O_CREAT))
		return;
	snprintf(path, sizeof(path), "%s/%s", run->backing,
		 thread->replay->trace.names[call->other]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		witness_add_file(run->witness, fd, file->number);
}

static void cut(struct replay_file *file, uint64_t size, int64_t (*change)(void *), void *context,
		int64_t *result)
{
	uint64_t old = atomic_load(&file->size);
	uint64_t all = file->pages * STAMP_PAGE_SIZE;
	uint64_t length = all > size ? all - size : 0, begun;

	replay_change_begin(file, size, length);
	begun = replay_cut_begin(file, size);
	*result = change(context);
	replay_cut_end(file, begun, *result ? old : size);
	replay_change_end(file, size, length, *result ? 0 : length,
			  *result ? REPLAY_NOTHING : REPLAY_ZEROS);
}

struct opening {
	const char *path;
	const struct trace_call *call;
	int fd;
};

static int64_t open_path(void *context)
{
	struct opening *opening = context;

	opening->fd = open(opening->path, (int)opening->call->flags | O_CLOEXEC,
			   (mode_t)opening->call->length);
	return opening->fd < 0 ? -errno : 0;
}

static int64_t make_open(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	struct replay_file *file = replay_file_of(thread, call->file);
	char path[PATH_MAX];
	struct opening opening = { path_of(thread, call->other, path), call, -1 };
	int64_t r;

	if (file && call->flags & O_TRUNC && !call->result)
		cut(file, 0, open_path, &opening, &r);
	else
		r = open_path(&opening);
	if (r)
		return r;
	if (!call->handle) {
		/* The recorded call failed, so the trace has no close of it. */
		close(opening.fd);
		return 0;
	}
	atomic_store(&replay->handles[call->handle], opening.fd);
	if (call->file)
		atomic_store(&replay->names[call->other], call->file);
	name_to_witness(thread, call);
	return 0;
}

static int64_t make_close(struct replay_thread *thread, const struct trace_call *call)
{
	int fd = call->handle ? atomic_exchange(&thread->replay->handles[call->handle], -1) : -1;

	return fd < 0 ? -EBADF : replay_result(close(fd));
}

static int64_t make_dup(struct replay_thread *thread, const struct trace_call *call)
{
	int fd = dup(replay_fd(thread->replay, call->handle));

	if (fd < 0)
		return -errno;
	atomic_store(&thread->replay->handles[call->other], fd);
	return 0;
}

static int64_t make_lseek(struct replay_thread *thread, const struct trace_call *call)
{
	return replay_result(
		lseek(replay_fd(thread->replay, call->handle), call->offset, (int)call->flags));
}

/* Returns -ERANGE if the size is not the recorded one. */
static int64_t compare_size(int r, const struct stat *status, const struct trace_call *call)
{
	if (r)
		return -errno;
	return !call->result && status->st_size != call->length ? -ERANGE : 0;
}

static int64_t make_fstat(struct replay_thread *thread, const struct trace_call *call)
{
	struct stat status;

	return compare_size(fstat(replay_fd(thread->replay, call->handle), &status), &status, call);
}

static int64_t make_stat(struct replay_thread *thread, const struct trace_call *call)
{
	char path[PATH_MAX];
	struct stat status;

	return compare_size(stat(path_of(thread, call->other, path), &status), &status, call);
}

static enum replay_change change_of(uint64_t mode)
{
	if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
		return REPLAY_MUDDLES;
	return mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) ? REPLAY_ZEROS : REPLAY_NOTHING;
}

static void tell_punch(struct replay_thread *thread, const struct trace_call *call, uint64_t number,
		       uint64_t began, int error)
{
	const uint64_t folio = 2 << 20;
	struct workload *workload = thread->replay->workload;
	uint64_t first = (uint64_t)call->offset / folio * folio;
	struct event event = {
		.type = EVENT_PUNCH,
		.time = began,
		.punch = {
			.number = number,
			.file = replay_file_of(thread, call->file)->number,
			.folio = first / STAMP_PAGE_SIZE,
			.first = (uint64_t)call->offset - first,
			.length = (uint64_t)call->length,
			.took = units_now() - began,
			.outcome = STORM_UNKNOWN,
			.error = error,
		},
	};

	workload_punch(workload, &event);
}

static int64_t make_fallocate(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = replay_file_of(thread, call->file);
	struct worker_shared *shared = thread->replay->workload->run->shared;
	int fd = replay_fd(thread->replay, call->handle);
	enum replay_change change = change_of(call->flags);
	uint64_t offset = (uint64_t)call->offset, length = (uint64_t)call->length;
	uint64_t began, number = 0;
	bool changes = file && change != REPLAY_NOTHING && call->offset >= 0 && call->length > 0;
	uint64_t cuts = file ? atomic_load(&file->cuts) : 0;
	int64_t r;

	/* All pages after it move. */
	if (changes && change == REPLAY_MUDDLES)
		length = file->pages * STAMP_PAGE_SIZE > offset
				 ? file->pages * STAMP_PAGE_SIZE - offset
				 : 0;
	if (changes) {
		replay_change_begin(file, offset, length);
		atomic_store(&file->punching, (offset >> 21) + 1);
	}
	began = units_now();
	if (changes) {
		number = atomic_fetch_add(&thread->replay->punches, 1) + 1;
		punch_times_add(&shared->punch_times, number, began);
	}
	r = replay_result(fallocate(fd, (int)call->flags, call->offset, call->length));
	if (changes) {
		atomic_store(&file->punching, 0);
		replay_change_end(file, offset, length, r ? 0 : length,
				  r ? REPLAY_NOTHING : change);
		tell_punch(thread, call, number, began, (int)r);
	}
	if (!r && file && !(call->flags & FALLOC_FL_KEEP_SIZE) && change != REPLAY_MUDDLES)
		replay_grow(file, cuts, (uint64_t)call->offset + (uint64_t)call->length);
	/* The file is no longer judged, so its size does not matter. */
	if (!r && file && change == REPLAY_MUDDLES)
		atomic_store(&file->size, 0);
	return r;
}

struct truncation {
	int fd; /* -1: the path */
	const char *path;
	int64_t size;
};

static int64_t truncate_to(void *context)
{
	const struct truncation *what = context;

	return replay_result(what->path ? truncate(what->path, what->size)
					: ftruncate(what->fd, what->size));
}

static int64_t make_truncate(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = replay_file_of(thread, call->file);
	char path[PATH_MAX];
	struct truncation what = {
		.fd = replay_fd(thread->replay, call->handle),
		.path = call->op == TRACE_TRUNCATE ? path_of(thread, call->other, path) : NULL,
		.size = call->length,
	};
	int64_t r;

	/* Also to the present size, as journald does: another thread may be extending the file. */
	if (!file || call->length < 0)
		return truncate_to(&what);
	cut(file, (uint64_t)call->length, truncate_to, &what, &r);
	return r;
}

static int64_t make_sync(struct replay_thread *thread, const struct trace_call *call)
{
	int fd = replay_fd(thread->replay, call->handle);

	if (call->op == TRACE_FSYNC)
		return replay_result(fsync(fd));
	if (call->op == TRACE_FDATASYNC)
		return replay_result(fdatasync(fd));
	if (call->op == TRACE_ADVISE)
		return -posix_fadvise(fd, call->offset, call->length, (int)call->flags);
	return replay_result(
		sync_file_range(fd, call->offset, call->length, (unsigned int)call->flags));
}

static int64_t make_rename(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	char from[PATH_MAX], to[PATH_MAX];
	int64_t r;

	path_of(thread, call->handle, from);
	path_of(thread, call->other, to);
	r = call->op == TRACE_LINK ? replay_result(link(from, to))
				   : replay_result(renameat2(AT_FDCWD, from, AT_FDCWD, to,
							     (unsigned int)call->flags));
	if (r || call->handle == call->other)
		return r;
	atomic_store(&replay->names[call->other], atomic_load(&replay->names[call->handle]));
	if (call->op == TRACE_RENAME)
		atomic_store(&replay->names[call->handle], 0);
	return 0;
}

static int64_t make_unlink(struct replay_thread *thread, const struct trace_call *call)
{
	char path[PATH_MAX];
	int64_t r = replay_result(unlink(path_of(thread, call->other, path)));

	if (!r)
		atomic_store(&thread->replay->names[call->other], 0);
	return r;
}

static replay_make *const makes[TRACE_OPS] = {
	[TRACE_OPEN] = make_open,
	[TRACE_CLOSE] = make_close,
	[TRACE_DUP] = make_dup,
	[TRACE_READ] = make_read,
	[TRACE_PREAD] = make_read,
	[TRACE_WRITE] = make_write,
	[TRACE_PWRITE] = make_write,
	[TRACE_LSEEK] = make_lseek,
	[TRACE_FSTAT] = make_fstat,
	[TRACE_STAT] = make_stat,
	[TRACE_MMAP] = replay_make_mmap,
	[TRACE_MUNMAP] = replay_make_munmap,
	[TRACE_MSYNC] = replay_make_msync,
	[TRACE_FALLOCATE] = make_fallocate,
	[TRACE_FTRUNCATE] = make_truncate,
	[TRACE_TRUNCATE] = make_truncate,
	[TRACE_FSYNC] = make_sync,
	[TRACE_FDATASYNC] = make_sync,
	[TRACE_SYNC] = make_sync,
	[TRACE_RENAME] = make_rename,
	[TRACE_LINK] = make_rename,
	[TRACE_UNLINK] = make_unlink,
	[TRACE_COPY] = replay_make_copy,
	[TRACE_SENDFILE] = replay_make_sendfile,
	[TRACE_ADVISE] = make_sync,
};

int64_t replay_make_call(struct replay_thread *thread, const struct trace_call *call)
{
	return makes[call->op](thread, call);
}
