/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_plan.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* The last calls of a thread on an object. A thread makes one at a time, so only the last may be
 * unfinished when another thread's begins. */
struct last {
	uint64_t end;
	uint32_t calls; /* done, counting this one; 0: there is none */
};

struct visitor {
	uint32_t thread;
	struct last any[2], changing[2]; /* the last one, and the one before */
};

struct object {
	struct visitor *visitors;
	uint32_t count;
};

struct planner {
	const struct trace *trace;
	struct replay_plan *plan;
	struct object *objects;
	size_t object_count;
	struct object
		*users;     /* of each handle from 1, until it is closed: any[0] is the last call */
	uint32_t *known;    /* by waiting thread and other thread: calls waited for already */
	uint32_t *position; /* of the next call of each thread */
	uint32_t *order;    /* calls by start */
	size_t threads;
	bool failed;
};

/* The effect of a call on its objects. */
enum effect { LOOKS, CHANGES };

enum object_kind { NO_OBJECT, A_NAME, A_HANDLE, A_MAP };

static const struct {
	enum effect file, handle, other;
	enum object_kind handle_is, other_is;
} effects[TRACE_OPS] = {
	[TRACE_OPEN] = { LOOKS, CHANGES, LOOKS, A_HANDLE, A_NAME },
	[TRACE_CLOSE] = { CHANGES, CHANGES, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_DUP] = { LOOKS, CHANGES, CHANGES, A_HANDLE, A_HANDLE },
	/* Calls without an offset move that of the handle. */
	[TRACE_READ] = { LOOKS, CHANGES, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_PREAD] = { LOOKS, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_WRITE] = { CHANGES, CHANGES, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_PWRITE] = { CHANGES, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_LSEEK] = { LOOKS, CHANGES, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_FSTAT] = { LOOKS, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_STAT] = { LOOKS, LOOKS, LOOKS, NO_OBJECT, A_NAME },
	[TRACE_MMAP] = { LOOKS, LOOKS, CHANGES, A_HANDLE, A_MAP },
	[TRACE_MUNMAP] = { LOOKS, LOOKS, CHANGES, NO_OBJECT, A_MAP },
	[TRACE_MSYNC] = { CHANGES, LOOKS, LOOKS, NO_OBJECT, A_MAP },
	[TRACE_FALLOCATE] = { CHANGES, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_FTRUNCATE] = { CHANGES, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_TRUNCATE] = { CHANGES, LOOKS, LOOKS, NO_OBJECT, A_NAME },
	[TRACE_FSYNC] = { CHANGES, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_FDATASYNC] = { CHANGES, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_SYNC] = { CHANGES, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
	[TRACE_RENAME] = { CHANGES, CHANGES, CHANGES, A_NAME, A_NAME },
	[TRACE_LINK] = { CHANGES, CHANGES, CHANGES, A_NAME, A_NAME },
	[TRACE_UNLINK] = { CHANGES, LOOKS, CHANGES, NO_OBJECT, A_NAME },
	[TRACE_COPY] = { LOOKS, CHANGES, CHANGES, A_HANDLE, A_HANDLE },
	[TRACE_SENDFILE] = { LOOKS, CHANGES, CHANGES, A_HANDLE, A_HANDLE },
	[TRACE_ADVISE] = { LOOKS, LOOKS, LOOKS, A_HANDLE, NO_OBJECT },
};

/* Returns an object. Files, names, handles and maps, each from 1, are in one array. NULL: none. */
static struct object *object_at(const struct planner *planner, enum object_kind kind,
				uint32_t number)
{
	const struct trace *trace = planner->trace;
	size_t base = kind == A_NAME ? trace->file_count
		      : kind == A_HANDLE
			      ? trace->file_count + trace->name_count
			      : trace->file_count + trace->name_count + trace->last_handle;

	return kind == NO_OBJECT || !number ? NULL : &planner->objects[base + number - 1];
}

static struct visitor *visitor_of(struct planner *planner, struct object *object, uint32_t thread)
{
	struct visitor *grown;

	for (uint32_t i = 0; i < object->count; i++)
		if (object->visitors[i].thread == thread)
			return &object->visitors[i];
	/* Grown by doubling: at 1, 2, 4, ... */
	if (!(object->count & (object->count - 1))) {
		grown = reallocarray(object->visitors, object->count ? 2 * object->count : 1,
				     sizeof(*grown));
		if (!grown) {
			planner->failed = true;
			return NULL;
		}
		object->visitors = grown;
	}
	object->visitors[object->count] = (struct visitor){ .thread = thread };
	return &object->visitors[object->count++];
}

static void need(struct planner *planner, uint32_t thread, uint32_t other, uint32_t calls)
{
	struct replay_plan *plan = planner->plan;
	uint32_t *known = &planner->known[thread * planner->threads + other];
	struct replay_need *grown;

	if (calls <= *known)
		return;
	if (plan->need_count == plan->need_room) {
		grown = reallocarray(plan->needs, plan->need_room ? 2 * plan->need_room : 1024,
				     sizeof(*grown));
		if (!grown) {
			planner->failed = true;
			return;
		}
		plan->needs = grown;
		plan->need_room = plan->need_room ? 2 * plan->need_room : 1024;
	}
	*known = calls;
	plan->needs[plan->need_count++] = (struct replay_need){ other, calls };
}

static void visit(struct planner *planner, const struct trace_call *call, struct object *object,
		  enum effect effect)
{
	struct last now = { call->start + call->took, planner->position[call->thread] + 1 };
	struct visitor *own;

	if (!object)
		return;
	for (uint32_t i = 0; i < object->count; i++) {
		const struct visitor *visitor = &object->visitors[i];
		const struct last *last = effect == CHANGES ? visitor->any : visitor->changing;

		if (visitor->thread == call->thread)
			continue;
		last += last->calls && last->end > call->start;
		if (last->calls && last->end <= call->start)
			need(planner, call->thread, visitor->thread, last->calls);
	}
	own = visitor_of(planner, object, call->thread);
	if (!own)
		return;
	own->any[1] = own->any[0];
	own->any[0] = now;
	if (effect == CHANGES) {
		own->changing[1] = own->changing[0];
		own->changing[0] = now;
	}
}

static void add_user(struct planner *planner, const struct trace_call *call, uint32_t handle,
		     uint32_t calls)
{
	struct visitor *visitor =
		handle ? visitor_of(planner, &planner->users[handle], call->thread) : NULL;

	if (visitor)
		visitor->any[0].calls = calls;
}

/* Gets the time at which the close of each handle had ended, from 1; UINT64_MAX: never. */
static void note_ends(const struct planner *planner, uint64_t *ends)
{
	const struct trace *trace = planner->trace;

	for (uint32_t i = 0; i <= trace->last_handle; i++)
		ends[i] = UINT64_MAX;
	for (size_t i = 0; i < trace->count; i++)
		if (trace->calls[i].op == TRACE_CLOSE)
			ends[trace->calls[i].handle] = trace->calls[i].start + trace->calls[i].took;
}

/* Finds the calls that use a handle before its close has ended, also those that begin during the
 * close. */
static int find_users(struct planner *planner)
{
	const struct trace *trace = planner->trace;
	_cleanup_free_ uint64_t *ends = calloc((size_t)trace->last_handle + 1, sizeof(*ends));
	_cleanup_free_ uint32_t *position = calloc(planner->threads, sizeof(*position));

	if (!ends || !position)
		return -ENOMEM;
	note_ends(planner, ends);
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_call *call = &trace->calls[planner->order[i]];
		uint32_t calls = ++position[call->thread];

		if (effects[call->op].handle_is == A_HANDLE && call->start < ends[call->handle])
			add_user(planner, call, call->handle, calls);
		if (effects[call->op].other_is == A_HANDLE && call->start < ends[call->other])
			add_user(planner, call, call->other, calls);
	}
	return planner->failed ? -ENOMEM : 0;
}

