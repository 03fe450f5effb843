/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads one line of a kernel's report. Consoles, dmesg, journald, syslog, netconsole, pstore and
 * log collectors put their own prefixes before the kernel's text. No prefix is known here. Instead
 * the kernel's text is recognized by marks that only its reports have ("RIP: 0010:", "page dumped
 * because: ", "filemap_read+0xca/0x310"); everything before a mark is a prefix.
 */
#ifndef TOOLS_MACHINE_KERNEL_LINE_H
#define TOOLS_MACHINE_KERNEL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kernel_line_kind {
	KERNEL_LINE_NONE,      /* not a line of a report */
	KERNEL_LINE_OPENING,   /* the first line of a report, or one that names its cause */
	KERNEL_LINE_PAGE,      /* "page: refcount:2 ... index:0x100" */
	KERNEL_LINE_HEAD,      /* "head: order:4 ..." */
	KERNEL_LINE_OWNER,     /* "aops:... ino:83 dentry name(?):..." */
	KERNEL_LINE_FILE,      /* "file:a.out fault:... mmap:..." of a bad page map */
	KERNEL_LINE_BECAUSE,   /* "page dumped because: non-NULL mapping": the end of a dump */
	KERNEL_LINE_PLACE,     /* "RIP: 0010:filemap_fault+0xa61/0x1410" */
	KERNEL_LINE_USER,      /* the same in user mode: the registers after it are a process's */
	KERNEL_LINE_TASK,      /* "CPU: 7 PID: 1 Comm: fio Not tainted 6.18.7 #1" */
	KERNEL_LINE_TAINT,     /* "      Not tainted 6.18.7 #1" */
	KERNEL_LINE_REGISTERS, /* "RBP: ...", see kernel_registers_read() */
	KERNEL_LINE_TRACE,     /* "Call Trace:" */
	KERNEL_LINE_FRAME,     /* "filemap_read+0xca/0x310", "filemap_read (mm/filemap.c:1)" */
	KERNEL_LINE_END,       /* "---[ end trace" */
	KERNEL_LINE_VERSION,   /* "Linux version 6.18.7 ..." */
	KERNEL_LINE_OTHER,     /* of a report, but not used */
};

/* A text that begins a report. */
struct kernel_opening {
	const char *text;
	unsigned int family; /* set of enum kernel_family, see struct kernel_report */
	bool named;          /* a hit only if it names a process or file of the run */
	bool fatal, spins, waits;
	bool beside; /* not a crash of the kernel: reported only when a log is imported */
	/* Returns whether the text after it makes it an opening; NULL: always. */
	bool (*is)(const char *behind);
};

struct kernel_line {
	enum kernel_line_kind kind;
	const char *text;   /* the kernel's part, to the end of the line */
	const char *behind; /* what follows the mark; the end of the line if there is none */
	const struct kernel_opening *opening;
	char function[64]; /* of a place or frame; "" if none */
	char module[24];   /* of the function; "" for the kernel itself */
	bool unsure;       /* a frame that the kernel marks with "?" */
	uint64_t caller;   /* a code of "[ T123]" or "[   C1]" (CONFIG_PRINTK_CALLER); 0: none */
};

/* Reads a line. line: gets pointers into `text`, which must outlive it. text: any bytes and a
 * terminating NUL. */
void kernel_line_read(struct kernel_line *line, const char *text);

/* The architecture of a report. */
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

/* A callee-saved register and its value. It survives the call that dumps a page. */
struct kernel_register {
	char name[8];
	uint64_t value;
};

/*
 * Reads the callee-saved registers of a line. arch: set if the line tells it. row: number of
 * registers on earlier lines, for lines that do not name them (s390x); 0 at first. registers: room
 * for `size`. Returns how many were read.
 */
size_t kernel_registers_read(const char *text, enum kernel_arch *arch, unsigned int *row,
			     struct kernel_register *registers, size_t size);

/*
 * Returns the register in which a function was observed to keep the index that it looks up, or NULL
 * if that is not known. release: of the kernel; "" if not known.
 */
const char *kernel_register_of(enum kernel_arch arch, const char *function, const char *release);

/* Returns whether a function gets the index that it looks up and keeps it in a register. Others
 * keep it in memory, and their registers hold other values. */
bool kernel_keeps_index(const char *function);

#endif
