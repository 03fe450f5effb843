/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/control/steering.h"
#include "tools/run/run_parts.h"
#include "tools/run/worker.h"
#include "tools/run/worker_reader.h"
#include "tools/scenario/scenario_rules.h"
#include "tools/verdict/result.h"
#include "tools/workloads/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct layer_context {
	const struct run *run;
	struct steering steering;
	int ready; /* write end of a pipe */
};

static void layer_ready(void *context, const struct layer_negotiated *negotiated)
{
	struct layer_context *layer = context;

	/* Events of rules are reported by the thread that serves the socket, so the layer ends if
	 * that cannot be started. The run waits until the layer is ready or has ended. */
	if (steering_start(&layer->steering, negotiated, layer->run->workplace.path) ||
	    write(layer->ready, negotiated, sizeof(*negotiated)) != sizeof(*negotiated))
		kill(getpid(), SIGTERM);
}

static void rule_fired(void *context, const struct rule_event *rule)
{
	const struct run *run = context;
	const struct event event = { .type = EVENT_RULE, .time = rule->time, .rule = *rule };

	(void)!send(run->events[1], &event, sizeof(event), MSG_NOSIGNAL);
}

/* The scenario has been checked, so its rules are valid. */
static int make_steering(struct layer_context *layer)
{
	const struct run *run = layer->run;
	const struct scenario *scenario = run->scenario;
	const struct steering_config config = {
		.seed = scenario->seed,
		.data_path = scenario->mount.data_path,
		.source = run->backing.root,
		.mountpoint = run->mount,
		.phase = &run->shared->phase,
		.storm_stopped = &run->shared->storm_stopped,
		.statistics = &run->shared->layer,
		.event = rule_fired,
		.context = (void *)run,
	};
	char why[800];
	size_t wrong;
	int r = steering_make(&layer->steering, &config);

	if (r)
		return r;
	r = scenario_rules_add(&scenario->rules, layer->steering.rules, &wrong, why, sizeof(why));
	return r ? report(0, "rules[%zu]: %s", wrong, why) : 0;
}

/* Exit codes of the layer's process: it failed; the machine lacks a precondition. */
enum { LAYER_FAILED = 1, LAYER_LACKS = 2 };

static int serve_layer(void *context)
{
	struct layer_context *layer = context;
	const struct scenario *scenario = layer->run->scenario;
	struct layer_config config = {
		.source = layer->run->backing.root,
		.mountpoint = layer->run->mount,
		.data_path = scenario->mount.data_path,
		.threads = (unsigned int)scenario->mount.threads,
		.allow_other = scenario_has_other_users(scenario),
		.hooks = &layer->steering.hooks,
	};
	cpu_set_t cpus;
	int r = run_enter_cgroup(layer->run);

	if (!r)
		r = make_steering(layer);
	if (r)
		return LAYER_FAILED;
	config.statistics = layer->steering.statistics;
	worker_storm_cpus(scenario, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	r = layer_serve(&config, layer_ready, layer);
	for (unsigned int i = 0; i < scenario->rules.count; i++)
		atomic_store(&layer->run->shared->rules_fired[i],
			     rules_fired(layer->steering.rules, i + 1));
	(void)steering_release(&layer->steering);
	if (!r)
		return 0;
	return layer_precondition_missing(r) ? LAYER_LACKS : LAYER_FAILED;
}

int run_start_layer(struct run *run)
{
	struct layer_context context = { .run = run };
	_cleanup_close_ int tree = -1;
	int ready[2], r;
	ssize_t got;

	progress_phase(&run->progress, "mounting the layer");
	snprintf(run->mount, sizeof(run->mount), "%s/mnt", run->workplace.path);
	/* If the layer ends early, the worker may make files in this directory before it is
	 * stopped. */
	tree = workplace_tree(&run->workplace, run->mount);
	if (tree < 0)
		return tree;
	if (pipe2(ready, O_CLOEXEC))
		return report(-errno, "pipe");
	context.ready = ready[1];
	r = child_start(&run->layer, serve_layer, &context);
	close(ready[1]);
	if (!r) {
		/* The pipe closes if the layer ends before it serves. It has reported the
		 * reason. */
		got = read(ready[0], &run->result->layer, sizeof(run->result->layer));
		if (got != sizeof(run->result->layer))
			r = child_wait(&run->layer, 5000) &&
					    child_exit_code(&run->layer) == LAYER_LACKS
				    ? -EPERM
				    : -EIO;
	}
	close(ready[0]);
	return r;
}

static struct worker_config config_of(const struct run *run)
{
	return (struct worker_config){
		.scenario = run->scenario,
		.kernel = &run->result->kernel,
		.mount = run->mount,
		.backing = run->backing.root,
		.out = run->options->out,
		.events = run->events[1],
		.shared = run->shared,
		.witness = run->witness,
		.schedule = run->scenario->schedule.count ? run->schedule : NULL,
		.engine = run->engine,
		.inspect = run->inspect,
		.reclaim = run->reclaim,
	};
}

static int work(void *context)
{
	const struct run *run = context;
	const struct worker_config config = config_of(run);

	close(run->events[0]);
	return run_enter_cgroup(run) ? 1 : worker_run(&config);
}

static int do_workload(void *context)
{
	const struct run *run = context;
	const struct worker_config config = config_of(run);

	close(run->events[0]);
	return run_enter_cgroup(run) ? 1 : workload_run(&config);
}

int run_open_channel(struct run *run)
{
	int size = 1 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run->events))
		return report(-errno, "socketpair");
	setsockopt(run->events[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return 0;
}

int run_start_work(struct run *run)
{
	int r = run->scenario->files.count ? child_start(&run->worker, work, run) : 0;

	if (!r && run->scenario->workload.kind)
		r = child_start(&run->workload, do_workload, run);
	cleanup_close(&run->events[1]);
	run->events[1] = -1;
	return r;
}
