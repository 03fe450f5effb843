/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inspector, with a guest that is a few structures here, behind a stub that reads and writes
 * them. */
#include "tests/support/suite.h"
#include "tools/conduct/inspector.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BASE UINT64_C(0xffff888000000000)

enum { CODE = 0x1000, CALL = 0x1000, LOOKUP = 0x1200, SPLIT = 0x1400, STORE = 0x1410 };
enum { RETURN = 0x4000, PAGE_AT = 0x10000, ROWS_AT = 0x11000, NUMBER = 3 };
enum { FOLIOS = 8, HEAD = 1 << 6 };

static const char symbols_text[] = "1000 T __x64_sys_prctl\n"
				   "1200 T filemap_get_entry\n"
				   "1400 T __folio_split\n"
				   "1600 T __xa_store\n"
				   "1700 T end\n";

/* Pages 0 to 7 in one folio of order 3; chunks are read whole, so there is more of it. */
static struct guest {
	unsigned char mapping[256];
	unsigned char node[640];
	unsigned char folio[FOLIOS][CACHE_FOLIO_SIZE];
	uint64_t regs[15], stack[2];
	unsigned char more[2 * GDB_STUB_CHUNK];
} guest __attribute__((aligned(GDB_STUB_CHUNK)));

static struct inspect_page page;
static struct inspect_row rows[INSPECT_ROWS];

static struct stub_end {
	int ours, theirs;
	bool physical;
	pthread_t thread;
} end;

static struct gdb_stub stub;
static struct inspector inspector;

static uint64_t address_of(const void *part)
{
	return BASE + (uint64_t)((const char *)part - (const char *)&guest);
}

/* Where it lies here; NULL: nowhere. */
static unsigned char *memory_at(uint64_t address, size_t size)
{
	if (!end.physical && address >= BASE && address + size <= BASE + sizeof(guest))
		return (unsigned char *)&guest + (address - BASE);
	if (end.physical && address >= PAGE_AT && address + size <= PAGE_AT + sizeof(page))
		return (unsigned char *)&page + (address - PAGE_AT);
	if (end.physical && address >= ROWS_AT && address + size <= ROWS_AT + sizeof(rows))
		return (unsigned char *)rows + (address - ROWS_AT);
	return NULL;
}

static void say(const char *text)
{
	char packet[2 * GDB_STUB_CHUNK + 16];
	unsigned char sum = 0;

	for (const char *c = text; *c; c++)
		sum += (unsigned char)*c;
	snprintf(packet, sizeof(packet), "+$%s#%02x", text, sum);
	(void)!send(end.ours, packet, strlen(packet), MSG_NOSIGNAL);
}

