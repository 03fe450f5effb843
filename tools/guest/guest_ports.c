/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections of a guest: the memory files that it writes to, and the gdb stub of its QEMU. */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"
#include "tools/guest/guest_parts.h"
#include "tools/scenario/scenario_schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int memory_file(const char *name, int *fd)
{
	*fd = memfd_create(name, 0);
	return *fd < 0 ? report(-errno, "memory for the guest's %s", name) : 0;
}

static void close_memory(struct guest *guest)
{
	cleanup_close(&guest->qemu.console);
	cleanup_close(&guest->qemu.output);
	cleanup_close(&guest->qemu.errors);
	cleanup_close(&guest->qemu.stream);
	cleanup_close(&guest->qemu.log);
	guest->qemu.console = guest->qemu.output = guest->qemu.errors = guest->qemu.stream =
		guest->qemu.log = -1;
}

/* Opens events.jsonl, where events are kept. */
static int open_events(const struct guest_config *config, struct line_file *file)
{
	char path[PATH_MAX];

	if (!config->out || !config->scenario)
		return 0;
	snprintf(path, sizeof(path), "%s/events.jsonl", config->out);
	return line_file_open(file, path, O_TRUNC);
}

FILE *guest_open_output(const struct guest_config *config, const char *name)
{
	char path[PATH_MAX];
	FILE *file;

	if (!config->out)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", config->out, name);
	file = open_output_stream(path);
	if (!file)
		return NULL;
	/* A program that follows the file sees each line at once. */
	setvbuf(file, NULL, _IOLBF, 1 << 16);
	return file;
}

static void add_step(void *context, const struct schedule_step *step)
{
	struct guest *guest = context;

	stream_add_step(&guest->stream, step);
}

/* Starts the conductor when the run in the guest reports what its schedule needs. */
static void on_event(void *context, const json_t *event)
{
	struct guest *guest = context;
	const char *type = json_string_value(json_object_get(event, "type"));
	struct conductor_config config;

	if (guest->config->event)
		guest->config->event(guest->config->context, event);
	if (type && guest->conductor && !strcmp(type, "hit"))
		conductor_hit(guest->conductor,
			      (uint64_t)json_integer_value(json_object_get(event, "punch")));
	if (guest->stub < 0 || guest->conductor || !type || strcmp(type, "schedule") != 0)
		return;
	config = (struct conductor_config){
		.stub = guest->stub,
		.isa = guest_arches[guest->qemu.kernel->arch].isa,
		.qemu = guest->child.pid,
		.cpus = guest->qemu.cpus,
		.schedule = scenario_schedule(guest->config->scenario),
		.inspect = guest->config->scenario->inspect.at.at,
		.series = guest->config->series,
		.step = add_step,
		.context = guest,
	};
	guest->conductor = conductor_start(&config, event);
}

int guest_open_stub(struct guest *guest)
{
	int ends[2];

	if (!guest->config->scenario ||
	    scenario_guest_engine(guest->config->scenario) != SCHEDULE_ENGINE_QEMU)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return report(-errno, "a socket for QEMU's gdb stub");
	guest->stub = ends[0];
	guest->qemu.gdb = ends[1];
	return 0;
}

void guest_close_stub(struct guest *guest)
{
	guest->stub_error = conductor_stop(guest->conductor);
	guest->conductor = NULL;
	cleanup_close(&guest->stub);
	cleanup_close(&guest->qemu.gdb);
	guest->stub = guest->qemu.gdb = -1;
}

int guest_open_ports(struct guest *guest)
{
	const struct scenario *scenario = guest->config->scenario ?: guest->config->brings;
	struct stream *stream = &guest->stream;
	int r;

	/* For guest_close_ports(), whatever fails: that of an earlier boot was released. */
	*stream = (struct stream){ .events_file = LINE_FILE_NONE };
	r = memory_file("console", &guest->qemu.console);
	if (!r)
		r = memory_file("output", &guest->qemu.output);
	if (!r)
		r = memory_file("errors", &guest->qemu.errors);
	if (!r)
		r = memory_file("events", &guest->qemu.stream);
	if (!r)
		r = memory_file("log", &guest->qemu.log);
	memset(guest->relayed, 0, sizeof(guest->relayed));
	memset(guest->forgotten, 0, sizeof(guest->forgotten));
	if (!r)
		r = stream_init(stream, guest->qemu.console, guest->qemu.stream);
	if (r)
		return r;
	if (scenario) {
		scenario_subject(scenario, &stream->reports.subject);
		stream->race = scenario->race;
	}
	stream->event = on_event;
	stream->context = guest;
	stream->console_file = guest_open_output(guest->config, "console.log");
	return open_events(guest->config, &stream->events_file);
}

void guest_close_ports(struct guest *guest)
{
	guest_close_console(guest);
	line_file_close(&guest->stream.events_file);
	stream_release(&guest->stream);
	close_memory(guest);
}
