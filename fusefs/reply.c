/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/reply.h"
#include "fusefs/undo.h"
#include "injector/base/units.h"

#include <errno.h>
#include <linux/fuse.h>
#include <sys/uio.h>
#include <unistd.h>

static _Thread_local int device = -1;

void reply_to(int device_fd)
{
	device = device_fd;
}

int reply_device(void)
{
	return device;
}

/* After ENOSYS the kernel opens all files by itself, and their requests have no handle. So the
 * caller gets another error (fuse_file_open(), fs/fuse/file.c, 6.18). */
static int error_to_tell(uint32_t opcode, int error)
{
	return error == ENOSYS && (opcode == FUSE_OPEN || opcode == FUSE_OPENDIR) ? EOPNOTSUPP
										  : error;
}

/* Takes back what a successful answer that never arrives gave to the kernel. */
static void take_back(struct layer *layer, uint32_t opcode, const struct iovec *iov, int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;
	size_t size = 0;

	for (int i = 1; i < count; i++)
		size += iov[i].iov_len;
	/* Answers that have something to take back are in one part behind the header. */
	if (!header->error && count == 2)
		undo(layer, opcode, iov[1].iov_base, size);
}

/* Counts an answer that is about to be written. */
static void count_answer(const struct layer *layer, const struct hook_request *request, int error)
{
	/* INIT has no arrival time. */
	if (layer->config->statistics && request->arrived)
		statistics_count(layer->config->statistics, request->opcode,
				 units_now() - request->arrived, error);
}

/* Returns whether the kernel accepted it: the request is the descriptor's, and not dropped. */
static bool send_error(int fd, uint64_t unique, int error)
{
	const struct fuse_out_header header = {
		.len = sizeof(header),
		.error = -error,
		.unique = unique,
	};

	return write(fd, &header, sizeof(header)) > 0;
}

void reply_send(struct layer *layer, const struct hook_request *request, const struct iovec *iov,
		int count)
{
	struct fuse_out_header *header = iov[0].iov_base;
	int error;

	header->error = -error_to_tell(request->opcode, -header->error);
	count_answer(layer, request, header->error);
	if (writev(device, iov, count) >= 0)
		return;
	error = errno;
	take_back(layer, request->opcode, iov, count);
	/* ENOENT: the request was dropped. ENODEV: the mount is gone. After any other error the
	 * caller still waits, and cannot be killed. */
	if (error != ENOENT && error != ENODEV)
		send_error(device, request->unique, EIO);
}

int reply_replace(struct layer *layer, uint32_t opcode, struct iovec *iov, int count, int error)
{
	struct fuse_out_header *header = iov[0].iov_base;

	take_back(layer, opcode, iov, count);
	header->error = -error;
	header->len = sizeof(*header);
	return 1;
}

void reply_refuse(const struct layer *layer, uint64_t unique, int error)
{
	bool sent = send_error(layer->device_fd, unique, error);

	for (unsigned int i = 0; i < layer->worker_count && !sent; i++)
		sent = layer->workers[i].device_fd != layer->device_fd &&
		       send_error(layer->workers[i].device_fd, unique, error);
}

void reply_fail(const struct layer *layer, const struct hook_request *request, int error)
{
	count_answer(layer, request, error);
	send_error(device, request->unique, error_to_tell(request->opcode, error));
}

void reply_finish(struct layer *layer, const struct hook_request *request, void *data, size_t size,
		  int error)
{
	struct iovec iov[2] = {
		{ .iov_base = data, .iov_len = sizeof(struct fuse_out_header) },
		{ .iov_base = (char *)data + sizeof(struct fuse_out_header),
		  .iov_len = size - sizeof(struct fuse_out_header) },
	};
	int count = iov[1].iov_len ? 2 : 1;

	if (error)
		count = reply_replace(layer, request->opcode, iov, count, error);
	reply_send(layer, request, iov, count);
}
