/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/qemu.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/open_output.h"
#include "tools/base/program_path.h"
#include "tools/base/quote.h"
#include "tools/guest/qemu_command.h"
#include "tools/guest/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const accelerator_names[] = {
	[ACCELERATOR_AUTO] = "auto",
	[ACCELERATOR_KVM] = "kvm",
	[ACCELERATOR_TCG] = "tcg",
	NULL,
};

struct start {
	struct qemu_command command;
	const struct qemu_config *config;
};

/* Limits the resources of QEMU, in case the guest takes it over. Emulated, it needs 1.4 GiB of
 * addresses beside the guest's memory (measured with 1 to 4 processors: translated code, an arena
 * and a stack for each thread). A file that becomes too large kills it by SIGXFSZ. */
static void limit(const struct qemu_config *config)
{
	const rlim_t mebibyte = 1 << 20;
	const rlim_t memory = (config->memory + 4096 + 256 * (rlim_t)config->cpus) * mebibyte;
	const struct {
		__rlimit_resource_t resource;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_AS, memory },
		{ RLIMIT_FSIZE, QEMU_FILE_MAX },
		{ RLIMIT_CORE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit now;

		if (getrlimit(limits[i].resource, &now))
			continue;
		if (now.rlim_max > limits[i].most)
			now.rlim_max = limits[i].most;
		now.rlim_cur = now.rlim_max;
		if (setrlimit(limits[i].resource, &now))
			report(-errno, "a resource limit of QEMU");
	}
}

static int body(void *context)
{
	const struct start *start = context;
	const struct qemu_config *config = start->config;
	/* The descriptors that the command line names by /proc/self/fd. */
	const int keep[] = { config->initrd, config->console, config->output,
			     config->errors, config->stream,  config->gdb,
			     config->job,    config->monitor, config->snapshot };
	const struct program qemu = {
		.path = start->command.words[0],
		.arguments = (const char *const *)start->command.words,
		.input = config->shell ? STDIN_FILENO : PROGRAM_NOTHING,
		.output = config->shell ? STDOUT_FILENO : config->log,
		.errors = config->log,
		.keep = keep,
		.keep_count = ARRAY_SIZE(keep),
	};

	/* In the process group of the terminal, as the caller is. */
	if (config->shell)
		setpgid(0, getpgid(getppid()));
	limit(config);
	report(program_become(&qemu), "%s", qemu.path);
	return 127;
}

int qemu_start(struct child *child, const struct qemu_config *config)
{
	struct start *start = calloc(1, sizeof(*start));
	char initrd[64];
	int r;

	if (!start)
		return report(-ENOMEM, "the command line of QEMU");
	start->config = config;
	snprintf(initrd, sizeof(initrd), "/proc/self/fd/%d", config->initrd);
	qemu_command_make(&start->command, config, initrd);
	*child = (struct child){ .pid = 0 };
	r = child_start(child, body, start);
	free(start);
	return r;
}

void qemu_print(FILE *to, const struct qemu_config *config, const char *initrd)
{
	struct qemu_config shown = *config;
	struct qemu_command *command = calloc(1, sizeof(*command));

	if (!command)
		return;
	shown.shell = true; /* its output goes to the terminal */
	shown.console = shown.errors = shown.stream = shown.gdb = shown.job = shown.monitor =
		shown.snapshot = -1;
	qemu_command_make(command, &shown, initrd);
	fputs("#!/bin/sh\n# Boots the guest once more; what it prints comes to the terminal.\n"
	      "cd \"$(dirname \"$0\")\" || exit\nexec",
	      to);
	for (size_t i = 0; i < command->count; i++) {
		fputc(' ', to);
		quote_word(to, command->words[i]);
	}
	fputc('\n', to);
	free(command);
}

