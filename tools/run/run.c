/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/machine/doctor.h"
#include "tools/machine/processor.h"
#include "tools/machine/stall.h"
#include "tools/run/run_parts.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/workload_kind.h"
#include "tools/verdict/result.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Enters a mount namespace of the run's own. Mounts in it are not visible outside, and are
 * unmounted when its last process ends. */
static int own_namespace(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return report(-errno, "a mount namespace of its own");
	return 0;
}

/* Mounts debugfs in the run's own namespace, so that it is not visible outside. */
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

static int open_out(struct run *run)
{
	char path[PATH_MAX];
	int r = 0;

	if (run->options->events) {
		/* With --repeat, appended to the events of the runs before. */
		r = line_file_open(&run->event_files[1], run->options->events, O_APPEND);
		if (r)
			return r;
		/* The program that reads the events may end at any time. */
		signal(SIGPIPE, SIG_IGN);
	}
	if (run->options->out) {
		snprintf(path, sizeof(path), "%s/events.jsonl", run->options->out);
		r = line_file_open(&run->event_files[0], path, O_TRUNC);
	}
	if (!r)
		run_write_line(run, result_begin_line(run->result, run->start));
	return r;
}

static unsigned int needs_of(const struct scenario *scenario)
{
	return NEED_LAYER | NEED_RUN | backing_needs(&scenario->backing) |
	       (run_storm_needs(scenario, STORM_NEEDS_SPLIT_CONTROL)
			? (unsigned int)NEED_SPLIT_CONTROL
			: 0) |
	       (run_wants_cgroup(scenario) ? (unsigned int)NEED_CGROUP : 0) |
	       (scenario->zram.given ? (unsigned int)NEED_ZRAM : 0) |
	       (scenario->mount.data_path != LAYER_DAEMON ? (unsigned int)NEED_PASSTHROUGH : 0);
}

static void describe(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	const struct scenario_file *files = scenario->files.items;
	struct run_result *result = run->result;
	struct utsname name;

	uname(&name);
	result->emulated = processor_is_emulated();
	snprintf(result->release, sizeof(result->release), "%s", name.release);
	build_id_running(result->build_id);
	snprintf(result->machine, sizeof(result->machine), "%s, %ld processors", name.machine,
		 sysconf(_SC_NPROCESSORS_ONLN));
	result->expected = scenario_expects(scenario, &result->kernel);
	result->xfail = scenario_xfails(scenario, &result->kernel);
	run->order = files ? target_order(files[0].folio) : target_order(2 << 20);
	result->aim_page = -1;
	if (scenario->has_storm && aim_is_fixed(&scenario->storm.aim))
		result->aim_page =
			aim_plan(&scenario->storm.aim, &result->kernel, run->order,
				 target_pages(scenario->storm.skip + scenario->storm.length), 0);
}

/* Checks the preconditions, before anything is made. */
static int look_first(struct run *run)
{
	int r;

	if (doctor_missing(needs_of(run->scenario), run->result->error,
			   sizeof(run->result->error))) {
		report(0, "%s", run->result->error);
		return -EPERM;
	}
	if (workload_missing(run->scenario, run->result->error, sizeof(run->result->error))) {
		report(0, "%s", run->result->error);
		return -EPERM;
	}
	r = scenario_schedule_engine(run->scenario, (unsigned int)sysconf(_SC_NPROCESSORS_ONLN),
				     run->options->conducted ? SCHEDULE_ENGINE_QEMU
							     : SCHEDULE_ENGINE_AUTO)
		    ?: backing_check(&run->scenario->backing, run->scenario->path);
	if (r)
		return r;
	run->result->preconditions = doctor_preconditions();
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
	if (!r && run_storm_needs(run->scenario, STORM_NEEDS_SPLIT_CONTROL))
		r = mount_debugfs();
	if (!r)
		r = workplace_make(&run->workplace);
	if (!r)
		r = run_make_zram(run);
	if (!r)
		r = run_make_cgroup(run);
	if (!r) {
		progress_phase(&run->progress, "making the file system");
		r = backing_make(&run->backing, &run->scenario->backing, &run->workplace);
	}
	if (!r)
		r = run_open_channel(run);
	if (!r)
		r = run_start_layer(run);
	if (!r) {
		/* Opened before the witness, whose probes change the code in which points are
		 * found. */
		r = run_open_schedule(run);
	}
	if (!r) {
		run_open_witness(run);
		r = run_attach_schedule(run);
	}
	if (!r)
		r = run_start_work(run);
	return r;
}

