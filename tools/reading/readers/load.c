/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain loads from a mapping, as journalctl does. A fault that got a wrong, still locked folio
 * drops the mmap lock, waits and starts again, so it nearly always heals (do_user_addr_fault(),
 * FAULT_FLAG_ALLOW_RETRY).
 */
#include "tools/reading/mapped_copy.h"
#include "tools/reading/reader.h"

static int load(struct reader *reader, const struct target *target, uint64_t offset, uint64_t *page)
{
	(void)reader;
	return mapped_copy(page, target->map + offset, STAMP_PAGE_SIZE);
}

const struct reader_ops reader_load = {
	.name = "load",
	.help = "loads from a mapping",
	.faults = true,
	.read = load,
};
