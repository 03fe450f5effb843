/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the callee-saved registers of reports, by each architecture's ABI. An assertion dumps the
 * page before it stops the kernel; that call overwrites all other registers.
 */
#include "injector/base/array.h"
#include "injector/base/kernel.h"
#include "tools/machine/kernel_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const kernel_arch_names[KERNEL_ARCHS] = {
	[KERNEL_ARCH_UNKNOWN] = "not known",
	[KERNEL_ARCH_X86_64] = "x86-64",
	[KERNEL_ARCH_X86_32] = "x86-32",
	[KERNEL_ARCH_ARM64] = "arm64",
	[KERNEL_ARCH_ARM] = "arm",
	[KERNEL_ARCH_S390X] = "s390x",
	[KERNEL_ARCH_PPC64] = "ppc64",
	[KERNEL_ARCH_RISCV] = "riscv64",
	[KERNEL_ARCH_LOONGARCH] = "loongarch64",
};

static const struct preserved {
	enum kernel_arch arch;
	const char *name;
} preserved[] = {
	{ KERNEL_ARCH_X86_64, "RBX: " },  { KERNEL_ARCH_X86_64, "RBP: " },
	{ KERNEL_ARCH_X86_64, "R12: " },  { KERNEL_ARCH_X86_64, "R13: " },
	{ KERNEL_ARCH_X86_64, "R14: " },  { KERNEL_ARCH_X86_64, "R15: " },
	{ KERNEL_ARCH_X86_32, "EBX: " },  { KERNEL_ARCH_X86_32, "ESI: " },
	{ KERNEL_ARCH_X86_32, "EDI: " },  { KERNEL_ARCH_X86_32, "EBP: " },
	{ KERNEL_ARCH_ARM64, "x19: " },   { KERNEL_ARCH_ARM64, "x20: " },
	{ KERNEL_ARCH_ARM64, "x21: " },   { KERNEL_ARCH_ARM64, "x22: " },
	{ KERNEL_ARCH_ARM64, "x23: " },   { KERNEL_ARCH_ARM64, "x24: " },
	{ KERNEL_ARCH_ARM64, "x25: " },   { KERNEL_ARCH_ARM64, "x26: " },
	{ KERNEL_ARCH_ARM64, "x27: " },   { KERNEL_ARCH_ARM64, "x28: " },
	{ KERNEL_ARCH_ARM, "r10: " },     { KERNEL_ARCH_ARM, "r9 : " },
	{ KERNEL_ARCH_ARM, "r8 : " },     { KERNEL_ARCH_ARM, "r7 : " },
	{ KERNEL_ARCH_ARM, "r6 : " },     { KERNEL_ARCH_ARM, "r5 : " },
	{ KERNEL_ARCH_ARM, "r4 : " },     { KERNEL_ARCH_RISCV, "s0 : " },
	{ KERNEL_ARCH_RISCV, "s1 : " },   { KERNEL_ARCH_RISCV, "s2 : " },
	{ KERNEL_ARCH_RISCV, "s3 : " },   { KERNEL_ARCH_RISCV, "s4 : " },
	{ KERNEL_ARCH_RISCV, "s5 : " },   { KERNEL_ARCH_RISCV, "s6 : " },
	{ KERNEL_ARCH_RISCV, "s7 : " },   { KERNEL_ARCH_RISCV, "s8 : " },
	{ KERNEL_ARCH_RISCV, "s9 : " },   { KERNEL_ARCH_RISCV, "s10: " },
	{ KERNEL_ARCH_RISCV, "s11: " },   { KERNEL_ARCH_LOONGARCH, "s0 " },
	{ KERNEL_ARCH_LOONGARCH, "s1 " }, { KERNEL_ARCH_LOONGARCH, "s2 " },
	{ KERNEL_ARCH_LOONGARCH, "s3 " }, { KERNEL_ARCH_LOONGARCH, "s4 " },
	{ KERNEL_ARCH_LOONGARCH, "s5 " }, { KERNEL_ARCH_LOONGARCH, "s6 " },
	{ KERNEL_ARCH_LOONGARCH, "s7 " }, { KERNEL_ARCH_LOONGARCH, "s8 " },
};

/* Registers without names: s390x has r0 to r15 in four lines of four, of which r6 to r13 are kept;
 * ppc64 names the first of each line, and keeps r14 to r31. */
struct block {
	enum kernel_arch arch;
	unsigned int first, last;
	const char *prefix;
};

