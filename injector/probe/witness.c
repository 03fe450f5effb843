/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/witness.h"
#include "injector/probe/bpf_load.h"
#include "injector/probe/bpf_missed.h"
#include "injector/probe/hook_find.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "gate.skel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct witness {
	struct gate_bpf *bpf;
	struct ring_buffer *events;
	struct witness_hook hooks[HOOK_ROLES];
	struct hook_calls calls[HOOK_ROLES];
	struct bpf_link *links[HOOK_ROLES * HOOK_CALLS_MAX];
	size_t link_count;
	bool inspects; /* with the inspector */
	void (*take)(void *context, const struct gate_event *event);
	void *context;
};

/* The programs of a role, by method. */
static const struct {
	const char *entry[HOOK_METHODS], *exit[HOOK_METHODS];
} programs[HOOK_ROLES] = {
	[HOOK_SPLIT] = { .entry = { NULL, "split_entry", "split_probe", NULL },
			 .exit = { NULL, "split_exit", "split_return", NULL } },
	[HOOK_LEVEL] = { .entry = { NULL, "level_entry", "level_probe", "level_call" } },
	[HOOK_STORE] = { .entry = { NULL, NULL, NULL, "store_call" } },
	[HOOK_STORED] = { .entry = { NULL, "stored_entry", "stored_probe", NULL } },
	[HOOK_LOOKUP] = { .entry = { NULL, "lookup_entry", "lookup_probe", NULL },
			  .exit = { NULL, "lookup_exit", "lookup_return", NULL } },
	[HOOK_READ] = { .entry = { NULL, "read_entry", "read_probe", NULL },
			.exit = { NULL, "read_exit", "read_return", NULL } },
	/* Never together with the look-ups of other file systems. */
	[HOOK_SHMEM] = { .entry = { NULL, "lookup_entry", "lookup_probe", NULL },
			 .exit = { NULL, "lookup_exit", "lookup_return", NULL } },
};

static void give_up(struct witness_hook *hook, const char *what, int error)
{
	snprintf(hook->why, sizeof(hook->why), "%s %s by %s: %s", what, hook->function,
		 hook_method_names[hook->method],
		 *bpf_load_complaint() ? bpf_load_complaint() : strerror(-error));
	hook->function = NULL;
	hook->method = HOOK_NONE;
}

static struct bpf_program *program_of(const struct witness *witness, enum hook_role role, bool exit)
{
	enum hook_method method = witness->hooks[role].method;
	const char *name = exit ? programs[role].exit[method] : programs[role].entry[method];

	return name ? bpf_object__find_program_by_name(witness->bpf->obj, name) : NULL;
}

static int choose_programs(struct witness *witness)
{
	struct bpf_program *program;
	int r = 0;

	bpf_object__for_each_program(program, witness->bpf->obj)
		bpf_program__set_autoload(program, false);
	for (int role = 0; role < HOOK_ROLES && !r; role++)
		for (int exit = 0; exit < 2 && !r; exit++) {
			program = program_of(witness, (enum hook_role)role, exit);
			if (!program)
				continue;
			bpf_program__set_autoload(program, true);
			if (witness->hooks[role].method == HOOK_FENTRY)
				r = bpf_program__set_attach_target(program, 0,
								   witness->hooks[role].function);
		}
	return r;
}

/* Whether the kernel's function has the page at which it splits, and the new order. */
static bool splits_at_a_page(const struct witness *witness)
{
	const char *function = witness->hooks[HOOK_SPLIT].function;

	return function && !strcmp(function, "__folio_split");
}

static int configure(struct witness *witness, const struct witness_config *config)
{
	struct gate_config *made = &witness->bpf->rodata->config;

	*made = (struct gate_config){
		.split = config->split,
		.meet = config->meet,
		.reader = config->reader,
		.lookup = config->lookup,
		.marked = config->marked,
		.shape = config->shape,
		.parts = splits_at_a_page(witness),
		.inspect = witness->inspects,
	};
	return bpf_load_namespace(&made->namespace_device, &made->namespace_inode);
}

/* Opens and loads the programs for the hooks as they are now. */
static int load(struct witness *witness, const struct witness_config *config)
{
	int r;

	bpf_load_listen();
	witness->bpf = gate_bpf__open();
	if (!witness->bpf)
		return -errno;
	r = configure(witness, config);
	if (!r)
		r = choose_programs(witness);
	if (!r)
		r = gate_bpf__load(witness->bpf);
	if (!r)
		return 0;
	gate_bpf__destroy(witness->bpf);
	witness->bpf = NULL;
	return r;
}

