/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of QEMU's gdb stub, and a stub of our own on the other end. */
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "tests/support/suite.h"
#include "tools/conduct/gdb_stub.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINES_MAX = 6, ANSWERS_MAX = 3 };

static const uint64_t LONG = 5000000000, SHORT = 50000000; /* patience, ns */

/* What the stub says to a request. Behind '!': as it is, and not as a packet. "...": after a
 * while. */
struct line {
	const char *request, *answers[ANSWERS_MAX];
};

enum manner {
	PLAINLY,
	BYTE_BY_BYTE,
	AFTER_GARBAGE,
	WITHOUT_ACK,
};

struct fake {
	int fd, far; /* ours, and the client's */
	enum manner manner;
	const struct line *lines; /* LINES_MAX of them at most, before what each stub says */
	char log[4096];           /* requests, each behind a space */
	bool garbled;             /* a request's checksum was wrong */
	bool physical;
	uint8_t memory[0x3000]; /* from MEMORY on */
	pthread_t thread;
};

enum { MEMORY = 0x1000 };

#define SUPPORTED "PacketSize=1000;qXfer:features:read+;vContSupported+;multiprocess+"

static const struct line usual[] = {
	{ "^C", { "T02thread:p01.01;" } },
	{ "qSupported:multiprocess+;vContSupported+", { SUPPORTED } },
	{ "Hgp1.1", { "OK" } },
	{ "Hgp1.2", { "OK" } },
	{ "Z1,ffffffff81000000,1", { "OK" } },
	{ "z1,ffffffff81000000,1", { "OK" } },
	{ "Z3,7f0000001000,200000", { "OK" } },
	{ "z3,7f0000001000,200000", { "OK" } },
	{ "vCont;s:p1.2", { "T05thread:p01.02;" } },
	{ "D;1", { "OK" } },
};

static void say(struct fake *fake, const char *text, size_t length)
{
	size_t step = fake->manner == BYTE_BY_BYTE ? 1 : length;

	for (size_t i = 0; i < length; i += step) {
		if (send(fake->fd, text + i, step, MSG_NOSIGNAL) < 0)
			return;
		if (step == 1 && i < 40)
			units_sleep(20000);
	}
}

static unsigned int sum_of(const char *text)
{
	unsigned char sum = 0;

	while (*text)
		sum += (unsigned char)*text++;
	return sum;
}

static void answer(struct fake *fake, const char *text)
{
	char packet[0x2100];
	int length;

	if (!strncmp(text, "...", 3)) {
		units_sleep(10000000);
		text += 3;
	}
	if (*text == '!')
		length = snprintf(packet, sizeof(packet), "%s", text + 1);
	else
		length = snprintf(packet, sizeof(packet), "%s$%s#%02x",
				  fake->manner == AFTER_GARBAGE ? "++\b#x#99" : "", text,
				  sum_of(text));
	say(fake, packet, (size_t)length);
}

/* Where a request for memory leads; NULL: there is none. */
static uint8_t *find_memory(struct fake *fake, uint64_t address, size_t size)
{
	if (address < MEMORY || address - MEMORY + size > sizeof(fake->memory))
		return NULL;
	return fake->memory + (address - MEMORY);
}

static void answer_memory(struct fake *fake, const char *request)
{
	uint64_t address = 0;
	size_t size = 0;
	int begin = 0;
	char text[2 * GDB_STUB_CHUNK + 1];
	uint8_t *memory;

	sscanf(request + 1, "%" SCNx64 ",%zx:%n", &address, &size, &begin);
	memory = find_memory(fake, address, size);
	if (!memory) {
		answer(fake, "E14");
		return;
	}
	for (size_t i = 0; i < size && *request == 'M'; i++)
		sscanf(request + 1 + begin + 2 * i, "%2hhx", &memory[i]);
	/* The virtual addresses have the same bytes, with each bit turned over. */
	for (size_t i = 0; i < size && *request == 'm'; i++)
		snprintf(text + 2 * i, 3, "%02x",
			 (unsigned int)memory[i] ^ (fake->physical ? 0 : 0xff));
	answer(fake, *request == 'M' ? "OK" : text);
}