/* Makes a close wait for all calls that use the handle, also for those that were unfinished when it
 * began. In the trace, the kernel kept the file for them; here they might find the descriptor
 * closed or used for another file. They began before the close had ended, so there are no
 * circles. */
static void outlast_users(struct planner *planner, const struct trace_call *call)
{
	const struct object *users = &planner->users[call->handle];

	for (uint32_t i = 0; i < users->count; i++)
		if (users->visitors[i].thread != call->thread)
			need(planner, call->thread, users->visitors[i].thread,
			     users->visitors[i].any[0].calls);
}

static void plan_call(struct planner *planner, const struct trace_call *call)
{
	/* A call that makes or empties a file changes both the file and its name. */
	bool makes = call->op == TRACE_OPEN && call->flags & (O_CREAT | O_TRUNC) && !call->result;
	enum effect more = makes ? CHANGES : LOOKS;
	struct object *file = call->file ? &planner->objects[call->file - 1] : NULL;

	visit(planner, call, file, effects[call->op].file | more);
	visit(planner, call, object_at(planner, effects[call->op].handle_is, call->handle),
	      effects[call->op].handle);
	visit(planner, call, object_at(planner, effects[call->op].other_is, call->other),
	      effects[call->op].other | more);
	if (call->op == TRACE_CLOSE && call->handle)
		outlast_users(planner, call);
	planner->position[call->thread]++;
}

