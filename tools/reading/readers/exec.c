/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program over the mount, again and again. The program does not know of the storm. So this
 * thread polls its page table, and answers the storm when the program has mapped more than a
 * quarter of the pages that the split will expose.
 */
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/probe/gate_types.h"
#include "injector/schedule/schedule_page.h"
#include "injector/storm/zeros.h"
#include "tools/base/copy_bytes.h"
#include "tools/base/open_output.h"
#include "tools/reading/client_work.h"
#include "tools/reading/reader_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL = 200000, KEPT_MAX = 4, KEPT_SIZE = 16 << 20 };

static void fill_launch(const struct client_work *work, const struct target *target, char *file,
			size_t size, struct client_launch *launch)
{
	snprintf(file, size, "%s/%s", work->mount, target->name);
	*launch = (struct client_launch){
		.command = &work->command,
		.file = file,
		.mount = work->mount,
		.cpu = -1,
		.user = work->user,
	};
}

/* Runs a client to its end. Returns 0; -ECANCELED: the run is to stop; other -errno (reported). */
static int run_undisturbed(const struct client_work *work, const struct target *target,
			   struct client_output *output)
{
	uint64_t deadline = units_now() + work->timeout;
	struct client_launch launch;
	struct client client;
	char file[PATH_MAX];
	int r;

	fill_launch(work, target, file, sizeof(file), &launch);
	r = client_start(&client, &launch);
	while (!r && !client_ended(&client)) {
		units_sleep(POLL);
		if (atomic_load(work->stop))
			r = -ECANCELED;
		else if (units_now() > deadline)
			r = report(-ETIMEDOUT, "%s: undisturbed, it takes longer than its timeout",
				   work->command.program);
	}
	if (r)
		client_kill(&client);
	*output = client.output;
	return r;
}

/* Checks that the program ended by itself, as one of `status` does. Returns 0 or -EINTR
 * (reported). */
static int check_end(const struct client_work *work, const struct client_output *output, int status)
{
	int signal = output->status == status ? 0 : client_killed_by(output);

	return signal ? report(-EINTR, "%s was killed by SIG%s, which no wrong byte does to it%s",
			       work->command.program, sigabbrev_np(signal) ?: "?",
			       signal == SIGKILL ? "; is memory short?" : "")
		      : 0;
}

static int prepare_target(const struct client_work *work, const struct target *target,
			  struct client_output *undisturbed)
{
	struct client_output again = CLIENT_OUTPUT_NONE;
	struct client_difference difference;
	int r = run_undisturbed(work, target, undisturbed);

	if (!r && WIFEXITED(undisturbed->status) && WEXITSTATUS(undisturbed->status) == 127)
		r = report(-ENOEXEC, "%s: it cannot be run", work->command.program);
	if (!r)
		r = check_end(work, undisturbed, 0);
	if (!r)
		r = run_undisturbed(work, target, &again);
	if (!r)
		r = check_end(work, &again, undisturbed->status);
	if (!r)
		r = client_compare(undisturbed, &again, &difference);
	if (!r && difference.in)
		r = report(0,
			   "%s: undisturbed, it gives something else each time (%s, line %" PRIu64
			   ": \"%s\", then \"%s\"), so it cannot be compared",
			   work->command.program, difference.in, difference.line, difference.wanted,
			   difference.got);
	client_output_close(&again);
	return r;
}

int client_work_prepare(struct client_work *work, const char *command, struct target *targets,
			size_t count)
{
	char why[400];
	int r = client_command_parse(command, &work->command, why, sizeof(why));

	if (r)
		return report(r, "%s", why);
	work->undisturbed = calloc(count, sizeof(*work->undisturbed));
	if (!work->undisturbed)
		return report(-ENOMEM, "%s", command);
	for (; work->targets < count; work->targets++)
		work->undisturbed[work->targets] = CLIENT_OUTPUT_NONE;
	for (size_t i = 0; i < count && !r; i++)
		r = prepare_target(work, &targets[i], &work->undisturbed[i]);
	return r;
}