static bool answer_by(struct fake *fake, const struct line *lines, size_t count,
		      const char *request)
{
	for (size_t i = 0; i < count && lines[i].request; i++) {
		if (strcmp(lines[i].request, request) != 0)
			continue;
		for (size_t k = 0; k < ANSWERS_MAX && lines[i].answers[k]; k++)
			answer(fake, lines[i].answers[k]);
		return true;
	}
	return false;
}

static void take_request(struct fake *fake, const char *request)
{
	size_t used = strlen(fake->log);

	snprintf(fake->log + used, sizeof(fake->log) - used, " %.40s", request);
	if (fake->lines && answer_by(fake, fake->lines, LINES_MAX, request))
		return;
	if (answer_by(fake, usual, ARRAY_SIZE(usual), request))
		return;
	if (!strncmp(request, "Qqemu.PhyMemMode:", 17)) {
		fake->physical = request[17] == '1';
		answer(fake, "OK");
	} else if (*request == 'm' || *request == 'M') {
		answer_memory(fake, request);
	} else if (strncmp(request, "vCont;c", 7) != 0) {
		answer(fake, "");
	}
}

static bool next_byte(struct fake *fake, char *byte)
{
	return recv(fake->fd, byte, 1, 0) == 1;
}

static bool take_packet(struct fake *fake)
{
	char text[2 * GDB_STUB_CHUNK + 64], sum[3] = "";
	size_t length = 0;

	while (length < sizeof(text) - 1 && next_byte(fake, &text[length]) && text[length] != '#')
		length++;
	text[length] = '\0';
	if (!next_byte(fake, &sum[0]) || !next_byte(fake, &sum[1]))
		return false;
	fake->garbled |= strtoul(sum, NULL, 16) != sum_of(text);
	if (fake->manner != WITHOUT_ACK)
		say(fake, "+", 1);
	take_request(fake, text);
	return true;
}

static void *serve(void *context)
{
	struct fake *fake = context;
	char byte;

	while (next_byte(fake, &byte)) {
		if (byte == '\003')
			take_request(fake, "^C");
		else if (byte == '$' && !take_packet(fake))
			break;
	}
	shutdown(fake->fd, SHUT_RDWR);
	return NULL;
}

