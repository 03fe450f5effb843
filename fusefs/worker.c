/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/worker.h"
#include "fusefs/execution.h"
#include "fusefs/identity.h"
#include "fusefs/protocol.h"
#include "fusefs/reply.h"
#include "fusefs/request.h"
#include "injector/base/report.h"
#include "injector/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	WAKE_SIGNAL = SIGUSR2,
	WAKE_INTERVAL_NS = 10000000,
	NS_PER_SECOND = 1000000000,
	LOOK_AGAIN_NS = 50000000,
	/* Bytes before a message, so that the data of a write begins on a page: a direct write
	   requires alignment. */
	LEAD = PAGE - sizeof(struct fuse_in_header) - sizeof(struct fuse_write_in),
};

/* An item of the delay queue: a request as received, or an answer as it will be sent. */
struct waiting {
	struct delayed delayed;
	struct layer *layer;
	struct hook_request request;
	bool is_answer;
	bool goes_on;       /* ask the hooks when due */
	bool interruptible; /* by any signal */
	int error;          /* of a request: fail with it when due; 0: work on it */
	int device_fd;      /* that the request was read from */
	size_t size;
	char *area; /* owned */
	char *data; /* in area, `size` bytes */
};

static void free_waiting(struct delayed *delayed)
{
	struct waiting *waiting = (struct waiting *)delayed;

	free(waiting->area);
	free(waiting);
}

/* Frees an item that still waits when the layer ends. */
static void abandon(struct delayed *delayed)
{
	struct waiting *waiting = (struct waiting *)delayed;

	worker_done(waiting->layer, &waiting->request);
	free_waiting(delayed);
}

void worker_done(const struct layer *layer, const struct hook_request *request)
{
	const struct hooks *hooks = layer->config->hooks;

	if (request->plan && hooks && hooks->done)
		hooks->done(hooks->injector, request);
}

static struct waiting *make_waiting(struct layer *layer, const struct hook_request *request,
				    size_t size, bool is_answer)
{
	size_t lead = !is_answer && request->opcode == FUSE_WRITE ? LEAD : 0;
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (!waiting)
		return NULL;
	waiting->area =
		lead ? aligned_alloc(PAGE, (lead + size + PAGE - 1) / PAGE * PAGE) : malloc(size);
	if (!waiting->area) {
		free(waiting);
		return NULL;
	}
	waiting->layer = layer;
	waiting->delayed.unique = request->unique;
	waiting->request = *request;
	waiting->device_fd = reply_device();
	waiting->is_answer = is_answer;
	waiting->size = size;
	waiting->data = waiting->area + lead;
	return waiting;
}

static void wake(void *waiter, uint64_t at)
{
	struct waiting *waiting = waiter;

	delay_queue_hasten(&waiting->layer->delays, &waiting->delayed, at);
}

/* Queues an item as decided. Returns 0, or -ENOMEM: it is still the caller's. */
static int let_wait(struct layer *layer, struct waiting *waiting,
		    const struct hook_decision *decision)
{
	const struct hooks *hooks = layer->config->hooks;
	uint64_t now = units_now();

	waiting->goes_on = decision->goes_on;
	waiting->interruptible = decision->interruptible;
	waiting->delayed.exact = decision->held;
	waiting->delayed.hastened = 0;
	if (decision->held)
		hooks->waits(hooks->injector, &waiting->request, wake, waiting);
	return delay_queue_put(&layer->delays, &waiting->delayed,
			       decision->delay_ns > UINT64_MAX - now ? UINT64_MAX
								     : now + decision->delay_ns);
}

static struct hook_decision ask_next(const struct layer *layer, const struct hook_request *request,
				     bool interrupted)
{
	const struct hooks *hooks = layer->config->hooks;

	return hooks->next(hooks->injector, request, interrupted);
}

/* Queues an item if the decision delays it. Returns true if the queue has it. Otherwise it is still
 * the caller's, and `decision` is what is left to do. */
static bool begins_to_wait(struct layer *layer, struct waiting *waiting,
			   struct hook_decision *decision)
{
	while (decision->delay_ns) {
		if (!let_wait(layer, waiting, decision))
			return true;
		*decision = decision->goes_on ? ask_next(layer, &waiting->request, true)
					      : (struct hook_decision){ .error = decision->error };
	}
	return false;
}