void client_work_release(struct client_work *work)
{
	for (size_t i = 0; i < work->targets; i++)
		client_output_close(&work->undisturbed[i]);
	free(work->undisturbed);
	client_command_free(&work->command);
}

/* Begins the use of a file by a client, if all its folios are made. Returns whether they are. */
static bool enter(struct target *target)
{
	atomic_fetch_add(&target->users, 1);
	if (!atomic_load(&target->used))
		return true;
	atomic_fetch_sub(&target->users, 1);
	return false;
}

/* Lists the pages of the announced region that the split exposes and that would differ. */
static void list_pages(struct client_work *work, const struct reader *reader,
		       const struct region *region)
{
	const struct target *target = region->target;
	struct hole hole = region_view(region).hole;
	const struct aim_punch punch = {
		.order = target->order,
		.first = (unsigned int)(hole.first / page_size()),
		.count = hole_pages(&hole),
	};
	bool shown[AIM_PAGES_MAX];

	work->page_count = 0;
	if (!zeros_shown(reader->shape, &punch, target->golden + region->offset, shown))
		return;
	for (unsigned int page = 0; page < 1U << target->order; page++)
		if (shown[page])
			work->pages[work->page_count++] = region->offset / page_size() + page;
}

/* Returns where the last range of consecutive pages begins in the list. */
static size_t last_range(const struct client_work *work)
{
	size_t first = work->page_count - 1;

	while (first && work->pages[first - 1] + 1 == work->pages[first])
		first--;
	return first;
}

/* Returns whether an engine has stopped the client, which has a role, at a page of the last exposed
 * range. */
static bool is_held(struct reader *reader, const struct target *target, pid_t client)
{
	struct client_work *work = reader->work;
	size_t first = work->page_count ? last_range(work) : 0;
	uint64_t addresses[SCHEDULE_MAPPINGS];

	if (!work->page_count)
		return false;
	client_addresses(client, target->name, work->pages[first], addresses, SCHEDULE_MAPPINGS);
	reader_offer_program(reader, work->ticket, addresses, work->pages[first],
			     work->pages[work->page_count - 1]);
	return atomic_load(&reader->schedule->there) == work->ticket;
}

/* Returns whether the client is where the storm will punch. A fault maps the pages around it, too,
 * so a client that has mapped a quarter of the pages is among them. */
static bool is_there(struct reader *reader, const struct target *target, pid_t client)
{
	const struct client_work *work = reader->work;

	if (reader->schedule)
		return is_held(reader, target, client);
	return client_maps(client, target->name, work->pages, work->page_count) >
	       work->page_count / 4;
}

static void answer(struct reader *reader, uint64_t ticket)
{
	reader->ticket = ticket;
	atomic_store(&reader->stage->arrived[reader->seat], ticket);
}

/* Answers the storm when the client is where it will punch. */
static void follow_storm(struct reader *reader, const struct target *target,
			 const struct client *client)
{
	struct client_work *work = reader->work;
	uint64_t ticket = atomic_load(&reader->stage->ticket);
	const struct region *region = atomic_load(&reader->stage->region);

	if (!ticket || ticket == reader->ticket)
		return;
	if (work->ticket != ticket) {
		list_pages(work, reader, region);
		work->ticket = ticket;
	}
	if (region->target == target && !is_there(reader, target, client->pid))
		return;
	answer(reader, ticket);
}

/* Called when a client has ended that began after the punch `ticket` was announced. An engine has
 * not stopped it in a whole run, so it will hardly stop the next one. */
static void give_up(struct reader *reader, uint64_t ticket)
{
	static const uint64_t nowhere[SCHEDULE_MAPPINGS];

	if (!reader->schedule || !ticket || ticket == reader->ticket ||
	    ticket != atomic_load(&reader->stage->ticket))
		return;
	reader_offer_program(reader, ticket, nowhere, 0, 0);
	answer(reader, ticket);
}

/* Runs a client beside the storm. Returns 1: it has ended; 0: it was killed; or -errno
 * (reported). */
