/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_calls.h"
#include "injector/base/array.h"
#include "tools/import/importers/strace_maps.h"
#include "tools/import/importers/strace_paths.h"
#include "tools/import/importers/strace_transfers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define TAKE(name)                                                                                 \
	static enum strace_outcome name(struct strace *strace, struct strace_thread *thread,       \
					const struct strace_call *call, uint64_t start,            \
					const struct strace_row *row, const char **why)
#define UNUSED_ROW (void)row, (void)why

TAKE(take_sync)
{
	struct trace_call made = strace_call_base(call, start, row->op);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);

	(void)why;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.handle = fd->handle;
	made.file = fd->description->file;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

TAKE(take_sync_range)
{
	static const struct strace_flag flags[] = {
		{ "SYNC_FILE_RANGE_WAIT_BEFORE", SYNC_FILE_RANGE_WAIT_BEFORE },
		{ "SYNC_FILE_RANGE_WRITE", SYNC_FILE_RANGE_WRITE },
		{ "SYNC_FILE_RANGE_WAIT_AFTER", SYNC_FILE_RANGE_WAIT_AFTER },
		{ NULL, 0 },
	};
	static const struct strace_flag advices[] = {
		{ "POSIX_FADV_NORMAL", POSIX_FADV_NORMAL },
		{ "POSIX_FADV_RANDOM", POSIX_FADV_RANDOM },
		{ "POSIX_FADV_SEQUENTIAL", POSIX_FADV_SEQUENTIAL },
		{ "POSIX_FADV_WILLNEED", POSIX_FADV_WILLNEED },
		{ "POSIX_FADV_DONTNEED", POSIX_FADV_DONTNEED },
		{ "POSIX_FADV_NOREUSE", POSIX_FADV_NOREUSE },
		{ NULL, 0 },
	};
	struct trace_call made = strace_call_base(call, start, row->op);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);
	bool good = call->count == 4;

	(void)why;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.offset = strace_number_of(call, row->variant ? 2 : 1, &good);
	made.length = strace_number_of(call, row->variant ? 3 : 2, &good);
	if (!good || made.offset < 0 || made.length < 0)
		return STRACE_GARBLED;
	made.flags = strace_flags(call->arguments[row->variant ? 1 : 3],
				  row->op == TRACE_SYNC ? flags : advices);
	made.handle = fd->handle;
	made.file = fd->description->file;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* The file size after an allocation. */
static void allocated(struct trace_maker *maker, const struct trace_call *made)
{
	uint64_t size = maker_size(maker, made->file);
	uint64_t length = (uint64_t)made->length, end = (uint64_t)made->offset + length;

	if (made->flags & FALLOC_FL_COLLAPSE_RANGE)
		maker_cut(maker, made->file, size > length ? size - length : 0);
	else if (made->flags & FALLOC_FL_INSERT_RANGE)
		maker_grew(maker, made->file, size + length);
	else if (!(made->flags & FALLOC_FL_KEEP_SIZE))
		maker_grew(maker, made->file, end);
}