static void do_read(uint64_t address, size_t size)
{
	const unsigned char *bytes = memory_at(address, size);
	char text[2 * GDB_STUB_CHUNK + 1] = "E14";

	for (size_t i = 0; bytes && i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	say(text);
}

static void do_write(uint64_t address, size_t size, const char *digits)
{
	unsigned char *bytes = memory_at(address, size);
	unsigned int byte;

	for (size_t i = 0; bytes && i < size && sscanf(digits + 2 * i, "%2x", &byte) == 1; i++)
		bytes[i] = (unsigned char)byte;
	say(bytes ? "OK" : "E14");
}

static void answer(const char *request)
{
	uint64_t address;
	size_t size;
	int mode, at = 0;

	if (sscanf(request, "m%" SCNx64 ",%zx", &address, &size) == 2)
		do_read(address, size);
	else if (sscanf(request, "M%" SCNx64 ",%zx:%n", &address, &size, &at) == 2 && at)
		do_write(address, size, request + at);
	else if (sscanf(request, "Qqemu.PhyMemMode:%d", &mode) == 1)
		end.physical = mode, say("OK");
	else
		say("");
}

static void *serve(void *unused)
{
	static char text[1 << 16];
	size_t used = 0;
	ssize_t got;

	(void)unused;
	while ((got = recv(end.ours, text + used, sizeof(text) - 1 - used, 0)) > 0) {
		char *start, *stop;

		used += (size_t)got;
		text[used] = '\0';
		while ((start = strchr(text, '$')) && (stop = strchr(start, '#')) && stop[1] &&
		       stop[2]) {
			*stop = '\0';
			answer(start + 1);
			used -= (size_t)(stop + 3 - text);
			memmove(text, stop + 3, used + 1);
		}
	}
	return NULL;
}

static int read_code(void *context, uint64_t address, void *into, size_t size)
{
	/* At 0x1410, the call of __xa_store. */
	static const unsigned char call[] = { 0xe8, 0xeb, 0x01, 0x00, 0x00 };

	(void)context;
	memset(into, 0x90, size);
	for (size_t i = 0; i < sizeof(call); i++)
		if (STORE + i >= address && STORE + i < address + size)
			((unsigned char *)into)[STORE + i - address] = call[i];
	return address < CODE ? -EPERM : 0;
}

static void put(unsigned char *at, uint64_t word)
{
	memcpy(at, &word, sizeof(word));
}

static unsigned char *slot(unsigned int i)
{
	return guest.node + CACHE_NODE_SLOTS + 8 * (size_t)i;
}

static void make_folio(unsigned int i, uint64_t index, unsigned char order, int32_t refcount)
{
	put(guest.folio[i] + CACHE_FOLIO_FLAGS, order ? HEAD : 0);
	put(guest.folio[i] + CACHE_FOLIO_MAPPING, address_of(guest.mapping));
	put(guest.folio[i] + CACHE_FOLIO_INDEX, index);
	memcpy(guest.folio[i] + CACHE_FOLIO_REFCOUNT, &refcount, sizeof(refcount));
	guest.folio[i][64] = order;
}

static void make_guest(void)
{
	memset(&guest, 0, sizeof(guest));
	put(guest.mapping + CACHE_MAPPING_ROOT, address_of(guest.node) | 2);
	put(guest.mapping + 88, 8);
	put(guest.node + CACHE_NODE_ARRAY, address_of(guest.mapping + CACHE_MAPPING_ARRAY));
	guest.node[CACHE_NODE_COUNT] = 8;
	make_folio(0, 0, 3, 9);
	put(slot(0), address_of(guest.folio[0]));
	for (unsigned int i = 1; i < 8; i++)
		put(slot(i), 2);
	guest.stack[0] = RETURN;
}

/* In a guest of that version. Returns what inspector_open() does. */
static int open_all(struct kernel_version kernel, bool splits, char *why, size_t size)
{
	static const struct code_point store = { .kind = POINT_CALL,
						 .function = "__folio_split",
						 .callee = "__xa_store" };
	struct kernel_symbols *symbols = kernel_symbols_parse(strdup(symbols_text));
	const struct kernel_text text = { .symbols = symbols,
					  .isa = MACHINE_X86_64,
					  .read = read_code };
	int ends[2], r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	end = (struct stub_end){ .ours = ends[0], .theirs = ends[1] };
	CU_ASSERT_EQUAL_FATAL(pthread_create(&end.thread, NULL, serve, NULL), 0);
	stub = (struct gdb_stub){ .fd = end.theirs, .patience = 5000000000 };
	make_guest();
	memset(rows, 0, sizeof(rows));
	memset(&page, 0, sizeof(page));
	page.rows = ROWS_AT;
	page.kernel = kernel;
	page.splits = splits;
	r = inspector_open(&inspector, &stub, PAGE_AT, &store, &text, why, size);
	kernel_symbols_free(symbols);
	return r;
}

static void begin(bool splits)
{
	char why[256] = "";

	CU_ASSERT_EQUAL_FATAL(
		open_all((struct kernel_version){ 6, 18, 9, 0 }, splits, why, sizeof(why)), 0);
}

static void finish(void)
{
	close(end.theirs);
	pthread_join(end.thread, NULL);
	close(end.ours);
}

static void arrive(uint64_t address, uint64_t rdi, uint64_t rsi, uint64_t rdx, int rax)
{
	struct gdb_registers registers = {
		.argument = { rdi, rsi, rdx },
		.result = (uint64_t)rax,
		.address = address,
	};

	/* The return address is off the stack where it comes back. */
	registers.stack = address_of(guest.stack + (address == RETURN));
	CU_ASSERT_EQUAL(inspector_arrive(&inspector, &registers), 0);
	CU_ASSERT_EQUAL(gdb_stub_settle(&stub), 0);
}

/* prctl(2). Returns the answer. */
static int64_t call(enum inspect_call what, uint64_t first, uint64_t second)
{
	guest.regs[14] = INSPECT_OPTION;
	guest.regs[13] = what;
	guest.regs[12] = first;
	guest.regs[7] = second;
	atomic_store(&page.answer, INSPECT_NO_ANSWER);
	arrive(CALL, address_of(guest.regs), 0, 0, 0);
	return atomic_load(&page.answer);
}

static int64_t name(void)
{
	CU_ASSERT_EQUAL(call(INSPECT_NAME, NUMBER, 0), 0);
	/* Somebody else's first. */
	arrive(LOOKUP, address_of(guest.more), 7, 0, 0);
	arrive(LOOKUP, address_of(guest.mapping), INSPECT_INDEX + NUMBER, 0, 0);
	return call(INSPECT_NAMED, NUMBER, 0);
}

static bool watches(uint64_t address)
{
	uint64_t wanted[16];
	unsigned int count = inspector_breaks(&inspector, wanted, 16);

	for (unsigned int i = 0; i < count; i++)
		if (wanted[i] == address)
			return true;
	return false;
}

static void watches_what_can_come(void)
{
	begin(true);
	CU_ASSERT_TRUE(watches(CALL));
	CU_ASSERT_TRUE(watches(SPLIT));
	CU_ASSERT_FALSE(watches(LOOKUP));
	CU_ASSERT_FALSE(watches(STORE));
	CU_ASSERT_EQUAL(call(INSPECT_NAME, NUMBER, 0), 0);
	CU_ASSERT_TRUE(watches(LOOKUP));
	CU_ASSERT_EQUAL(name(), 0);
	CU_ASSERT_FALSE(watches(LOOKUP));
	arrive(SPLIT, address_of(guest.folio[0]), 0, address_of(guest.folio[0]) + 5 * 64, 0);
	CU_ASSERT_TRUE(watches(STORE));
	CU_ASSERT_TRUE(watches(RETURN));
	finish();
}

static void takes_calls_of_others_for_nothing(void)
{
	begin(false);
	guest.regs[14] = 15; /* PR_SET_NAME */
	atomic_store(&page.answer, INSPECT_NO_ANSWER);
	arrive(CALL, address_of(guest.regs), 0, 0, 0);
	CU_ASSERT_EQUAL(atomic_load(&page.answer), INSPECT_NO_ANSWER);
	CU_ASSERT_FALSE(watches(SPLIT));
	finish();
}

static void names_a_file(void)
{
	begin(false);
	CU_ASSERT_EQUAL(name(), 0);
	CU_ASSERT_EQUAL(inspector.file_count, 1);
	CU_ASSERT_EQUAL(inspector.files[0].pages_at, 88);
	/* Once. */
	CU_ASSERT_EQUAL(name(), 0);
	CU_ASSERT_EQUAL(inspector.file_count, 1);
	put(guest.mapping + CACHE_MAPPING_LOCK, 1);
	CU_ASSERT_EQUAL(name(), -EBUSY);
	CU_ASSERT_EQUAL(call(INSPECT_LOOK, 0, 0), -EBUSY);
	finish();
}

static void refuses_other_layouts(void)
{
	char why[256] = "";

	begin(false);
	put(guest.folio[0] + CACHE_FOLIO_MAPPING, 0);
	CU_ASSERT_EQUAL(name(), -EPROTO);
	CU_ASSERT_PTR_NOT_NULL(strstr(page.why, "kernels 6.7 and later does not fit this one: 8 "
						"slots are wrong, the first (foreign) of page 0"));
	CU_ASSERT_EQUAL(inspector.file_count, 0);
	CU_ASSERT_EQUAL(call(INSPECT_NAME, NUMBER, 0), 0);
	CU_ASSERT_EQUAL(call(INSPECT_NAMED, NUMBER, 0), -EPROTO);
	finish();
	CU_ASSERT_EQUAL(open_all((struct kernel_version){ 5, 10, 0, 0 }, false, why, sizeof(why)),
			-ENOTSUP);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "the page cache of 5.10 cannot be inspected"));
	finish();
}

