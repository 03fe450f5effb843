/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario_pages.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"

#include <errno.h>
#include <stdio.h>

int scenario_pages_check(const struct scenario *scenario, char *path, size_t path_size, char *why,
			 size_t size)
{
	const struct scenario_file *files = scenario->files.items;
	const uint64_t page = page_size(), length = scenario->storm.length;
	char page_text[16], text[32];

	units_format_size(page, page_text, sizeof(page_text));
	for (size_t i = 0; i < scenario->files.count; i++) {
		if (files[i].folio >= page)
			continue;
		snprintf(path, path_size, "files[%zu].folio", i);
		snprintf(why, size,
			 "%s is less than a page of this kernel; allowed: a power of two from "
			 "\"%s\" to \"2M\"",
			 units_format_size(files[i].folio, text, sizeof(text)), page_text);
		return -EINVAL;
	}
	if (scenario->has_storm && scenario->storm.skip >= page) {
		snprintf(path, path_size, "storm.skip");
		snprintf(why, size, "%s is not within a page; allowed: less than \"%s\"",
			 units_format_size(scenario->storm.skip, text, sizeof(text)), page_text);
		return -EINVAL;
	}
	/* A length of 8 bytes to less than 4K means a part of a page. */
	if (scenario->has_storm && !scenario->storm.skip && length % page &&
	    !(length % PAGE_SIZE_LEAST)) {
		snprintf(path, path_size, "storm.length");
		snprintf(why, size,
			 "%s is not in whole pages of this kernel, which have %s; allowed: \"1 "
			 "page\", \"2 pages\", ..., or with storm.skip",
			 units_format_size(length, text, sizeof(text)), page_text);
		return -EINVAL;
	}
	if (scenario->workload.kind && page != PAGE_SIZE_LEAST) {
		snprintf(path, path_size, "workload.kind");
		snprintf(why, size, "%s knows pages of 4K, and those of this kernel have %s",
			 scenario->workload.kind->name, page_text);
		return -EINVAL;
	}
	return 0;
}