static void begin(struct fake *fake, enum manner manner, const struct line *lines)
{
	int ends[2];

	*fake = (struct fake){ .manner = manner, .lines = lines };
	for (size_t i = 0; i < sizeof(fake->memory); i++)
		fake->memory[i] = (uint8_t)(i * 7 + i / 256);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fake->fd = ends[0];
	fake->far = ends[1];
	CU_ASSERT_EQUAL_FATAL(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

static void end(struct fake *fake)
{
	shutdown(fake->far, SHUT_RDWR);
	pthread_join(fake->thread, NULL);
	close(fake->far);
	close(fake->fd);
	CU_ASSERT_FALSE(fake->garbled);
}

/* All requests since the last look, once they have come. */
static void expect(struct fake *fake, const char *log)
{
	end(fake);
	if (strcmp(fake->log, log) != 0)
		printf("\n    got \"%s\"", fake->log);
	CU_ASSERT_STRING_EQUAL(fake->log, log);
}

#define OPENED " ^C qSupported:multiprocess+;vContSupported+"

static void opens(struct fake *fake, struct gdb_stub *stub, enum manner manner,
		  const struct line *lines)
{
	begin(fake, manner, lines);
	CU_ASSERT_EQUAL_FATAL(gdb_stub_open(stub, fake->far, MACHINE_X86_64, LONG), 0);
}

static void talks_in_each_manner(void)
{
	static const enum manner manners[] = { PLAINLY, BYTE_BY_BYTE, AFTER_GARBAGE, WITHOUT_ACK };
	static struct gdb_stub stub;
	static struct fake fake;

	for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
		uint8_t bytes[300];

		opens(&fake, &stub, manners[i], NULL);
		CU_ASSERT_EQUAL(gdb_stub_read_physical(&stub, MEMORY, bytes, sizeof(bytes)), 0);
		CU_ASSERT_EQUAL(memcmp(bytes, fake.memory, sizeof(bytes)), 0);
		CU_ASSERT_EQUAL(gdb_stub_break(&stub, 0xffffffff81000000, true), 0);
		CU_ASSERT_EQUAL(gdb_stub_break(&stub, 0xffffffff81000000, false), 0);
		CU_ASSERT_EQUAL(gdb_stub_break(&stub, 0x17, true), 0);
		CU_ASSERT_EQUAL(gdb_stub_settle(&stub), -ENOSPC);
		CU_ASSERT_EQUAL(gdb_stub_watch(&stub, 0x7f0000001000, 0x200000, true), 0);
		CU_ASSERT_EQUAL(gdb_stub_watch(&stub, 0x7f0000001000, 0x200000, false), 0);
		CU_ASSERT_EQUAL(gdb_stub_watch(&stub, 0x17, 4096, true), 0);
		CU_ASSERT_EQUAL(gdb_stub_settle(&stub), -ENOSPC);
		CU_ASSERT_EQUAL(gdb_stub_settle(&stub), 0);
		CU_ASSERT_EQUAL(gdb_stub_step(&stub, 1), 0);
		CU_ASSERT_EQUAL(gdb_stub_close(&stub), 0);
		CU_ASSERT_EQUAL(stub.steps, 1);
		expect(&fake, OPENED " Qqemu.PhyMemMode:1 m1000,12c Z1,ffffffff81000000,1 "
				     "z1,ffffffff81000000,1 Z1,17,1 Z3,7f0000001000,200000 "
				     "z3,7f0000001000,200000 Z3,17,1000 vCont;s:p1.2 D;1");
	}
}

/* How talking begins, and what becomes of it. */
static void refuses_what_is_no_stub(void)
{
	static const struct {
		struct line lines[LINES_MAX];
		int r;
	} rows[] = {
		{ { { "^C", { NULL } } }, -ETIMEDOUT },
		{ { { "^C", { "!+++" } } }, -ETIMEDOUT },
		{ { { "^C", { "!$T05thread:p01.01;#" } } }, -ETIMEDOUT },
		{ { { "^C", { "!SSH-2.0-OpenSSH_9.2" } } }, -ETIMEDOUT },
		{ { { "^C", { "!$T05thread:p01.01;#00" } } }, -EPROTO },
		{ { { "^C", { "!$#" } } }, -ETIMEDOUT },
		{ { { "^C", { "" } } }, -EPROTO },
		{ { { "^C", { "OK" } } }, -EPROTO },
		{ { { "^C", { "S05" } } }, -EPROTO },
		{ { { "^C", { "W00" } } }, -ECONNRESET },
		{ { { "^C", { "T05" } } }, -EPROTO },
		{ { { "^C", { "T05thread:p01.00;" } } }, -EPROTO },
		{ { { "^C", { "T05thread:p01.41;" } } }, -EPROTO },
		{ { { "^C", { "T05thread:;" } } }, -EPROTO },
		{ { { "^C", { "W00" } } }, -ECONNRESET },
		{ { { "^C", { "X0b" } } }, -ECONNRESET },
		{ { { "^C", { "T02thread:p01.40;" } } }, 0 },
		{ { { "^C", { "T02thread:01;" } } }, 0 },
		{ { { "^C", { "...T02thread:p01.01;" } } }, 0 },
		{ { { "qSupported:multiprocess+;vContSupported+", { "" } } }, -EPROTO },
		{ { { "qSupported:multiprocess+;vContSupported+", { "vContSupported-" } } },
		  -EPROTO },
		{ { { "qSupported:multiprocess+;vContSupported+", { NULL } } }, -ETIMEDOUT },
	};
	static struct gdb_stub stub;
	static struct fake fake;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r;

		begin(&fake, PLAINLY, rows[i].lines);
		r = gdb_stub_open(&stub, fake.far, MACHINE_X86_64,
				  rows[i].r == -ETIMEDOUT ? SHORT : LONG);
		if (r != rows[i].r)
			printf("\n    row %zu: %d", i, r);
		CU_ASSERT_EQUAL(r, rows[i].r);
		end(&fake);
	}
}