/* Delays an answer, or sends it and frees it, as decided. */
static void pursue_answer(struct layer *layer, struct waiting *waiting,
			  struct hook_decision decision)
{
	if (begins_to_wait(layer, waiting, &decision))
		return;
	reply_finish(layer, &waiting->request, waiting->data, waiting->size,
		     hook_operation_of(waiting->request.opcode)->fails ? decision.error : 0);
	worker_done(layer, &waiting->request);
	free_waiting(&waiting->delayed);
}

int worker_delay_answer(struct layer *layer, const struct hook_request *request,
			const struct iovec *iov, int count, const struct hook_decision *decision)
{
	struct waiting *waiting;
	size_t size = 0;
	char *at;

	for (int i = 0; i < count; i++)
		size += iov[i].iov_len;
	waiting = make_waiting(layer, request, size, true);
	if (!waiting)
		return -ENOMEM;
	waiting->request.name = waiting->request.other.name = NULL;
	at = waiting->data;
	for (int i = 0; i < count; i++)
		at = mempcpy(at, iov[i].iov_base, iov[i].iov_len);
	pursue_answer(layer, waiting, *decision);
	return 0;
}

/* Works on a request, or fails it with `error` (positive errno). */
static void carry_out(struct worker *worker, const struct hook_request *request, void *message,
		      size_t size, int error)
{
	if (!error)
		error = request_prepare(worker->layer, message);
	if (!error) {
		execution_run(worker, request, message, size);
		return;
	}
	reply_fail(worker->layer, request, error);
	worker_done(worker->layer, request);
}

/* Delays a request, or carries it out and frees it, as decided. */
static void pursue_request(struct worker *worker, struct waiting *waiting,
			   struct hook_decision decision)
{
	bool fails = hook_operation_of(waiting->request.opcode)->fails;

	if (begins_to_wait(worker->layer, waiting, &decision))
		return;
	carry_out(worker, &waiting->request, waiting->data, waiting->size,
		  fails ? decision.error : 0);
	free_waiting(&waiting->delayed);
}

/* Continues with an item that is due, or that a signal has interrupted. */
static void finish_waiting(struct worker *worker, struct waiting *waiting, bool interrupted)
{
	bool fails = hook_operation_of(waiting->request.opcode)->fails;
	struct hook_decision decision = { .error = waiting->error };

	reply_to(waiting->device_fd);
	if (waiting->goes_on)
		decision = ask_next(worker->layer, &waiting->request, interrupted);
	if (interrupted)
		decision =
			(struct hook_decision){ .error = !waiting->is_answer && fails ? EINTR : 0 };
	if (!waiting->is_answer) {
		waiting->error = decision.error;
		pursue_request(worker, waiting, decision);
	} else {
		pursue_answer(worker->layer, waiting, decision);
	}
}

/*
 * Has the kernel send FUSE_INTERRUPT again after 50 ms: EAGAIN requests that, as long as the
 * request lives (fuse_dev_do_write(), 2.6.14). Otherwise the kernel sends it for the first signal
 * only, not for a later SIGKILL (request_wait_answer(), fs/fuse/dev.c, 6.18).
 */
static void hear_again(struct layer *layer, uint64_t unique)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (waiting) {
		waiting->layer = layer;
		waiting->delayed.unique = unique;
		waiting->request.opcode = FUSE_INTERRUPT;
		if (!delay_queue_put(&layer->delays, &waiting->delayed,
				     units_now() + LOOK_AGAIN_NS))
			return;
	}
	free(waiting);
	reply_refuse(layer, unique, EAGAIN);
}

/*
 * The caller of a request got a signal. The signal ends the delay if it kills, or if the rule says
 * so. A request that is not in the queue may be queued later: a worker has read it or works on it.
 */
static void interrupt(struct worker *worker, const struct fuse_in_header *header)
{
	const struct fuse_interrupt_in *in = (const void *)(header + 1);
	struct layer *layer = worker->layer;
	struct delayed *delayed;
	struct waiting *waiting;

	if (!layer->config->hooks)
		return;
	delayed = delay_queue_remove(&layer->delays, in->unique);
	waiting = (struct waiting *)delayed;
	if (waiting &&
	    (waiting->interruptible || identity_is_killed(worker, (pid_t)waiting->request.pid))) {
		finish_waiting(worker, waiting, true);
		return;
	}
	if (delayed && delay_queue_put(&layer->delays, delayed, delayed->deadline)) {
		finish_waiting(worker, waiting, false);
		return;
	}
	hear_again(layer, header->unique);
}