TAKE(take_fallocate)
{
	enum { WRITE_ZEROES = 0x80 }; /* since 6.17 */
	static const char write_zeroes[] = "FALLOC_FL_WRITE_ZEROES";
	static const struct strace_flag modes[] = {
		{ "FALLOC_FL_KEEP_SIZE", FALLOC_FL_KEEP_SIZE },
		{ "FALLOC_FL_PUNCH_HOLE", FALLOC_FL_PUNCH_HOLE },
		{ "FALLOC_FL_COLLAPSE_RANGE", FALLOC_FL_COLLAPSE_RANGE },
		{ "FALLOC_FL_ZERO_RANGE", FALLOC_FL_ZERO_RANGE },
		{ "FALLOC_FL_INSERT_RANGE", FALLOC_FL_INSERT_RANGE },
		{ "FALLOC_FL_UNSHARE_RANGE", FALLOC_FL_UNSHARE_RANGE },
		{ "FALLOC_FL_NO_HIDE_STALE", 0 },
		{ write_zeroes, WRITE_ZEROES },
		{ NULL, 0 },
	};
	struct trace_call made = strace_call_base(call, start, TRACE_FALLOCATE);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);
	bool good = call->count == 4;

	UNUSED_ROW;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.offset = strace_number_of(call, 2, &good);
	made.length = strace_number_of(call, 3, &good);
	if (!good || made.offset < 0 || made.length < 0)
		return STRACE_GARBLED;
	made.flags = strace_flags(call->arguments[1], modes);
	/* Flags that strace prints as a number. */
	if (made.flags & WRITE_ZEROES)
		import_note(&strace->import->account, IMPORT_REMARK, 1, strace->line,
			    "calls of fallocate with %s: replayed as FALLOC_FL_ZERO_RANGE",
			    write_zeroes);
	if (made.flags & WRITE_ZEROES)
		made.flags = (made.flags & ~(uint64_t)WRITE_ZEROES) | FALLOC_FL_ZERO_RANGE;
	made.handle = fd->handle;
	made.file = fd->description->file;
	if (!call->result)
		allocated(&strace->maker, &made);
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

TAKE(take_ftruncate)
{
	struct trace_call made = strace_call_base(call, start, TRACE_FTRUNCATE);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);
	bool good = true;

	UNUSED_ROW;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.length = strace_number_of(call, 1, &good);
	if (!good || made.length < 0)
		return STRACE_GARBLED;
	made.handle = fd->handle;
	made.file = fd->description->file;
	if (!call->result)
		maker_cut(&strace->maker, made.file, (uint64_t)made.length);
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* One side of a copy: its offset, and the file position to update. */
static int64_t side(struct strace_description *description, int64_t given, int64_t result)
{
	int64_t offset = given < 0 ? description->position : given;

	if (given < 0)
		strace_move_position(description, offset, result);
	return offset;
}

/* The descriptor looked up for argument i; looking up another one may have moved or closed it. */
static struct strace_fd *same_fd(struct strace_thread *thread, const struct strace_call *call,
				 unsigned int i)
{
	struct strace_text path;
	struct strace_fd *fd;
	int number;

	if (i >= call->count || !strace_descriptor(call->arguments[i], &number, &path))
		return NULL;
	fd = strace_fd(thread, number);
	return fd && fd->description->file ? fd : NULL;
}

