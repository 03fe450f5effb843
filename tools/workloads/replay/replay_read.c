/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_read.h"
#include "injector/base/cleanup.h"
#include "injector/base/extreme.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/reading/mapped_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REPORTED_MAX = 1000 };

static uint64_t first_page(uint64_t offset)
{
	return offset / STAMP_PAGE_SIZE;
}

static uint64_t end_page(uint64_t offset, uint64_t length)
{
	return (offset + length + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE;
}

int replay_before_read(struct replay_thread *thread, const struct replay_file *file,
		       uint64_t offset, uint64_t length)
{
	uint64_t first = first_page(offset), count = end_page(offset, length) - first;
	uint32_t *grown;

	if (count > thread->view_room) {
		grown = reallocarray(thread->views, count, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		thread->views = grown;
		thread->view_room = count;
	}
	for (uint64_t i = 0; i < count; i++)
		thread->views[i] = replay_view(file, first + i);
	return 0;
}

/* Returns whether a page is wrong that was read in another way. bytes: read. */
static bool still_wrong(const struct replay_file *file, uint64_t page, uint32_t before,
			const char *bytes, size_t length)
{
	const struct replay_piece piece = {
		.page = page,
		.length = length,
		.bytes = bytes,
		.before = before,
		.after = replay_view(file, page),
	};
	struct judgement judgement;

	return replay_judge(file, &piece, &judgement) && judgement.class != WRONG_NONE;
}

static bool wrong_by_pread(const struct replay_file *file, uint64_t page, int fd)
{
	uint32_t before = replay_view(file, page);
	uint64_t bytes[STAMP_WORDS];
	ssize_t got = pread(fd, bytes, sizeof(bytes), (off_t)(page * STAMP_PAGE_SIZE));

	return got > 0 && still_wrong(file, page, before, (const char *)bytes, (size_t)got);
}

static bool wrong_in_fresh_mapping(const struct replay_file *file, uint64_t page, int fd)
{
	uint32_t before = replay_view(file, page);
	uint64_t bytes[STAMP_WORDS];
	char *at = mmap(NULL, STAMP_PAGE_SIZE, PROT_READ, MAP_SHARED, fd,
			(off_t)(page * STAMP_PAGE_SIZE));
	bool wrong;

	if (at == MAP_FAILED)
		return false;
	wrong = !mapped_copy(bytes, at, sizeof(bytes)) &&
		still_wrong(file, page, before, (const char *)bytes, sizeof(bytes));
	munmap(at, STAMP_PAGE_SIZE);
	return wrong;
}

/* Returns whether this is the first reported hit since that many punches. */
static bool is_first(struct replay *replay, uint64_t punches)
{
	return extreme_raise(&replay->hit_ticket, punches + 1) && punches > 0;
}

static void report_hit(struct replay_thread *thread, const struct replay_file *file, uint64_t page,
		       const struct judgement *judgement, int fd)
{
	struct workload *workload = thread->replay->workload;
	struct reader_hit hit = {
		.time = units_now(),
		.ticket = atomic_load(&thread->replay->punches),
		.reader = workload->counts->first_reader + (unsigned int)thread->slot,
		.file = file->number,
		.page = page,
		.folio = page / 512 * 512,
		.judgement = *judgement,
	};

	if (atomic_fetch_add(&thread->replay->reported, 1) >= REPORTED_MAX)
		return;
	if (fd >= 0) {
		hit.pread_wrong = wrong_by_pread(file, page, fd);
		hit.again_wrong = hit.pread_wrong;
		hit.fresh_wrong = wrong_in_fresh_mapping(file, page, fd);
	}
	hit.first_of_punch = is_first(thread->replay, hit.ticket);
	workload_hit(workload, &hit);
}

void replay_after_read(struct replay_thread *thread, struct replay_file *file, uint64_t offset,
		       const char *bytes, uint64_t length, int fd)
{
	uint64_t first = first_page(offset), end = end_page(offset, length);
	struct judgement judgement;
	bool judged = false, wrong = false;

	for (uint64_t page = first; page < end; page++) {
		uint64_t begins = page * STAMP_PAGE_SIZE, ends = begins + STAMP_PAGE_SIZE;
		uint64_t from = begins > offset ? begins : offset;
		uint64_t to = ends < offset + length ? ends : offset + length;
		const struct replay_piece piece = {
			.page = page,
			.from = from - begins,
			.length = to - from,
			.bytes = bytes ? bytes + (from - offset) : NULL,
			.before = thread->views[page - first],
			.after = replay_view(file, page),
		};

		if (!replay_judge(file, &piece, &judgement))
			continue;
		judged = true;
		if (judgement.class == WRONG_NONE)
			continue;
		wrong = true;
		report_hit(thread, file, page, &judgement, fd);
	}
	atomic_store(&thread->counts->last_page, first);
	atomic_fetch_add(&thread->counts->reads, judged);
	atomic_fetch_add(&thread->counts->not_judged, !judged && bytes);
	atomic_fetch_add(&thread->counts->wrong, wrong);
}

static void read_file(struct replay_thread *thread, struct replay_file *file, int fd)
{
	enum { STEP = 64 << 10 };
	char bytes[STEP];
	uint64_t offset = 0;
	ssize_t got;

	for (;; offset += (uint64_t)got) {
		if (atomic_load(&thread->replay->workload->run->shared->stop) ||
		    replay_before_read(thread, file, offset, STEP))
			return;
		got = pread(fd, bytes, STEP, (off_t)offset);
		if (got <= 0)
			return;
		replay_after_read(thread, file, offset, bytes, (uint64_t)got, fd);
		atomic_fetch_add(&thread->counts->heartbeat, 1);
	}
}

void replay_read_all(struct replay_thread *thread)
{
	struct replay *replay = thread->replay;
	char path[PATH_MAX];

	for (uint32_t name = 1; name <= replay->trace.name_count; name++) {
		uint32_t number = atomic_load(&replay->names[name]);
		_cleanup_close_ int fd = -1;

		if (!number)
			continue;
		snprintf(path, sizeof(path), "%s/%s", replay->workload->run->mount,
			 replay->trace.names[name]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			read_file(thread, &replay->files[number], fd);
	}
}
