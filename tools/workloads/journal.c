/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A writer as systemd-journald is one, and readers as journalctl: tools/journal/play.h. */
#include "injector/random.h"
#include "injector/report.h"
#include "injector/units.h"
#include "tools/journal/play.h"
#include "tools/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIELD(member) offsetof(struct journal_settings, member)

static int complain(char *why, size_t size, const char *text, const char *allowed)
{
	snprintf(why, size, "\"%s\"; allowed: %s", text, allowed);
	return -EINVAL;
}

static int parse_choice(const char *text, bool *field, const char *yes, const char *no, char *why,
			size_t size)
{
	char allowed[64];

	snprintf(allowed, sizeof(allowed), "%s, %s", no, yes);
	if (strcmp(text, yes) && strcmp(text, no))
		return complain(why, size, text, allowed);
	*field = !strcmp(text, yes);
	return 0;
}

static int parse_format(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "compact", "regular", why, size);
}

static int parse_hash(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "keyed", "plain", why, size);
}

static int parse_reader(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "procmem", "load", why, size);
}

static int parse_folio(const char *text, void *field, char *why, size_t size)
{
	if (strcmp(text, "2M") && strcmp(text, "any"))
		return complain(why, size, text, "any, 2M");
	*(uint64_t *)field = *text == '2' ? 2 << 20 : 0;
	return 0;
}

static int parse_aim(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "auto", "none", why, size);
}

static int parse_distribution(const char *text, void *field, char *why, size_t size)
{
	const struct distribution_kind *kind = distribution_kind_find(text);

	if (!kind)
		return complain(why, size, text,
				"uniform, normal, lognormal, exponential, pareto, gamma");
	*(const struct distribution_kind **)field = kind;
	return 0;
}

#define SIZE "a size such as \"200\", up to 1M"

static const struct schema_key entry_keys[] = {
	{ "dist", SCHEMA_PARSED, FIELD(entry.size.kind), "lognormal",
	  "uniform, normal, lognormal, exponential, pareto, gamma",
	  "of the size of an entry's message", .parse = parse_distribution },
	{ "mean", SCHEMA_SIZE, FIELD(entry.size.mean), "0", SIZE, "of dist", .max = 1 << 20 },
	{ "median", SCHEMA_SIZE, FIELD(entry.size.median), "0", SIZE, "of dist", .max = 1 << 20 },
	{ "p99", SCHEMA_SIZE, FIELD(entry.size.p99), "0", SIZE, "of dist: 99 percent are below",
	  .max = 1 << 20 },
	{ "min", SCHEMA_SIZE, FIELD(entry.size.min), "0", SIZE, "of the message", .max = 1 << 20 },
	{ "max", SCHEMA_SIZE, FIELD(entry.size.max), "0", SIZE, "of the message", .max = 1 << 20 },
	{ "fields", SCHEMA_COUNT, FIELD(entry.fields), "8", "0 to 16", "besides the message",
	  .max = CONTENT_FIELDS_MAX },
	{ "values", SCHEMA_COUNT, FIELD(entry.values), "16", "1 to 1024",
	  "of each field that has not just one", .min = 1, .max = CONTENT_VALUES_MAX },
	{ NULL },
};

static const struct schema_key rotate_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(rotate.size), "20M", "1M to 1G",
	  "where a file is archived and the next one begun", .min = 1 << 20, .max = 1 << 30 },
	{ "entries", SCHEMA_COUNT, FIELD(rotate.entries), "0", "a number from 0",
	  "the same, by entries; 0: by size alone", .max = INT64_MAX },
	{ "keep", SCHEMA_COUNT, FIELD(rotate.keep), "2", "1 to 16", "archived files", .min = 1,
	  .max = PLAY_SLOTS_MAX - 2 },
	{ NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_PARSED, FIELD(readers.procmem), "load", "load, procmem",
	  "how a page that a punch exposes is taken", .parse = parse_reader },
	{ "count", SCHEMA_COUNT, FIELD(readers.count), "1", "1 to 64", "of readers", .min = 1,
	  .max = WORKLOAD_READERS_MAX },
	{ "windows", SCHEMA_COUNT, FIELD(readers.windows), "4", "2 to 64",
	  "of 8 MiB that each has mapped of a file", .min = 2, .max = WINDOWS_MAX },
	{ "pace", SCHEMA_DURATION, FIELD(readers.pace), "0", "a duration up to 10s",
	  "between two steps", .max = 10000000000 },
	{ NULL },
};

#define DURATION "a duration such as \"20ms\", up to 10s"