static size_t read_block(const char *text, const struct block *block, unsigned int number,
			 struct kernel_register *registers, size_t size)
{
	size_t count = 0;

	for (int i = 0; i < 4; i++, number++) {
		char *end;
		uint64_t value = strtoull(text, &end, 16);

		if (end == text)
			break;
		text = end;
		if (number < block->first || number > block->last || count == size)
			continue;
		snprintf(registers[count].name, sizeof(registers[count].name), "%s%u",
			 block->prefix, number);
		registers[count++].value = value;
	}
	return count;
}

/* Returns the four numbers of 16 digits at the end of a line; NULL: there are none. */
static const char *find_row(const char *text)
{
	const char *at = text + strlen(text);

	for (int i = 0; i < 4; i++) {
		int digits = 0;

		while (at > text && isspace((unsigned char)at[-1]))
			at--;
		for (; at > text && isxdigit((unsigned char)at[-1]); digits++)
			at--;
		if (digits != 16)
			return NULL;
	}
	return at;
}

static size_t read_named(const char *text, enum kernel_arch *arch,
			 struct kernel_register *registers, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(preserved); i++) {
		const char *at = strstr(text, preserved[i].name);
		char *end;
		uint64_t value;

		if (!at || (at > text && isalnum((unsigned char)at[-1])) || count == size)
			continue;
		at += strlen(preserved[i].name);
		value = strtoull(at, &end, 16);
		if (end == at || (preserved[i].arch == KERNEL_ARCH_LOONGARCH && end - at != 16))
			continue;
		*arch = preserved[i].arch;
		snprintf(registers[count].name, sizeof(registers[count].name), "%.*s",
			 (int)strcspn(preserved[i].name, " :"), preserved[i].name);
		registers[count++].value = value;
	}
	return count;
}

size_t kernel_registers_read(const char *text, enum kernel_arch *arch, unsigned int *row,
			     struct kernel_register *registers, size_t size)
{
	static const char s390x[] = "Krnl GPRS:", ppc64[] = "GPR";
	static const struct block general = { KERNEL_ARCH_S390X, 6, 13, "r" };
	static const struct block power = { KERNEL_ARCH_PPC64, 14, 31, "r" };
	const char *at = strstr(text, s390x);

	if (at)
		*row = 0;
	at = at ? at + sizeof(s390x) - 1 : *row && *row < 16 ? find_row(text) : NULL;
	if (at) {
		size_t count = read_block(at, &general, *row, registers, size);

		*arch = KERNEL_ARCH_S390X;
		*row += 4;
		return count;
	}
	*row = 0;
	at = strstr(text, ppc64);
	if (at && isdigit((unsigned char)at[3]) && isdigit((unsigned char)at[4]) && at[5] == ':') {
		*arch = KERNEL_ARCH_PPC64;
		return read_block(at + 6, &power, (unsigned int)atoi(at + 3), registers, size);
	}
	return read_named(text, arch, registers, size);
}

/* Where VM_BUG_ON_FOLIO(!folio_contains(folio, index)) was seen: 6.18.7 and 7.2.13, both built by
 * GCC with CONFIG_DEBUG_VM. */
static const struct keeper {
	enum kernel_arch arch;
	const char *function, *range, *name;
} keepers[] = {
	{ KERNEL_ARCH_X86_64, "filemap_fault", "6.18 - 7.2", "RBP" },
};

const char *kernel_register_of(enum kernel_arch arch, const char *function, const char *release)
{
	struct kernel_version version;
	struct kernel_range range;
	char why[200];

	for (size_t i = 0; i < ARRAY_SIZE(keepers); i++)
		if (keepers[i].arch == arch && !strcmp(keepers[i].function, function) &&
		    !kernel_range_parse(keepers[i].range, &range, why, sizeof(why)) &&
		    (kernel_parse(release, &version) || kernel_in_range(&version, &range)))
			return keepers[i].name;
	return NULL;
}

bool kernel_keeps_index(const char *function)
{
	static const char *const names[] = {
		"filemap_fault",          "__filemap_get_folio", "__filemap_get_folio_mpol",
		"filemap_get_entry",      "mapping_get_entry",   "filemap_grab_folio",
		"pagecache_get_page",     "shmem_get_folio_gfp", "shmem_get_folio_gfp.isra.0",
		"filemap_get_read_batch",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(function, names[i]))
			return true;
	return false;
}
