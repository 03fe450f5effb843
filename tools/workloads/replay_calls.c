/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/cleanup.h"
#include "injector/units.h"
#include "tools/worker.h"
#include "tools/workloads/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

typedef int64_t make(struct replay_thread *thread, const struct trace_call *call);

static int64_t result_of(int64_t result)
{
	return result < 0 ? -errno : result;
}

static struct replay_file *file_of(const struct replay_thread *thread, uint32_t number)
{
	return number ? &thread->replay->files[number] : NULL;
}

static const char *path_of(const struct replay_thread *thread, uint32_t name, char path[PATH_MAX])
{
	const struct replay *replay = thread->replay;

	snprintf(path, PATH_MAX, "%s/%s", replay->workload->run->mount, replay->trace.names[name]);
	return path;
}

/* The buffer of a thread; NULL with errno set. */
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
	struct replay_file *file = file_of(thread, call->file);
	char *buffer;

	if (!is_write(call))
		return;
	buffer = buffer_for(thread, (uint64_t)call->length);
	if (buffer && file && call->offset >= 0)
		replay_fill(file, (uint64_t)call->offset, buffer, (size_t)call->length);
	else if (buffer)
		memset(buffer, 0, (size_t)call->length);
}

/* Divides a buffer into vectors as many as were recorded. */
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
	unsigned int vector_count = (unsigned int)call->flags;
	int count;

	if (vector_count > 1024)
		return -EINVAL;
	if (!vector_count) {
		switch (call->op) {
		case TRACE_READ:
			return result_of(read(fd, buffer, length));
		case TRACE_PREAD:
			return result_of(pread(fd, buffer, length, call->offset));
		case TRACE_WRITE:
			return result_of(write(fd, buffer, length));
		default:
			return result_of(pwrite(fd, buffer, length, call->offset));
		}
	}
	count = make_vectors(vectors, vector_count, buffer, length);
	switch (call->op) {
	case TRACE_READ:
		return result_of(readv(fd, vectors, count));
	case TRACE_PREAD:
		return result_of(preadv(fd, vectors, count, call->offset));
	case TRACE_WRITE:
		return result_of(writev(fd, vectors, count));
	default:
		return result_of(pwritev(fd, vectors, count, call->offset));
	}
}

static int64_t make_read(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = file_of(thread, call->file);
	char *buffer = buffer_for(thread, (uint64_t)call->length);
	int fd = replay_fd(thread->replay, call->handle);
	bool judged = file && call->offset >= 0 && call->result > 0;
	int64_t got;

	if (!buffer)
		return -errno;
	/* Views of what came back then: of a read that was short, the rest is not looked at. */
	if (judged &&
	    replay_before_read(thread, file, (uint64_t)call->offset, (uint64_t)call->result))
		return -ENOMEM;
	got = transfer(call, fd, buffer);
	if (judged && got > 0)
		replay_after_read(thread, file, (uint64_t)call->offset, buffer,
				  (uint64_t)(got < call->result ? got : call->result), fd);
	return got;
}

static void grow(struct replay_file *file, uint64_t end)
{
	uint64_t size = atomic_load(&file->size);

	while (end > size && !atomic_compare_exchange_weak(&file->size, &size, end))
		;
}

static int64_t make_write(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = file_of(thread, call->file);
	int fd = replay_fd(thread->replay, call->handle);
	uint64_t offset = call->offset < 0 ? 0 : (uint64_t)call->offset;
	uint64_t length = (uint64_t)call->length;
	int64_t put;

	if (!thread->buffer || thread->buffer_size < length)
		return -ENOMEM;
	/* Where it goes is not known: then nothing is known of the file. */
	if (file && call->offset < 0)
		length = file->pages * STAMP_PAGE_SIZE;
	if (file)
		replay_change_begin(file, offset, length);
	put = transfer(call, fd, thread->buffer);
	if (!file)
		return put;
	replay_change_end(file, offset, length,
			  call->offset < 0 ? length
			  : put > 0        ? (uint64_t)put
					   : 0,
			  call->offset < 0 ? REPLAY_MUDDLES
			  : put > 0        ? REPLAY_WRITES
					   : REPLAY_NOTHING);
	if (put > 0 && call->offset >= 0)
		grow(file, offset + (uint64_t)put);
	return put;
}

/* The witness gets to know a file that was made just now. */
static void name_to_witness(struct replay_thread *thread, const struct trace_call *call)
{
	const struct worker_config *run = thread->replay->workload->run;
	const struct replay_file *file = file_of(thread, call->file);
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
	uint64_t length = all > size ? all - size : 0;

	replay_change_begin(file, size, length);
	if (size < old)
		atomic_store(&file->size, size);
	*result = change(context);
	atomic_store(&file->size, *result ? old : size);
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
	struct replay_file *file = file_of(thread, call->file);
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
		/* It failed then, so nobody closes it. */
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

	return fd < 0 ? -EBADF : result_of(close(fd));
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
	return result_of(
		lseek(replay_fd(thread->replay, call->handle), call->offset, (int)call->flags));
}

