/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/conduct/gdb_stub.h"
#include "injector/base/append_text.h"
#include "injector/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const uint64_t MILLISECOND = 1000000;

/* Receives the bytes that have arrived, and waits up to `ns` for the first. Returns 0; -EAGAIN:
 * none; -EPROTO: the buffer is full; -ECONNRESET; other -errno. */
static int receive(struct gdb_stub *stub, uint64_t ns)
{
	struct pollfd ready = { .fd = stub->fd, .events = POLLIN };
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000),
				 .tv_nsec = (long)(ns % 1000000000) };
	ssize_t got;
	int r;

	if (stub->used == sizeof(stub->buffer))
		return -EPROTO;
	r = ppoll(&ready, 1, &time, NULL);
	if (r <= 0)
		return r && errno != EINTR ? -errno : -EAGAIN;
	got = recv(stub->fd, stub->buffer + stub->used, sizeof(stub->buffer) - stub->used, 0);
	if (got <= 0)
		return -ECONNRESET;
	stub->used += (size_t)got;
	return 0;
}

static void drop(struct gdb_stub *stub, size_t bytes)
{
	memmove(stub->buffer, stub->buffer + bytes, stub->used - bytes);
	stub->used -= bytes;
}

/* Returns whether a whole packet ($TEXT#SS) has arrived. Drops acknowledgements before it. length:
 * gets the bytes of the packet. */
static bool has_packet(struct gdb_stub *stub, size_t *length)
{
	const char *start = memchr(stub->buffer, '$', stub->used);
	const char *end;

	if (!start) {
		stub->used = 0;
		return false;
	}
	drop(stub, (size_t)(start - stub->buffer));
	end = memchr(stub->buffer, '#', stub->used);
	if (!end || stub->used < (size_t)(end - stub->buffer) + 3)
		return false;
	*length = (size_t)(end - stub->buffer) + 3;
	return true;
}

static unsigned char checksum(const char *text, size_t length)
{
	unsigned char sum = 0;

	for (size_t i = 0; i < length; i++)
		sum += (unsigned char)text[i];
	return sum;
}

/* Returns whether a packet has the checksum of its text. */
static bool is_whole(const char *packet, size_t length)
{
	char said[3];

	snprintf(said, sizeof(said), "%02x", checksum(packet + 1, length - 4));
	return !strncasecmp(packet + length - 2, said, 2);
}

/* Takes the next packet. text: gets its text with a NUL, cut to `size` bytes. Returns 0; -EAGAIN:
 * none within `ns`; other -errno. */
static int take(struct gdb_stub *stub, char *text, size_t size, uint64_t ns)
{
	uint64_t deadline = units_now() + ns;
	size_t length, taken;

	while (!has_packet(stub, &length)) {
		uint64_t now = units_now();
		int r = receive(stub, now < deadline ? deadline - now : 0);

		if (r == -EAGAIN && units_now() < deadline)
			continue;
		if (r)
			return r;
	}
	if (!is_whole(stub->buffer, length))
		return -EPROTO;
	taken = length - 4 < size - 1 ? length - 4 : size - 1;
	memcpy(text, stub->buffer + 1, taken);
	text[taken] = '\0';
	drop(stub, length);
	return 0;
}

/* Appends a request to those that are not sent yet. Each wait for an answer means that two threads
 * are scheduled, so requests are sent together. Answers are not acknowledged, since the stub takes
 * the next request for that (QEMU 7.2, gdb_read_byte()). */
static int put(struct gdb_stub *stub, const char *text)
{
	size_t room = sizeof(stub->out) - stub->unsent;
	int length = snprintf(stub->out + stub->unsent, room, "$%s#%02x", text,
			      checksum(text, strlen(text)));

	if ((size_t)length >= room)
		return -EMSGSIZE;
	stub->unsent += (size_t)length;
	stub->requests++;
	return 0;
}

