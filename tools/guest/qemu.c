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
#include "tools/guest/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char program[] = "qemu-system-x86_64";

const char *const accelerator_names[] = {
	[ACCELERATOR_AUTO] = "auto",
	[ACCELERATOR_KVM] = "kvm",
	[ACCELERATOR_TCG] = "tcg",
	NULL,
};

enum { WORDS_MAX = 80, WORD_SIZE = 1024 };

struct command {
	char *words[WORDS_MAX + 1];
	char text[WORDS_MAX][WORD_SIZE];
	size_t count;
};

static void __attribute__((format(printf, 2, 3)))
add(struct command *command, const char *format, ...)
{
	va_list args;

	if (command->count == WORDS_MAX)
		return;
	va_start(args, format);
	vsnprintf(command->text[command->count], WORD_SIZE, format, args);
	va_end(args);
	command->words[command->count] = command->text[command->count];
	command->words[++command->count] = NULL;
}

/* Linux takes the interrupt of the first two serial ports from ACPI; the third and fourth get one
 * of their own. */
static void add_serial(struct command *command, unsigned int index)
{
	static const struct {
		unsigned int base, interrupt;
	} ports[] = { { 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 5 }, { 0x2e8, 7 } };

	add(command, "-device");
	add(command, "isa-serial,chardev=port%u,index=%u,iobase=0x%x,irq=%u", index, index,
	    ports[index].base, ports[index].interrupt);
}

static void add_accelerator(struct command *command, const struct qemu_config *config)
{
	const struct kernel_version *version = &config->kernel->version;

	add(command, "-accel");
	if (config->accelerator == ACCELERATOR_KVM) {
		add(command, "kvm");
		add(command, "-cpu");
		add(command, "host");
		return;
	}
	add(command, "tcg,thread=multi");
	add(command, "-cpu");
	/* TCG emulates `rep movsb` byte by byte (measured: 32 us for a page, ten times the loop
	 * that kernels use without ERMS and FSRM). Under QEMU 7.2 the slab allocator of 6.12 dies
	 * at random of the emulated cmpxchg16b. */
	add(command, "max,erms=off,fsrm=off%s",
	    version->major == 6 && version->minor == 12 ? ",cx16=off" : "");
}

/* A virtio port whose other end is closed would make the guest wait: without a stream it goes to
 * nowhere. */
static void add_stream(struct command *command, const char *id, int stream)
{
	add(command, "-chardev");
	if (stream < 0)
		add(command, "file,id=%s,path=/dev/null", id);
	else
		add(command, "file,id=%s,path=/proc/self/fd/%d,append=on", id, stream);
}

/* Only who has the other end of the socket can talk to it. */
static void add_socket(struct command *command, const char *option, const char *id, int socket)
{
	if (socket < 0)
		return;
	add(command, "-chardev");
	add(command, "socket,id=%s,fd=%d", id, socket);
	add(command, "%s", option);
	add(command, "chardev:%s", id);
}

/* The port through which a job comes is there also when none does: a snapshot fits only a machine with the
 * same devices. */
static void add_job(struct command *command, int socket)
{
	add(command, "-chardev");
	if (socket < 0)
		add(command, "null,id=job");
	else
		add(command, "socket,id=job,fd=%d", socket);
	add(command, "-device");
	add(command, "virtserialport,chardev=job,name=foliostorm.job");
}

static void add_kernel(struct command *command, const struct qemu_config *config,
		       const char *initrd)
{
	if (config->snapshot >= 0) {
		add(command, "-incoming");
		add(command, "fd:%d", config->snapshot);
		return;
	}
	add(command, "-kernel");
	add(command, "%s", config->kernel->image);
	add(command, "-initrd");
	add(command, "%s", initrd);
	add(command, "-append");
	/* An oops is the end: whoever died in the kernel took locks along, and QEMU leaves at once
	 * when the kernel wants to boot again. A log with times says when the first hit was. */
	add(command, "console=ttyS0 quiet printk.time=1 oops=panic panic=-1%s%s",
	    *config->append ? " " : "", config->append);
}