static int run_disturbed(struct reader *reader, const struct target *target, struct client *client)
{
	const struct client_work *work = reader->work;
	uint64_t deadline = units_now() + work->timeout;
	uint64_t announced = atomic_load(&reader->stage->ticket);
	struct client_launch launch;
	char file[PATH_MAX];
	int r;

	fill_launch(work, target, file, sizeof(file), &launch);
	launch.cpu = reader->cpu;
	launch.urgent = reader->schedule;
	launch.mark = reader->witness ? GATE_MARK + reader->number : 0;
	r = client_start(client, &launch);
	if (r)
		return r;
	while (!client_ended(client)) {
		follow_storm(reader, target, client);
		units_sleep(POLL);
		if (reader->schedule)
			atomic_store(&reader->schedule->clock, units_now());
		atomic_fetch_add(&reader->counts->heartbeat, 1);
		if (units_now() > deadline || atomic_load(&reader->stage->stop)) {
			client_kill(client);
			return 0;
		}
	}
	give_up(reader, announced);
	return 1;
}

static void keep_file(const struct client_work *work, const char *name, const char *suffix, int fd)
{
	char path[PATH_MAX];
	_cleanup_close_ int to = -1;
	struct stat status;
	off_t size;
	int r;

	snprintf(path, sizeof(path), "%s/%s.%s", work->out, name, suffix);
	to = open_output(path, O_WRONLY | O_TRUNC);
	if (to < 0)
		return;
	size = fstat(fd, &status) ? 0 : status.st_size < KEPT_SIZE ? status.st_size : KEPT_SIZE;
	r = copy_bytes(to, fd, size);
	if (r)
		report(r, "%s", path);
}

static void keep(struct reader *reader, const struct client_output *wanted,
		 const struct client_output *got, const char *name)
{
	struct client_work *work = reader->work;

	keep_file(work, name, "wanted", wanted->fds[0]);
	keep_file(work, name, "got", got->fds[0]);
	keep_file(work, name, "errors", got->fds[1]);
	work->kept++;
}

/* The report of a program with another output. */
struct told {
	const struct reader *reader;
	const struct target *target;
	const struct client_difference *difference;
	const char *kept;
};

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct told *told = at;                                                      \
                                                                                                   \
		return expression;                                                                 \
	}

VALUE(reader, key_number(told->reader->number))
VALUE(reader_kind, json_string(told->reader->ops->name))
VALUE(file, key_text_of(told->target->name))
VALUE(run, key_number(told->reader->work->runs))
VALUE(in, json_string(told->difference->in))
VALUE(line, key_number(told->difference->line))
VALUE(offset, key_number(told->difference->offset))
VALUE(wanted, key_text_of(told->difference->wanted))
VALUE(got, key_text_of(told->difference->got))
VALUE(wanted_bytes, key_number(told->difference->wanted_size))
VALUE(got_bytes, key_number(told->difference->got_size))

static json_t *make_class(const void *at)
{
	(void)at;
	return json_string(wrong_class_names[WRONG_OUTPUT]);
}

