/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes one system call of a command fail, as it could: with EMFILE, ENOSPC, EIO, EINTR or ENOMEM.
 *
 * usage: fail_call NUMBER MARK COMMAND [ARGUMENT]...
 *
 * Counts the calls that can fail, of the command and all its descendants, and makes the NUMBER-th
 * fail; 0: none. The file MARK then names that call. For each thread and kind of call, only the
 * first REPEATS calls count. Calls of the dynamic loader do not count, since the command has not
 * begun yet. This process becomes the command. A process beside it answers the kernel
 * (seccomp_unotify(2)) until all of them have ended. Exit codes: the command's; 77 if the kernel
 * does not support this.
 */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { REPEATS = 12, THREADS_MAX = 4096, SKIP = 77 };

#define CALL(name, error)                                                                          \
	{                                                                                          \
		SYS_##name, error, #name                                                           \
	}

/* Left out: calls that cannot fail or whose failure cannot be handled, such as exit, signals, futex
 * and anonymous memory; and sendmsg, which passes on the listener. */
static const struct {
	int number, error;
	const char *name;
} calls[] = {
	CALL(openat, EMFILE),
	CALL(openat2, EMFILE),
	CALL(pipe2, EMFILE),
	CALL(socket, EMFILE),
	CALL(socketpair, EMFILE),
	CALL(eventfd2, EMFILE),
	CALL(timerfd_create, EMFILE),
	CALL(epoll_create1, EMFILE),
	CALL(memfd_create, EMFILE),
	CALL(signalfd4, EMFILE),
	CALL(inotify_init1, EMFILE),
	CALL(pidfd_open, EMFILE),
	CALL(dup, EMFILE),
	CALL(read, EIO),
	CALL(pread64, EIO),
	CALL(preadv2, EIO),
	CALL(getdents64, EIO),
	CALL(readlinkat, EIO),
	CALL(newfstatat, EIO),
	CALL(statx, EIO),
	CALL(fstatfs, EIO),
	CALL(statfs, EIO),
	CALL(lseek, EIO),
	CALL(write, ENOSPC),
	CALL(writev, ENOSPC),
	CALL(pwrite64, ENOSPC),
	CALL(pwritev2, ENOSPC),
	CALL(fallocate, ENOSPC),
	CALL(ftruncate, ENOSPC),
	CALL(mkdirat, ENOSPC),
	CALL(symlinkat, ENOSPC),
	CALL(linkat, ENOSPC),
	CALL(renameat2, ENOSPC),
	CALL(mknodat, ENOSPC),
	CALL(copy_file_range, EIO),
	CALL(sendfile, EIO),
	CALL(unlinkat, EIO),
	CALL(fsync, EIO),
	CALL(fdatasync, EIO),
	CALL(syncfs, EIO),
	CALL(fchmod, EIO),
	CALL(fchmodat, EIO),
	CALL(fchown, EIO),
	CALL(utimensat, EIO),
	CALL(flock, EINTR),
	CALL(fcntl, EINVAL),
	CALL(ioctl, EIO),
	CALL(mount, ENOMEM),
	CALL(umount2, EBUSY),
	CALL(unshare, ENOSPC),
	CALL(mmap, ENOMEM),
	CALL(clone, EAGAIN),
	CALL(clone3, EAGAIN),
	CALL(ppoll, EINTR),
	CALL(epoll_ctl, ENOMEM),
	CALL(clock_nanosleep, EINTR),
	CALL(wait4, EINTR),
	CALL(waitid, EINTR),
	CALL(bind, EADDRINUSE),
	CALL(listen, ENOBUFS),
	CALL(connect, ECONNREFUSED),
	CALL(accept4, ECONNABORTED),
	CALL(recvfrom, EINTR),
	CALL(sendto, ENOBUFS),
	CALL(setsockopt, ENOBUFS),
	CALL(prlimit64, EPERM),
	CALL(sched_setaffinity, EINVAL),
	CALL(prctl, EINVAL),
	CALL(chdir, EIO),
	CALL(madvise, ENOMEM),
#ifdef __x86_64__
	CALL(mkdir, ENOSPC),
	CALL(rename, ENOSPC),
	CALL(unlink, EIO),
	CALL(rmdir, EIO),
	CALL(readlink, EIO),
	CALL(poll, EINTR),
	CALL(epoll_wait, EINTR),
	CALL(vfork, EAGAIN),
#endif
};

