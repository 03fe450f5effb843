/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_map.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/storm/target.h"
#include "tools/scenario/scenario.h"

#include <errno.h>
#include <string.h>

static void mark_read(struct report_map *map, const struct scenario *scenario,
		      const struct aim_punch *punch, enum aim_shape shape)
{
	const struct scenario_reader *readers = scenario->readers.items;
	bool preferred[AIM_PAGES_MAX];
	int wanted = aim_preferred(shape, punch, preferred);

	for (size_t i = 0; i < scenario->readers.count; i++)
		for (unsigned int page = 0; page < map->pages; page++) {
			const struct scenario_pages *pages = &readers[i].pages;

			/* If no exposed page is preferred, these readers take any page. */
			map->read[page] |= pages->kind == READER_ALL ||
					   (pages->kind == READER_EXPOSED
						    ? wanted <= 0 || preferred[page]
						    : page >= pages->first && page <= pages->last);
		}
}

static void draw(struct report_map *map, const struct scenario *scenario,
		 const struct report_data *data, const struct kernel_version *kernel)
{
	const struct scenario_file *files = scenario->files.items;
	enum aim_shape shape = aim_shape_for(&scenario->storm.aim, kernel);
	bool exposed[AIM_PAGES_MAX];
	struct aim_punch punch = {
		.order = target_order(files[0].folio),
		.first = (unsigned int)(data->timeline.first_byte / page_size()),
		.count = target_pages((uint64_t)data->timeline.length),
	};
	int count;

	map->pages = (unsigned int)(files[0].folio / page_size());
	map->first = punch.first;
	map->count = punch.count;
	map->shape = aim_shape_name(shape);
	map->punch = punch;
	map->split = shape;
	map->fixed = aim_is_fixed(&scenario->storm.aim);
	count = aim_exposed(shape, &punch, exposed);
	if (count < 0 || map->pages > REPORT_PAGES) {
		snprintf(map->why, sizeof(map->why),
			 "its punch is not one of the scenario's folios");
		return;
	}
	map->exposed_count = (unsigned int)count;
	memcpy(map->exposed, exposed, map->pages * sizeof(bool));
	mark_read(map, scenario, &punch, shape);
	map->known = true;
}

static bool is_punch(const struct report_timeline *timeline)
{
	return timeline->length && timeline->length <= (int64_t)REPORT_PAGES * page_size() &&
	       timeline->first_byte >= 0;
}

/* Returns the page size of the run's kernel. Results of earlier versions do not have it: they get
 * this kernel's. */
static unsigned int page_size_of_run(const struct report_data *data)
{
	json_int_t said = json_integer_value(json_object_get(data->identity, "page_size"));

	for (unsigned int size = PAGE_SIZE_LEAST; size <= PAGE_SIZE_MOST; size *= 4)
		if (said == size)
			return size;
	return page_size();
}

/* Makes the map by the scenario of the run. */
static void make_by_scenario(struct report_map *map, const struct report_data *data,
			     const struct kernel_version *kernel)
{
	/* Commands of the scenario are not run here. */
	const struct scenario_overrides none = { .trust = TRUST_ALL };
	struct scenario scenario;
	char path[PATH_MAX + 16];
	int r;

	snprintf(path, sizeof(path), "%s/scenario.cfg", data->directory);
	report_capture(map->why, sizeof(map->why));
	r = scenario_load(&scenario, path, &none, kernel);
	report_capture(NULL, 0);
	if (r == -ENOMEM)
		report(r, "%s", path);
	if (!r && !scenario.has_storm)
		snprintf(map->why, sizeof(map->why), "%s",
			 scenario.workload.kind
				 ? "the scenario has no storm; holes of a workload have no aim"
				 : "the scenario has no storm");
	else if (!r && !is_punch(&data->timeline))
		snprintf(map->why, sizeof(map->why), "there was no punch");
	else if (!r)
		draw(map, &scenario, data, kernel);
	scenario_release(&scenario);
}

void report_map_make(struct report_map *map, const struct report_data *data)
{
	const char *release = json_string_value(json_object_get(data->identity, "kernel"));
	const unsigned int here = page_size();
	struct kernel_version kernel;

	*map = (struct report_map){ .known = false };
	if (!release || kernel_parse(release, &kernel)) {
		snprintf(map->why, sizeof(map->why), "the kernel's version is not known");
		return;
	}
	page_size_choose(page_size_of_run(data));
	make_by_scenario(map, data, &kernel);
	page_size_choose(here);
}
