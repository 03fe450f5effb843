/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/stale_gate.h"
#include "injector/base/cleanup.h"
#include "injector/probe/bpf_load.h"
#include "injector/probe/hook_point.h"
#include "injector/probe/kernel_symbols.h"

#include <bpf/libbpf.h>

#include "stale.skel.h"

#include <errno.h>
#include <string.h>

static const enum hook_role roles[STALE_HOLDS] = { HOOK_CHARGE, HOOK_NODES };

/* Where one hold is. */
struct place {
	const char *function; /* that is probed; NULL: this kernel has none */
	const char *callers[STALE_CALLERS];
	struct stale_code code[STALE_CALLERS]; /* of the callers; 0 where there is none */
};

struct stale_gate {
	struct stale_bpf *bpf;
	struct place places[STALE_HOLDS];
	struct bpf_link *links[STALE_HOLDS];
};

/* The first function that the kernel has, and all callers of it. */
static void find_place(const struct kernel_symbols *symbols, enum hook_role role,
		       struct place *place)
{
	size_t count = 0;

	memset(place, 0, sizeof(*place));
	for (const struct hook_point *point = hook_points; point->function; point++) {
		const struct kernel_symbol *caller;

		if (point->role != role || count == STALE_CALLERS ||
		    (place->function && strcmp(place->function, point->call)) ||
		    !kernel_symbols_find(symbols, point->call))
			continue;
		caller = kernel_symbols_find(symbols, point->function);
		if (!caller || !caller->address)
			continue;
		place->function = point->call;
		place->callers[count] = point->function;
		place->code[count++] = (struct stale_code){
			.first = caller->address,
			.end = kernel_symbols_end(symbols, caller->address),
		};
	}
}

static int find_places(struct place places[STALE_HOLDS], char *text, size_t size)
{
	struct kernel_symbols *symbols = kernel_symbols_read();
	char names[160];
	int r = 0;

	if (!symbols) {
		snprintf(text, size, "/proc/kallsyms: %s", strerror(errno));
		return -errno;
	}
	for (int i = 0; i < STALE_HOLDS && !r; i++) {
		find_place(symbols, roles[i], &places[i]);
		if (places[i].function)
			continue;
		snprintf(text, size, "this kernel has no %s, or hides where it is",
			 hook_point_candidates(roles[i], names, sizeof(names)));
		r = -ENOTSUP;
	}
	kernel_symbols_free(symbols);
	return r;
}

bool stale_gate_places(char *text, size_t size)
{
	static const char probes[] = "/sys/bus/event_source/devices/kprobe";
	struct place places[STALE_HOLDS];
	size_t used = 0;

	if (access(probes, F_OK)) {
		snprintf(text, size,
			 "%s: %s; a kernel with CONFIG_KPROBE_EVENTS and CONFIG_PERF_EVENTS is "
			 "wanted",
			 probes, strerror(errno));
		return false;
	}
	if (find_places(places, text, size))
		return false;
	for (int i = 0; i < STALE_HOLDS && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s called by %s%s%s",
					 used ? ", " : "", places[i].function, places[i].callers[0],
					 places[i].callers[1] ? " or " : "",
					 places[i].callers[1] ?: "");
	return true;
}

static int load(struct stale_gate *gate, uint64_t most)
{
	struct stale_config *config;
	int r;

	gate->bpf = stale_bpf__open();
	if (!gate->bpf)
		return -errno;
	config = &gate->bpf->rodata->config;
	config->most = most;
	for (int i = 0; i < STALE_HOLDS; i++)
		memcpy(config->caller[i], gate->places[i].code, sizeof(gate->places[i].code));
	r = bpf_load_namespace(&config->namespace_device, &config->namespace_inode);
	return r ? r : stale_bpf__load(gate->bpf);
}

static int attach(struct stale_gate *gate)
{
	struct bpf_program *programs[STALE_HOLDS] = { gate->bpf->progs.at_charge,
						      gate->bpf->progs.at_nodes };

	for (int i = 0; i < STALE_HOLDS; i++) {
		gate->links[i] =
			bpf_program__attach_kprobe(programs[i], false, gate->places[i].function);
		if (!gate->links[i])
			return -errno;
	}
	return 0;
}

int stale_gate_open(struct stale_gate **made, uint64_t most, char *why, size_t size)
{
	struct stale_gate *gate = calloc(1, sizeof(*gate));
	int r;

	if (!gate)
		return -ENOMEM;
	bpf_load_listen();
	r = find_places(gate->places, why, size);
	if (!r) {
		r = load(gate, most);
		if (!r)
			r = attach(gate);
		if (r)
			bpf_load_explain(r, why, size);
	}
	if (r)
		stale_gate_close(gate);
	else
		*made = gate;
	return r;
}

void stale_gate_close(struct stale_gate *gate)
{
	if (!gate)
		return;
	for (int i = 0; i < STALE_HOLDS; i++) {
		if (gate->bpf && gate->bpf->bss)
			stale_gate_release(gate, (enum stale_hold)i);
		bpf_link__destroy(gate->links[i]);
	}
	stale_bpf__destroy(gate->bpf);
	free(gate);
}

void stale_gate_arm(struct stale_gate *gate, pid_t thread)
{
	volatile struct stale_state *state = &gate->bpf->bss->state;

	memset((void *)state, 0, sizeof(*state));
	__atomic_store_n(&state->thread, (__u32)thread, __ATOMIC_SEQ_CST);
}

uint64_t stale_gate_reached(const struct stale_gate *gate, enum stale_hold hold)
{
	return __atomic_load_n(&gate->bpf->bss->state.reached[hold], __ATOMIC_SEQ_CST);
}

void stale_gate_release(struct stale_gate *gate, enum stale_hold hold)
{
	__atomic_store_n(&gate->bpf->bss->state.released[hold], 1, __ATOMIC_SEQ_CST);
}

bool stale_gate_expired(const struct stale_gate *gate)
{
	return __atomic_load_n(&gate->bpf->bss->state.expired, __ATOMIC_SEQ_CST) != 0;
}