/* More than any packet has. */
static void refuses_endless_packets(void)
{
	static char text[sizeof(((struct gdb_stub *)NULL)->buffer)];
	static struct gdb_stub stub;
	struct gdb_stop stop;
	int ends[2];

	memset(text, '7', sizeof(text));
	*text = '$';
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	stub = (struct gdb_stub){ .fd = ends[0], .patience = LONG };
	CU_ASSERT_EQUAL(send(ends[1], text, sizeof(text), 0), sizeof(text));
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, LONG, &stop), -EPROTO);
	close(ends[0]);
	close(ends[1]);
}

static void stops(void)
{
	static const struct {
		struct line lines[LINES_MAX];
		unsigned int cpu;
		bool asked, watched;
	} rows[] = {
		{ { { "^C", { "T05thread:p01.02;rwatch:7f0000001000;" } } }, 1, false, true },
		{ { { "^C", { "T02thread:p01.02;" } } }, 1, true, false },
		{ { { "^C", { "T05thread:p01.03;" } } }, 2, false, false },
		{ { { "^C", { "T05thread:p01.1f;" } } }, 30, false, false },
		/* A breakpoint at the same time, and the answer to ^C at once, a while later, or
		 * never. */
		{ { { "^C", { "T05thread:p01.02;", "T02thread:p01.01;" } } }, 1, false, false },
		{ { { "^C", { "T05thread:p01.02;", "...T02thread:p01.01;" } } }, 1, false, false },
	};
	static struct gdb_stub stub;
	static struct fake fake;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gdb_stop stop = { .cpu = 77 };
		uint8_t byte = 0;

		opens(&fake, &stub, PLAINLY, NULL);
		fake.lines = rows[i].lines;
		CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 3, 2), 0);
		CU_ASSERT_EQUAL(gdb_stub_stop(&stub, &stop), 0);
		CU_ASSERT_EQUAL(stop.cpu, rows[i].cpu);
		CU_ASSERT_EQUAL(stop.asked, rows[i].asked);
		CU_ASSERT_EQUAL(stop.watched, rows[i].watched);
		/* It is not taken for the answer to the next question. */
		CU_ASSERT_EQUAL(gdb_stub_read_physical(&stub, MEMORY + 1, &byte, 1), 0);
		CU_ASSERT_EQUAL(byte, fake.memory[1]);
		expect(&fake, OPENED " vCont;c ^C Qqemu.PhyMemMode:1 m1001,1");
	}
}

static void waits(void)
{
	static const struct line lines[LINES_MAX] = {
		{ "vCont;c", { "...T05thread:p01.02;" } },
		{ "vCont;c:p1.1", { "W00" } },
		{ "vCont;c:p1.2", { NULL } },
	};
	static struct gdb_stub stub;
	static struct fake fake;
	struct gdb_stop stop;

	opens(&fake, &stub, PLAINLY, lines);
	CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 2, 2), 0);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, 0, &stop), -EAGAIN);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, 1000000, &stop), -EAGAIN);
	CU_ASSERT_EQUAL(gdb_stub_stop(&stub, &stop), 0);
	CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 3, 2), 0);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, LONG, &stop), 0);
	CU_ASSERT(stop.cpu == 1 && !stop.asked);
	/* QEMU says that it ends. */
	CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 1, 2), 0);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, LONG, &stop), -ECONNRESET);
	expect(&fake, OPENED " vCont;c:p1.2 ^C vCont;c vCont;c:p1.1");
}