static struct hook_decision ask_before(const struct layer *layer,
				       const struct hook_operation *operation,
				       const struct hook_request *request)
{
	const struct hooks *hooks = layer->config->hooks;
	struct hook_decision decision = { .delay_ns = 0 };

	if (!hooks || !hooks->before || !operation || !operation->delays)
		return decision;
	decision = hooks->before(hooks->injector, request);
	if (!operation->fails)
		decision.error = 0;
	return decision;
}

/* Delays a request as the hooks decided. Returns 0, or -ENOMEM: the caller works on it at once. */
static int keep_request(struct worker *worker, const struct hook_request *request,
			const char *message, size_t size, struct hook_decision decision)
{
	struct waiting *waiting = make_waiting(worker->layer, request, size, false);

	if (!waiting)
		return -ENOMEM;
	memcpy(waiting->data, message, size);
	if (request->name)
		waiting->request.name = waiting->data + (request->name - message);
	if (request->other.name)
		waiting->request.other.name = waiting->data + (request->other.name - message);
	waiting->error = decision.error;
	pursue_request(worker, waiting, decision);
	return 0;
}

/* A new request. */
static void handle(struct worker *worker, void *message, size_t size)
{
	const struct fuse_in_header *header = message;
	struct hook_request request = { .opcode = header->opcode, .unique = header->unique };
	const struct hook_operation *operation = NULL;
	struct hook_decision decision;

	reply_to(worker->device_fd);
	if (header->opcode == FUSE_INTERRUPT) {
		interrupt(worker, header);
		return;
	}
	if (worker->layer->config->hooks || worker->layer->config->statistics)
		request = request_describe(worker->layer, header, size);
	if (worker->layer->config->hooks)
		operation = hook_operation_of(header->opcode);
	decision = ask_before(worker->layer, operation, &request);
	request.plan = decision.plan;
	if (decision.delay_ns && !keep_request(worker, &request, message, size, decision))
		return;
	carry_out(worker, &request, message, size, decision.error);
}

/* Returns the size of the next message, or a negative errno: -ENODEV the mount is gone, or the
 * workers stop. */
static ssize_t receive(const struct worker *worker, void *message)
{
	const struct layer *layer = worker->layer;
	ssize_t size;

	do
		size = layer->stops ? (errno = ENODEV, -1)
				    : read(worker->device_fd, message, layer->receive_size);
	while (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT));
	if (size < 0)
		return -errno;
	return size < (ssize_t)sizeof(struct fuse_in_header) ? -EPROTO : size;
}

static void take_requests(struct worker *worker)
{
	const uint64_t one = 1;
	struct layer *layer = worker->layer;
	char *message = (char *)worker->receive_area + LEAD;
	ssize_t size;

	while ((size = receive(worker, message)) >= 0) {
		handle(worker, message, (size_t)size);
		inode_close_borrowed(0);
	}
	if (size != -ENODEV && size != -ECONNABORTED)
		report((int)size, "reading requests from /dev/fuse");
	if (atomic_fetch_sub(&layer->readers, 1) == 1)
		(void)!write(layer->ended_fd, &one, sizeof(one));
}

static void take_delayed(struct worker *worker)
{
	struct delayed *delayed;

	while ((delayed = delay_queue_take(&worker->layer->delays))) {
		struct waiting *waiting = (struct waiting *)delayed;

		if (waiting->request.opcode == FUSE_INTERRUPT) {
			reply_refuse(worker->layer, delayed->unique, EAGAIN);
			free_waiting(delayed);
		} else {
			finish_waiting(worker, waiting, false);
		}
		inode_close_borrowed(0);
	}
}

