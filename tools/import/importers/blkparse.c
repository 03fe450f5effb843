/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import blkparse: turns the default output of blkparse(1) for block devices into a trace on one
 * file per device.
 *
 *   8,0    3        1     0.000000000   697  Q   W 223490 + 8 [kjournald]
 *
 * A request appears several times on its way; it is taken where it appears first: Q, or else D, or
 * C. The file holds only what is used of the device: each used region of 2 MiB becomes the next 2
 * MiB of the file, so that blocks in the same folio stay in the same folio.
 */
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/trace_scenario.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES = 16, REGIONS = 1 << 15, SLOTS = 2 * REGIONS, THREADS = 4096, SECTOR = 512 };

#define REGION ((uint64_t)2 << 20)

/* A device, and the file that represents it. */
struct device {
	unsigned int major, minor;
	uint32_t file, handle, used; /* number of regions of the file */
};

struct region {
	uint64_t number; /* in the device, plus 1; 0: empty slot */
	uint32_t device, place;
};

struct reading {
	struct import *import;
	struct trace_maker maker;
	struct import_lines lines;
	struct device devices[DEVICES];
	size_t device_count;
	struct region *regions; /* hash table */
	uint32_t region_count;
	struct {
		unsigned int pid;
		uint16_t thread;
	} threads[THREADS]; /* hash table */
	char action;        /* the action at which requests are taken; 0: unknown yet */
	uint64_t requests, others, strange, first_strange, crowded;
};

struct request {
	unsigned int major, minor, pid;
	uint64_t time; /* ns */
	char action, flags[12];
	bool placed;
	uint64_t sector, sectors;
};

static bool read_request(const char *text, struct request *request)
{
	unsigned long long seconds, fraction, sector, sectors;
	char action[4] = "", digits[10];
	int end = 0;

	*request = (struct request){ .pid = 0 };
	if (sscanf(text, "%u,%u %*u %*u %llu.%9[0-9] %u %3s %11s %n", &request->major,
		   &request->minor, &seconds, digits, &request->pid, action, request->flags,
		   &end) != 7 ||
	    strlen(digits) != 9 || !end || seconds > UINT32_MAX)
		return false;
	fraction = strtoull(digits, NULL, 10);
	request->action = action[0];
	if (action[1])
		request->action = '?';
	request->time = seconds * 1000000000 + fraction;
	request->placed = sscanf(text + end, "%llu + %llu", &sector, &sectors) == 2 &&
			  sector < INT64_MAX / 8 / SECTOR && sectors < INT32_MAX / SECTOR;
	request->sector = request->placed ? sector : 0;
	request->sectors = request->placed ? sectors : 0;
	return true;
}

/* Finds the start of the line after mail quotes or line numbers, or within JSON. */
static bool find_request(const char *text, struct request *request)
{
	enum { MARGIN_MAX = 100 };

	for (const char *at = text; *at && at - text < MARGIN_MAX; at++)
		if (isdigit((unsigned char)*at) &&
		    (at == text || !strchr("0123456789,.", at[-1])) && read_request(at, request))
			return true;
	return false;
}

static struct device *device_of(struct reading *reading, const struct request *request)
{
	struct trace_call call = { .op = TRACE_OPEN, .flags = O_RDWR, .length = 0600 };
	struct device *device = reading->devices, *end = device + reading->device_count;
	char name[40];

	for (; device < end; device++)
		if (device->major == request->major && device->minor == request->minor)
			return device;
	if (reading->device_count == DEVICES)
		return NULL;
	snprintf(name, sizeof(name), "device-%u-%u", request->major, request->minor);
	*device = (struct device){ request->major, request->minor, .used = 0 };
	call.other = maker_name(&reading->maker, name);
	device->file = call.file = call.other ? maker_file(&reading->maker, call.other) : 0;
	device->handle = call.handle = maker_handle(&reading->maker);
	call.thread = (uint16_t)maker_thread(&reading->maker);
	if (!device->file || !device->handle || !call.thread)
		return NULL;
	call.start = request->time;
	maker_call(&reading->maker, &call);
	reading->device_count++;
	return device;
}

static uint16_t thread_of(struct reading *reading, unsigned int pid)
{
	unsigned int slot = pid % THREADS;

	for (int i = 0; i < THREADS; i++, slot = (slot + 1) % THREADS) {
		if (reading->threads[slot].thread && reading->threads[slot].pid == pid)
			return reading->threads[slot].thread;
		if (reading->threads[slot].thread)
			continue;
		reading->threads[slot].pid = pid;
		reading->threads[slot].thread = (uint16_t)maker_thread(&reading->maker);
		return reading->threads[slot].thread;
	}
	return 0;
}

/* Finds or adds the place of a device's region in its file. Returns false if there are too many
 * regions. */
static bool place_of(struct reading *reading, struct device *device, uint64_t number,
		     uint64_t *offset)
{
	uint32_t index = (uint32_t)(device - reading->devices);
	uint64_t slot = (number * 0x9e3779b97f4a7c15 + index) % SLOTS;
	struct region *region;

	for (;; slot = (slot + 1) % SLOTS) {
		region = &reading->regions[slot];
		if (!region->number)
			break;
		if (region->number == number + 1 && region->device == index) {
			*offset = region->place * REGION;
			return true;
		}
	}
	if (reading->region_count == REGIONS)
		return false;
	reading->region_count++;
	*region = (struct region){ number + 1, index, device->used++ };
	*offset = region->place * REGION;
	return true;
}

