/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run.h"
#include "injector/cleanup.h"
#include "injector/report.h"
#include "injector/units.h"
#include "tools/backing.h"
#include "tools/child.h"
#include "tools/doctor.h"
#include "tools/progress.h"
#include "tools/result.h"
#include "tools/scenario_rules.h"
#include "tools/steering.h"
#include "tools/watch.h"
#include "tools/workplace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

struct run {
	const struct scenario *scenario;
	const struct run_options *options;
	struct run_result *result;
	struct workplace workplace;
	struct backing backing;
	char mount[PATH_MAX];
	struct child layer, worker;
	struct witness *witness; /* or NULL */
	struct worker_shared *shared;
	struct watch watch;
	struct progress progress;
	unsigned int order;   /* of the folios whose splits are counted */
	int signals;          /* signalfd */
	int events[2];        /* of the supervisor, of the worker */
	FILE *event_files[2]; /* in the --out directory, and --events */
	uint64_t event_number, start;
	struct {
		uint64_t heartbeat, since;
	} pulse[STORM_READERS_MAX];
};

/* Keeps the first thing that went wrong; that is the cause. */
static void __attribute__((format(printf, 2, 3)))
went_wrong(struct run *run, const char *format, ...)
{
	va_list args;

	if (*run->result->error)
		return;
	va_start(args, format);
	vsnprintf(run->result->error, sizeof(run->result->error), format, args);
	va_end(args);
}

static void keep_event(struct run *run, const struct event *event)
{
	struct run_result *result = run->result;

	run->event_number++;
	for (int i = 0; i < 2; i++)
		if (run->event_files[i])
			result_write_event(run->event_files[i], run->scenario, run->event_number,
					   run->start, event);
	if (event->type == EVENT_HIT && result->hit_count < RUN_HITS_KEPT)
		result->hits[result->hit_count++] = event->hit;
	if (event->type == EVENT_CAPTURE && result->capture_count < RUN_HITS_KEPT)
		result->captures[result->capture_count++] = event->gate;
	if (event->type == EVENT_PHASE)
		progress_phase(&run->progress, event->text);
}

static void on_gate_event(void *context, const struct gate_event *gate)
{
	struct event event = {
		.type = gate->type == GATE_EVENT_CAPTURE ? EVENT_CAPTURE : EVENT_SPLIT,
		.time = gate->time,
		.gate = *gate,
	};

	keep_event(context, &event);
}

static void read_events(struct run *run)
{
	struct event event;

	while (recv(run->events[0], &event, sizeof(event), MSG_DONTWAIT) == sizeof(event))
		keep_event(run, &event);
}

static void read_kernel_log(struct run *run)
{
	struct run_result *result = run->result;
	struct event event = { .type = EVENT_KERNEL };
	const struct kernel_report *fatal;
	int length;

	while ((length = watch_line(&run->watch, event.text, sizeof(event.text)))) {
		if (length < 0 ||
		    kernel_reports_line(&result->kernel_reports, event.text) == KERNEL_NOTHING)
			continue;
		event.time = units_now();
		keep_event(run, &event);
		if (result->kernel_line_count < RUN_KERNEL_LINES_KEPT)
			memcpy(result->kernel_lines[result->kernel_line_count++], event.text,
			       sizeof(event.text));
	}
	/* Whoever died in the kernel took locks with it: waiting for the rest leads nowhere. */
	fatal = kernel_reports_fatal(&result->kernel_reports);
	if (fatal)
		went_wrong(run, "the kernel died under the run: %s", fatal->text);
}

/* Readers and punches that do not come back. */
static void look_at_pulse(struct run *run)
{
	struct worker_shared *shared = run->shared;
	uint64_t now = units_now(), limit = run->scenario->watchdog;
	uint64_t punch = atomic_load(&shared->punch_began);

	if (punch && now > punch + limit)
		went_wrong(run, "punch %" PRIu64 " has not returned for %" PRIu64 " s",
			   atomic_load(&shared->punches) + 1, (now - punch) / 1000000000);
	for (unsigned int i = 0; i < shared->readers; i++) {
		uint64_t heartbeat = atomic_load(&shared->reader[i].heartbeat);

		if (heartbeat != run->pulse[i].heartbeat || !run->pulse[i].since) {
			run->pulse[i].heartbeat = heartbeat;
			run->pulse[i].since = now;
		} else if (now > run->pulse[i].since + limit) {
			went_wrong(run,
				   "reader %u (%s) has not returned from page %" PRIu64
				   " for %" PRIu64 " s",
				   i, worker_reader_name(run->scenario, i),
				   atomic_load(&shared->reader[i].last_page),
				   (now - run->pulse[i].since) / 1000000000);
		}
	}
}