static void make_command(struct command *command, const struct qemu_config *config,
			 const char *initrd)
{
	const int ports[] = { config->console, config->output, config->errors, -1 };

	command->count = 0;
	add(command, "%s", program);
	add_accelerator(command, config);
	add(command, "-machine");
	add(command, "pc");
	add(command, "-m");
	add(command, "%u", config->memory);
	add(command, "-smp");
	add(command, "%u", config->cpus);
	add(command, "-sandbox");
	add(command, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	add(command, "-nodefaults");
	add(command, "-nic");
	add(command, "none");
	add(command, "-display");
	add(command, "none");
	add(command, "-no-reboot");
	for (unsigned int i = 0; i < 4; i++) {
		add(command, "-chardev");
		if (i == 1 && config->shell)
			add(command, "stdio,id=port1,signal=off");
		else if (ports[i] >= 0)
			add(command, "file,id=port%u,path=/proc/self/fd/%d", i, ports[i]);
		else
			add(command, "null,id=port%u", i);
		if (i < 3)
			add_serial(command, i);
	}
	/* The events' port: virtio where the kernel has it. Both write to the same file, of which
	 * the guest uses one. */
	add_stream(command, "serial-stream", config->stream);
	add(command, "-device");
	add(command, "isa-serial,chardev=serial-stream,index=3,iobase=0x2e8,irq=7");
	add_stream(command, "stream", config->stream);
	add(command, "-device");
	add(command, "virtio-serial-pci");
	add(command, "-device");
	add(command, "virtserialport,chardev=stream,name=foliostorm");
	add_job(command, config->job);
	add_socket(command, "-gdb", "gdb", config->gdb);
	add_socket(command, "-qmp", "monitor", config->monitor);
	add_kernel(command, config, initrd);
}

struct start {
	struct command command;
	const struct qemu_config *config;
};

/*
 * What QEMU may take, should the guest get hold of it. Emulated, it takes 1.4 GiB of addresses beside the
 * guest's memory (measured with 1 to 4 processors: translated code, an arena and a stack for each thread).
 * A file that gets too large kills it by SIGXFSZ.
 */
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
			report(-errno, "a resource limit of %s", program);
	}
}

static int body(void *context)
{
	const struct start *start = context;
	const struct qemu_config *config = start->config;
	/* What the command line names by /proc/self/fd. */
	const int keep[] = { config->initrd, config->console, config->output,
			     config->errors, config->stream,  config->gdb,
			     config->job,    config->monitor, config->snapshot };
	const struct program qemu = {
		.path = program,
		.arguments = (const char *const *)start->command.words,
		.input = config->shell ? STDIN_FILENO : PROGRAM_NOTHING,
		.output = config->shell ? STDOUT_FILENO : config->log,
		.errors = config->log,
		.keep = keep,
		.keep_count = ARRAY_SIZE(keep),
	};

	/* The terminal's, like the caller. */
	if (config->shell)
		setpgid(0, getpgid(getppid()));
	limit(config);
	report(program_become(&qemu), "%s", program);
	return 127;
}

int qemu_start(struct child *child, const struct qemu_config *config)
{
	struct start *start = calloc(1, sizeof(*start));
	char initrd[64];
	int r;

	if (!start)
		return report(-ENOMEM, "%s", program);
	start->config = config;
	snprintf(initrd, sizeof(initrd), "/proc/self/fd/%d", config->initrd);
	make_command(&start->command, config, initrd);
	*child = (struct child){ .pid = 0 };
	r = child_start(child, body, start);
	free(start);
	return r;
}

void qemu_print(FILE *to, const struct qemu_config *config, const char *initrd)
{
	struct qemu_config shown = *config;
	struct command *command = calloc(1, sizeof(*command));

	if (!command)
		return;
	shown.shell = true; /* its output comes to the terminal */
	shown.console = shown.errors = shown.stream = shown.gdb = shown.job = shown.monitor =
		shown.snapshot = -1;
	make_command(command, &shown, initrd);
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

/* A file that was replaced has another time or size. */
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
	struct command *command = calloc(1, sizeof(*command));
	char path[PATH_MAX] = "";

	if (!command)
		return;
	shown.shell = false;
	shown.console = shown.output = shown.errors = shown.stream = shown.job = 0;
	shown.gdb = shown.monitor = shown.snapshot = -1;
	make_command(command, &shown, "");
	for (size_t i = 0; i < command->count; i++)
		fprintf(to, "%s\n", command->words[i]);
	free(command);
	program_path(program, path, sizeof(path));
	describe_file(to, path);
	describe_file(to, config->kernel->image);
}

bool qemu_lacks_sandbox(int log)
{
	char text[2048] = "";

	return pread(log, text, sizeof(text) - 1, 0) > 0 && strstr(text, "sandbox") != NULL;
}

int qemu_check(void)
{
	char path[PATH_MAX];

	if (program_path(program, path, sizeof(path)))
		return 0;
	report(0, "%s is not installed; install qemu-system-x86", program);
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
		.append = "loglevel=7 earlyprintk=serial",
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

/* The answer of this boot of the host is kept in the cache; where that cannot be written, it is
 * found out each time. */
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
	if (qemu_check())
		return -ENOENT;
	if (wanted == ACCELERATOR_TCG || kvm_works(kernel))
		return wanted == ACCELERATOR_TCG ? ACCELERATOR_TCG : ACCELERATOR_KVM;
	if (wanted == ACCELERATOR_KVM)
		return report(-ENODEV, "--accel kvm: a kernel does not boot with /dev/kvm here");
	return ACCELERATOR_TCG;
}
