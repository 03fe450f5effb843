/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_engine.h"
#include "injector/base/cleanup.h"
#include "injector/probe/bpf_code.h"
#include "injector/probe/bpf_load.h"
#include "injector/schedule/holds_types.h"
#include "injector/schedule/schedule_passage.h"
#include "injector/schedule/schedule_replay.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "holds.skel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A return takes a probe at the entry and one at the return. */
enum { LINKS_MAX = 2 * PLAN_POINTS };

static const char probes[] = "/sys/bus/event_source/devices/kprobe/type";

/* The called function of a call. */
struct callee {
	unsigned int entry_count, behind_count;
	uint64_t entry[PLAN_ADDRESSES];
	uint64_t behind[PLAN_ADDRESSES]; /* return addresses of the calls */
};

struct schedule_engine {
	struct holds_bpf *bpf;
	struct callee callees[PLAN_POINTS]; /* of calls */
	struct plan plan;
	unsigned int probe_type; /* of perf events */
	struct bpf_link *links[LINKS_MAX];
	size_t link_count;
	struct ring_buffer *records;
	struct schedule_replay replay;
	struct kernel_symbols *symbols;
};

static int read_probe_type(unsigned int *type)
{
	_cleanup_fclose_ FILE *file = fopen(probes, "re");

	if (!file)
		return -errno;
	return fscanf(file, "%u", type) == 1 ? 0 : -EIO;
}

/* A kernel in confidentiality lockdown accepts programs, but refuses this file and probes. On a
 * kernel without the file, a program reads the code. */
static int open_code(void)
{
	_cleanup_close_ int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

	return fd < 0 && errno != ENOENT ? -errno : 0;
}

static bool has_kcore(void)
{
	return !access("/proc/kcore", F_OK);
}

bool schedule_engine_missing(char *why, size_t size)
{
	unsigned int type;
	int r = read_probe_type(&type);

	if (r) {
		snprintf(why, size,
			 "%s: %s; a kernel with CONFIG_KPROBE_EVENTS and CONFIG_PERF_EVENTS is "
			 "needed",
			 probes, strerror(-r));
		return true;
	}
	r = open_code();
	if (r) {
		snprintf(why, size, "/proc/kcore: %s; a kernel that is not locked down is needed",
			 strerror(-r));
		return true;
	}
	bpf_load_listen();
	r = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, NULL);
	if (r == 1)
		return false;
	bpf_load_explain(r < 0 ? r : -EPERM, why, size);
	return true;
}

/* The addresses of a callee's entry or of the return from it. Returns how many; 0 for instance for
 * the return of a tail call. */
static unsigned int find_end(struct code_point end, const struct kernel_text *text,
			     uint64_t addresses[PLAN_ADDRESSES])
{
	char why[512];
	int count = code_point_resolve(&end, text, addresses, PLAN_ADDRESSES, why, sizeof(why));

	return count < 0 ? 0 : (unsigned int)count;
}

/* Called before probes are attached, which change the code. */
static void find_callees(struct schedule_engine *engine, const struct kernel_text *text)
{
	for (unsigned int i = 0; i < engine->plan.point_count; i++) {
		const struct code_point *call = engine->plan.points[i].point;
		struct callee *callee = &engine->callees[i];
		struct code_point behind = *call, entry = { .kind = POINT_ENTRY };

		if (call->kind != POINT_CALL)
			continue;
		behind.kind = POINT_RETURN_FROM;
		memcpy(entry.function, call->callee, sizeof(entry.function));
		callee->behind_count = find_end(behind, text, callee->behind);
		callee->entry_count = find_end(entry, text, callee->entry);
	}
}

static int make_plan(struct schedule_engine *engine, const struct schedule *schedule, char *why,
		     size_t size)
{
	struct kernel_symbols *symbols = kernel_symbols_read();
	struct bpf_code *code = NULL;
	struct kernel_text text;
	int r;

	engine->symbols = symbols;
	if (!kernel_symbols_usable(symbols, why, size))
		return -EPERM;
	r = kernel_text_here(&text, symbols);
	if (!r && !has_kcore()) {
		bpf_load_listen();
		r = bpf_code_open(&code);
		text.read = bpf_code_read;
		text.context = code;
	}
	if (r)
		snprintf(why, size, "this machine's code cannot be read: %s", strerror(-r));
	else
		r = plan_make(&engine->plan, schedule, &text, why, size);
	if (!r)
		find_callees(engine, &text);
	bpf_code_close(code);
	return r;
}