TAKE(take_copy)
{
	bool sends = row->op == TRACE_SENDFILE, good = true;
	struct trace_call made = strace_call_base(call, start, row->op);
	struct strace_fd *from = strace_our_fd(strace, thread, call, sends ? 1 : 0);
	struct strace_fd *to = strace_our_fd(strace, thread, call, sends ? 0 : 2);
	int64_t offset = strace_pointed_offset(call, sends ? 2 : 1, &good);
	int64_t there = sends ? -1 : strace_pointed_offset(call, 3, &good);

	from = from ? same_fd(thread, call, sends ? 1 : 0) : NULL;
	if (!from && !to)
		return STRACE_ELSEWHERE;
	if (!from || (!to && !sends)) {
		*why = "copied between a file that is taken and another";
		return STRACE_NOT_USED;
	}
	made.length = strace_number_of(call, sends ? 3 : 4, &good);
	if (!good || made.length < 0)
		return STRACE_GARBLED;
	made.handle = from->handle;
	made.file = from->description->file;
	made.offset = side(from->description, offset, call->result);
	if (to) {
		there = side(to->description, there, call->result);
		made.other = to->handle;
		if (there >= 0 && call->result > 0)
			maker_grew(&strace->maker, to->description->file,
				   (uint64_t)there + (uint64_t)call->result);
	}
	made.flags = sends || there < 0 ? 0 : (uint64_t)there;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

TAKE(take_fstat)
{
	struct trace_call made = strace_call_base(call, start, TRACE_FSTAT);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 0);

	UNUSED_ROW;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.handle = fd->handle;
	made.file = fd->description->file;
	if (!call->result) {
		if (call->count < 2 ||
		    !strace_member(call->arguments[1], "st_size=", &made.length) || made.length < 0)
			return STRACE_GARBLED;
		maker_saw_size(&strace->maker, made.file, (uint64_t)made.length);
	}
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* Whether a command of fcntl() duplicates: by name, or by number, with or without the name in a
 * comment (strace -X). */
static bool duplicates(struct strace_text command)
{
	const char *blank = memchr(command.at, ' ', command.length);
	int64_t number;

	if (blank)
		command.length = (size_t)(blank - command.at);
	return strace_is(command, "F_DUPFD") || strace_is(command, "F_DUPFD_CLOEXEC") ||
	       (strace_number(command, &number) &&
		(number == F_DUPFD || number == F_DUPFD_CLOEXEC));
}

TAKE(take_fcntl)
{
	struct strace_call as_dup = *call;

	if (call->count < 2 || !duplicates(call->arguments[1])) {
		if (!strace_our_fd(strace, thread, call, 0))
			return STRACE_ELSEWHERE;
		*why = "fcntl";
		return STRACE_NOT_USED;
	}
	return strace_take_dup(strace, thread, &as_dup, start, row, why);
}

/* Known, but irrelevant: not mentioned. */
TAKE(take_nothing)
{
	(void)strace, (void)thread, (void)call, (void)start, UNUSED_ROW;
	return STRACE_ELSEWHERE;
}

/* Known, possibly on a file that counts, but not replayed. */
TAKE(take_not)
{
	(void)start;
	for (unsigned int i = 0; i < call->count; i++)
		if (strace_our_fd(strace, thread, call, i)) {
			*why = row->name;
			return STRACE_NOT_USED;
		}
	return STRACE_ELSEWHERE;
}

static const struct strace_row rows[] = {
	{ "open", strace_take_open, TRACE_OPEN, 0, 0 },
	{ "openat", strace_take_open, TRACE_OPEN, 1, 0 },
	{ "openat2", strace_take_open, TRACE_OPEN, 2, 0 },
	{ "creat", strace_take_open, TRACE_OPEN, 3, 0 },
	{ "close", strace_take_close, TRACE_CLOSE, 0, 0 },
	{ "close_range", strace_take_close, TRACE_CLOSE, 1, 0 },
	{ "dup", strace_take_dup, TRACE_DUP, 0, 0 },
	{ "dup2", strace_take_dup, TRACE_DUP, 0, 0 },
	{ "dup3", strace_take_dup, TRACE_DUP, 0, 0 },
	{ "fcntl", take_fcntl, TRACE_DUP, 0, 0 },
	{ "fcntl64", take_fcntl, TRACE_DUP, 0, 0 },
	{ "read", strace_take_transfer, TRACE_READ, STRACE_PLAIN, 1 },
	{ "pread64", strace_take_transfer, TRACE_PREAD, STRACE_PLAIN, 1 },
	{ "pread", strace_take_transfer, TRACE_PREAD, STRACE_PLAIN, 1 },
	{ "readv", strace_take_transfer, TRACE_READ, STRACE_VECTORS, 1 },
	{ "preadv", strace_take_transfer, TRACE_PREAD, STRACE_VECTORS, 1 },
	{ "preadv2", strace_take_transfer, TRACE_PREAD, STRACE_VECTORS, 1 },
	{ "write", strace_take_transfer, TRACE_WRITE, STRACE_PLAIN, 4 },
	{ "pwrite64", strace_take_transfer, TRACE_PWRITE, STRACE_PLAIN, 4 },
	{ "pwrite", strace_take_transfer, TRACE_PWRITE, STRACE_PLAIN, 4 },
	{ "writev", strace_take_transfer, TRACE_WRITE, STRACE_VECTORS, 4 },
	{ "pwritev", strace_take_transfer, TRACE_PWRITE, STRACE_VECTORS, 4 },
	{ "pwritev2", strace_take_transfer, TRACE_PWRITE, STRACE_VECTORS, 4 },
	{ "lseek", strace_take_lseek, TRACE_LSEEK, 0, 0 },
	{ "_llseek", strace_take_lseek, TRACE_LSEEK, 1, 0 },
	{ "llseek", strace_take_lseek, TRACE_LSEEK, 1, 0 },
	{ "io_submit", strace_take_submit, 0, 0, 4 },
	{ "io_uring_enter", strace_take_uring, 0, 0, 4 },
	{ "io_uring_setup", strace_take_uring, 0, 0, 0 },
	{ "io_uring_register", strace_take_uring, 0, 0, 0 },
	{ "vmsplice", take_not, 0, 0, 1 },
	{ "tee", take_not, 0, 0, 1 },
	{ "fstat", take_fstat, TRACE_FSTAT, 0, 0 },
	{ "fstat64", take_fstat, TRACE_FSTAT, 0, 0 },
	{ "stat", strace_take_stat, TRACE_STAT, 0, 0 },
	{ "lstat", strace_take_stat, TRACE_STAT, 0, 0 },
	{ "stat64", strace_take_stat, TRACE_STAT, 0, 0 },
	{ "lstat64", strace_take_stat, TRACE_STAT, 0, 0 },
	{ "newfstatat", strace_take_stat, TRACE_STAT, 1, 0 },
	{ "fstatat64", strace_take_stat, TRACE_STAT, 1, 0 },
	{ "statx", strace_take_stat, TRACE_STAT, 2, 0 },
	{ "mmap", strace_take_mmap, TRACE_MMAP, 0, 1 },
	{ "mmap2", strace_take_mmap, TRACE_MMAP, 0, 1 },
	{ "munmap", strace_take_munmap, TRACE_MUNMAP, 0, 0 },
	{ "msync", strace_take_munmap, TRACE_MSYNC, 0, 0 },
	{ "fallocate", take_fallocate, TRACE_FALLOCATE, 0, 4 },
	{ "ftruncate", take_ftruncate, TRACE_FTRUNCATE, 0, 4 },
	{ "ftruncate64", take_ftruncate, TRACE_FTRUNCATE, 0, 4 },
	{ "truncate", strace_take_truncate, TRACE_TRUNCATE, 0, 0 },
	{ "truncate64", strace_take_truncate, TRACE_TRUNCATE, 0, 0 },
	{ "fsync", take_sync, TRACE_FSYNC, 0, 4 },
	{ "fdatasync", take_sync, TRACE_FDATASYNC, 0, 4 },
	{ "sync_file_range", take_sync_range, TRACE_SYNC, 0, 4 },
	{ "fadvise64", take_sync_range, TRACE_ADVISE, 0, 0 },
	{ "fadvise64_64", take_sync_range, TRACE_ADVISE, 0, 0 },
	/* On 32 bits, a pair of registers begins at an even one: the upper word is first. */
	{ "arm_fadvise64_64", take_sync_range, TRACE_ADVISE, 1, 0 },
	{ "sync_file_range2", take_sync_range, TRACE_SYNC, 1, 4 },
	{ "arm_sync_file_range", take_sync_range, TRACE_SYNC, 1, 4 },
	{ "rename", strace_take_rename, TRACE_RENAME, 0, 0 },
	{ "renameat", strace_take_rename, TRACE_RENAME, 1, 0 },
	{ "renameat2", strace_take_rename, TRACE_RENAME, 1, 0 },
	{ "link", strace_take_rename, TRACE_LINK, 0, 0 },
	{ "linkat", strace_take_rename, TRACE_LINK, 1, 0 },
	{ "unlink", strace_take_unlink, TRACE_UNLINK, 0, 0 },
	{ "unlinkat", strace_take_unlink, TRACE_UNLINK, 1, 0 },
	{ "copy_file_range", take_copy, TRACE_COPY, 0, 4 },
	{ "sendfile", take_copy, TRACE_SENDFILE, 0, 1 },
	{ "sendfile64", take_copy, TRACE_SENDFILE, 0, 1 },
	{ "clone", strace_take_fork, 0, 0, 0 },
	{ "clone3", strace_take_fork, 0, 0, 0 },
	{ "fork", strace_take_fork, 0, 0, 0 },
	{ "vfork", strace_take_fork, 0, 0, 0 },
	{ "chdir", strace_take_chdir, 0, 0, 0 },
	{ "fchdir", strace_take_chdir, 0, 1, 0 },
	{ "ioctl", take_not, 0, 0, 0 },
	{ "flock", take_not, 0, 0, 0 },
	{ "splice", take_not, 0, 0, 1 },
	{ "readahead", take_not, 0, 0, 0 },
	{ "fchmod", take_not, 0, 0, 0 },
	{ "fchown", take_not, 0, 0, 0 },
	{ "fsetxattr", take_not, 0, 0, 0 },
	{ "fgetxattr", take_not, 0, 0, 0 },
	{ "flistxattr", take_not, 0, 0, 0 },
	{ "fremovexattr", take_not, 0, 0, 0 },
	{ "futimens", take_not, 0, 0, 0 },
	{ "utimensat", take_not, 0, 0, 0 },
	{ "fstatfs", take_not, 0, 0, 0 },
	{ "syncfs", take_not, 0, 0, 0 },
};

/* Known, but never relevant for a file. */
static const char silent[] =
	"brk mprotect futex poll epoll_wait clock_nanosleep rt_sigaction rt_sigprocmask "
	"getdents64 execve exit_group getrandom prctl geteuid getegid getuid getgid "
	"uname rt_sigreturn getpgrp set_robust_list set_tid_address rseq arch_prctl "
	"getppid getpid gettid prlimit64 sysinfo wait4 access faccessat faccessat2 "
	"epoll_ctl epoll_create1 epoll_pwait signalfd4 timerfd_create timerfd_settime "
	"readlink readlinkat statfs ppoll select pselect6 nanosleep sched_yield madvise "
	"socket connect bind listen accept4 sendto recvfrom sendmsg recvmsg setsockopt "
	"getsockopt getsockname getpeername pipe2 pipe eventfd2 kill tgkill exit mkdir "
	"mkdirat rmdir umask getcwd sigaltstack restart_syscall clock_gettime "
	"gettimeofday times getrusage cachestat io_setup io_destroy io_getevents io_pgetevents "
	"io_cancel mincore mlock munlock process_vm_readv process_vm_writev getrlimit setrlimit "
	"sched_getaffinity waitid epoll_create epoll_pwait2 eventfd shutdown socketpair accept "
	"sendmmsg recvmmsg memfd_create membarrier rt_sigtimedwait symlink symlinkat chmod chown "
	"lchown fchmodat fchownat getdents capget capset clock_gettime64 futex_time64";

enum { ROWS = ARRAY_SIZE(rows), SILENT_MAX = 192, SLOTS = 512 };

static unsigned int slot_of(const char *name, size_t length)
{
	unsigned int hash = (unsigned int)length;

	for (size_t i = 0; i < length; i++)
		hash = hash * 31 + (unsigned char)name[i];
	return hash % SLOTS;
}

static const struct strace_row *slots[SLOTS];

static void add_row(const struct strace_row *row)
{
	unsigned int slot = slot_of(row->name, strlen(row->name));

	while (slots[slot])
		slot = (slot + 1) % SLOTS;
	slots[slot] = row;
}

static void fill_slots(void)
{
	static struct strace_row silent_rows[SILENT_MAX];
	static char names[sizeof(silent)];
	char *name = names, *next;
	size_t count = 0;

	for (size_t i = 0; i < ROWS; i++)
		add_row(&rows[i]);
	memcpy(names, silent, sizeof(silent));
	for (; (next = strsep(&name, " ")) && count < SILENT_MAX; count++) {
		silent_rows[count] = (struct strace_row){ .name = next, .take = take_nothing };
		add_row(&silent_rows[count]);
	}
}

const struct strace_row *strace_row(struct strace_text name)
{
	static bool filled;
	unsigned int slot;

	if (!filled)
		fill_slots();
	filled = true;
	for (slot = slot_of(name.at, name.length); slots[slot]; slot = (slot + 1) % SLOTS)
		if (strace_is(name, slots[slot]->name))
			return slots[slot];
	return NULL;
}