static void resumes(void)
{
	static const struct {
		uint64_t cpus;
		unsigned int count;
		const char *log; /* NULL: none is sent */
	} rows[] = {
		{ 1, 1, " vCont;c" },
		{ 3, 2, " vCont;c" },
		{ UINT64_MAX, 2, " vCont;c" },
		{ UINT64_MAX, 64, " vCont;c" },
		{ 2, 2, " vCont;c:p1.2" },
		{ UINT64_MAX - 1, 3, " vCont;c:p1.2;c:p1.3" },
		{ 1ULL << 63 | 1, 64, " vCont;c:p1.1;c:p1.40" },
		{ 0, 2, NULL },
		{ 4, 2, NULL },
	};
	static struct gdb_stub stub;
	static struct fake fake;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char log[256];

		opens(&fake, &stub, PLAINLY, NULL);
		CU_ASSERT_EQUAL(gdb_stub_resume(&stub, rows[i].cpus, rows[i].count),
				rows[i].log ? 0 : -EINVAL);
		snprintf(log, sizeof(log), OPENED "%s", rows[i].log ?: "");
		expect(&fake, log);
	}
}

static void reads_memory(void)
{
	static uint8_t bytes[5000], all[5000];
	static struct gdb_stub stub;
	static struct fake fake;

	opens(&fake, &stub, PLAINLY, NULL);
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY, bytes, sizeof(bytes)), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		all[i] = fake.memory[i] ^ 0xff;
	CU_ASSERT_EQUAL(memcmp(bytes, all, sizeof(bytes)), 0);
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY + 7, bytes, 1), 0);
	/* Physical addresses are asked for where the last ones were not. */
	CU_ASSERT_EQUAL(gdb_stub_read_physical(&stub, MEMORY, bytes, GDB_STUB_CHUNK + 1), 0);
	CU_ASSERT_EQUAL(memcmp(bytes, fake.memory, GDB_STUB_CHUNK + 1), 0);
	CU_ASSERT_EQUAL(gdb_stub_write_physical(&stub, MEMORY + 2, "\x01\xff", 2), 0);
	/* What is read next has been written before. */
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY + 2, bytes, 2), 0);
	CU_ASSERT(bytes[0] == 254 && bytes[1] == 0);
	CU_ASSERT(fake.memory[2] == 1 && fake.memory[3] == 255);
	expect(&fake, OPENED " m1000,800 m1800,800 m2000,388 m1007,1 Qqemu.PhyMemMode:1 m1000,800 "
			     "m1800,1 M1002,2:01ff Qqemu.PhyMemMode:0 m1002,2");
}

static void misses_memory(void)
{
	static const struct line lines[LINES_MAX] = {
		{ "m1001,2", { "0" } },  { "m1002,2", { "123" } }, { "m1003,2", { "12xy" } },
		{ "m1004,2", { "OK" } }, { "m1005,2", { "" } },
	};
	static struct gdb_stub stub;
	static struct fake fake;
	uint8_t bytes[GDB_STUB_WRITE + 1] = { 0 };

	opens(&fake, &stub, PLAINLY, lines);
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, 0, bytes, 16), -EFAULT);
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY + sizeof(fake.memory) - 1, bytes, 2), -EFAULT);
	for (uint64_t i = 1; i <= 5; i++)
		CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY + i, bytes, 2), -EFAULT);
	CU_ASSERT_EQUAL(gdb_stub_read_physical(&stub, UINT64_MAX, bytes, 1), -EFAULT);
	CU_ASSERT_EQUAL(gdb_stub_write_physical(&stub, 0, bytes, 1), 0);
	CU_ASSERT_EQUAL(gdb_stub_settle(&stub), -EFAULT);
	CU_ASSERT_EQUAL(gdb_stub_write_physical(&stub, MEMORY, bytes, GDB_STUB_WRITE + 1),
			-EMSGSIZE);
	CU_ASSERT_EQUAL(gdb_stub_write_physical(&stub, MEMORY, bytes, GDB_STUB_WRITE), 0);
	CU_ASSERT_EQUAL(gdb_stub_settle(&stub), 0);
	CU_ASSERT_EQUAL(fake.memory[GDB_STUB_WRITE - 1], 0);
	end(&fake);
}