static int by_start(const void *a, const void *b, void *context)
{
	const struct trace_call *calls = context;
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	if (calls[one].start != calls[other].start)
		return calls[one].start < calls[other].start ? -1 : 1;
	return (one > other) - (one < other);
}

/* Sorts the calls by thread, each in its order. */
static void sort_by_thread(struct replay_plan *plan, const struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		plan->firsts[trace->calls[i].thread + 1]++;
	for (uint32_t t = 1; t <= trace->threads + 1; t++)
		plan->firsts[t] += plan->firsts[t - 1];
	for (size_t i = 0; i < trace->count; i++)
		plan->calls[plan->firsts[trace->calls[i].thread]++] = (uint32_t)i;
	for (uint32_t t = trace->threads + 1; t; t--)
		plan->firsts[t] = plan->firsts[t - 1];
	plan->firsts[0] = 0;
}

/* Sorts needs by call: they were found in the order of starts. */
static int sort_needs(struct planner *planner, const uint32_t *first_of)
{
	struct replay_plan *plan = planner->plan;
	const struct trace *trace = planner->trace;
	struct replay_need *sorted = calloc(plan->need_count + 1, sizeof(*sorted));
	_cleanup_free_ uint32_t *rank = calloc(trace->count + 1, sizeof(*rank));
	size_t at = 0;

	if (!sorted || !rank) {
		free(sorted);
		return -ENOMEM;
	}
	for (size_t i = 0; i < trace->count; i++)
		rank[planner->order[i]] = (uint32_t)i;
	for (size_t i = 0; i < trace->count; i++) {
		plan->needs_first[i] = (uint32_t)at;
		for (uint32_t n = first_of[rank[i]]; n < first_of[rank[i] + 1]; n++)
			sorted[at++] = plan->needs[n];
	}
	plan->needs_first[trace->count] = (uint32_t)at;
	free(plan->needs);
	plan->needs = sorted;
	return 0;
}

static int plan_all(struct planner *planner)
{
	const struct trace *trace = planner->trace;
	struct replay_plan *plan = planner->plan;
	_cleanup_free_ uint32_t *first_of = calloc(trace->count + 1, sizeof(*first_of));

	if (!first_of)
		return -ENOMEM;
	for (size_t i = 0; i < trace->count; i++)
		planner->order[i] = (uint32_t)i;
	qsort_r(planner->order, trace->count, sizeof(*planner->order), by_start, trace->calls);
	if (find_users(planner))
		return -ENOMEM;
	for (size_t i = 0; i < trace->count && !planner->failed; i++) {
		first_of[i] = (uint32_t)plan->need_count;
		plan_call(planner, &trace->calls[planner->order[i]]);
	}
	first_of[trace->count] = (uint32_t)plan->need_count;
	return planner->failed ? -ENOMEM : sort_needs(planner, first_of);
}

int replay_plan_make(struct replay_plan *plan, const struct trace *trace)
{
	struct planner planner = {
		.trace = trace,
		.plan = plan,
		.threads = (size_t)trace->threads + 1,
		.object_count = trace->file_count + trace->name_count + trace->last_handle +
				trace->last_map,
	};
	int r = -ENOMEM;

	*plan = (struct replay_plan){ .need_count = 0 };
	plan->calls = calloc(trace->count + 1, sizeof(*plan->calls));
	plan->firsts = calloc(planner.threads + 2, sizeof(*plan->firsts));
	plan->needs_first = calloc(trace->count + 1, sizeof(*plan->needs_first));
	planner.objects = calloc(planner.object_count + 1, sizeof(*planner.objects));
	planner.users = calloc((size_t)trace->last_handle + 1, sizeof(*planner.users));
	planner.known = calloc(planner.threads * planner.threads, sizeof(*planner.known));
	planner.position = calloc(planner.threads, sizeof(*planner.position));
	planner.order = calloc(trace->count + 1, sizeof(*planner.order));
	if (plan->calls && plan->firsts && plan->needs_first && planner.objects && planner.users &&
	    planner.known && planner.position && planner.order) {
		sort_by_thread(plan, trace);
		r = plan_all(&planner);
	}
	for (size_t i = 0; planner.objects && i < planner.object_count; i++)
		free(planner.objects[i].visitors);
	for (size_t i = 0; planner.users && i <= trace->last_handle; i++)
		free(planner.users[i].visitors);
	free(planner.objects);
	free(planner.users);
	free(planner.known);
	free(planner.position);
	free(planner.order);
	return r ? report(r, "the order of %zu calls", trace->count) : 0;
}

void replay_plan_release(struct replay_plan *plan)
{
	free(plan->calls);
	free(plan->firsts);
	free(plan->needs_first);
	free(plan->needs);
	*plan = (struct replay_plan){ .need_count = 0 };
}
