/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/trace_scenario.h"

#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/import/import_storm.h"
#include "tools/reading/stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

bool trace_scenario_next(struct trace_maker *maker, struct import_lines *lines,
			 struct import_line *line)
{
	const uint64_t least = 1 << 20;

	if (maker->writer.full || maker->no_memory || !import_lines_next(lines, line))
		return false;
	maker->writer.most = TRACE_GROWTH * lines->bytes;
	if (maker->writer.most < least)
		maker->writer.most = least;
	return true;
}

int trace_scenario_read(struct import *import, const struct trace_reading *reading)
{
	struct import_line line;
	int r = import_lines_open(reading->lines, import->fd);

	if (!r)
		r = import_companion(import, ".trace");
	if (!r)
		r = maker_open(reading->maker, import->companion, reading->kind);
	if (!r && reading->begin)
		r = reading->begin(reading->context);
	while (!r && trace_scenario_next(reading->maker, reading->lines, &line))
		reading->take(reading->context, &line);
	if (!r)
		r = reading->finish(reading->context);
	maker_close(reading->maker);
	import_lines_close(reading->lines);
	return r;
}

static const char *name_of(const struct trace_maker *maker, uint32_t file)
{
	uint32_t name = maker->files[file].file.name;

	return name ? maker->names[name].path : "file";
}

/* A stamp has 27 bits for the number of a page: a replay cannot distinguish pages beyond. */
static int check_sizes(const struct import *import, const struct trace_maker *maker)
{
	char size[32];

	for (uint32_t i = 1; i <= maker->file_count; i++) {
		const char *name = name_of(maker, i);
		size_t length = strlen(name);

		if (maker->files[i].file.largest > STAMP_FILE_SIZE_MAX)
			return report(
				0,
				"%s: the file %s%s gets as large as %s; expected up to 512G, in "
				"which a replay tells pages apart%s",
				import->path, length > 100 ? "..." : "",
				length > 100 ? name + length - 100 : name,
				units_format_size(maker->files[i].file.largest, size, sizeof(size)),
				import->importer->has_paths
					? "; --under takes a directory without it"
					: "");
	}
	return 0;
}

int trace_scenario_finish(struct import *import, struct trace_maker *maker,
			  const struct import_lines *lines)
{
	if (lines->error)
		return report(lines->error, "%s", import->path);
	if (maker->no_memory)
		return report(-ENOMEM, "%s", import->path);
	maker_finish(maker);
	if (!maker->writer.full)
		return check_sizes(import, maker);
	return import_fail(import, lines->number,
			   "its trace would be more than %d times as large as the input up to here",
			   TRACE_GROWTH);
}

void trace_scenario_account(const struct trace_maker *maker, struct import_account *account)
{
	uint64_t sizes = 0;

	for (int op = 0; op < TRACE_OPS; op++)
		import_note(account, IMPORT_UNDERSTOOD, maker->counts[op], 0, "calls of %s",
			    trace_op_names[op]);
	if (!maker->writer.calls)
		return;
	import_note(account, IMPORT_UNDERSTOOD, maker->thread_count, 0, "threads");
	import_note(account, IMPORT_UNDERSTOOD, maker->file_count, 0, "files");
	for (uint32_t i = 1; i <= maker->file_count; i++)
		sizes += maker->files[i].file.exists && !maker->files[i].exact;
	import_note(account, IMPORT_REMARK, sizes, 0,
		    "files whose size before is taken from what was read of them");
	import_note(
		account, IMPORT_REMARK, maker->counts[TRACE_MMAP], 0,
		"mappings: loads and stores are in no trace; the replay reads all mapped pages");
	import_note(account, IMPORT_REMARK, maker->out_of_order, 0,
		    "calls that began before their thread's last one had ended: put after it");
	import_note(account, IMPORT_REMARK, maker->gaps, 0, "gaps of more than an hour, shortened");
}

/* Room for the files at their largest and a quarter more, and for XFS itself; a multiple of 64
 * MiB. */
static uint64_t image_size(const struct trace_maker *maker)
{
	uint64_t bytes = 0;
	const uint64_t step = 64 << 20;

	for (uint32_t i = 1; i <= maker->file_count; i++) {
		bytes += maker->files[i].file.largest;
		if (bytes > UINT64_C(1) << 39)
			bytes = UINT64_C(1) << 39;
	}
	bytes += bytes / 4 + (256 << 20);
	if (bytes < 512 << 20)
		bytes = 512 << 20;
	return (bytes + step - 1) / step * step;
}

/* Writes a storm on files like those of the trace. Returns the bytes that its files need. */
static uint64_t write_storm(struct import *import, const struct trace_maker *maker)
{
	struct storm_site sites[MAKER_HOLES];
	struct storm_evidence evidence = { .sites = sites, .count = maker->hole_count };

	for (size_t i = 0; i < maker->hole_count; i++)
		sites[i] = (struct storm_site){
			.file = name_of(maker, maker->holes[i].file),
			.offset = maker->holes[i].offset,
			.length = maker->holes[i].length,
		};
	for (uint32_t i = 1; i <= maker->file_count; i++) {
		evidence.mapped |= maker->files[i].mapped;
		if (maker->files[i].file.largest < evidence.size)
			continue;
		evidence.size = maker->files[i].file.largest;
		evidence.file = name_of(maker, i);
	}
	return import_storm_write(import, &evidence);
}

int trace_scenario_write(struct import *import, const struct trace_maker *maker, const char *under)
{
	uint64_t bytes = image_size(maker);
	FILE *to = import->scenario;

	fprintf(to,
		"# Made by `foliostorm import %s`: %" PRIu64 " calls of %" PRIu32
		" threads on %" PRIu32 " files in %.3f s.\n"
		"# Files hold stamps; names are as they were",
		import->importer->name, maker->writer.calls, maker->thread_count, maker->file_count,
		(double)maker->last / 1e9);
	if (under && *under)
		fprintf(to, ", below the directory that was taken");
	fprintf(to, ".\ntitle    = ");
	import_write_text(to, import->name);
	fputs(";\n", to);
	if (import->options.storm)
		bytes += write_storm(import, maker);
	fprintf(to,
		"%s"
		"backing  = { kind = \"image\"; size = \"%" PRIu64 "M\"; };\n"
		"mount    = { data_path = \"passthrough\"; };\n"
		"workload = {\n"
		"\tkind  = \"replay\";\n"
		"\ttrace = ",
		import->options.storm ? "duration = 30.0;\n"
				      : "duration = 0;    # until all is replayed\n",
		bytes >> 20);
	import_write_text(to, import->companion_name);
	fprintf(to, ";\n"
		    "\tpace  = 1.0;    # times the recorded times; 0: as fast as it can\n"
		    "\ttouch = 1;      # threads that read what is mapped\n"
		    "};\n");
	if (!import->options.storm)
		fputs("expect   = { verdict = \"clean\"; };\n", to);
	return 0;
}

int trace_scenario_end(struct import *import, struct trace_maker *maker,
		       const struct import_lines *lines, const struct trace_ending *ending)
{
	uint64_t used = maker->writer.calls;
	int r = trace_scenario_finish(import, maker, lines);

	if (r)
		return r;
	trace_scenario_account(maker, &import->account);
	if (ending->note)
		ending->note(ending->context);
	import_note(&import->account, IMPORT_NOT_USED, ending->garbled, ending->first_garbled, "%s",
		    ending->garbled_are);
	if (used)
		return trace_scenario_write(import, maker, ending->under);
	return import_fail(import, ending->first_garbled ?: lines->number, "%s", ending->nothing);
}