static void take_signals(struct run *run)
{
	struct signalfd_siginfo info;

	if (read(run->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
		return;
	/* The first one ends the storm, the second one does not wait for it. */
	if (run->result->interrupted)
		went_wrong(run, "interrupted twice");
	run->result->interrupted = true;
	atomic_store(&run->shared->stop, true);
}

static void look_at_children(struct run *run)
{
	if (child_ended(&run->layer))
		went_wrong(run, "the layer ended during the run (%s)", child_status(&run->layer));
	if (!child_ended(&run->worker) || !run->worker.status)
		return;
	if (atomic_load(&run->shared->error))
		went_wrong(run, "the worker failed: %s (what it did is on standard error)",
			   strerror(-atomic_load(&run->shared->error)));
	else
		went_wrong(run, "the worker ended early (%s)", child_status(&run->worker));
}

/* Until the worker has ended, or something went wrong. */
static void watch_the_worker(struct run *run)
{
	struct pollfd polled[] = {
		{ .fd = run->events[0], .events = POLLIN },
		{ .fd = run->signals, .events = POLLIN },
		{ .fd = run->witness ? witness_poll_fd(run->witness) : -1, .events = POLLIN },
	};

	while (!run->worker.ended && !*run->result->error) {
		poll(polled, 3, 50);
		if (polled[1].revents)
			take_signals(run);
		if (run->witness)
			witness_take_events(run->witness, on_gate_event, run);
		read_events(run);
		read_kernel_log(run);
		look_at_children(run);
		if (atomic_load(&run->shared->state) == WORKER_RUNNING)
			look_at_pulse(run);
		progress_show(&run->progress, run->shared, run->scenario->duration);
	}
	atomic_store(&run->shared->stop, true);
	if (!child_wait(&run->worker, 5000) && !child_kill(&run->worker, 5000))
		went_wrong(run, "the worker cannot be killed: it is stuck in the kernel");
	/* What it said last, and what the kernel said of it. */
	read_events(run);
	read_kernel_log(run);
}

struct layer_context {
	const struct run *run;
	struct steering steering;
	int ready; /* write end of a pipe */
};

static void layer_ready(void *context, const struct layer_negotiated *negotiated)
{
	struct layer_context *layer = context;

	/* Without its socket it serves as well; what rules do is told by that thread, though. */
	if (!steering_start(&layer->steering, negotiated, layer->run->workplace.path))
		(void)!write(layer->ready, negotiated, sizeof(*negotiated));
}

static void rule_fired(void *context, const struct rule_event *rule)
{
	const struct run *run = context;
	const struct event event = { .type = EVENT_RULE, .time = rule->time, .rule = *rule };

	(void)!send(run->events[1], &event, sizeof(event), MSG_NOSIGNAL);
}

/* The scenario has been checked, so its rules are in order. */
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

static int serve_layer(void *context)
{
	struct layer_context *layer = context;
	const struct scenario *scenario = layer->run->scenario;
	struct layer_config config = {
		.source = layer->run->backing.root,
		.mountpoint = layer->run->mount,
		.data_path = scenario->mount.data_path,
		.threads = (unsigned int)scenario->mount.threads,
		.hooks = &layer->steering.hooks,
	};
	cpu_set_t cpus;
	int r = make_steering(layer);

	if (r)
		return EXIT_RUN_ERROR;
	config.statistics = layer->steering.statistics;
	worker_storm_cpus(scenario, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	r = layer_serve(&config, layer_ready, layer);
	for (unsigned int i = 0; i < scenario->rules.count; i++)
		atomic_store(&layer->run->shared->rules_fired[i],
			     rules_fired(layer->steering.rules, i + 1));
	steering_release(&layer->steering);
	return (int)exit_code_of_layer(r);
}

/* Mounts the layer in a child and waits until it serves. */
static int start_layer(struct run *run)
{
	struct layer_context context = { .run = run };
	int ready[2], r;
	ssize_t got;

	progress_phase(&run->progress, "mounting the layer");
	r = workplace_directory(&run->workplace, "mnt", run->mount, sizeof(run->mount));
	if (r)
		return r;
	if (pipe2(ready, O_CLOEXEC))
		return report(-errno, "pipe");
	context.ready = ready[1];
	r = child_start(&run->layer, serve_layer, &context);
	close(ready[1]);
	if (!r) {
		/* The pipe closes when the layer ends before it serves: it has said why. */
		got = read(ready[0], &run->result->layer, sizeof(run->result->layer));
		if (got != sizeof(run->result->layer))
			r = child_wait(&run->layer, 5000) &&
					    child_exit_code(&run->layer) == EXIT_PRECONDITION
				    ? -EPERM
				    : -EIO;
	}
	close(ready[0]);
	return r;
}

static int work(void *context)
{
	const struct run *run = context;
	const struct worker_config config = {
		.scenario = run->scenario,
		.kernel = &run->result->kernel,
		.mount = run->mount,
		.backing = run->backing.root,
		.events = run->events[1],
		.shared = run->shared,
		.witness = run->witness,
	};

	close(run->events[0]);
	return worker_run(&config);
}

static bool on_tmpfs(const struct run *run)
{
	struct statfs fs;

	return !statfs(run->backing.root, &fs) && fs.f_type == TMPFS_MAGIC;
}

/* A run without the witness that was asked for says so and goes on. */
static void open_witness(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	struct run_result *result = run->result;
	const struct witness_config config = {
		.split = scenario->gate.split,
		.meet = scenario->gate.meet,
		.reader = scenario->gate.reader,
		.lookup = scenario->gate.lookup,
		.shmem = on_tmpfs(run),
	};

	if (!scenario_wants_witness(scenario))
		return;
	progress_phase(&run->progress, "loading the witness");
	if (witness_open(&run->witness, &config, result->witness_missing,
			 sizeof(result->witness_missing)))
		return;
	result->witnessed = true;
	memcpy(result->hooks, witness_hooks(run->witness), sizeof(result->hooks));
	if (witness_add_process(run->witness, run->layer.pid))
		went_wrong(run, "the layer could not be named to the witness");
}

static void close_witness(struct run *run)
{
	if (!run->witness)
		return;
	witness_take_events(run->witness, on_gate_event, run);
	witness_counts(run->witness, &run->result->gate);
	witness_close(run->witness);
	run->witness = NULL;
}

/* What layer and worker have to tell comes this way. */
static int open_channel(struct run *run)
{
	int size = 1 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run->events))
		return report(-errno, "socketpair");
	setsockopt(run->events[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return 0;
}

static int start_worker(struct run *run)
{
	int r = child_start(&run->worker, work, run);

	cleanup_close(&run->events[1]);
	run->events[1] = -1;
	return r;
}

/*
 * A mount namespace of the run's own: nothing that is mounted in it is seen outside, and it goes
 * with the last process in it.
 */
static int own_namespace(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return report(-errno, "a mount namespace of its own");
	return 0;
}

/* In the run's own namespace, so nobody else sees it. */
static int mount_debugfs(void)
{
	if (!access(STORM_SPLIT_CONTROL, F_OK))
		return 0;
	return mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL)
		       ? report(-errno, "mounting debugfs")
		       : 0;
}

static int block_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return run->signals < 0 ? report(-errno, "signalfd") : 0;
}

static int open_events(struct run *run, int which, const char *path)
{
	run->event_files[which] = fopen(path, "we");
	return run->event_files[which] ? 0 : report(-errno, "%s", path);
}

static int open_out(struct run *run)
{
	char path[PATH_MAX];
	int r = 0;

	if (run->options->events) {
		r = open_events(run, 1, run->options->events);
		if (r)
			return r;
		/* Whoever follows them sees each at once, and may stop when it likes. */
		setvbuf(run->event_files[1], NULL, _IOLBF, 1 << 16);
		signal(SIGPIPE, SIG_IGN);
	}
	if (run->options->out) {
		if (mkdir(run->options->out, 0777) && errno != EEXIST)
			return report(-errno, "--out %s", run->options->out);
		snprintf(path, sizeof(path), "%s/events.jsonl", run->options->out);
		r = open_events(run, 0, path);
	}
	for (int i = 0; i < 2; i++)
		if (run->event_files[i])
			result_write_begin(run->event_files[i], run->result);
	return r;
}

static unsigned int needs_of(const struct scenario *scenario)
{
	return NEED_LAYER | NEED_RUN |
	       (scenario->backing.kind == BACKING_IMAGE
			? (unsigned int)NEED_IMAGE | (scenario->backing.fs == BACKING_EXT4
							      ? (unsigned int)NEED_MKFS_EXT4
							      : (unsigned int)NEED_MKFS_XFS)
			: 0) |
	       (scenario->has_storm && scenario->storm.op->keeps ? (unsigned int)NEED_SPLIT_CONTROL
								 : 0) |
	       (scenario->mount.data_path != LAYER_DAEMON ? (unsigned int)NEED_PASSTHROUGH : 0);
}

static void describe(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	const struct scenario_file *files = scenario->files.items;
	struct run_result *result = run->result;
	struct utsname name;

	uname(&name);
	snprintf(result->release, sizeof(result->release), "%s", name.release);
	snprintf(result->machine, sizeof(result->machine), "%s, %ld processors", name.machine,
		 sysconf(_SC_NPROCESSORS_ONLN));
	result->expected = scenario_expects(scenario, &result->kernel);
	run->order = target_order(files[0].folio);
	result->aim_page = -1;
	if (scenario->has_storm && aim_is_fixed(&scenario->storm.aim))
		result->aim_page = aim_plan(&scenario->storm.aim, &result->kernel, run->order,
					    target_pages(scenario->storm.length), 0);
}

/* What must be there before anything is made. */
static int look_first(struct run *run)
{
	int r;

	if (!doctor_allows(needs_of(run->scenario)))
		return -EPERM;
	r = backing_check(run->scenario);
	if (r)
		return r;
	run->shared = mmap(NULL, sizeof(*run->shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->shared == MAP_FAILED) {
		run->shared = NULL;
		return report(-errno, "shared memory");
	}
	run->result->counts = run->shared;
	return open_out(run);
}

static int set_up(struct run *run)
{
	int r = block_signals(run);

	if (!r)
		r = own_namespace();
	if (!r && run->scenario->has_storm && run->scenario->storm.op->keeps)
		r = mount_debugfs();
	if (!r)
		r = workplace_make(&run->workplace);
	if (!r) {
		progress_phase(&run->progress, "making the file system");
		r = backing_make(&run->backing, run->scenario, &run->workplace);
	}
	if (!r)
		r = open_channel(run);
	if (!r)
		r = start_layer(run);
	if (!r) {
		open_witness(run);
		r = start_worker(run);
	}
	return r;
}

static void tear_down(struct run *run)
{
	if (!child_wait(&run->worker, 0))
		child_kill(&run->worker, 2000);
	close_witness(run);
	child_signal(&run->layer, SIGTERM);
	if (!child_wait(&run->layer, 5000) && !child_kill(&run->layer, 2000))
		went_wrong(run, "the layer cannot be killed");
	/* What rules did last. */
	if (run->events[0] >= 0)
		read_events(run);
	if (*run->mount)
		umount2(run->mount, MNT_DETACH);
	if (backing_remove(&run->backing))
		went_wrong(run, "the image could not be unmounted");
	if (workplace_remove(&run->workplace))
		went_wrong(run, "something of the run could not be removed");
	for (int i = 0; i < 2; i++)
		cleanup_close(&run->events[i]);
	cleanup_close(&run->signals);
	for (int i = 0; i < 2; i++)
		if (run->event_files[i])
			fclose(run->event_files[i]);
}

int run_scenario(const struct scenario *scenario, const struct kernel_version *kernel,
		 const struct run_options *options, struct run_result *result)
{
	struct run run = {
		.scenario = scenario,
		.options = options,
		.result = result,
		.workplace.lock_fd = -1,
		.signals = -1,
		.events = { -1, -1 },
		.start = units_now(),
	};
	int r;

	result->scenario = scenario;
	result->kernel = *kernel;
	describe(&run);
	progress_init(&run.progress, options->progress, options->plain);
	r = look_first(&run);
	if (r)
		return r;
	watch_begin(&run.watch, run.order);
	result->log_known = run.watch.log >= 0;
	r = set_up(&run);
	if (r)
		went_wrong(&run, "the run could not be set up: %s", strerror(-r));
	else
		watch_the_worker(&run);
	progress_end(&run.progress);
	tear_down(&run);
	result->taint = watch_end(&run.watch, run.order, &result->splits);
	result->splits_known = run.watch.splits_known;
	verdict_judge(result);
	if (r == -EPERM)
		return r;
	return options->out ? result_write(options->out, result) : 0;
}

void run_release(struct run_result *result)
{
	if (result->counts)
		munmap((void *)result->counts, sizeof(*result->counts));
	result->counts = NULL;
}