static int send_all(struct gdb_stub *stub)
{
	ssize_t length = (ssize_t)stub->unsent;

	stub->unsent = 0;
	stub->sends++;
	return send(stub->fd, stub->out, (size_t)length, MSG_NOSIGNAL) == length ? 0 : -ECONNRESET;
}

/* Takes an answer, and drops stops before it: the answer to an interrupt may come only after that
 * of a breakpoint that was reached at the same time. */
static int take_answer(struct gdb_stub *stub, char *answer, size_t size)
{
	int r;

	do
		r = take(stub, answer, size, stub->patience);
	while (!r && *answer == 'T');
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

/* Takes the outstanding answers. Returns the first error. */
static int take_owed(struct gdb_stub *stub)
{
	unsigned int count = stub->owed_count;
	int r = 0;

	stub->owed_count = 0;
	for (unsigned int i = 0; i < count; i++) {
		char answer[16];
		int took = take_answer(stub, answer, sizeof(answer));

		if (took)
			return took;
		if (!r && strcmp(answer, "OK") != 0)
			r = stub->owed[i];
	}
	return r;
}

int gdb_stub_settle(struct gdb_stub *stub)
{
	int r = stub->unsent ? send_all(stub) : 0;

	return r ? r : take_owed(stub);
}

/* Sends a request to a stopped guest, and takes its answer. */
static int __attribute__((format(printf, 4, 5)))
ask(struct gdb_stub *stub, char *answer, size_t size, const char *format, ...)
{
	char text[2 * GDB_STUB_CHUNK + 64];
	va_list args;
	int r, owed;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r = put(stub, text);
	if (!r)
		r = send_all(stub);
	if (r)
		return r;
	owed = take_owed(stub);
	r = take_answer(stub, answer, size);
	return owed ? owed : r;
}

/* Puts a request whose answer is "OK" and may come later. other: -errno for any other answer. */
static int __attribute__((format(printf, 3, 4)))
order(struct gdb_stub *stub, int other, const char *format, ...)
{
	char text[2 * GDB_STUB_CHUNK + 64];
	va_list args;
	int r;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (stub->owed_count == GDB_STUB_OWED ||
	    stub->unsent + strlen(text) + 4 >= sizeof(stub->out)) {
		r = gdb_stub_settle(stub);
		if (r)
			return r;
	}
	r = put(stub, text);
	if (!r)
		stub->owed[stub->owed_count++] = other;
	return r;
}

/* Parses the report of a stop: "T05thread:p01.02;" of a breakpoint on processor 1, "W00" when QEMU
 * ends. */
static int parse_stop(const char *text, struct gdb_stop *stop)
{
	const char *thread = strstr(text, "thread:");
	char *end;

	if (*text == 'W' || *text == 'X')
		return -ECONNRESET;
	if (*text != 'T' || !thread)
		return -EPROTO;
	thread += strlen("thread:");
	if (*thread == 'p' && strchr(thread, '.'))
		thread = strchr(thread, '.') + 1;
	stop->cpu = (unsigned int)strtoul(thread, &end, 16) - 1;
	stop->watched = strstr(text, "watch:");
	stop->asked = strncmp(text, "T05", 3) != 0;
	return stop->cpu < GDB_STUB_CPUS ? 0 : -EPROTO;
}

int gdb_stub_wait(struct gdb_stub *stub, uint64_t ns, struct gdb_stop *stop)
{
	char text[256];
	int r = take_owed(stub);

	if (!r)
		r = take(stub, text, sizeof(text), ns);
	if (r)
		return r;
	stub->stops++;
	stub->runs = false;
	return parse_stop(text, stop);
}

int gdb_stub_stop(struct gdb_stub *stub, struct gdb_stop *stop)
{
	struct gdb_stop second;
	int r;

	if (send(stub->fd, "\003", 1, MSG_NOSIGNAL) != 1)
		return -ECONNRESET;
	r = gdb_stub_wait(stub, stub->patience, stop);
	if (r)
		return r == -EAGAIN ? -ETIMEDOUT : r;
	/* A breakpoint that was reached at the same time is reported first. The report of the
	 * interrupt may follow, and must not be taken for the answer to the next request. */
	if (!stop->asked) {
		r = gdb_stub_wait(stub, 2 * MILLISECOND, &second);
		if (r && r != -EAGAIN)
			return r;
	}
	return 0;
}

int gdb_stub_open(struct gdb_stub *stub, int fd, enum machine_isa isa, uint64_t patience)
{
	struct gdb_stop stop;
	char answer[1024];
	int r;

	*stub = (struct gdb_stub){ .fd = fd, .isa = isa, .patience = patience };
	r = gdb_stub_stop(stub, &stop);
	if (!r)
		r = ask(stub, answer, sizeof(answer), "qSupported:multiprocess+;vContSupported+");
	return r ? r : strstr(answer, "vContSupported+") ? 0 : -EPROTO;
}

int gdb_stub_resume(struct gdb_stub *stub, uint64_t cpus, unsigned int count)
{
	char text[32 * GDB_STUB_CPUS] = "vCont";
	uint64_t all = UINT64_MAX >> (GDB_STUB_CPUS - count);
	size_t length = strlen(text);
	int r;

	if (!(cpus & all))
		return -EINVAL;
	if (!(~cpus & all))
		count = 0;
	for (unsigned int cpu = 0; cpu < count; cpu++)
		if (cpus >> cpu & 1)
			length = append_text(text, sizeof(text), length, ";c:p1.%x", cpu + 1);
	r = put(stub, count ? text : "vCont;c");
	if (r)
		return r;
	stub->runs = true;
	return send_all(stub);
}

int gdb_stub_step(struct gdb_stub *stub, unsigned int cpu)
{
	struct gdb_stop stop;
	char text[64];
	int r;

	snprintf(text, sizeof(text), "vCont;s:p1.%x", cpu + 1);
	stub->steps++;
	r = put(stub, text);
	if (!r) {
		stub->runs = true;
		r = send_all(stub);
	}
	if (!r)
		r = gdb_stub_wait(stub, stub->patience, &stop);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Parses `size` bytes in hexadecimal. Returns 0; -1: there are fewer. */
static int parse_bytes(const char *text, void *data, size_t size)
{
	unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++) {
		int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return -1;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

enum { WORDS_MAX = 33, ON_THE_STACK = WORDS_MAX };

/* The positions of the registers in the answer to "g" (gdb-xml/ of QEMU): words of 8 bytes,
 * followed by 4 bytes of flags. */
static const struct layout {
	unsigned int words, argument[GDB_ARGUMENTS], result, stack, address, link;
	uint32_t interrupts; /* bit of the flags */
	bool masks;          /* the bit is set while interrupts are off */
	size_t thread;       /* bytes before the thread pointer; 0: it is not in the answer */
} layouts[] = {
	/* rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8 to r15, rip; RFLAGS.IF; then six segments of 4
	 * bytes, and the base of FS, which the kernel leaves alone. */
	[MACHINE_X86_64] = { 17,
			     { 5, 4, 3, 2, 8, 9 },
			     0,
			     7,
			     16,
			     ON_THE_STACK,
			     1 << 9,
			     false,
			     17 * 8 + 4 + 6 * 4 },
	/* x0 to x30, sp, pc; PSTATE.I */
	[MACHINE_ARM64] = { 33, { 0, 1, 2, 3, 4, 5 }, 0, 31, 32, 30, 1 << 7, true, 0 },
};

int gdb_stub_registers(struct gdb_stub *stub, unsigned int cpu, struct gdb_registers *registers)
{
	const struct layout *layout = &layouts[stub->isa];
	uint64_t words[WORDS_MAX + 1] = { 0 };
	uint32_t flags;
	char answer[4096];
	int r = order(stub, -EPROTO, "Hgp1.%x", cpu + 1);

	if (!r)
		r = ask(stub, answer, sizeof(answer), "g");
	if (r)
		return r;
	if (parse_bytes(answer, words, layout->words * sizeof(*words)) ||
	    parse_bytes(answer + 2 * sizeof(*words) * layout->words, &flags, sizeof(flags)))
		return -EPROTO;
	for (int i = 0; i < GDB_ARGUMENTS; i++)
		registers->argument[i] = words[layout->argument[i]];
	registers->result = words[layout->result];
	registers->stack = words[layout->stack];
	registers->address = words[layout->address];
	registers->link = words[layout->link];
	registers->thread = UINT64_MAX;
	if (layout->thread && strlen(answer) >= 2 * (layout->thread + sizeof(*words)) &&
	    parse_bytes(answer + 2 * layout->thread, &registers->thread, sizeof(*words)))
		return -EPROTO;
	registers->interruptible = !(flags & layout->interrupts) == layout->masks;
	return 0;
}

int gdb_stub_return(struct gdb_stub *stub, const struct gdb_registers *registers, uint64_t *address,
		    uint64_t *stack)
{
	bool on_stack = layouts[stub->isa].link == ON_THE_STACK;
	int r = 0;

	*address = registers->link;
	*stack = registers->stack + (on_stack ? sizeof(*address) : 0);
	if (on_stack)
		r = gdb_stub_read(stub, registers->stack, address, sizeof(*address));
	if (r == -EFAULT)
		*address = 0;
	return r == -EFAULT ? 0 : r;
}

/* Selects the kind of addresses. A stub without this mode would take a physical address for a
 * kernel address, so the first request for the mode is sent alone. */
static int address_physically(struct gdb_stub *stub, bool physical)
{
	int r = 0;

	if (stub->physical != physical)
		r = order(stub, -ENOTSUP, "Qqemu.PhyMemMode:%d", physical);
	if (!r && !stub->has_physical && physical)
		r = gdb_stub_settle(stub);
	if (r)
		return r;
	stub->physical = physical;
	stub->has_physical |= physical;
	return 0;
}

static int read_memory(struct gdb_stub *stub, uint64_t address, void *data, size_t size)
{
	char answer[2 * GDB_STUB_CHUNK + 8];
	char *to = data;

	for (size_t chunk; size; size -= chunk, to += chunk, address += chunk) {
		int r;

		chunk = size < GDB_STUB_CHUNK ? size : GDB_STUB_CHUNK;
		r = ask(stub, answer, sizeof(answer), "m%" PRIx64 ",%zx", address, chunk);
		if (r)
			return r;
		if (*answer == 'E' || parse_bytes(answer, to, chunk))
			return -EFAULT;
	}
	return 0;
}

int gdb_stub_read(struct gdb_stub *stub, uint64_t address, void *data, size_t size)
{
	int r = address_physically(stub, false);

	return r ? r : read_memory(stub, address, data, size);
}

int gdb_stub_read_physical(struct gdb_stub *stub, uint64_t address, void *data, size_t size)
{
	int r = address_physically(stub, true);

	return r ? r : read_memory(stub, address, data, size);
}

int gdb_stub_write_physical(struct gdb_stub *stub, uint64_t address, const void *data, size_t size)
{
	char text[2 * GDB_STUB_WRITE + 1];
	const unsigned char *bytes = data;
	int r = address_physically(stub, true);

	if (size > GDB_STUB_WRITE)
		return -EMSGSIZE;
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return r ? r : order(stub, -EFAULT, "M%" PRIx64 ",%zx:%s", address, size, text);
}

int gdb_stub_break(struct gdb_stub *stub, uint64_t address, bool set)
{
	return order(stub, -ENOSPC, "%c1,%" PRIx64 ",1", set ? 'Z' : 'z', address);
}

int gdb_stub_watch(struct gdb_stub *stub, uint64_t address, uint64_t size, bool set)
{
	return order(stub, -ENOSPC, "%c3,%" PRIx64 ",%" PRIx64, set ? 'Z' : 'z', address, size);
}

int gdb_stub_close(struct gdb_stub *stub)
{
	int r = order(stub, -EPROTO, "D;1");

	return r ? r : gdb_stub_settle(stub);
}