const struct key client_hit_keys[] = {
	{ "kind", KEY_TEXT, .always = "output" },
	{ "reader", KEY_NUMBER, NULL, "number of the reader, as in hit", 0, .make = make_reader },
	{ "reader_kind", KEY_TEXT, NULL, "exec", 0, .make = make_reader_kind },
	{ "file", KEY_TEXT, NULL, "file that `{file}` stood for", 0, .make = make_file },
	{ "run", KEY_NUMBER, NULL, "number of the reader's run of the program, from 1", 0,
	  .make = make_run },
	{ "class", KEY_TEXT, NULL, "output", 0, .make = make_class },
	{ "differs_in", KEY_TEXT, NULL,
	  "what differs first: output; errors (standard error); end (exit code or "
	  "signal)",
	  0, .make = make_in },
	{ "line", KEY_NUMBER, NULL, "line of the first byte that differs, from 1", 0,
	  .make = make_line },
	{ "offset", KEY_NUMBER, "bytes", "offset of that byte", 0, .make = make_offset },
	{ "wanted", KEY_TEXT, NULL, "that line in the undisturbed run, truncated", 0,
	  .make = make_wanted },
	{ "got", KEY_TEXT, NULL, "that line in this run, truncated", 0, .make = make_got },
	{ "wanted_bytes", KEY_NUMBER, "bytes", "size of the undisturbed output", 0,
	  .make = make_wanted_bytes },
	{ "got_bytes", KEY_NUMBER, "bytes", "size of this output", 0, .make = make_got_bytes },
	{ "kept", KEY_TEXT, NULL,
	  "base name of the files `.wanted`, `.got` and `.errors` in the `--out` "
	  "directory, which are kept for the first four hits of a reader",
	  KEY_NULL, KEY_AT(key_string, struct told, kept) },
	KEY_END,
};

static void tell(struct reader *reader, const struct target *target,
		 const struct client_difference *difference, const char *kept, uint64_t punches)
{
	const struct told told = { reader, target, difference, kept };
	struct client_work *work = reader->work;
	json_t *object = json_pack("{s:s}", "type", "hit");
	char *text;

	keys_add(object, client_hit_keys, &told);
	text = json_dumps(object, JSON_COMPACT);
	work->differs(work->context, text ? text : "", punches);
	free(text);
	json_decref(object);
}

static int judge(struct reader *reader, const struct target *target,
		 const struct client_output *got, uint64_t punches, bool *same)
{
	struct client_work *work = reader->work;
	const struct client_output *wanted = &work->undisturbed[target - reader->targets];
	struct client_difference difference;
	char name[64];
	int r = check_end(work, got, wanted->status);

	if (r)
		return r;
	r = client_compare(wanted, got, &difference);
	if (r)
		return report(r, "comparing what %s printed", work->command.program);
	*same = !difference.in;
	atomic_fetch_add(&reader->counts->reads, 1);
	if (*same)
		return 0;
	atomic_fetch_add(&reader->counts->wrong, 1);
	snprintf(name, sizeof(name), "client-%u-%" PRIu64, reader->number, work->runs);
	if (work->out && work->kept < KEPT_MAX)
		keep(reader, wanted, got, name);
	else
		*name = '\0';
	tell(reader, target, &difference, *name ? name : NULL, punches);
	return 0;
}

static void count_captures(const struct reader *reader, uint64_t captured, uint64_t punches,
			   bool same)
{
	if (same)
		atomic_fetch_add(&reader->counts->healed, captured);
	atomic_fetch_add(reader->punches_captured, captured < punches ? captured : punches);
}

static uint64_t captures_of(const struct reader *reader)
{
	return reader->witness ? witness_captures(reader->witness, reader->number) : 0;
}

/* Runs one client, from its start to its end. */
static int turn(struct reader *reader)
{
	struct target *target = &reader->targets[reader->number % reader->target_count];
	/* A punch that is announced already, or under way, will be one of this run. */
	uint64_t ended = atomic_load(&reader->stage->ended), punches;
	uint64_t captured = captures_of(reader);
	struct client client = { .output = CLIENT_OUTPUT_NONE };
	bool same = true;
	int r;

	if (!enter(target)) {
		units_sleep(POLL);
		return 0;
	}
	reader->work->runs++;
	r = run_disturbed(reader, target, &client);
	atomic_fetch_sub(&target->users, 1);
	punches = atomic_load(&reader->stage->begun) - ended;
	if (r > 0)
		r = judge(reader, target, &client.output, punches, &same);
	else if (!r)
		atomic_fetch_add(&reader->counts->not_judged, 1);
	count_captures(reader, captures_of(reader) - captured, punches, same);
	client_output_close(&client.output);
	return r;
}

const struct reader_ops reader_exec = {
	.name = "exec",
	.help = "a program reads it, see [real clients](clients.md)",
	.program = true,
	.turn = turn,
};