static void tells_what_stays_wrong_once(void)
{
	begin(false);
	CU_ASSERT_EQUAL(name(), 0);
	CU_ASSERT_EQUAL(call(INSPECT_LOOK, 0, 0), 0);
	CU_ASSERT_EQUAL(page.counts.looks, 1);
	CU_ASSERT_EQUAL(page.counts.folios, 1);
	make_folio(0, 0, 3, 0);
	CU_ASSERT_EQUAL(call(INSPECT_LOOK, 0, 0), 8);
	CU_ASSERT_EQUAL(page.counts.rows, 0);
	/* One of them is something else meanwhile. */
	make_folio(1, 7, 0, 1);
	put(slot(7), address_of(guest.folio[1]));
	CU_ASSERT_EQUAL(call(INSPECT_LOOK, 1, 1), 7);
	CU_ASSERT_EQUAL(page.counts.violations, 7);
	CU_ASSERT_EQUAL(page.counts.rows, 7);
	CU_ASSERT_EQUAL(rows[6].page, 6);
	CU_ASSERT_EQUAL(rows[6].fault, CACHE_FREE);
	CU_ASSERT_EQUAL(rows[6].file, NUMBER);
	CU_ASSERT_EQUAL(rows[6].order, 3);
	CU_ASSERT_EQUAL(call(INSPECT_LOOK, 0, 0), 7);
	CU_ASSERT_EQUAL(call(INSPECT_LOOK, 1, 1), 7);
	CU_ASSERT_EQUAL(page.counts.violations, 7);
	finish();
}

