/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"
#include "tools/base/live.h"
#include "tools/base/open_output.h"
#include "tools/base/out.h"
#include "tools/base/stop.h"
#include "tools/guest/guest_parts.h"
#include "tools/guest/job.h"
#include "tools/guest/kernel_needs.h"
#include "tools/scenario/scenario_schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Emulated and beside other guests, a boot takes 7 to 30 s, and the pulse of a healthy guest was
 * never more than 8 s late. */
static const uint64_t BOOT_LIMIT = 180000000000, SILENCE_LIMIT = 45000000000,
		      LIMIT_BESIDE_DURATION = 300000000000;

/* A restored guest begins within a second. */
static const uint64_t RESTORE_LIMIT = 30000000000;

/* A guest that has sent everything shuts down within two seconds, unless a thread spins in its
 * kernel. */
static const uint64_t POWEROFF_LIMIT = 10000000000;

/* Under TCG of QEMU 7.2, about one kernel in twenty dies while it patches itself at boot (int3 in
 * sched_clock_cpu()), which has nothing to do with the run. A guest that dies of something else
 * than the race gets a second chance. */
enum { BOOTS_MAX = 3, DEATHS_MAX = 2 };

/* The output of a scenario is its result, which is printed at the end. */
static void relay_all(struct guest *guest)
{
	if (!guest->config->shell && !guest->config->scenario)
		guest_relay(guest, 0, guest->qemu.output, stdout, NULL);
	/* Messages of the run about its machine are about the guest. */
	guest_relay(guest, 1, guest->qemu.errors, stderr,
		    guest->config->scenario ? "guest: " : NULL);
}

/* Shows the state of the run, as known from its events. */
static void show_run(struct guest *guest)
{
	const struct stream *stream = &guest->stream;
	const struct scenario *scenario = guest->config->scenario;
	struct live_facts facts = LIVE_NOTHING;

	facts.where = guest->config->kernel->name;
	facts.phase = *stream->phase ? stream->phase : "starting";
	if (stream->storm_began) {
		facts.elapsed = units_now() - stream->storm_began;
		facts.duration = scenario->duration;
	}
	if (scenario->has_storm) {
		facts.punches = (int64_t)stream->punches;
		facts.punches_hit = (int64_t)stream->evidence[STREAM_WRONG_BYTES].punches;
		facts.split = (int64_t)stream->split;
		facts.not_split = (int64_t)stream->not_split;
	}
	if (scenario_wants_witness(scenario))
		facts.captures = (int64_t)stream->evidence[STREAM_CAPTURE].punches;
	if (stream->slowest) {
		facts.slowest = scenario->storm.op->name;
		facts.slowest_ns = stream->slowest;
	}
	live_show(&guest->progress, &facts);
}

static void show(struct guest *guest)
{
	double seconds = (double)(units_now() - guest->started) / 1e9;
	char line[160];

	if (guest->stream.job_began && guest->config->scenario) {
		show_run(guest);
		return;
	}
	snprintf(line, sizeof(line), "%s %s: %.0f s",
		 guest->stream.job_began ? "running on"
		 : guest->facts.restored ? "restoring"
					 : "booting",
		 guest->config->kernel->name, seconds);
	progress_line(&guest->progress, line);
}

static uint64_t time_limit(const struct guest_config *config)
{
	if (config->machine->timeout)
		return config->machine->timeout;
	return LIMIT_BESIDE_DURATION + (config->scenario ? 2 * config->scenario->duration : 0);
}

/* Returns whether the guest sends faster than its output is read, or an endless archive. */
static bool floods(const struct guest *guest)
{
	const int ports[] = { guest->qemu.console, guest->qemu.output, guest->qemu.errors,
			      guest->qemu.stream, guest->qemu.log };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (stream_held(ports[i]) > GUEST_HELD_MAX)
			return true;
	return false;
}

/* Returns for how long the guest may be silent, ns. */
static uint64_t silence_limit(const struct guest *guest)
{
	if (guest->stream.job_began)
		return SILENCE_LIMIT;
	return guest->facts.restored ? RESTORE_LIMIT : BOOT_LIMIT;
}