static void close_files(struct run *run)
{
	for (int i = 0; i < 2; i++)
		cleanup_close(&run->events[i]);
	cleanup_close(&run->signals);
	cleanup_close(&run->reclaim);
	for (int i = 0; i < 2; i++) {
		struct line_file *file = &run->event_files[i];

		line_file_close(file);
		run->result->events_lost += file->lost;
		if (file->lost && !run->result->events_error)
			run->result->events_error = file->error;
	}
}

/* Leaves a process in the mount namespace. If its last process ended, the mounts would be
 * unmounted, which hangs or crashes the kernel. The process keeps nothing else open. */
static void keep_namespace(void)
{
	sigset_t all;

	fflush(NULL);
	if (fork())
		return;
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	close_range(0, ~0U, 0);
	prctl(PR_SET_NAME, "foliostorm-kept");
	for (;;)
		pause();
}

/* Ends a run after workload_stuck(), where a wait for the kernel would never return. The children
 * are killed when this process ends. */
static void leave(struct run *run)
{
	report(0,
	       "the kernel cannot let go of what the run had: %s, its mounts and loop device stay "
	       "until the machine is restarted",
	       run->workplace.path);
	run_close_schedule(run);
	keep_namespace();
	close_files(run);
}

static void tear_down(struct run *run)
{
	struct child *workers[] = { &run->worker, &run->workload };

	for (int i = 0; i < 2; i++)
		if (!child_wait(workers[i], 0))
			child_kill(workers[i], 2000);
	run_close_witness(run);
	run_close_schedule(run);
	child_signal(&run->layer, SIGTERM);
	if (!child_wait(&run->layer, 5000) && !child_kill(&run->layer, 2000))
		run_went_wrong(run, "the layer cannot be killed");
	/* The last events of rules. */
	if (run->events[0] >= 0)
		run_take_events(run);
	if (*run->mount)
		umount2(run->mount, MNT_DETACH);
	if (backing_remove(&run->backing))
		run_went_wrong(run, "the image could not be unmounted");
	if (workplace_remove(&run->workplace))
		run_went_wrong(run, "something of the run could not be removed");
	/* Damage to a page cache may show only when the page cache is freed. */
	if (run->worker.pid || run->workload.pid)
		run_read_kernel_log(run);
	close_files(run);
}

/* Watches the run. The thread for stalls is started after all children are forked. */
static void watch_out(struct run *run)
{
	struct stall_watch stall_watch;
	bool dozing = !stall_watch_begin(&stall_watch);

	run_watch(run);
	if (dozing)
		run->result->stalls = stall_watch_end(&stall_watch);
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
		.reclaim = -1,
		.events = { -1, -1 },
		.event_files = { LINE_FILE_NONE, LINE_FILE_NONE },
		.start = units_now(),
	};
	int r;

	result->stalls = (struct stalls){ -1, -1, -1 };
	result->scenario = scenario;
	result->kernel = *kernel;
	describe(&run);
	progress_init(&run.progress, options->progress, options->plain);
	r = look_first(&run);
	if (r)
		return r;
	watch_begin(&run.watch, run.order);
	result->load_begin = watch_load();
	result->log_known = run.watch.log >= 0;
	scenario_subject(scenario, &result->kernel_reports.subject);
	r = set_up(&run);
	if (r)
		run_went_wrong(&run, "the run could not be set up: %s", strerror(-r));
	else
		watch_out(&run);
	result->load_end = watch_load();
	progress_end(&run.progress);
	if (result->stuck)
		leave(&run);
	else
		tear_down(&run);
	result->taint = watch_end(&run.watch, run.order, &result->splits);
	result->splits_known = run.watch.splits_known;
	result->log_lost = run.watch.lost;
	verdict_judge(result);
	return r == -EPERM ? r : 0;
}

void run_release(struct run_result *result)
{
	if (result->counts)
		munmap((void *)result->counts, sizeof(*result->counts));
	result->counts = NULL;
	json_decref(result->workload_hits);
	result->workload_hits = NULL;
	json_decref(result->preconditions);
	result->preconditions = NULL;
}