/* Loads with the inspector; if the kernel refuses it, without: then the store's hook says why. */
static int load_inspecting(struct witness *witness, const struct witness_config *config)
{
	struct witness_hook *store = &witness->hooks[HOOK_STORE];
	int r;

	witness->inspects = store->function && splits_at_a_page(witness);
	r = load(witness, config);
	if (!r || r == -EPERM || !witness->inspects)
		return r;
	snprintf(store->why, sizeof(store->why), "the inspector cannot be loaded: %s",
		 *bpf_load_complaint() ? bpf_load_complaint() : strerror(-r));
	witness->inspects = false;
	return load(witness, config);
}

/* Loads trampolines; if the kernel refuses them, probes. Writes the error of the first try to
 * `why`. */
static int load_somehow(struct witness *witness, const struct witness_config *config, char *why,
			size_t size)
{
	int r = load_inspecting(witness, config);

	if (!r)
		return 0;
	bpf_load_explain(r, why, size);
	if (r == -EPERM)
		return r;
	for (int role = 0; role < HOOK_ROLES; role++)
		if (witness->hooks[role].method == HOOK_FENTRY)
			witness->hooks[role].method = HOOK_KPROBE;
	return load_inspecting(witness, config) ? r : 0;
}

static int keep_link(struct witness *witness, struct bpf_link *link)
{
	if (!link)
		return -errno;
	witness->links[witness->link_count++] = link;
	return 0;
}

/* Attaches to each call. Succeeds if one succeeds: the kernel refuses what only looked like a call.
 */
static int attach_to_calls(struct witness *witness, enum hook_role role,
			   struct bpf_program *program)
{
	const struct hook_calls *found = &witness->calls[role];
	const char *function = witness->hooks[role].function;
	int error = -ENOENT;
	bool attached = false;

	for (int i = 0; i < found->count; i++) {
		LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = found->offsets[i]);

		error = keep_link(witness,
				  bpf_program__attach_kprobe_opts(program, function, &opts));
		attached |= !error;
	}
	return attached ? 0 : error;
}

static int attach_program(struct witness *witness, enum hook_role role, bool exit)
{
	const struct witness_hook *hook = &witness->hooks[role];
	struct bpf_program *program = program_of(witness, role, exit);

	if (!program)
		return 0;
	switch (hook->method) {
	case HOOK_FENTRY:
		return keep_link(witness, bpf_program__attach_trace(program));
	case HOOK_CALL:
		return attach_to_calls(witness, role, program);
	default:
		return keep_link(witness,
				 bpf_program__attach_kprobe(program, exit, hook->function));
	}
}

/* Attaches the exit before the entry, so that the exit always clears what the entry notes. */
static void attach_role(struct witness *witness, enum hook_role role)
{
	int r;

	if (witness->hooks[role].method == HOOK_NONE)
		return;
	bpf_load_listen();
	r = attach_program(witness, role, true);
	if (!r)
		r = attach_program(witness, role, false);
	if (r)
		give_up(&witness->hooks[role], "attaching to", r);
}

static int take_event(void *context, void *data, size_t size)
{
	const struct witness *witness = context;

	if (size >= sizeof(struct gate_event))
		witness->take(witness->context, data);
	return 0;
}

/* Loads and attaches roles, a bit for each. */
static int open_roles(struct witness *witness, unsigned int roles,
		      const struct witness_config *config, char *why, size_t size)
{
	int r;

	bpf_load_listen();
	r = hook_find(witness->hooks, witness->calls, roles, why, size);
	if (!r)
		r = load_somehow(witness, config, why, size);
	if (r)
		return r;
	for (int role = 0; role < HOOK_ROLES; role++)
		attach_role(witness, (enum hook_role)role);
	return 0;
}

/* The roles on block devices and on tmpfs. Both have look-ups, by the same programs. */
static const unsigned int disk_roles = 1U << HOOK_SPLIT | 1U << HOOK_LEVEL | 1U << HOOK_STORE |
				       1U << HOOK_STORED | 1U << HOOK_LOOKUP | 1U << HOOK_READ;
static const unsigned int shmem_roles = 1U << HOOK_SPLIT | 1U << HOOK_LEVEL | 1U << HOOK_STORE |
					1U << HOOK_STORED | 1U << HOOK_SHMEM;