/* Describes a file so that a replaced one has another description: by time and size. */
static void describe_file(FILE *to, const char *path)
{
	struct stat status;

	if (!stat(path, &status))
		fprintf(to, "%s %jd %jd.%09ld\n", path, (intmax_t)status.st_size,
			(intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

void qemu_describe(FILE *to, const struct qemu_config *config)
{
	struct qemu_config shown = *config;
	struct qemu_command *command = calloc(1, sizeof(*command));
	char path[PATH_MAX] = "";

	if (!command)
		return;
	shown.shell = false;
	shown.console = shown.output = shown.errors = shown.stream = shown.job = 0;
	shown.gdb = shown.monitor = shown.snapshot = -1;
	qemu_command_make(command, &shown, "");
	for (size_t i = 0; i < command->count; i++)
		fprintf(to, "%s\n", command->words[i]);
	free(command);
	program_path(guest_arches[config->kernel->arch].qemu, path, sizeof(path));
	describe_file(to, path);
	describe_file(to, config->kernel->image);
}

bool qemu_lacks_sandbox(int log)
{
	char text[2048] = "";

	return pread(log, text, sizeof(text) - 1, 0) > 0 && strstr(text, "sandbox") != NULL;
}

int qemu_check(enum guest_arch arch)
{
	const struct guest_arch_facts *facts = &guest_arches[arch];
	char path[PATH_MAX];

	if (program_path(facts->qemu, path, sizeof(path)))
		return 0;
	report(0, "%s is not installed; install %s", facts->qemu, facts->package);
	return -ENOENT;
}

static bool says_linux(int console)
{
	char text[4096];
	ssize_t got = pread(console, text, sizeof(text), 0);

	return got > 0 && memmem(text, (size_t)got, "Linux version", 13);
}

static bool kvm_boots(const struct guest_kernel *kernel)
{
	_cleanup_close_ int console = memfd_create("console", 0);
	_cleanup_close_ int log = memfd_create("log", 0);
	const struct qemu_config config = {
		.kernel = kernel,
		.accelerator = ACCELERATOR_KVM,
		.cpus = 1,
		.memory = 512,
		.append = "loglevel=7 earlyprintk=serial earlycon",
		.initrd = log, /* empty */
		.console = console,
		.output = -1,
		.errors = -1,
		.stream = console,
		.log = log,
		.gdb = -1,
		.job = -1,
		.monitor = -1,
		.snapshot = -1,
	};
	struct child child;
	bool found = false;

	if (console < 0 || log < 0 || qemu_start(&child, &config))
		return false;
	for (int tries = 0; tries < 50 && !found && !child_ended(&child); tries++) {
		units_sleep(100000000);
		found = says_linux(console);
	}
	child_kill(&child, 5000);
	return found;
}

static void read_word(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	*text = '\0';
	if (file && fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
}

/* Returns whether KVM works. The answer is kept in the cache until the host boots again; if it
 * cannot be written, it is found out each time. */
static bool kvm_works(const struct guest_kernel *kernel)
{
	char cache[PATH_MAX / 2], path[PATH_MAX], boot[64], known[80];
	bool works;
	FILE *file;

	if (access("/dev/kvm", R_OK | W_OK))
		return false;
	read_word("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	snprintf(path, sizeof(path), "%s/kvm", script_cache(cache, sizeof(cache)));
	read_word(path, known, sizeof(known));
	if (*boot && !strncmp(known, boot, strlen(boot)))
		return !strcmp(known + strlen(boot), " yes");
	works = kvm_boots(kernel);
	file = open_output_stream(path);
	if (file) {
		fprintf(file, "%s %s\n", boot, works ? "yes" : "no");
		fclose(file);
	}
	return works;
}

int qemu_accelerator(enum accelerator wanted, const struct guest_kernel *kernel)
{
	bool ours = kernel->arch == guest_arch_here();

	if (qemu_check(kernel->arch))
		return -ENOENT;
	if (wanted == ACCELERATOR_KVM && !ours)
		return report(-ENODEV,
			      "--accel kvm: %s is a kernel of %s, and this machine is of %s",
			      kernel->name, guest_arches[kernel->arch].name,
			      guest_arches[guest_arch_here()].name);
	if (wanted == ACCELERATOR_TCG || (ours && kvm_works(kernel)))
		return wanted == ACCELERATOR_TCG ? ACCELERATOR_TCG : ACCELERATOR_KVM;
	if (wanted == ACCELERATOR_KVM)
		return report(-ENODEV, "--accel kvm: a kernel does not boot with /dev/kvm here");
	return ACCELERATOR_TCG;
}