/* -ERANGE stands for another size than was seen. */
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

static int64_t make_mmap(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	int protection = (int)(call->flags & 0xff) & ~PROT_EXEC, flags = (int)(call->flags >> 8);
	char *at = mmap(NULL, (size_t)call->length, protection, flags,
			replay_fd(replay, call->handle), call->offset);

	if (at == MAP_FAILED)
		return -errno;
	if (!call->other) {
		munmap(at, (size_t)call->length);
		return 0;
	}
	pthread_rwlock_wrlock(&replay->map_lock);
	replay->maps[call->other] = (struct replay_map){
		.base = at,
		.address = at,
		.length = (uint64_t)call->length,
		.offset = (uint64_t)call->offset,
		.file = call->file,
		.readable = protection & PROT_READ,
		.stores = protection & PROT_WRITE && flags & MAP_SHARED,
	};
	pthread_rwlock_unlock(&replay->map_lock);
	return 0;
}

/* Whether a part of a mapping lies in it as it was made. */
static bool holds(const struct replay_map *map, const struct trace_call *call)
{
	return map->base && call->offset >= 0 && call->length > 0 &&
	       map->base + call->offset >= map->address && (uint64_t)call->length <= map->length &&
	       (uint64_t)(map->base + call->offset - map->address) <=
		       map->length - (uint64_t)call->length;
}

static int64_t make_munmap(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	struct replay_map *map = &replay->maps[call->other];
	uint64_t length = (uint64_t)call->length;
	int64_t r = -EINVAL;
	char *at;

	pthread_rwlock_wrlock(&replay->map_lock);
	if (call->other && holds(map, call)) {
		at = map->base + call->offset;
		/* The kernel takes whole pages. */
		length = (length + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE * STAMP_PAGE_SIZE;
		r = result_of(munmap(at, length));
		if (!r && at > map->address) {
			map->length = (uint64_t)(at - map->address);
		} else if (!r && length < map->length) {
			map->address += length;
			map->offset += length;
			map->length -= length;
		} else if (!r) {
			*map = (struct replay_map){ .base = NULL };
		}
	}
	pthread_rwlock_unlock(&replay->map_lock);
	return r;
}

static int64_t make_msync(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	int64_t r = -EINVAL;

	pthread_rwlock_rdlock(&replay->map_lock);
	if (call->other && holds(&replay->maps[call->other], call))
		r = result_of(msync(replay->maps[call->other].base + call->offset,
				    (size_t)call->length, (int)call->flags));
	pthread_rwlock_unlock(&replay->map_lock);
	return r;
}

static enum replay_change change_of(uint64_t mode)
{
	if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
		return REPLAY_MUDDLES;
	return mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) ? REPLAY_ZEROS : REPLAY_NOTHING;
}