bool schedule_engine_lacks(const struct schedule *schedule, char *why, size_t size)
{
	struct schedule_engine *engine;
	bool lacks = schedule_engine_missing(why, size);

	if (lacks)
		return true;
	engine = calloc(1, sizeof(*engine));
	if (!engine) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return true;
	}
	lacks = make_plan(engine, schedule, why, size);
	schedule_engine_close(engine);
	return lacks;
}

static int take_record(void *context, void *data, size_t size)
{
	struct schedule_engine *engine = context;

	if (size >= sizeof(struct holds_record))
		schedule_replay_take(&engine->replay, &engine->plan, data);
	return 0;
}

void schedule_engine_poll(struct schedule_engine *engine)
{
	ring_buffer__consume(engine->records);
}

void schedule_engine_hit(struct schedule_engine *engine, uint64_t punch)
{
	passage_log_hit(&engine->replay.log, punch);
}

void schedule_engine_tell(struct schedule_engine *engine, const struct schedule *schedule,
			  void (*tell)(void *context, const struct schedule_step *step),
			  void *context)
{
	schedule_engine_poll(engine);
	passage_log_tell(&engine->replay.log, schedule, engine->symbols, tell, context);
}

static int load(struct schedule_engine *engine)
{
	struct holds_config *config;
	int r;

	engine->bpf = holds_bpf__open();
	if (!engine->bpf)
		return -errno;
	config = &engine->bpf->rodata->config;
	engine->bpf->rodata->plan = engine->plan;
	r = bpf_load_namespace(&config->namespace_device, &config->namespace_inode);
	if (!r)
		r = holds_bpf__load(engine->bpf);
	if (r)
		return r;
	engine->records =
		ring_buffer__new(bpf_map__fd(engine->bpf->maps.records), take_record, engine, NULL);
	return engine->records ? 0 : -errno;
}

/* Attaches a probe by address, since several functions may have one name. returns: at the return of
 * the function that begins there. */
