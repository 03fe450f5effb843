/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/progress.h"
#include "injector/units.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void progress_init(struct progress *progress, bool rewrite, bool plain)
{
	*progress = (struct progress){ .rewrite = rewrite, .plain = plain && !rewrite };
}

void progress_phase(struct progress *progress, const char *phase)
{
	snprintf(progress->phase, sizeof(progress->phase), "%s", phase);
	if (progress->rewrite)
		fprintf(stderr, "\r\033[K%s ...", phase);
	else if (progress->plain)
		fprintf(stderr, "%s ...\n", phase);
}

static void format_counts(const struct progress *progress, const struct worker_shared *shared,
			  uint64_t duration, char *line, size_t size)
{
	const struct workload_counts *workload = &shared->workload;
	uint64_t began = atomic_load(&shared->began);
	uint64_t reads = workload_sum(workload, offsetof(struct reader_counts, reads));
	uint64_t exposures = workload_sum(workload, offsetof(struct reader_counts, exposures));
	char of[32] = "";

	if (atomic_load(&shared->state) != WORKER_RUNNING) {
		snprintf(line, size, "%s: %" PRIu64 " of %" PRIu64 " folios", progress->phase,
			 atomic_load(&shared->regions_ready), atomic_load(&shared->regions));
		return;
	}
	for (unsigned int i = 0; i < shared->readers; i++) {
		reads += atomic_load(&shared->reader[i].reads);
		exposures += atomic_load(&shared->reader[i].exposures);
	}
	if (duration)
		snprintf(of, sizeof(of), " of %.1f", (double)duration / 1e9);
	snprintf(line, size,
		 "%s: %.1f%s s, punches %" PRIu64 ", hit %" PRIu64 ", exposures %" PRIu64
		 ", reads %" PRIu64,
		 progress->phase, (double)(units_now() - began) / 1e9, of,
		 atomic_load(&shared->punches), atomic_load(&shared->punches_hit), exposures,
		 reads);
	if (atomic_load(&workload->state))
		snprintf(line + strlen(line), size - strlen(line), ", operations %" PRIu64,
			 atomic_load(&workload->operations));
}

static bool is_time(const struct progress *progress)
{
	uint64_t every = progress->rewrite ? 100000000 : 2000000000;

	return (progress->rewrite || progress->plain) && units_now() >= progress->shown + every;
}

void progress_line(struct progress *progress, const char *line)
{
	if (!is_time(progress))
		return;
	progress->shown = units_now();
	fprintf(stderr, progress->rewrite ? "\r\033[K%s" : "%s\n", line);
}

void progress_show(struct progress *progress, const struct worker_shared *shared, uint64_t duration)
{
	char line[200];

	if (!is_time(progress) ||
	    (!atomic_load(&shared->regions) && !atomic_load(&shared->workload.began)))
		return;
	format_counts(progress, shared, duration, line, sizeof(line));
	progress_line(progress, line);
}

void progress_end(struct progress *progress)
{
	if (progress->rewrite)
		fprintf(stderr, "\r\033[K");
}
