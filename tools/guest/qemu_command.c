/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/qemu_command.h"
#include "injector/base/array.h"

#include <stdarg.h>
#include <stdio.h>

static void __attribute__((format(printf, 2, 3)))
add(struct qemu_command *command, const char *format, ...)
{
	va_list args;

	if (command->count == QEMU_WORDS_MAX)
		return;
	va_start(args, format);
	vsnprintf(command->text[command->count], QEMU_WORD_SIZE, format, args);
	va_end(args);
	command->words[command->count] = command->text[command->count];
	command->words[++command->count] = NULL;
}

/* Linux takes the interrupt of the first two serial ports from ACPI; the third and fourth get one
 * of their own. */
static void add_serial(struct qemu_command *command, unsigned int index)
{
	static const struct {
		unsigned int base, interrupt;
	} ports[] = { { 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 5 }, { 0x2e8, 7 } };

	add(command, "-device");
	add(command, "isa-serial,chardev=port%u,index=%u,iobase=0x%x,irq=%u", index, index,
	    ports[index].base, ports[index].interrupt);
}

/*
 * Returns the model of an emulated processor. TCG emulates `rep movsb` byte by byte (measured: 32
 * us for a page, ten times the loop that kernels use without ERMS and FSRM). With the emulated
 * cmpxchg16b of QEMU 7.2 the slab allocator of 6.12 dies at random. For arm64, pointer
 * authentication with the architecture's own cipher is slow, so a faster one is selected.
 */
static const char *emulated_processor(const struct guest_kernel *kernel)
{
	const struct kernel_version *version = &kernel->version;

	if (kernel->arch == GUEST_ARM64)
		return "max,pauth-impdef=on";
	return version->major == 6 && version->minor == 12 ? "max,erms=off,fsrm=off,cx16=off"
							   : "max,erms=off,fsrm=off";
}

static void add_accelerator(struct qemu_command *command, const struct qemu_config *config)
{
	bool kvm = config->accelerator == ACCELERATOR_KVM;

	add(command, "-accel");
	add(command, kvm ? "kvm" : "tcg,thread=multi");
	add(command, "-cpu");
	add(command, "%s", kvm ? "host" : emulated_processor(config->kernel));
}

/* Adds a port for a stream. If the other end of a virtio port is closed, the guest waits, so
 * without a stream its output is discarded. */
static void add_stream(struct qemu_command *command, const char *id, int stream)
{
	add(command, "-chardev");
	if (stream < 0)
		add(command, "file,id=%s,path=/dev/null", id);
	else
		add(command, "file,id=%s,path=/proc/self/fd/%d,append=on", id, stream);
}

/* Adds a socket that only the holder of its other end can use. */
static void add_socket(struct qemu_command *command, const char *option, const char *id, int socket)
{
	if (socket < 0)
		return;
	add(command, "-chardev");
	add(command, "socket,id=%s,fd=%d", id, socket);
	add(command, "%s", option);
	add(command, "chardev:%s", id);
}

/* Adds the port for a job, also if there is none: a snapshot fits only a machine with the same
 * devices. */
static void add_job(struct qemu_command *command, int socket)
{
	add(command, "-chardev");
	if (socket < 0)
		add(command, "null,id=job");
	else
		add(command, "socket,id=job,fd=%d", socket);
	add(command, "-device");
	add(command, "virtserialport,chardev=job,name=foliostorm.job");
}

static void add_kernel(struct qemu_command *command, const struct qemu_config *config,
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
	/* An oops ends the guest, since a task that died in the kernel keeps its locks, and QEMU
	 * exits when the kernel wants to reboot. The times in the log show when the first hit
	 * was. */
	add(command, "console=%s quiet printk.time=1 oops=panic panic=-1%s%s",
	    guest_arches[config->kernel->arch].console, *config->append ? " " : "", config->append);
}

/* Adds a port that the guest writes to, or the user's terminal. */
static void add_port(struct qemu_command *command, const struct qemu_config *config,
		     unsigned int number, int port)
{
	add(command, "-chardev");
	if (number == 1 && config->shell)
		add(command, "stdio,id=port1,signal=off");
	else if (port >= 0)
		add(command, "file,id=port%u,path=/proc/self/fd/%d", number, port);
	else
		add(command, "null,id=port%u", number);
}

/* Log, output and errors go to serial ports, and so do events if the kernel has no virtio console.
 * Both ports for events write to the same file; the guest uses one of them. */
static void add_ports_amd64(struct qemu_command *command, const struct qemu_config *config)
{
	const int ports[] = { config->console, config->output, config->errors };

	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++) {
		add_port(command, config, i, ports[i]);
		add_serial(command, i);
	}
	add_stream(command, "serial-stream", config->stream);
	add(command, "-device");
	add(command, "isa-serial,chardev=serial-stream,index=3,iobase=0x2e8,irq=7");
	add(command, "-device");
	add(command, "virtio-serial-pci");
}

static void add_virtio_port(struct qemu_command *command, unsigned int number, const char *name)
{
	add(command, "-device");
	add(command, "virtserialport,chardev=port%u,name=foliostorm.%s", number, name);
}

/* The machine has one serial port, for the log; a terminal is hvc0. */
static void add_ports_arm64(struct qemu_command *command, const struct qemu_config *config)
{
	const int output = config->shell ? -1 : config->output;

	add_port(command, config, 0, config->console);
	add(command, "-serial");
	add(command, "chardev:port0");
	add(command, "-device");
	add(command, "virtio-serial-pci,max_ports=8");
	add(command, "-chardev");
	add(command, config->shell ? "stdio,id=terminal,signal=off" : "null,id=terminal");
	add(command, "-device");
	add(command, "virtconsole,chardev=terminal");
	add_stream(command, "port1", output);
	add_virtio_port(command, 1, "output");
	add_stream(command, "port2", config->errors);
	add_virtio_port(command, 2, "errors");
}

static const struct {
	const char *machine;
	void (*add_ports)(struct qemu_command *command, const struct qemu_config *config);
} machines[GUEST_ARCHES] = {
	[GUEST_AMD64] = { "pc", add_ports_amd64 },
	[GUEST_ARM64] = { "virt,gic-version=max", add_ports_arm64 },
};

void qemu_command_make(struct qemu_command *command, const struct qemu_config *config,
		       const char *initrd)
{
	enum guest_arch arch = config->kernel->arch;

	command->count = 0;
	add(command, "%s", guest_arches[arch].qemu);
	add_accelerator(command, config);
	add(command, "-machine");
	add(command, "%s", machines[arch].machine);
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
	machines[arch].add_ports(command, config);
	add_stream(command, "stream", config->stream);
	add(command, "-device");
	add(command, "virtserialport,chardev=stream,name=foliostorm");
	add_job(command, config->job);
	add_socket(command, "-gdb", "gdb", config->gdb);
	add_socket(command, "-qmp", "monitor", config->monitor);
	add_kernel(command, config, initrd);
}