static const struct schema_key keys[] = {
	{ "rate", SCHEMA_COUNT, FIELD(rate), "10000", "0 to 10000000",
	  "entries a second; 0: as fast as it can", .max = 10000000 },
	{ "entry", SCHEMA_GROUP, 0, .keys = entry_keys },
	{ "rotate", SCHEMA_GROUP, 0, .keys = rotate_keys },
	{ "format", SCHEMA_PARSED, FIELD(compact), "compact", "regular, compact", "of the files",
	  .parse = parse_format },
	{ "hash", SCHEMA_PARSED, FIELD(keyed), "keyed", "plain, keyed", "of the files",
	  .parse = parse_hash },
	{ "hole", SCHEMA_SIZE, FIELD(hole), "512K", "4K to 1G",
	  "the smallest that is punched; journald's is the default", .min = 4096, .max = 1 << 30 },
	{ "folio", SCHEMA_PARSED, FIELD(folio), "any", "any, 2M", "what the holes are punched into",
	  .parse = parse_folio },
	{ "aim", SCHEMA_PARSED, FIELD(aim), "none", "none, auto",
	  "lays a file out so that its holes expose pages that are in use", .parse = parse_aim },
	{ "gather", SCHEMA_DURATION, FIELD(gather), "20ms", DURATION,
	  "how long a punch waits for the readers at most", .max = 10000000000 },
	{ "settle", SCHEMA_DURATION, FIELD(settle), "200us", DURATION,
	  "between their arrival and the punch", .max = 10000000000 },
	{ "linger", SCHEMA_DURATION, FIELD(linger), "1ms", DURATION, "after a punch",
	  .max = 10000000000 },
	{ "readers", SCHEMA_GROUP, 0, .keys = reader_keys },
	{ NULL },
};

static int make_distribution(const struct journal_settings *settings, struct distribution *size,
			     char *why, size_t room)
{
	struct distribution_spec spec = settings->entry.size;

	/* What nothing is said of: much like what a system logs. */
	if (!spec.mean && !spec.median && !spec.p99 && !spec.min && !spec.max &&
	    spec.kind == distribution_kind_find("lognormal")) {
		spec.median = 80;
		spec.p99 = 1000;
	}
	return distribution_make(size, &spec, why, room);
}

static int check(const struct scenario *scenario, const void *from, const char **key, char *why,
		 size_t room)
{
	const struct journal_settings *settings = from;
	struct distribution size;
	int r;

	if (scenario->mount.data_path == LAYER_DAEMON) {
		*key = "kind";
		snprintf(why, room,
			 "a journal is written through mappings, which mount.data_path = "
			 "\"daemon\" does not show the other descriptors; allowed: passthrough, "
			 "mixed");
		return -EINVAL;
	}
	*key = "entry.dist";
	r = make_distribution(settings, &size, why, room);
	if (!r)
		distribution_release(&size);
	return r;
}

static uint64_t file_size(const struct journal_settings *settings)
{
	return (settings->rotate.size + 2 * JOURNAL_STEP) / JOURNAL_STEP * JOURNAL_STEP;
}

static uint64_t room(const struct scenario *scenario, const void *settings)
{
	(void)scenario;
	return (((const struct journal_settings *)settings)->rotate.keep + 2) * file_size(settings);
}

bool play_over(struct journal_play *play)
{
	return atomic_load(&play->stop) || atomic_load(&play->error) ||
	       workload_over(play->workload);
}

void play_failed(struct journal_play *play, int error)
{
	int none = 0;

	atomic_compare_exchange_strong(&play->error, &none, error);
}

