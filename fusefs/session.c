/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/session.h"
#include "fusefs/operations.h"
#include "fusefs/protocol.h"
#include "fusefs/undo.h"
#include "fusefs/worker.h"
#include "injector/base/report.h"
#include "injector/base/units.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

_Thread_local struct execution *current_execution;

/* What libfuse takes at most: a header page and 256 pages of data. */
enum { DATA_MAX = 256 * 4096, MESSAGE_MAX = DATA_MAX + 4096, WAITING_MAX = UINT16_MAX };

/* Adds to libfuse's INIT reply what libfuse 3.14 does not know, and notes what was agreed on. */
static void extend_init(struct layer *layer, struct init_out *out)
{
	/*
	 * With KILLPRIV_V2 the kernel remembers that a file has nothing to lose by a write
	 * (SB_NOSEC), instead of asking for security.capability before each. What is to be taken
	 * away is up to drop_setuid() then.
	 */
	uint64_t flags =
		out->flags | (layer->kernel_flags & (INIT_SETXATTR_EXT | INIT_HANDLE_KILLPRIV_V2));

	if (layer->config->data_path != LAYER_DAEMON && (layer->kernel_flags & INIT_PASSTHROUGH)) {
		flags |= INIT_EXT | INIT_PASSTHROUGH;
		out->max_stack_depth = 1;
		layer->negotiated.passthrough = true;
	}
	out->flags = (uint32_t)flags;
	out->flags2 |= (uint32_t)(flags >> 32);
	layer->negotiated.flags = flags;
	layer->negotiated.max_write = out->max_write;
	layer->negotiated.max_readahead = out->max_readahead;
	layer->negotiated.max_background = out->max_background;
}

/* Adds the backing id to libfuse's reply to open, or the end of that to create. */
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

/* What hooks->after is told. */
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

/* Takes back what a successful answer that never arrives gave to the kernel. */
static void take_back(struct layer *layer, uint32_t opcode, const struct iovec *iov, int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;
	size_t size = 0;

	for (int i = 1; i < count; i++)
		size += iov[i].iov_len;
	/* Where there is something to take back, libfuse has it in one piece. */
	if (!header->error && count == 2)
		undo(layer, opcode, iov[1].iov_base, size);
}

/* Counts an answer that is about to go out. */
static void count_answer(const struct layer *layer, const struct hook_request *request, int error)
{
	/* INIT comes before anything is measured. */
	if (layer->config->statistics && request->arrived)
		statistics_count(layer->config->statistics, request->opcode,
				 units_now() - request->arrived, error);
}

static ssize_t send_now(struct layer *layer, const struct hook_request *request,
			const struct iovec *iov, int count)
{
	ssize_t written;

	count_answer(layer, request, ((const struct fuse_out_header *)iov[0].iov_base)->error);
	written = writev(layer->device_fd, iov, count);
	/* ENOENT: nobody waits for it any more. ENODEV: the mount is gone. */
	if (written < 0)
		take_back(layer, request->opcode, iov, count);
	return written;
}

/* Makes an error of an answer, whatever it was. Returns how many parts it has then. */
static int replace_by_error(struct layer *layer, uint32_t opcode, struct iovec *iov, int count,
			    int error)
{
	struct fuse_out_header *header = iov[0].iov_base;

	take_back(layer, opcode, iov, count);
	header->error = -error;
	header->len = sizeof(*header);
	return 1;
}

/* libfuse's way out: every answer of this thread's request. Says that all went well, for what did
 * not is dealt with. */
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
	decision = ask_after(layer, execution, iov, count);
	if (decision.error)
		count = replace_by_error(layer, execution->request->opcode, iov, count,
					 decision.error);
	if (decision.delay_ns &&
	    !worker_delay_answer(execution->worker, execution->request, iov, count, &decision))
		return length;
	send_now(layer, execution->request, iov, count);
	worker_done(layer, execution->request);
	return length;
}

/* libfuse wants a function to receive with; the workers do it themselves. */
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
	 * No splice: its pipes would hold page-cache folios, which then cannot be split. No cache
	 * of writes: passthrough excludes it. No atomic O_TRUNC: the open would not take setuid
	 * away, as the setattr that comes instead does.
	 */
	const unsigned int wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_DONT_MASK | FUSE_CAP_IOCTL_DIR |
				    FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_READDIRPLUS |
				    FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ASYNC_DIO |
				    FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_POSIX_ACL;
	struct layer *layer = userdata;

	connection->want = connection->capable & wanted;
	connection->max_write = DATA_MAX;
	/* Background requests that wait must not keep others from being sent. */
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
	if (layer->session)
		fuse_session_destroy(layer->session);
	layer->session = NULL;
	layer->device_fd = -1;
}

size_t session_receive_size(void)
{
	return MESSAGE_MAX;
}

/* What libfuse 3.14 does not know, in words it does. Returns the new size. */
static size_t rewrite(struct execution *execution, struct fuse_in_header *header, size_t size)
{
	uint64_t flags = execution->worker->layer->negotiated.flags;
	char *body = (char *)(header + 1);
	struct setxattr_in in;

	if (header->opcode == OPCODE_TMPFILE)
		header->opcode = FUSE_CREATE; /* told apart by O_TMPFILE among its flags */
	if (header->opcode != FUSE_SETXATTR || !(flags & INIT_SETXATTR_EXT) ||
	    size < sizeof(*header) + sizeof(in))
		return size;
	memcpy(&in, body, sizeof(in));
	execution->kill_sgid = in.setxattr_flags & SETXATTR_ACL_KILL_SGID;
	/* What 7.33 put between the flags and the name. */
	size -= sizeof(in) - SETXATTR_COMPAT_SIZE;
	memmove(body + SETXATTR_COMPAT_SIZE, body + sizeof(in),
		size - sizeof(*header) - SETXATTR_COMPAT_SIZE);
	header->len = (uint32_t)size;
	return size;
}

void session_execute(struct worker *worker, const struct hook_request *request, void *data,
		     size_t size)
{
	struct execution execution = {
		.worker = worker,
		.request = request,
		.header = data,
	};
	struct fuse_buf buffer = { .mem = data };

	buffer.size = rewrite(&execution, data, size);
	current_execution = &execution;
	fuse_session_process_buf(worker->layer->session, &buffer);
	current_execution = NULL;
}

static void send_error(const struct layer *layer, uint64_t unique, int error)
{
	const struct fuse_out_header header = {
		.len = sizeof(header),
		.error = -error,
		.unique = unique,
	};

	/* It fails only when nobody waits for it any more. */
	(void)!write(layer->device_fd, &header, sizeof(header));
}

void session_refuse(const struct layer *layer, uint64_t unique, int error)
{
	send_error(layer, unique, error);
}

void session_fail(const struct layer *layer, const struct hook_request *request, int error)
{
	count_answer(layer, request, error);
	send_error(layer, request->unique, error);
}

void session_answer(struct layer *layer, const struct hook_request *request, void *data,
		    size_t size, int error)
{
	struct iovec iov[2] = {
		{ .iov_base = data, .iov_len = sizeof(struct fuse_out_header) },
		{ .iov_base = (char *)data + sizeof(struct fuse_out_header),
		  .iov_len = size - sizeof(struct fuse_out_header) },
	};
	int count = iov[1].iov_len ? 2 : 1;

	if (error)
		count = replace_by_error(layer, request->opcode, iov, count, error);
	send_now(layer, request, iov, count);
}