/* How often each thread has made each kind of call. */
static struct {
	uint32_t thread;
	unsigned char times[ARRAY_SIZE(calls)];
} threads[THREADS_MAX];

/* Leaves out anonymous memory, which sanitizers use too. */
static int listen_to_calls(void)
{
	struct sock_filter filter[8 + 2 * ARRAY_SIZE(calls)] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .filter = filter };
	unsigned short at = 6;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							    (uint32_t)calls[i].number, 0, 1);
		filter[at++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = at;
	/* A signal must not interrupt a call that waits for its answer; since 5.19 this flag
	 * prevents it. */
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER |
				    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			    &program);
}

static int send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

static int receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static size_t find_call(int number)
{
	size_t i = 0;

	while (calls[i].number != number)
		i++;
	return i;
}

static bool is_of_loader(const struct seccomp_notif *asked)
{
	uint64_t at = asked->data.instruction_pointer, from, to;
	char path[32], line[512];
	_cleanup_fclose_ FILE *maps = NULL;

	snprintf(path, sizeof(path), "/proc/%u/maps", asked->pid);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from <= at && at < to)
			return strstr(line, "/ld-linux");
	return false;
}

/* A write to an eventfd cannot fail. A write of an error to /dev/fuse fails only if nobody
 * waits. */
static bool cannot_fail(const struct seccomp_notif *asked)
{
	char path[48], target[32] = "";

	if (asked->data.nr != SYS_write)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", asked->pid, (int)asked->data.args[0]);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	       (!strcmp(target, "/dev/fuse") || !strcmp(target, "anon_inode:[eventfd]"));
}

/* Whether the call counts. */
static bool is_new(const struct seccomp_notif *asked)
{
	size_t i = 0, call = find_call(asked->data.nr);

	while (i < THREADS_MAX - 1 && threads[i].thread && threads[i].thread != asked->pid)
		i++;
	threads[i].thread = asked->pid;
	if (threads[i].times[call] >= REPEATS || is_of_loader(asked) || cannot_fail(asked))
		return false;
	threads[i].times[call]++;
	return true;
}

static void mark(const char *path, const struct seccomp_notif *asked)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");
	char name[64], command[32] = "";
	_cleanup_fclose_ FILE *comm = NULL;

	snprintf(name, sizeof(name), "/proc/%u/comm", asked->pid);
	comm = fopen(name, "re");
	if (comm)
		(void)!fscanf(comm, "%31[^\n]", command);
	if (file)
		fprintf(file, "%s of %s (%u)\n", calls[find_call(asked->data.nr)].name, command,
			asked->pid);
}

static void answer_calls(int listener, unsigned long number, const char *path)
{
	unsigned long count = 0;
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	struct seccomp_notif asked;
	struct seccomp_notif_resp answer;
	bool failed = !number;

	while (poll(&ready, 1, -1) >= 0 && (ready.revents & POLLIN)) {
		memset(&asked, 0, sizeof(asked));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
			continue;
		answer = (struct seccomp_notif_resp){ .id = asked.id,
						      .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
		if (!failed && is_new(&asked) && ++count == number) {
			failed = true;
			mark(path, &asked);
			answer.flags = 0;
			answer.error = -calls[find_call(asked.data.nr)].error;
		}
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

/* Answers in a grandchild, so that the command gets no unexpected child. */
static void begin_answering(int socket, unsigned long number, const char *path)
{
	pid_t child = fork();
	int listener;

	if (child) {
		waitpid(child, NULL, 0);
		return;
	}
	if (fork())
		_exit(0);
	setsid();
	listener = receive_fd(socket);
	/* A reader that waits for the end of the command's output must not wait for this
	 * process. */
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	close(socket);
	if (listener >= 0)
		answer_calls(listener, number, path);
	_exit(0);
}

int main(int argc, char **argv)
{
	int ends[2], listener;

	if (argc < 4) {
		fprintf(stderr, "usage: fail_call NUMBER MARK COMMAND [ARGUMENT]...\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return SKIP;
	begin_answering(ends[1], strtoul(argv[1], NULL, 10), argv[2]);
	close(ends[1]);
	listener = listen_to_calls();
	if (listener < 0 || send_fd(ends[0], listener)) {
		perror("skipped: seccomp");
		return SKIP;
	}
	execvp(argv[3], argv + 3);
	_exit(127);
}