/* A stub that has no such mode goes on with addresses of the kernel. */
static void needs_physical_memory(void)
{
	static const struct line lines[LINES_MAX] = { { "Qqemu.PhyMemMode:1", { "" } } };
	static struct gdb_stub stub;
	static struct fake fake;
	uint8_t byte;

	opens(&fake, &stub, PLAINLY, lines);
	CU_ASSERT_EQUAL(gdb_stub_read_physical(&stub, MEMORY, &byte, 1), -ENOTSUP);
	CU_ASSERT_EQUAL(gdb_stub_write_physical(&stub, MEMORY, &byte, 1), -ENOTSUP);
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY, &byte, 1), 0);
	expect(&fake, OPENED " Qqemu.PhyMemMode:1 Qqemu.PhyMemMode:1 m1000,1");
}

/* Of each architecture: which word is what, and whether the flags say that interrupts are taken. */
static void reads_registers(void)
{
	static const struct line few[LINES_MAX] = { { "g", { "0011" } } };
	static const struct line wrong[LINES_MAX] = { { "Hgp1.2", { "E22" } } };
	static const struct {
		enum machine_isa isa;
		size_t words;
		const char *flags;
		uint64_t argument[GDB_ARGUMENTS], result, stack, address, link;
		bool interruptible;
	} rows[] = {
		{ MACHINE_X86_64, 17, "46020000", { 5, 4, 3, 2, 8, 9 }, 0, 7, 16, 0, true },
		{ MACHINE_X86_64, 17, "46000000", { 5, 4, 3, 2, 8, 9 }, 0, 7, 16, 0, false },
		{ MACHINE_ARM64, 33, "05000060", { 0, 1, 2, 3, 4, 5 }, 0, 31, 32, 30, true },
		{ MACHINE_ARM64, 33, "c5000060", { 0, 1, 2, 3, 4, 5 }, 0, 31, 32, 30, false },
	};
	static const uint64_t base = 0xff00000000001100;
	static char text[16 * 33 + 64];
	const struct line right[LINES_MAX] = { { "g", { text } } };
	static struct gdb_stub stub;
	static struct fake fake;
	struct gdb_registers registers;

	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		/* Register n is 0x...11nn, little-endian, and others follow. */
		for (size_t i = 0; i < rows[row].words; i++)
			snprintf(text + 16 * i, 17, "%02zx110000000000ff", i);
		strcat(text, rows[row].flags);
		strcat(text, "0011223344");
		opens(&fake, &stub, PLAINLY, right);
		stub.isa = rows[row].isa;
		CU_ASSERT_EQUAL(gdb_stub_registers(&stub, 1, &registers), 0);
		for (size_t i = 0; i < GDB_ARGUMENTS; i++)
			CU_ASSERT_EQUAL(registers.argument[i], base + rows[row].argument[i]);
		CU_ASSERT_EQUAL(registers.result, base + rows[row].result);
		CU_ASSERT_EQUAL(registers.stack, base + rows[row].stack);
		CU_ASSERT_EQUAL(registers.address, base + rows[row].address);
		CU_ASSERT_EQUAL(registers.link, rows[row].link ? base + rows[row].link : 0);
		CU_ASSERT_EQUAL(registers.interruptible, rows[row].interruptible);
		expect(&fake, OPENED " Hgp1.2 g");
	}
	opens(&fake, &stub, PLAINLY, few);
	CU_ASSERT_EQUAL(gdb_stub_registers(&stub, 0, &registers), -EPROTO);
	end(&fake);
	opens(&fake, &stub, PLAINLY, wrong);
	CU_ASSERT_EQUAL(gdb_stub_registers(&stub, 1, &registers), -EPROTO);
	expect(&fake, OPENED " Hgp1.2 g");
}