/* Follows the guest until it has ended. With a shell there is no time limit. */
static void follow(struct guest *guest)
{
	struct stream *stream = &guest->stream;
	uint64_t limit = time_limit(guest->config);
	bool shell = guest->config->shell;

	guest->facts.end = GUEST_DONE;
	while (!child_ended(&guest->child)) {
		uint64_t now;
		bool flooded;

		units_sleep(stream->job_began ? 20000000 : 2000000);
		guest_pass_job(guest);
		stream_poll(stream);
		relay_all(guest);
		now = units_now();
		if (stream->job_began && guest->facts.boot_seconds < 0)
			guest->facts.boot_seconds = (double)(now - guest->started) / 1e9;
		flooded = floods(guest);
		if (shell && !flooded)
			continue;
		if (guest->config->event && stream->job_began)
			guest->config->event(guest->config->context, NULL);
		else
			show(guest);
		guest->facts.silent_seconds = (double)(now - stream->heard) / 1e9;
		if (flooded)
			guest->facts.end = GUEST_FLOODED;
		else if (stop_wanted())
			guest->facts.end = GUEST_STOPPED;
		else if (now > guest->started + limit)
			guest->facts.end = GUEST_TIMED_OUT;
		else if (now > stream->heard + silence_limit(guest) ||
			 (stream->ended && now > stream->ended + POWEROFF_LIMIT))
			guest->facts.end = GUEST_HUNG;
		if (guest->facts.end != GUEST_DONE) {
			child_kill(&guest->child, 5000);
			break;
		}
	}
	while (stream_poll(stream))
		;
	relay_all(guest);
	progress_end(&guest->progress);
}

static void explain_failure(int log)
{
	char text[2048];
	ssize_t got = pread(log, text, sizeof(text) - 1, 0);

	if (got > 0)
		fprintf(stderr, "%.*s", (int)got, text);
	if (qemu_lacks_sandbox(log))
		report(0, "this QEMU was built without seccomp, and a guest does not run outside "
			  "its sandbox; install one that has it, such as Debian's");
}

/* Returns the end of a guest that left no archive. QEMU is killed by SIGXFSZ when the file of a
 * port becomes too large. */
static enum guest_end how_it_ended(const struct child *child)
{
	if (WIFSIGNALED(child->status) && WTERMSIG(child->status) == SIGXFSZ)
		return GUEST_FLOODED;
	return child_exit_code(child) ? GUEST_BROKEN : GUEST_DIED;
}

/* Boots and follows the guest once. Returns the exit code in the guest's archive; -ENODATA: it
 * died; other -errno (reported). */
static int boot_once(struct guest *guest)
{
	int r = guest_open_ports(guest);

	if (r)
		return r;
	guest->facts.boots++;
	guest->facts.boot_seconds = -1;
	guest->started = units_now();
	r = guest_open_stub(guest);
	if (!r)
		r = guest_open_job(guest);
	if (!r)
		r = qemu_start(&guest->child, &guest->qemu);
	/* Only QEMU keeps this end open, so that its death closes the stub. */
	cleanup_close(&guest->qemu.gdb);
	guest->qemu.gdb = -1;
	if (r) {
		guest_close_stub(guest);
		guest_close_job(guest);
		return r;
	}
	if (guest_begin_job(guest)) {
		child_kill(&guest->child, 5000);
		guest->facts.end = GUEST_DAMAGED;
	} else {
		follow(guest);
	}
	guest_close_stub(guest);
	guest_close_job(guest);
	if (guest->facts.end == GUEST_DAMAGED)
		return -ENODATA;
	r = stream_unpack(&guest->stream, guest->config->out);
	if (guest->config->shell)
		return 0;
	if (r == -EFBIG) {
		guest->facts.end = GUEST_FLOODED;
		r = -ENODATA;
	} else if (r == -ENODATA && guest->facts.end == GUEST_DONE) {
		guest->facts.end = how_it_ended(&guest->child);
	} else if (r >= 0) {
		guest->facts.end = GUEST_DONE;
	}
	return r;
}

/* Returns whether to boot again: the job had not begun, or the guest's death is not a hit. */
static bool try_again(const struct guest *guest, unsigned int *deaths)
{
	if (guest->facts.end == GUEST_BROKEN || guest->facts.end == GUEST_TIMED_OUT ||
	    guest->facts.end == GUEST_STOPPED || guest->facts.end == GUEST_FLOODED)
		return false;
	if (!guest->stream.job_began)
		return guest->facts.boots < BOOTS_MAX;
	return !guest->config->told && outcome_verdict(&guest->stream) == VERDICT_ERROR &&
	       ++*deaths < DEATHS_MAX;
}

static bool restore_failed(const struct guest *guest)
{
	return guest->facts.restored && !guest->stream.job_began &&
	       guest->facts.end != GUEST_STOPPED && guest->facts.end != GUEST_TIMED_OUT;
}

static int boot(struct guest *guest)
{
	unsigned int deaths = 0, damaged = 0;
	char death[640];
	int r;

	for (;;) {
		r = boot_once(guest);
		if (r != -ENODATA)
			return r;
		outcome_death(&guest->facts, &guest->stream, death, sizeof(death));
		if (restore_failed(guest)) {
			/* Only once: a disk that damages files damages the next snapshot, too. */
			r = guest->facts.end == GUEST_DAMAGED && !damaged++
				    ? guest_restore_anew(guest)
				    : guest_boot_instead(guest, death);
			if (r)
				return r;
			guest_close_ports(guest);
			continue;
		}
		if (guest->facts.end == GUEST_BROKEN)
			explain_failure(guest->qemu.log);
		if (!try_again(guest, &deaths))
			return r;
		report(0, "%s (%s); booting it once more", death,
		       guest->stream.job_began ? "during the run" : "before the run began");
		guest_close_ports(guest);
	}
}

