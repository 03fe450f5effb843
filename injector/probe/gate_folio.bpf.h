/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks up the running thread, and the properties of a folio. Part of gate.bpf.c. */
#ifndef INJECTOR_PROBE_GATE_FOLIO_BPF_H
#define INJECTOR_PROBE_GATE_FOLIO_BPF_H

#include "injector/probe/current.bpf.h"
#include "injector/probe/gate_state.bpf.h"

/* The IDs of thread and process in the run's PID namespace; 0 outside of it. */
static __always_inline struct bpf_pidns_info whoami(void)
{
	return current_in(config.namespace_device, config.namespace_inode);
}

static __always_inline unsigned long folio_flags(const struct folio *folio)
{
	const struct folio___word *word = (const void *)folio;

	if (bpf_core_field_exists(folio->flags.f))
		return BPF_CORE_READ(folio, flags.f);
	return BPF_CORE_READ(word, flags);
}

static __always_inline bool has_flag(unsigned long flags, unsigned int bit)
{
	return flags >> bit & 1;
}

static __always_inline __u32 folio_order(const struct folio *folio)
{
	const struct folio___old *old = (const void *)folio;

	if (!has_flag(folio_flags(folio), bpf_core_enum_value(enum pageflags, PG_head)))
		return 0;
	if (bpf_core_field_exists(old->_folio_order))
		return BPF_CORE_READ(old, _folio_order);
	return BPF_CORE_READ(folio, _flags_1) & 0xff;
}

static __always_inline __u32 *file_of(struct address_space *mapping)
{
	struct gate_file file = { .inode = 0 };
	struct inode *inode = BPF_CORE_READ(mapping, host);

	file.inode = BPF_CORE_READ(inode, i_ino);
	file.device = BPF_CORE_READ(inode, i_sb, s_dev);
	return bpf_map_lookup_elem(&files, &file);
}

#endif