static void tell_punch(struct replay_thread *thread, const struct trace_call *call, uint64_t began,
		       int error)
{
	const uint64_t folio = 2 << 20;
	struct workload *workload = thread->replay->workload;
	uint64_t first = (uint64_t)call->offset / folio * folio;
	struct event event = {
		.type = EVENT_PUNCH,
		.time = began,
		.punch = {
			.number = atomic_load(&workload->run->shared->punches) + 1,
			.file = file_of(thread, call->file)->number,
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
	struct replay_file *file = file_of(thread, call->file);
	int fd = replay_fd(thread->replay, call->handle);
	enum replay_change change = change_of(call->flags);
	uint64_t offset = (uint64_t)call->offset, length = (uint64_t)call->length, began;
	bool changes = file && change != REPLAY_NOTHING && call->offset >= 0 && call->length > 0;
	int64_t r;

	/* All that comes behind moves. */
	if (changes && change == REPLAY_MUDDLES)
		length = file->pages * STAMP_PAGE_SIZE > offset
				 ? file->pages * STAMP_PAGE_SIZE - offset
				 : 0;
	if (changes) {
		replay_change_begin(file, offset, length);
		atomic_store(&file->punching, (offset >> 21) + 1);
	}
	began = units_now();
	r = result_of(fallocate(fd, (int)call->flags, call->offset, call->length));
	if (changes) {
		atomic_store(&file->punching, 0);
		replay_change_end(file, offset, length, r ? 0 : length,
				  r ? REPLAY_NOTHING : change);
		tell_punch(thread, call, began, (int)r);
	}
	if (!r && file && !(call->flags & FALLOC_FL_KEEP_SIZE) && change != REPLAY_MUDDLES)
		grow(file, (uint64_t)call->offset + (uint64_t)call->length);
	/* Nothing of it is judged any more, so its size does not matter. */
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

	return result_of(what->path ? truncate(what->path, what->size)
				    : ftruncate(what->fd, what->size));
}

static int64_t make_truncate(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay_file *file = file_of(thread, call->file);
	char path[PATH_MAX];
	struct truncation what = {
		.fd = replay_fd(thread->replay, call->handle),
		.path = call->op == TRACE_TRUNCATE ? path_of(thread, call->other, path) : NULL,
		.size = call->length,
	};
	int64_t r;

	/* To the size that it has, it changes nothing; journald does that all the time. */
	if (!file || call->length < 0 || atomic_load(&file->size) == (uint64_t)call->length)
		return truncate_to(&what);
	cut(file, (uint64_t)call->length, truncate_to, &what, &r);
	return r;
}

static int64_t make_sync(struct replay_thread *thread, const struct trace_call *call)
{
	int fd = replay_fd(thread->replay, call->handle);

	if (call->op == TRACE_FSYNC)
		return result_of(fsync(fd));
	if (call->op == TRACE_FDATASYNC)
		return result_of(fdatasync(fd));
	if (call->op == TRACE_ADVISE)
		return -posix_fadvise(fd, call->offset, call->length, (int)call->flags);
	return result_of(
		sync_file_range(fd, call->offset, call->length, (unsigned int)call->flags));
}

static int64_t make_rename(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	char from[PATH_MAX], to[PATH_MAX];
	int64_t r;

	path_of(thread, call->handle, from);
	path_of(thread, call->other, to);
	r = call->op == TRACE_LINK
		    ? result_of(link(from, to))
		    : result_of(renameat2(AT_FDCWD, from, AT_FDCWD, to, (unsigned int)call->flags));
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
	int64_t r = result_of(unlink(path_of(thread, call->other, path)));

	if (!r)
		atomic_store(&thread->replay->names[call->other], 0);
	return r;
}

/* What is copied keeps the stamps of where it was: it is not judged at its new place. */
static int64_t copy_to(struct replay_thread *thread, uint32_t handle, int64_t (*copy)(void *),
		       void *context)
{
	uint32_t number = handle ? thread->replay->handle_files[handle] : 0;
	struct replay_file *file = file_of(thread, number);
	uint64_t length = file ? file->pages * STAMP_PAGE_SIZE : 0;
	int64_t r;

	if (!file)
		return copy(context);
	replay_change_begin(file, 0, length);
	r = copy(context);
	replay_change_end(file, 0, length, length, r > 0 ? REPLAY_MUDDLES : REPLAY_NOTHING);
	return r;
}

struct copying {
	const struct trace_call *call;
	int from, to;
};

static int64_t copy_range(void *context)
{
	const struct copying *what = context;
	off_t offset = what->call->offset, there = (off_t)what->call->flags;

	return result_of(copy_file_range(what->from, what->call->offset < 0 ? NULL : &offset,
					 what->to, &there, (size_t)what->call->length, 0));
}

static int64_t send_range(void *context)
{
	const struct copying *what = context;
	off_t offset = what->call->offset;

	return result_of(sendfile(what->to, what->from, what->call->offset < 0 ? NULL : &offset,
				  (size_t)what->call->length));
}

static int64_t make_copy(struct replay_thread *thread, const struct trace_call *call)
{
	struct copying what = {
		.call = call,
		.from = replay_fd(thread->replay, call->handle),
		.to = replay_fd(thread->replay, call->other),
	};

	return copy_to(thread, call->other, copy_range, &what);
}

static int64_t make_sendfile(struct replay_thread *thread, const struct trace_call *call)
{
	_cleanup_close_ int null = call->other ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct copying what = {
		.call = call,
		.from = replay_fd(thread->replay, call->handle),
		.to = call->other ? replay_fd(thread->replay, call->other) : null,
	};

	return copy_to(thread, call->other, send_range, &what);
}

static make *const makes[TRACE_OPS] = {
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
	[TRACE_MMAP] = make_mmap,
	[TRACE_MUNMAP] = make_munmap,
	[TRACE_MSYNC] = make_msync,
	[TRACE_FALLOCATE] = make_fallocate,
	[TRACE_FTRUNCATE] = make_truncate,
	[TRACE_TRUNCATE] = make_truncate,
	[TRACE_FSYNC] = make_sync,
	[TRACE_FDATASYNC] = make_sync,
	[TRACE_SYNC] = make_sync,
	[TRACE_RENAME] = make_rename,
	[TRACE_LINK] = make_rename,
	[TRACE_UNLINK] = make_unlink,
	[TRACE_COPY] = make_copy,
	[TRACE_SENDFILE] = make_sendfile,
	[TRACE_ADVISE] = make_sync,
};

int64_t replay_make_call(struct replay_thread *thread, const struct trace_call *call)
{
	return makes[call->op](thread, call);
}
