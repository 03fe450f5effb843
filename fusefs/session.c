/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/session.h"
#include "fusefs/cache.h"
#include "fusefs/operations.h"
#include "fusefs/protocol.h"
#include "fusefs/reply.h"
#include "fusefs/worker.h"
#include "injector/base/report.h"

#include <errno.h>
#include <sys/uio.h>

/* libfuse's maximum: a header page and 256 pages of data. */
enum { DATA_MAX = 256 * 4096, MESSAGE_MAX = DATA_MAX + 4096, WAITING_MAX = UINT16_MAX };

/* Adds to libfuse's INIT reply what libfuse 3.14 does not know, and stores the negotiated options.
 */
static void extend_init(struct layer *layer, struct init_out *out)
{
	/*
	 * With KILLPRIV_V2 the kernel remembers that a write clears nothing of a file (SB_NOSEC),
	 * instead of asking for security.capability before each. drop_setuid() then clears setuid
	 * and setgid.
	 */
	uint64_t flags = out->flags | (layer->kernel_flags & INIT_HANDLE_KILLPRIV_V2);

	if (layer->config->data_path != LAYER_DAEMON && (layer->kernel_flags & INIT_PASSTHROUGH)) {
		flags |= INIT_EXT | INIT_PASSTHROUGH;
		out->max_stack_depth = 1;
		layer->negotiated.passthrough = true;
	}
	/* Before 6.6 a file opened for direct I/O cannot be mapped shared. */
	if (layer->keeps_writes && (layer->kernel_flags & INIT_DIRECT_IO_MMAP))
		flags |= INIT_EXT | INIT_DIRECT_IO_MMAP;
	out->flags = (uint32_t)flags;
	out->flags2 |= (uint32_t)(flags >> 32);
	layer->negotiated.flags = flags;
	layer->negotiated.max_write = out->max_write;
	layer->negotiated.max_readahead = out->max_readahead;
	layer->negotiated.max_background = out->max_background;
}

/* Adds flags and backing id to libfuse's reply to open, which is also the end of that to create. */
static void extend_open(const struct execution *execution, struct iovec *body)
{
	struct open_out *out;

	if (body->iov_len < sizeof(*out))
		return;
	out = (void *)((char *)body->iov_base + body->iov_len - sizeof(*out));
	out->open_flags |= execution->open_flags;
	out->backing_id = execution->backing_id;
}

static void extend(struct layer *layer, const struct execution *execution, struct iovec *iov,
		   int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;

	if (header->error || count < 2)
		return;
	if (execution->header->opcode == FUSE_INIT && iov[1].iov_len == sizeof(struct init_out))
		extend_init(layer, iov[1].iov_base);
	if (execution->open_flags)
		extend_open(execution, &iov[1]);
}

/* Answers that hooks may change are in one part behind the header. */
static void alter_answer(const struct layer *layer, const struct execution *execution,
			 struct iovec *iov, int count)
{
	const struct hooks *hooks = layer->config->hooks;
	const struct hook_request *request = execution->request;
	const struct fuse_out_header *header = iov[0].iov_base;

	if (hooks && hooks->alter_answer && request->plan && request->opcode != FUSE_READ &&
	    !header->error && count == 2)
		hooks->alter_answer(hooks->injector, request, iov[1].iov_base, iov[1].iov_len);
}

/* The `result` of hooks->after. */
static int result_of(uint32_t opcode, const struct iovec *iov, int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;

	if (header->error)
		return header->error;
	if (opcode == FUSE_READ)
		return (int)(header->len - sizeof(*header));
	if (opcode == FUSE_WRITE && count > 1)
		return (int)((const struct fuse_write_out *)iov[1].iov_base)->size;
	return 0;
}

static struct hook_decision ask_after(const struct layer *layer, const struct execution *execution,
				      const struct iovec *iov, int count)
{
	const struct hooks *hooks = layer->config->hooks;
	const struct hook_operation *operation = hook_operation_of(execution->request->opcode);
	struct hook_decision decision = { .delay_ns = 0 };

	if (!hooks || !hooks->after || !operation || !operation->delays)
		return decision;
	decision = hooks->after(hooks->injector, execution->request,
				result_of(execution->request->opcode, iov, count));
	if (!operation->fails)
		decision.error = 0;
	return decision;
}

/* libfuse calls it to write each answer. Returns the full length even if the answer could not be
 * written, since reply_send() handles that. */
static ssize_t send_reply(int fd, struct iovec *iov, int count, void *userdata)
{
	struct execution *execution = current_execution;
	struct layer *layer = userdata;
	struct fuse_out_header *header = iov[0].iov_base;
	struct hook_decision decision;
	ssize_t length = header->len;

	if (!execution || header->unique != execution->header->unique)
		return writev(fd, iov, count);
	extend(layer, execution, iov, count);
	alter_answer(layer, execution, iov, count);
	decision = ask_after(layer, execution, iov, count);
	if (decision.error)
		count = reply_replace(layer, execution->request->opcode, iov, count,
				      decision.error);
	if (decision.delay_ns &&
	    !worker_delay_answer(layer, execution->request, iov, count, &decision))
		return length;
	reply_send(layer, execution->request, iov, count);
	worker_done(layer, execution->request);
	return length;
}

/* libfuse requires a function to receive with, but the workers read requests themselves. */
static ssize_t receive_nothing(int fd, void *buffer, size_t size, void *userdata)
{
	(void)fd;
	(void)buffer;
	(void)size;
	(void)userdata;
	errno = ENOSYS;
	return -1;
}

static void init(void *userdata, struct fuse_conn_info *connection)
{
	/*
	 * No splice: its pipes would hold page-cache folios, which then cannot be split. No atomic
	 * O_TRUNC: the open would not take setuid away, as the setattr that comes instead does.
	 */
	const unsigned int wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_DONT_MASK | FUSE_CAP_IOCTL_DIR |
				    FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_READDIRPLUS |
				    FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ASYNC_DIO |
				    FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_POSIX_ACL;
	struct layer *layer = userdata;

	layer->keeps_writes =
		connection->capable & FUSE_CAP_WRITEBACK_CACHE && cache_may_keep_writes(layer);
	connection->want = connection->capable &
			   (wanted | (layer->keeps_writes ? FUSE_CAP_WRITEBACK_CACHE : 0));
	connection->max_write = DATA_MAX;
	/* Delayed background requests must not keep the kernel from sending others. */
	connection->max_background = WAITING_MAX;
	connection->congestion_threshold = WAITING_MAX;
	layer->negotiated.proto_major = connection->proto_major;
	layer->negotiated.proto_minor = connection->proto_minor;
}

int session_open(struct layer *layer)
{
	static const struct fuse_custom_io io = { .writev = send_reply, .read = receive_nothing };
	char *arguments[] = { (char *)"foliostorm", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, arguments);
	struct fuse_lowlevel_ops operations = layer_operations;
	int r;

	operations.init = init;
	layer->session = fuse_session_new(&args, &operations, sizeof(operations), layer);
	fuse_opt_free_args(&args);
	if (!layer->session)
		return report(-ENOMEM, "making a FUSE session");
	r = fuse_session_custom_io(layer->session, &io, layer->device_fd);
	return r ? report(r, "handing /dev/fuse to libfuse") : 0;
}

void session_close(struct layer *layer)
{
	if (!layer->session)
		return;
	fuse_session_destroy(layer->session);
	layer->session = NULL;
	layer->device_fd = -1;
}

size_t session_receive_size(void)
{
	return MESSAGE_MAX;
}