/* Of order 3 to 0 at page 5: 4 pages, 2, 1 and 1. */
static void split(bool fixed)
{
	uint64_t array = address_of(guest.mapping) + CACHE_MAPPING_ARRAY;

	make_folio(0, 0, 3, 0);
	arrive(SPLIT, address_of(guest.folio[0]), 0, address_of(guest.folio[0]) + 5 * 64, 0);
	/* Without the fix the slots have what the folio is by now. */
	make_folio(0, 0, 2, fixed ? 0 : 2);
	make_folio(2, 4, 0, 1);
	make_folio(3, 5, 0, 1);
	make_folio(4, 6, 1, 1);
	arrive(STORE, array, 4, address_of(guest.folio[2]), 0);
	put(slot(4), address_of(guest.folio[2]));
	arrive(STORE, array, 5, address_of(guest.folio[3]), 0);
	put(slot(5), address_of(guest.folio[3]));
	/* A store of another file. */
	arrive(STORE, array + 64, 6, address_of(guest.folio[4]), 0);
	arrive(STORE, array, 6, address_of(guest.folio[4]), 0);
	put(slot(6), address_of(guest.folio[4]));
	put(slot(7), 6 << 2 | 2);
	make_folio(0, 0, 2, 2);
	arrive(RETURN, 0, 0, 0, 0);
}