static void *work(void *context)
{
	struct worker *worker = context;
	int r = identity_prepare();

	/* Delays end on time, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	if (r) {
		report(r,
		       "preparing a thread of the layer, which takes CAP_SETPCAP, CAP_SETUID and "
		       "CAP_SETGID");
		worker->layer->stops = true;
	}
	if (worker->takes_delayed)
		take_delayed(worker);
	else
		take_requests(worker);
	return NULL;
}

static int make_areas(struct worker *worker)
{
	size_t size = worker->layer->receive_size + PAGE;

	worker->receive_area = aligned_alloc(PAGE, size);
	worker->read_area = aligned_alloc(PAGE, size);
	return worker->receive_area && worker->read_area ? 0 : -ENOMEM;
}

static void free_areas(struct worker *worker)
{
	free(worker->receive_area);
	free(worker->read_area);
}

int workers_negotiate(struct layer *layer)
{
	struct worker worker = { .layer = layer, .device_fd = layer->device_fd };
	const struct init_in *in;
	struct fuse_in_header *header;
	struct hook_request request = { .opcode = FUSE_INIT };
	ssize_t size;

	if (make_areas(&worker)) {
		free_areas(&worker);
		return report(-ENOMEM, "greeting the kernel on /dev/fuse");
	}
	header = (void *)((char *)worker.receive_area + LEAD);
	in = (const void *)(header + 1);
	size = receive(&worker, header);
	reply_to(worker.device_fd);
	if (size >= 0 && header->opcode != FUSE_INIT)
		size = -EPROTO;
	if (size >= 0) {
		if ((size_t)size >= sizeof(*header) + sizeof(*in))
			layer->kernel_flags = in->flags | (uint64_t)in->flags2 << 32;
		if (!(layer->kernel_flags & INIT_EXT))
			layer->kernel_flags &= UINT32_MAX;
		execution_run(&worker, &request, header, (size_t)size);
	}
	free_areas(&worker);
	return size < 0 ? report((int)size, "greeting the kernel on /dev/fuse") : 0;
}

/*
 * A clone has its own queue and lock for the requests that its worker has read; the kernel gives a
 * new request to any worker that waits. Returns the layer's descriptor if there is no clone (before
 * 4.2, no descriptors left).
 */
static int clone_device(const struct layer *layer)
{
	uint32_t device = (uint32_t)layer->device_fd;
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && !ioctl(fd, FUSE_DEV_IOC_CLONE, &device))
		return fd;
	if (fd >= 0)
		close(fd);
	return layer->device_fd;
}

static int start(struct worker *worker)
{
	int r = make_areas(worker);

	if (!r)
		r = -pthread_create(&worker->thread, NULL, work, worker);
	worker->started = !r;
	return r;
}

int workers_start(struct layer *layer, unsigned int count)
{
	unsigned int delayed = layer->config->hooks ? count : 0;
	int r = 0;

	layer->workers = calloc(count + delayed, sizeof(*layer->workers));
	if (!layer->workers)
		return report(-ENOMEM, "starting threads");
	/* Before a thread starts: each may end, or read the others' descriptors. */
	layer->worker_count = count + delayed;
	layer->readers = count;
	for (unsigned int i = 0; i < layer->worker_count; i++) {
		layer->workers[i].layer = layer;
		layer->workers[i].takes_delayed = i < delayed;
		layer->workers[i].device_fd = i < delayed ? layer->device_fd : clone_device(layer);
	}
	for (unsigned int i = 0; i < layer->worker_count && !r; i++)
		r = start(&layer->workers[i]);
	return r ? report(r, "starting threads") : 0;
}

void workers_drain(struct layer *layer)
{
	delay_queue_drain(&layer->delays);
}

static void interrupt_read(int number)
{
	(void)number;
}

/* Signals repeatedly: a signal may arrive right before the read that it should interrupt. */
static void end_thread(const struct worker *worker)
{
	struct timespec until;

	do {
		pthread_kill(worker->thread, WAKE_SIGNAL);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += WAKE_INTERVAL_NS;
		until.tv_sec += until.tv_nsec / NS_PER_SECOND;
		until.tv_nsec %= NS_PER_SECOND;
	} while (pthread_timedjoin_np(worker->thread, NULL, &until));
}

void workers_join(struct layer *layer)
{
	const struct sigaction wake = { .sa_handler = interrupt_read };
	struct sigaction before;

	sigaction(WAKE_SIGNAL, &wake, &before);
	layer->stops = true;
	delay_queue_stop(&layer->delays);
	for (unsigned int i = 0; i < layer->worker_count; i++) {
		if (layer->workers[i].started)
			end_thread(&layer->workers[i]);
		free_areas(&layer->workers[i]);
	}
	/* After all have ended, since reply_refuse() uses the others' descriptors. */
	for (unsigned int i = 0; i < layer->worker_count; i++)
		if (layer->workers[i].device_fd != layer->device_fd)
			close(layer->workers[i].device_fd);
	sigaction(WAKE_SIGNAL, &before, NULL);
	free(layer->workers);
	layer->workers = NULL;
	delay_queue_destroy(&layer->delays, abandon);
}