/* What is not waited for: sent with what is, and also before the guest goes on, whose stop comes
 * behind it. */
static void sends_together(void)
{
	static const struct line lines[LINES_MAX] = {
		{ "Z1,17,1", { "E22" } },
		{ "vCont;c", { "T05thread:p01.02;" } },
	};
	static struct gdb_stub stub;
	static struct fake fake;
	struct gdb_stop stop;
	uint64_t sends;

	opens(&fake, &stub, PLAINLY, lines);
	sends = stub.sends;
	for (int i = 0; i < 3 * GDB_STUB_OWED; i++)
		CU_ASSERT_EQUAL(gdb_stub_break(&stub, 0xffffffff81000000, i % 2 == 0), 0);
	CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 3, 2), 0);
	CU_ASSERT_EQUAL(stub.sends - sends, 3);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, LONG, &stop), 0);
	CU_ASSERT(stop.cpu == 1 && !stop.asked);
	CU_ASSERT_EQUAL(gdb_stub_break(&stub, 0x17, true), 0);
	CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 3, 2), 0);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, LONG, &stop), -ENOSPC);
	end(&fake);
}

static void falls_silent(void)
{
	static const struct line lines[LINES_MAX] = {
		{ "^C", { NULL } },
		{ "m1000,1", { NULL } },
		{ "vCont;s:p1.2", { NULL } },
	};
	static struct gdb_stub stub;
	static struct fake fake;
	struct gdb_stop stop;
	uint8_t byte;

	opens(&fake, &stub, PLAINLY, NULL);
	fake.lines = lines;
	stub.patience = SHORT;
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY, &byte, 1), -ETIMEDOUT);
	CU_ASSERT_EQUAL(gdb_stub_step(&stub, 1), -ETIMEDOUT);
	CU_ASSERT_EQUAL(gdb_stub_stop(&stub, &stop), -ETIMEDOUT);
	end(&fake);
}

static void hangs_up(void)
{
	static struct gdb_stub stub;
	static struct fake fake;
	struct gdb_stop stop;
	uint8_t byte;

	opens(&fake, &stub, PLAINLY, NULL);
	shutdown(fake.fd, SHUT_RDWR);
	CU_ASSERT_EQUAL(gdb_stub_wait(&stub, LONG, &stop), -ECONNRESET);
	CU_ASSERT_EQUAL(gdb_stub_read(&stub, MEMORY, &byte, 1), -ECONNRESET);
	CU_ASSERT_EQUAL(gdb_stub_stop(&stub, &stop), -ECONNRESET);
	CU_ASSERT_EQUAL(gdb_stub_step(&stub, 0), -ECONNRESET);
	CU_ASSERT_EQUAL(gdb_stub_resume(&stub, 1, 2), -ECONNRESET);
	CU_ASSERT_EQUAL(gdb_stub_close(&stub), -ECONNRESET);
	end(&fake);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "talks in each manner", talks_in_each_manner },
		{ "refuses what is no stub", refuses_what_is_no_stub },
		{ "refuses endless packets", refuses_endless_packets },
		{ "stops", stops },
		{ "waits", waits },
		{ "resumes some and all", resumes },
		{ "reads and writes memory", reads_memory },
		{ "misses memory", misses_memory },
		{ "needs physical memory", needs_physical_memory },
		{ "reads registers", reads_registers },
		{ "sends together", sends_together },
		{ "falls silent", falls_silent },
		{ "hangs up", hangs_up },
		CU_TEST_INFO_NULL,
	};

	return run_suite("the client of a gdb stub", tests);
}