static int attach(struct schedule_engine *engine, const struct bpf_program *program,
		  unsigned int point, uint64_t address, bool returns)
{
	struct perf_event_attr probe = {
		.type = engine->probe_type,
		.size = sizeof(probe),
		.config = returns,
		.kprobe_addr = address,
	};
	LIBBPF_OPTS(bpf_perf_event_opts, opts, .bpf_cookie = point);
	struct bpf_link *link;
	int fd;

	if (engine->link_count == LINKS_MAX)
		return -E2BIG;
	fd = (int)syscall(SYS_perf_event_open, &probe, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event_opts(program, fd, &opts);
	if (!link) {
		int error = -errno;

		close(fd);
		return error;
	}
	engine->links[engine->link_count++] = link;
	return 0;
}

/* Attaches the return before the entry, whose program records the arguments for it. */
static int attach_address(struct schedule_engine *engine, unsigned int point, uint64_t address)
{
	bool returns = engine->plan.points[point].point->kind == POINT_RETURN;
	int r;

	if (!returns)
		return attach(engine, engine->bpf->progs.at_point, point, address, false);
	r = attach(engine, engine->bpf->progs.at_return, point, address, true);
	return r ? r : attach(engine, engine->bpf->progs.at_entry, point, address, false);
}

/* Attaches a probe to the called function, if the call itself takes none. Its program recognizes
 * the call by the return address. */
static int attach_callee(struct schedule_engine *engine, unsigned int point)
{
	const struct callee *callee = &engine->callees[point];
	int r = callee->behind_count && callee->entry_count ? 0 : -EINVAL;

	for (unsigned int i = 0; i < callee->behind_count && !r; i++) {
		struct holds_caller key = { .address = callee->behind[i], .point = point };
		uint32_t value = 1;

		if (bpf_map_update_elem(bpf_map__fd(engine->bpf->maps.callers), &key, &value,
					BPF_ANY))
			r = -errno;
	}
	for (unsigned int i = 0; i < callee->entry_count && !r; i++)
		r = attach(engine, engine->bpf->progs.at_callee, point, callee->entry[i], false);
	return r;
}

static bool is_held(const struct plan *plan, unsigned int point)
{
	for (unsigned int i = 0; i < plan->hold_count; i++)
		if (plan->holds[i].at == point)
			return true;
	return false;
}

/* A thread that is to be held at a call is held at the entry of the called function, if ftrace has
 * a probe there: such a probe runs with interrupts on, so other processors that wait for this one
 * to flush its TLB can continue. */
static int attach_point(struct schedule_engine *engine, unsigned int number)
{
	const struct plan_point *point = &engine->plan.points[number];
	const struct callee *callee = &engine->callees[number];
	int r = 0;

	if (is_held(&engine->plan, number) && callee->entry_count == 1 &&
	    callee->behind_count == point->count && !attach_callee(engine, number))
		return 0;
	for (unsigned int i = 0; i < point->count && !r; i++) {
		r = attach_address(engine, number, point->address[i]);
		if (r == -EINVAL && !i)
			return attach_callee(engine, number);
	}
	return r;
}

/* Perf events take no probe in functions without ftrace: parts of lib/ and arch/, and those marked
 * notrace (within_notrace_func() in kernel/trace/trace_kprobe.c), nor where probes are forbidden.
 */
int schedule_engine_attach(struct schedule_engine *engine, char *why, size_t size)
{
	for (unsigned int i = 0; i < engine->plan.point_count; i++) {
		char text[3 * CODE_POINT_NAME];
		int r = attach_point(engine, i);

		if (!r)
			continue;
		snprintf(why, size,
			 "%s: this kernel takes no probe there (%s): it cannot be traced (notrace, "
			 "or in lib/), or is on the list of /sys/kernel/debug/kprobes/blacklist; "
			 "allowed: another point, or the engine outside of a guest, "
			 "--schedule-engine qemu",
			 code_point_text(engine->plan.points[i].point, text, sizeof(text)),
			 strerror(-r));
		return r == -EPERM || r == -EACCES ? -EPERM : -ENOTSUP;
	}
	return 0;
}

int schedule_engine_open(struct schedule_engine **made, const struct schedule *schedule, char *why,
			 size_t size)
{
	struct schedule_engine *engine = calloc(1, sizeof(*engine));
	int r;

	if (!engine) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r = schedule_engine_missing(why, size) ? -EPERM : read_probe_type(&engine->probe_type);
	if (!r)
		r = make_plan(engine, schedule, why, size);
	if (!r) {
		bpf_load_listen();
		r = load(engine);
		if (r)
			bpf_load_explain(r, why, size);
	}
	if (r)
		schedule_engine_close(engine);
	else
		*made = engine;
	return r;
}

void schedule_engine_close(struct schedule_engine *engine)
{
	if (!engine)
		return;
	for (size_t i = 0; i < engine->link_count; i++)
		bpf_link__destroy(engine->links[i]);
	ring_buffer__free(engine->records);
	holds_bpf__destroy(engine->bpf);
	kernel_symbols_free(engine->symbols);
	free(engine);
}

struct schedule_page *schedule_engine_page(const struct schedule_engine *engine)
{
	return &engine->bpf->bss->page;
}

static int add_number(const struct bpf_map *map, pid_t number, enum plan_role role)
{
	uint32_t key = (uint32_t)number, value = role;

	return bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_ANY) ? -errno : 0;
}

bool schedule_engine_holds(const struct schedule_engine *engine, unsigned int hold)
{
	const volatile struct passage_state *state =
		(const volatile struct passage_state *)&engine->bpf->bss->state;

	return state->under_way && state->holds[hold].state == HOLD_HERE;
}

int schedule_engine_add_process(struct schedule_engine *engine, pid_t process)
{
	return add_number(engine->bpf->maps.processes, process, PLAN_SPLIT);
}

int schedule_engine_add_thread(struct schedule_engine *engine, unsigned int number, pid_t thread)
{
	return add_number(engine->bpf->maps.readers, thread, PLAN_THREAD + number);
}

int schedule_engine_add_reader(struct schedule_engine *engine, bool has_role)
{
	return add_number(engine->bpf->maps.readers, gettid(), has_role ? PLAN_READ : PLAN_ROLES);
}