void play_pin(const struct journal_play *play, int reader)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int spread = (unsigned int)play->settings->readers.count;
	cpu_set_t set;

	if (cpus < 2)
		return;
	/* From the last processor down; the first is the writer's and the archiver's. */
	CPU_ZERO(&set);
	if (reader >= 0) {
		CPU_SET((size_t)(cpus - 1 - reader % (cpus - 1)), &set);
	} else {
		spread = spread < cpus - 1 ? spread : (unsigned int)(cpus - 1);
		for (unsigned int i = 0; i < cpus - spread; i++)
			CPU_SET(i, &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
}

static int open_slot(struct journal_play *play, struct journal_slot *slot, unsigned int number)
{
	const struct worker_config *run = play->workload->run;
	char path[PATH_MAX];

	snprintf(slot->name, sizeof(slot->name), "system@%u.journal", number + 1);
	snprintf(path, sizeof(path), "%s/%s", run->mount, slot->name);
	slot->mount_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (slot->mount_fd < 0)
		return workload_fail(play->workload, -errno, "%s", path);
	snprintf(path, sizeof(path), "%s/%s", run->backing, slot->name);
	slot->backing_fd = open(path, O_RDWR | O_CLOEXEC);
	if (slot->backing_fd < 0)
		return workload_fail(play->workload, -errno, "%s", path);
	slot->owner.file = workload_add_file(play->workload, slot->name, slot->backing_fd);
	if (!slot->owner.file || slot->owner.file > STAMP_FILE_MAX)
		return workload_fail(play->workload, -ENOSPC, "%s", slot->name);
	return 0;
}

static int prepare(struct workload *workload)
{
	struct journal_play *play = calloc(1, sizeof(*play));
	pthread_rwlockattr_t attributes;
	char why[200];
	int r;

	if (!play)
		return workload_fail(workload, -ENOMEM, "starting");
	workload->state = play;
	play->workload = workload;
	play->settings = workload->settings;
	play->slot_count = (unsigned int)play->settings->rotate.keep + 2;
	for (unsigned int i = 0; i < play->slot_count; i++)
		play->slots[i].mount_fd = play->slots[i].backing_fd = -1;
	/* Readers are always inside: else whoever wants to write would wait for ever. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&play->barrier, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	pthread_mutex_init(&play->lock, NULL);
	pthread_cond_init(&play->changed, NULL);
	atomic_store(&workload->run->shared->refill.lowest_order, INT_MAX);
	r = make_distribution(play->settings, &play->size, why, sizeof(why));
	if (r)
		return workload_fail(workload, 0, "%s", why);
	for (unsigned int i = 0; i < play->slot_count && !r; i++)
		r = open_slot(play, &play->slots[i], i);
	return r;
}

static void fill_id(uint8_t *id, uint64_t seed, uint64_t key)
{
	for (size_t i = 0; i < JOURNAL_ID_SIZE; i++)
		id[i] = (uint8_t)random_value(seed, key, i);
}

/* Empties the slot and begins a file in it. Readers may be where it was. */
static int begin_file(struct journal_play *play, struct journal_slot *slot, uint64_t seqnum)
{
	const struct journal_settings *settings = play->settings;
	uint64_t seed = play->workload->scenario->seed;
	struct journal_shape shape = {
		.compact = settings->compact,
		.keyed = settings->keyed,
		.data_buckets = journal_data_buckets(file_size(settings)),
		.field_buckets = JOURNAL_FIELD_BUCKETS,
		.seqnum = seqnum,
	};
	int r = 0;

	pthread_rwlock_wrlock(&play->barrier);
	atomic_store(&slot->state, SLOT_EMPTY);
	play_forget(play, slot);
	slot->owner.generation = (uint32_t)atomic_fetch_add(&play->files, 1) + 1;
	shape.owner = slot->owner;
	fill_id(shape.file_id, seed, slot->owner.generation);
	fill_id(shape.machine_id, seed, UINT64_MAX);
	fill_id(shape.boot_id, seed, UINT64_MAX - 1);
	fill_id(shape.seqnum_id, seed, UINT64_MAX - 2);
	if (ftruncate(slot->mount_fd, 0))
		r = -errno;
	if (!r)
		r = journal_writer_open(&slot->writer, slot->mount_fd, &shape);
	if (!r)
		atomic_store(&slot->state, SLOT_ACTIVE);
	pthread_rwlock_unlock(&play->barrier);
	return r ? workload_fail(play->workload, r, "beginning %s", slot->name) : 0;
}

/* Aimed, the end lies in an odd page: what is in use of that page is served as the one before. */
static bool is_full(const struct journal_settings *settings, const struct journal_writer *writer)
{
	uint64_t tail = journal_writer_tail(writer);

	if (settings->aim && tail / STAMP_PAGE_SIZE % 2 == 0)
		return false;
	return tail >= settings->rotate.size ||
	       (settings->rotate.entries && writer->header->entries >= settings->rotate.entries);
}

/*
 * Aimed, the first array that is large enough for a hole begins behind the middle of a folio, as
 * aim_best() has it: its entry's message is as long as that takes. Those of the values follow it,
 * and then entries. 0: the message is as it is drawn.
 */
static uint64_t aimed_size(const struct journal_settings *settings, const struct content *content,
			   const struct journal_writer *writer)
{
	const uint64_t folio = 2 << 20, place = folio / 2 + STAMP_PAGE_SIZE;

	if (!settings->aim || journal_writer_next_array(writer) < settings->hole)
		return 0;
	return content_size_for(content, writer, folio, place);
}

static uint64_t realtime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Sleeps where entry `number` is not yet due. */
static void keep_rate(const struct journal_play *play, uint64_t began, uint64_t number)
{
	uint64_t now = units_now(), due;

	if (!play->settings->rate)
		return;
	due = began + (uint64_t)((double)number * 1e9 / (double)play->settings->rate);
	/* Not for every entry: timers would be all there is. */
	if (due > now + 1000000)
		units_sleep(due - now);
}

/* One file, until it is full or the time is over. */
static int fill_file(struct journal_play *play, struct journal_slot *slot, struct content *content,
		     uint64_t began)
{
	struct journal_writer *writer = &slot->writer;
	uint64_t last = 0;
	int r = 0;

	content_begin(content);
	while (!r && !is_full(play->settings, writer) && !play_over(play)) {
		uint64_t wall = realtime();

		/* The clock may be set back; a journal's would be seen as a new boot. */
		last = wall > last ? wall : last;
		r = content_append(content, writer, aimed_size(play->settings, content, writer),
				   last, units_now() / 1000);
		if (!r)
			r = journal_writer_tell(writer, units_now());
		atomic_fetch_add(&play->workload->counts->operations, 1);
		keep_rate(play, began, content->entries);
	}
	if (!r)
		r = journal_writer_tell(writer, UINT64_MAX);
	return r ? workload_fail(play->workload, r, "writing %s", slot->name) : 0;
}

static int write_files(struct journal_play *play, struct content *content)
{
	uint64_t began = units_now(), seqnum = 1;
	int r = 0;

	for (unsigned int n = 0; !r && !play_over(play); n++) {
		struct journal_slot *slot = &play->slots[n % play->slot_count];

		r = begin_file(play, slot, seqnum);
		if (!r)
			r = fill_file(play, slot, content, began);
		if (!r && is_full(play->settings, &slot->writer)) {
			seqnum = slot->writer.header->tail_seqnum + 1;
			atomic_store(&slot->state, SLOT_ARCHIVING);
			play_archive(play, slot);
		}
	}
	return r;
}

static void tell_details(struct journal_play *play, const struct content *content)
{
	workload_details(play->workload,
			 json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "entries",
				   (json_int_t)content->entries, "files",
				   (json_int_t)atomic_load(&play->files), "archived",
				   (json_int_t)atomic_load(&play->archived), "holes_end",
				   (json_int_t)atomic_load(&play->holes_end), "holes_array",
				   (json_int_t)atomic_load(&play->holes_array), "hole_bytes",
				   (json_int_t)atomic_load(&play->hole_bytes), "exposed_pages",
				   (json_int_t)atomic_load(&play->spots)));
}

static int play_journal(struct workload *workload)
{
	struct journal_play *play = workload->state;
	const struct content_shape shape = {
		.seed = workload->scenario->seed,
		.size = &play->size,
		.fields = (unsigned int)play->settings->entry.fields,
		.values = (unsigned int)play->settings->entry.values,
	};
	struct content content;
	int r = content_open(&content, &shape);

	if (r)
		return workload_fail(workload, r, "starting");
	workload_phase(workload, "journal");
	play_pin(play, -1);
	r = play_start_archiver(play);
	if (r) {
		content_close(&content);
		return workload_fail(workload, r, "starting the archiver");
	}
	r = play_start_readers(play);
	if (r)
		workload_fail(workload, r, "starting %ju readers",
			      (uintmax_t)play->settings->readers.count);
	if (!r)
		r = write_files(play, &content);
	play_join_archiver(play);
	play_join_readers(play);
	tell_details(play, &content);
	content_close(&content);
	return r ? r : atomic_load(&play->error);
}

static void release(struct workload *workload)
{
	struct journal_play *play = workload->state;

	if (!play)
		return;
	for (unsigned int i = 0; i < play->slot_count; i++) {
		journal_writer_close(&play->slots[i].writer);
		if (play->slots[i].mount_fd >= 0)
			close(play->slots[i].mount_fd);
		if (play->slots[i].backing_fd >= 0)
			close(play->slots[i].backing_fd);
	}
	pthread_cond_destroy(&play->changed);
	pthread_mutex_destroy(&play->lock);
	pthread_rwlock_destroy(&play->barrier);
	distribution_release(&play->size);
	free(play);
	workload->state = NULL;
}

const struct workload_kind workload_journal = {
	.schema = { "journal", keys, sizeof(struct journal_settings) },
	.check = check,
	.room = room,
	.prepare = prepare,
	.run = play_journal,
	.release = release,
};