static void sees_the_race(void)
{
	begin(true);
	CU_ASSERT_EQUAL(name(), 0);
	atomic_store(&page.punch_began, 77);
	split(false);
	CU_ASSERT_EQUAL(page.counts.splits_inspected, 1);
	CU_ASSERT_EQUAL(page.counts.splits_misplaced, 1);
	CU_ASSERT_EQUAL(page.counts.inspect_errors, 0);
	CU_ASSERT_EQUAL(page.counts.slots_inspected, 12);
	/* Pages 4 to 7, 5 to 7, 6 and 7: one for each part. */
	CU_ASSERT_EQUAL(page.counts.slots_misplaced, 3 + 2 + 1);
	CU_ASSERT_EQUAL_FATAL(page.counts.events, 2);
	CU_ASSERT_EQUAL(page.events[0].type, GATE_EVENT_MISPLACED);
	CU_ASSERT_EQUAL(page.events[0].time, 77);
	CU_ASSERT_EQUAL(page.events[0].file, NUMBER);
	CU_ASSERT_EQUAL(page.events[0].folio, 0);
	CU_ASSERT_EQUAL(page.events[0].refcount, 2);
	CU_ASSERT_EQUAL(page.events[1].type, GATE_EVENT_SPLIT);
	CU_ASSERT_EQUAL(page.events[1].order, 3);
	CU_ASSERT_EQUAL(page.events[1].split_at, 5);
	CU_ASSERT_EQUAL(page.events[1].stores, 3);
	CU_ASSERT_EQUAL(page.events[1].inspected, 1);
	CU_ASSERT_NOT_EQUAL(page.events[1].misplaced, 0);
	finish();
}

static void sees_that_it_is_fixed(void)
{
	begin(true);
	CU_ASSERT_EQUAL(name(), 0);
	split(true);
	CU_ASSERT_EQUAL(page.counts.splits_inspected, 1);
	CU_ASSERT_EQUAL(page.counts.slots_misplaced, 0);
	CU_ASSERT_EQUAL(page.counts.inspect_errors, 0);
	CU_ASSERT_EQUAL_FATAL(page.counts.events, 1);
	CU_ASSERT_EQUAL(page.events[0].type, GATE_EVENT_SPLIT);
	finish();
}

/* Of a file that nobody named, and one that fails. */
static void counts_no_other_split(void)
{
	begin(true);
	split(false);
	CU_ASSERT_EQUAL(page.counts.events, 0);
	make_guest();
	CU_ASSERT_EQUAL(name(), 0);
	arrive(SPLIT, address_of(guest.folio[0]), 0, address_of(guest.folio[0]) + 5 * 64, 0);
	arrive(RETURN, 0, 0, 0, -EAGAIN);
	CU_ASSERT_EQUAL_FATAL(page.counts.events, 1);
	CU_ASSERT_EQUAL(page.events[0].outcome, GATE_FAILED_REFERENCE);
	CU_ASSERT_EQUAL(page.counts.splits_inspected, 0);
	finish();
}

static void loses_what_nobody_takes(void)
{
	begin(true);
	CU_ASSERT_EQUAL(name(), 0);
	for (int i = 0; i < INSPECT_EVENTS + 3; i++) {
		make_guest();
		split(true);
	}
	CU_ASSERT_EQUAL(page.counts.events, INSPECT_EVENTS);
	CU_ASSERT_EQUAL(page.counts.lost, 3);
	CU_ASSERT_EQUAL(page.counts.splits_inspected, INSPECT_EVENTS + 3);
	finish();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "watches what can come", watches_what_can_come },
		{ "takes calls of others for nothing", takes_calls_of_others_for_nothing },
		{ "names a file", names_a_file },
		{ "refuses other layouts", refuses_other_layouts },
		{ "tells what stays wrong once", tells_what_stays_wrong_once },
		{ "sees the race", sees_the_race },
		{ "sees that it is fixed", sees_that_it_is_fixed },
		{ "counts no other split", counts_no_other_split },
		{ "loses what nobody takes", loses_what_nobody_takes },
		CU_TEST_INFO_NULL,
	};

	return run_suite("inspector", tests);
}