static int keep_guest(const struct guest *guest)
{
	char path[PATH_MAX];
	_cleanup_close_ int copy = -1;
	char text[1 << 16];
	ssize_t got;
	off_t at = 0;
	FILE *file;
	int r;

	snprintf(path, sizeof(path), "%s/initramfs.cpio", guest->config->out);
	copy = open_output(path, O_WRONLY | O_TRUNC);
	if (copy < 0)
		return copy;
	while ((got = pread(guest->qemu.initrd, text, sizeof(text), at)) > 0) {
		r = write_whole(copy, text, (size_t)got);
		if (r)
			return report(r, "%s", path);
		at += got;
	}
	if (got < 0)
		return report(-errno, "%s", path);
	file = guest_open_output(guest->config, "boot.sh");
	if (!file)
		return -EIO;
	qemu_print(file, &guest->qemu, "initramfs.cpio");
	if (!(ferror(file) | fclose(file)))
		return 0;
	report(0, "%s/boot.sh could not be written whole", guest->config->out);
	return -EIO;
}

static int check_memory(const struct guest_config *config)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long available = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lu kB", &available) == 1)
			break;
	if (file)
		fclose(file);
	if (available && available / 1024 < config->machine->memory)
		return report(0,
			      "--memory %u: this machine has only %lu MiB to spare; give less, or "
			      "end something else",
			      config->machine->memory, available / 1024);
	return 0;
}

static int choose_accelerator(struct guest *guest)
{
	const struct guest_config *config = guest->config;
	int accelerator = qemu_accelerator(config->machine->accelerator, config->kernel);

	if (accelerator < 0)
		return -EPERM;
	guest->qemu.accelerator = (enum accelerator)accelerator;
	guest->facts.accelerator = accelerator_names[accelerator];
	if (accelerator == ACCELERATOR_TCG && config->machine->accelerator == ACCELERATOR_AUTO &&
	    (config->progress || config->plain))
		fprintf(stderr,
			config->kernel->arch == guest_arch_here()
				? "KVM does not work here: the guest is emulated (TCG)\n"
				: "the guest is of another architecture: it is emulated (TCG)\n");
	return 0;
}

static int run_claimed(struct guest *guest)
{
	const struct guest_config *config = guest->config;
	int r = job_make(config, &guest->archives, &guest->job);

	/* Interrupted, the run is judged by what has been seen so far. With a shell the keys go to
	 * the guest. */
	if (!config->shell)
		stop_catch();
	if (!r)
		guest_find_snapshot(guest);
	if (!r && guest->snapshot.fd < 0)
		r = initrd_join(&guest->archives, guest->job, &guest->qemu.initrd);
	if (!r && config->keep)
		r = keep_guest(guest);
	if (!r) {
		r = guest_bring_home(guest, boot(guest));
		guest_close_ports(guest);
	}
	snapshot_close(&guest->snapshot);
	cleanup_close(&guest->qemu.initrd);
	cleanup_close(&guest->job);
	return r;
}

int guest_run(const struct guest_config *config)
{
	struct guest guest = {
		.config = config,
		.stub = -1,
		.snapshot.fd = -1,
		.job = -1,
		.job_port = -1,
		.qemu = { .kernel = config->kernel,
			  .cpus = config->machine->cpus,
			  .memory = config->machine->memory,
			  .append = config->machine->append ? config->machine->append : "",
			  .shell = config->shell,
			  .initrd = -1,
			  .console = -1,
			  .output = -1,
			  .errors = -1,
			  .stream = -1,
			  .log = -1,
			  .gdb = -1,
			  .job = -1,
			  .monitor = -1,
			  .snapshot = -1 },
		.facts = { .title = config->scenario ? config->scenario->title : NULL,
			   .kernel = config->kernel->name,
			   .release = config->kernel->release,
			   .expected = config->scenario ? scenario_expects(config->scenario,
									   &config->kernel->version)
							: EXPECT_CLEAN,
			   .cpus = config->machine->cpus,
			   .memory = config->machine->memory },
	};
	const struct scenario *needs = config->scenario ?: config->brings;
	struct out_claim claim;
	int r;

	progress_init(&guest.progress, config->progress, config->plain);
	r = config->out ? out_check(config->out) : 0;
	if (r)
		return r;
	if (check_memory(config))
		return -EPERM;
	r = needs ? scenario_schedule_engine(needs, config->machine->cpus,
					     scenario_guest_engine(needs))
		  : 0;
	if (r)
		return r;
	if (config->scenario && kernel_needs_check(config->kernel, config->scenario))
		return -EPERM;
	r = choose_accelerator(&guest);
	if (r)
		return r;
	r = out_begin(&claim, config->out, config->clear);
	if (!r)
		r = run_claimed(&guest);
	out_release(&claim);
	return r;
}
