/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workload "journal": a writer like systemd-journald and readers like journalctl, see
 * tools/workloads/journal/play.h. */
#include "injector/base/random.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/journal/archiver.h"
#include "tools/workloads/journal/reader.h"
#include "tools/workloads/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t file_size(const struct journal_settings *settings)
{
	return (settings->rotate.size + 2UL * JOURNAL_STEP) / JOURNAL_STEP * JOURNAL_STEP;
}

static uint64_t room(const struct scenario *scenario, const void *from)
{
	const struct journal_settings *settings = from;
	const struct journal_layout *layout = play_layout(settings);

	(void)scenario;
	return (settings->rotate.keep + 2) * (layout ? layout_bytes(layout) : file_size(settings));
}

static uint64_t count_readers(const void *from)
{
	const struct journal_settings *settings = from;

	return settings->readers.count;
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
	/* Prefers writers: some reader always holds the lock, so others would wait for ever. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&play->barrier, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	pthread_mutex_init(&play->lock, NULL);
	pthread_cond_init(&play->changed, NULL);
	atomic_store(&workload->run->shared->refill.lowest_order, INT_MAX);
	r = journal_size_distribution(play->settings, &play->size, why, sizeof(why));
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

static int begin_layout(struct journal_slot *slot, const struct journal_layout *layout)
{
	slot->writer = (struct journal_writer){
		.windows = { .fd = slot->mount_fd, .writable = true, .max = 2 },
	};
	return ftruncate(slot->mount_fd, (off_t)layout->size) ? -errno : 0;
}

/* Empties the slot and begins a file in it. Readers may still be in the old one. */
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
		r = settings->layout.size
			    ? begin_layout(slot, &settings->layout)
			    : journal_writer_open(&slot->writer, slot->mount_fd, &shape);
	if (!r)
		atomic_store(&slot->state, SLOT_ACTIVE);
	pthread_rwlock_unlock(&play->barrier);
	return r ? workload_fail(play->workload, r, "beginning %s", slot->name) : 0;
}

/* If aimed, the end is in an odd page: a wrong look-up gets the page before it. */
static bool is_full(const struct journal_settings *settings, const struct journal_writer *writer)
{
	uint64_t tail = journal_writer_tail(writer);

	if (settings->aim && tail / STAMP_PAGE_SIZE % 2 == 0)
		return false;
	return tail >= settings->rotate.size ||
	       (settings->rotate.entries && writer->header->entries >= settings->rotate.entries);
}

/* Returns the length of the entry's message; 0: as drawn. If aimed, the first array that is large
 * enough for a hole begins after the middle of a folio, as by aim_best(), and the message before it
 * is as long as needed. The arrays of the values follow, and then entries. */
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

/* Sleeps until entry `number` is due. */
static void keep_rate(const struct journal_play *play, uint64_t began, uint64_t number)
{
	uint64_t now = units_now(), due;

	if (!play->settings->rate)
		return;
	due = began + (uint64_t)((double)number * 1e9 / (double)play->settings->rate);
	/* Not for every entry, since timers would take all the time. */
	if (due > now + 1000000)
		units_sleep(due - now);
}

/* If aimed, the writer waits while a hole is made. With few processors it might take the archiver's
 * at the wrong moment. */
static void rest(struct journal_play *play)
{
	int phase = atomic_load(&play->stage.phase);

	while (play->settings->aim && (phase == STAGE_GATHER || phase == STAGE_PUNCHING) &&
	       !play_over(play)) {
		units_sleep(200000);
		phase = atomic_load(&play->stage.phase);
	}
}

/* Fills one file, until it is full or the time is over. */
static int fill_file(struct journal_play *play, struct journal_slot *slot, struct content *content,
		     uint64_t began)
{
	struct journal_writer *writer = &slot->writer;
	uint64_t last = 0;
	int r = 0;

	content_begin(content);
	while (!r && !is_full(play->settings, writer) && !play_over(play)) {
		uint64_t wall = realtime();

		rest(play);
		/* The clock may be set back, which in a journal would mean a new boot. */
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

static void hand_over(struct journal_play *play, struct journal_slot *slot)
{
	atomic_store(&slot->state, SLOT_ARCHIVING);
	play_archive(play, slot);
}

static int write_layouts(struct journal_play *play, const struct journal_layout *layout)
{
	int r = 0;

	for (unsigned int n = 0; !r && !play_over(play); n++) {
		struct journal_slot *slot = &play->slots[n % play->slot_count];

		r = begin_file(play, slot, 1);
		if (r)
			return r;
		r = layout_write(layout, slot->owner, &slot->writer.windows);
		if (r)
			return workload_fail(play->workload, r, "writing %s", slot->name);
		atomic_fetch_add(&play->workload->counts->operations, 1);
		hand_over(play, slot);
	}
	return r;
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
			hand_over(play, slot);
		}
	}
	return r;
}

/* The values that are reported at the end. */
struct told {
	const struct journal_play *play;
	uint64_t entries;
};

#define VALUE(name)                                                                                \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		return key_counter(&((const struct told *)at)->play->name);                        \
	}

VALUE(files)
VALUE(archived)
VALUE(holes_end)
VALUE(holes_array)
VALUE(hole_bytes)
VALUE(spots)
VALUE(edge_zeros)

static const struct key details[] = {
	{ "entries", KEY_NUMBER, NULL, "entries written", 0,
	  KEY_AT(key_u64, struct told, entries) },
	{ "files", KEY_NUMBER, NULL, "files created", 0, .make = make_files },
	{ "archived", KEY_NUMBER, NULL, "files archived", 0, .make = make_archived },
	{ "holes_end", KEY_NUMBER, NULL, "holes punched at the end of a file", 0,
	  .make = make_holes_end },
	{ "holes_array", KEY_NUMBER, NULL, "holes punched elsewhere", 0, .make = make_holes_array },
	{ "hole_bytes", KEY_NUMBER, "bytes", "bytes in all holes", 0, .make = make_hole_bytes },
	{ "exposed_pages", KEY_NUMBER, NULL,
	  "exposed pages that have something to read in them, over all punches; at most "
	  "64 of each",
	  0, .make = make_spots },
	{ "edge_zeros", KEY_NUMBER, NULL, "reads of zeros beside a hole, see above", 0,
	  .make = make_edge_zeros },
	KEY_END,
};

static int play_journal(struct workload *workload)
{
	struct journal_play *play = workload->state;
	const struct content_shape shape = {
		.seed = workload->scenario->seed,
		.size = &play->size,
		.fields = (unsigned int)play->settings->entry.fields,
		.values = (unsigned int)play->settings->entry.values,
	};
	const struct journal_layout *layout = play_layout(play->settings);
	struct told told = { .play = play };
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
		r = layout ? write_layouts(play, layout) : write_files(play, &content);
	play_join_archiver(play);
	play_join_readers(play);
	told.entries = content.entries;
	workload_details(workload, keys_object(details, &told));
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
	.schema = { .name = "journal",
		    .help = "a writer like systemd-journald, and readers like journalctl",
		    .keys = journal_keys,
		    .size = sizeof(struct journal_settings) },
	.check = journal_settings_check,
	.room = room,
	.readers = count_readers,
	.details = details,
	.prepare = prepare,
	.run = play_journal,
	.release = release,
};
