/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a kernel's report, found wherever it stands in what somebody's tools made of it:
 * console, dmesg, journald, syslog, netconsole, pstore and whoever collects logs put their own
 * words before it. None of these is known here. What is looked for is the kernel's own part: what
 * only its reports say ("RIP: 0010:", "page dumped because: ", "filemap_read+0xca/0x310"); all
 * before that is of somebody else.
 */
#ifndef TOOLS_MACHINE_KERNEL_LINE_H
#define TOOLS_MACHINE_KERNEL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kernel_line_kind {
	KERNEL_LINE_NONE,      /* nothing that a report has */
	KERNEL_LINE_OPENING,   /* the first line of one, or what names its cause */
	KERNEL_LINE_PAGE,      /* "page: refcount:2 ... index:0x100" */
	KERNEL_LINE_HEAD,      /* "head: order:4 ..." */
	KERNEL_LINE_OWNER,     /* "aops:... ino:83 dentry name(?):..." */
	KERNEL_LINE_FILE,      /* "file:a.out fault:... mmap:..." of a bad page map */
	KERNEL_LINE_BECAUSE,   /* "page dumped because: non-NULL mapping": the end of a dump */
	KERNEL_LINE_PLACE,     /* "RIP: 0010:filemap_fault+0xa61/0x1410" */
	KERNEL_LINE_USER,      /* the same of a process: what follows is not the kernel's */
	KERNEL_LINE_TASK,      /* "CPU: 7 PID: 1 Comm: fio Not tainted 6.18.7 #1" */
	KERNEL_LINE_TAINT,     /* "      Not tainted 6.18.7 #1" */
	KERNEL_LINE_REGISTERS, /* "RBP: ...", see kernel_registers.h */
	KERNEL_LINE_TRACE,     /* "Call Trace:" */
	KERNEL_LINE_FRAME,     /* "filemap_read+0xca/0x310", "filemap_read (mm/filemap.c:1)" */
	KERNEL_LINE_END,       /* "---[ end trace" */
	KERNEL_LINE_VERSION,   /* "Linux version 6.18.7 ..." */
	KERNEL_LINE_OTHER,     /* of a report, and of no use */
};

/* What begins a report. */
struct kernel_opening {
	const char *text;
	unsigned int family; /* of the runs in which it is a hit; 0: its function decides */
	bool named;          /* it is one only where it names something of the run */
	bool fatal, spins, waits;
	bool beside; /* no crash of the kernel: only where a whole log is read for what it has */
	/* Whether what stands behind the text makes it one; NULL: anything does. */
	bool (*is)(const char *behind);
};

struct kernel_line {
	enum kernel_line_kind kind;
	const char *text;   /* the kernel's part, to the end of the line */
	const char *behind; /* the text that identifies it; the end of the line if none does */
	const struct kernel_opening *opening;
	char function[64]; /* of a place or frame; "" where it has none */
	char module[24];   /* of it, "" where it is the kernel itself */
	bool unsure;       /* a frame that the kernel is not sure of */
	uint64_t caller;   /* by CONFIG_PRINTK_CALLER, "[ T123]" or "[   C1]"; 0: not said */
};

/* Looks at a line; `text` points into it. Safe on anything that ends with a NUL. */
void kernel_line_read(struct kernel_line *line, const char *text);

/* What an architecture's reports are known by. */
enum kernel_arch {
	KERNEL_ARCH_UNKNOWN,
	KERNEL_ARCH_X86_64,
	KERNEL_ARCH_X86_32,
	KERNEL_ARCH_ARM64,
	KERNEL_ARCH_ARM,
	KERNEL_ARCH_S390X,
	KERNEL_ARCH_PPC64,
	KERNEL_ARCH_RISCV,
	KERNEL_ARCH_LOONGARCH,
	KERNEL_ARCHS,
};

/* "x86-64", ... */
extern const char *const kernel_arch_names[KERNEL_ARCHS];

/* What a register holds, of those that a function keeps for its caller: they outlive the call that
 * dumps a page. */
struct kernel_register {
	char name[8];
	uint64_t value;
};

/*
 * Reads such registers of a line of them. arch: set where the line tells it. row: for lines that do
 * not name each register (s390x), how many were before; 0 before the first. Returns how many of the
 * `size` were set.
 */
size_t kernel_registers_read(const char *text, enum kernel_arch *arch, unsigned int *row,
			     struct kernel_register *registers, size_t size);

/*
 * The register in which a function of a kernel was seen to keep the page that it looks for: only
 * that one tells it there. release: "" where it is not known. Returns NULL where nobody has looked.
 */
const char *kernel_register_of(enum kernel_arch arch, const char *function, const char *release);

/* Whether a function is given the page that it looks for, and keeps it in a register: others have
 * it in memory, and what registers hold there is something else. */
bool kernel_keeps_index(const char *function);

#endif