int witness_open(struct witness **made, const struct witness_config *config, char *why, size_t size)
{
	enum hook_role lookup = config->shmem ? HOOK_SHMEM : HOOK_LOOKUP;
	struct witness *witness = calloc(1, sizeof(*witness));
	int r;

	if (!witness) {
		snprintf(why, size, "no memory");
		return -ENOMEM;
	}
	for (int role = 0; role < HOOK_ROLES; role++)
		snprintf(witness->hooks[role].why, sizeof(witness->hooks[role].why),
			 "not wanted on this file system");
	r = open_roles(witness, config->shmem ? shmem_roles : disk_roles, config, why, size);
	if (!r && !witness->hooks[lookup].function) {
		snprintf(why, size, "%s", witness->hooks[lookup].why);
		r = -ENOTSUP;
	}
	if (!r) {
		witness->events = ring_buffer__new(bpf_map__fd(witness->bpf->maps.events),
						   take_event, witness, NULL);
		r = witness->events ? 0 : -errno;
		if (r)
			snprintf(why, size, "the ring buffer: %s", strerror(-r));
	}
	if (r) {
		witness_close(witness);
		return r;
	}
	/* Drops the error of the first try to load. */
	*why = '\0';
	*made = witness;
	return 0;
}

void witness_close(struct witness *witness)
{
	if (!witness)
		return;
	for (size_t i = 0; i < witness->link_count; i++)
		bpf_link__destroy(witness->links[i]);
	ring_buffer__free(witness->events);
	gate_bpf__destroy(witness->bpf);
	free(witness);
}

const struct witness_hook *witness_hooks(const struct witness *witness)
{
	return witness->hooks;
}

static int add_number(struct bpf_map *map, uint32_t key, uint32_t value)
{
	return bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_ANY) ? -errno : 0;
}

int witness_add_process(struct witness *witness, pid_t process)
{
	return add_number(witness->bpf->maps.processes, (uint32_t)process, 1);
}

int witness_add_file(struct witness *witness, int fd, unsigned int number)
{
	struct gate_file file;
	uint32_t value = number;
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	file = (struct gate_file){
		.inode = status.st_ino,
		.device = bpf_load_device(status.st_dev),
	};
	return bpf_map_update_elem(bpf_map__fd(witness->bpf->maps.files), &file, &value, BPF_ANY)
		       ? -errno
		       : 0;
}

int witness_add_reader(struct witness *witness, unsigned int number)
{
	return number < GATE_READERS
		       ? add_number(witness->bpf->maps.readers, (uint32_t)gettid(), number)
		       : -ERANGE;
}

uint64_t witness_captures(const struct witness *witness, unsigned int number)
{
	return __atomic_load_n(&witness->bpf->bss->counts.reader[number].captures,
			       __ATOMIC_RELAXED);
}

void witness_counts(const struct witness *witness, struct gate_counts *counts)
{
	const __u64 *from = (const __u64 *)&witness->bpf->bss->counts;
	__u64 *to = (__u64 *)counts;

	for (size_t i = 0; i < sizeof(*counts) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

int witness_missed(const struct witness *witness, uint64_t *missed)
{
	struct bpf_program *program;
	int r = 0;

	*missed = 0;
	bpf_object__for_each_program(program,
				     witness->bpf->obj) if (bpf_program__fd(program) >= 0 && !r) r =
		bpf_missed_by_program(bpf_program__fd(program), missed);
	for (size_t i = 0; i < witness->link_count && !r; i++)
		r = bpf_missed_by_link(bpf_link__fd(witness->links[i]), missed);
	return r;
}

int witness_poll_fd(const struct witness *witness)
{
	return ring_buffer__epoll_fd(witness->events);
}

void witness_take_events(struct witness *witness,
			 void (*take)(void *context, const struct gate_event *event), void *context)
{
	witness->take = take;
	witness->context = context;
	ring_buffer__consume(witness->events);
}

/* Fills in an answer. why: the reason if loading failed as a whole; else NULL. */
static void tell(struct witness_answer *answer, const struct witness_hook *hook, const char *why)
{
	answer->served = !why && hook->method != HOOK_NONE;
	if (answer->served)
		snprintf(answer->detail, sizeof(answer->detail), "%s by %s%s%s%s%s", hook->function,
			 hook_method_names[hook->method], hook->call ? " of " : "",
			 hook->call ? hook->call : "", *hook->why ? "; " : "", hook->why);
	else
		snprintf(answer->detail, sizeof(answer->detail), "%s",
			 hook && *hook->why ? hook->why : why);
}

/* Tries a set of roles at once. */
static void try_roles(unsigned int roles, struct witness_answer *answers)
{
	const struct witness_config config = { .split = 0 };
	struct witness *witness = calloc(1, sizeof(*witness));
	char why[sizeof(answers->detail)] = "out of memory";
	int r = witness ? open_roles(witness, roles, &config, why, sizeof(why)) : -ENOMEM;

	for (int role = 0; role < HOOK_ROLES; role++)
		if (roles >> role & 1)
			tell(&answers[role], witness ? &witness->hooks[role] : NULL,
			     r ? why : NULL);
	witness_close(witness);
}

void witness_try(struct witness_answer answers[HOOK_ROLES])
{
	try_roles(disk_roles, answers);
	try_roles(1U << HOOK_SHMEM, answers);
}