/* Takes the part of a request that lies in one region. */
static void take_part(struct reading *reading, struct device *device, struct trace_call *call,
		      uint64_t at, uint64_t length)
{
	struct trace_file *file = &reading->maker.files[device->file].file;
	uint64_t offset;

	if (!place_of(reading, device, at / REGION, &offset)) {
		reading->crowded++;
		return;
	}
	call->offset = (int64_t)(offset + at % REGION);
	call->length = (int64_t)length;
	call->result = call->op == TRACE_FALLOCATE ? 0 : call->length;
	/* The device has its full size from the start. */
	offset = (uint64_t)call->offset + length;
	file->size = offset > file->size ? offset : file->size;
	file->largest = file->size;
	maker_call(&reading->maker, call);
}

static void take_request(struct reading *reading, const struct request *request)
{
	struct device *device = device_of(reading, request);
	struct trace_call call = { .start = request->time };
	uint64_t at = request->sector * SECTOR, left = request->sectors * SECTOR;
	const char *flags = request->flags;

	call.thread = device ? thread_of(reading, request->pid) : 0;
	if (!call.thread) {
		reading->crowded++;
		return;
	}
	reading->requests++;
	call.file = device->file;
	call.handle = device->handle;
	call.op = strchr(flags, 'D')   ? TRACE_FALLOCATE
		  : strchr(flags, 'R') ? TRACE_PREAD
				       : TRACE_PWRITE;
	if (call.op == TRACE_FALLOCATE)
		call.flags = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	for (uint64_t part; left; at += part, left -= part) {
		part = REGION - at % REGION;
		part = part < left ? part : left;
		/* maker_call() changes it. */
		call.start = request->time;
		take_part(reading, device, &call, at, part);
	}
	/* A flush before the request, or FUA. */
	if (*flags != 'F' && !strchr(flags + 1, 'F'))
		return;
	call = (struct trace_call){ .op = TRACE_FDATASYNC,
				    .start = request->time,
				    .thread = call.thread,
				    .file = device->file,
				    .handle = device->handle };
	maker_call(&reading->maker, &call);
}

static void take_line(void *context, const struct import_line *line)
{
	struct reading *reading = context;
	struct request request;

	if (!line->text[strspn(line->text, " \t\r")])
		return;
	if (line->cut || !find_request(line->text, &request)) {
		if (!reading->strange++)
			reading->first_strange = reading->lines.number;
		return;
	}
	if (!reading->action && request.placed && strchr("QDC", request.action))
		reading->action = request.action;
	if (request.action == reading->action && (request.placed || strchr(request.flags, 'F')))
		take_request(reading, &request);
	else
		reading->others++;
}

static int finish(void *context)
{
	struct reading *reading = context;
	struct import_account *account = &reading->import->account;
	int r = trace_scenario_finish(reading->import, &reading->maker, &reading->lines);

	if (r)
		return r;
	import_note(account, IMPORT_UNDERSTOOD, reading->requests, 0,
		    "requests, taken at their action %c", reading->action ? reading->action : '?');
	trace_scenario_account(&reading->maker, account);
	import_note(account, IMPORT_REMARK, reading->region_count, 0,
		    "pieces of 2 MiB of devices, which are put together in a file for each");
	import_note(account, IMPORT_NOT_USED, reading->others, 0,
		    "other actions on the way of requests");
	import_note(account, IMPORT_NOT_USED, reading->crowded, 0,
		    "requests beyond %d pieces of 2 MiB, %d devices or %d processes", REGIONS,
		    DEVICES, THREADS);
	import_note(account, IMPORT_NOT_USED, reading->strange, reading->first_strange,
		    "lines that are no requests, as those of the summary");
	if (reading->requests)
		return trace_scenario_write(reading->import, &reading->maker, NULL);
	return import_fail(reading->import, reading->first_strange,
			   reading->lines.number ? "there is no request in it" : "it is empty");
}

static int read_blkparse(struct import *import)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int r;

	if (!reading)
		return report(-ENOMEM, "%s", import->path);
	reading->import = import;
	reading->regions = calloc(SLOTS, sizeof(*reading->regions));
	r = reading->regions ? trace_scenario_read(import,
						   &(struct trace_reading){
							   .kind = "blkparse",
							   .maker = &reading->maker,
							   .lines = &reading->lines,
							   .take = take_line,
							   .finish = finish,
							   .context = reading,
						   })
			     : report(-ENOMEM, "%s", import->path);
	free(reading->regions);
	free(reading);
	return r;
}

const struct importer importer_blkparse = {
	.name = "blkparse",
	.expects = "what blkparse prints by default",
	.about = "What `blkparse`(1) prints by default. Reads, writes and discards of a block "
		 "device become calls on one file for each device, flushes become fdatasync; each "
		 "process is a thread. A request is taken where it shows up first: as it is "
		 "queued (Q), or else issued (D) or completed (C). The file has only the pieces "
		 "of 2 MiB of the device that something is in, one behind the other.",
	.has_storms = true,
	.read = read_blkparse,
};
