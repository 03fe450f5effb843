/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conductor, and a guest that is a script: what each resumption leads to. */
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "injector/schedule/code_mark.h"
#include "injector/schedule/schedule_page.h"
#include "tests/support/suite.h"
#include "tools/conduct/conductor.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Kernel addresses, bytes: of functions, of where g comes back to, and of a stack. */
enum {
	F = 0x1000,
	G = 0x1100,
	H = 0x1200,
	BACK = 0x1310,
	MARK = 0x1400,
	STACK = 0x1800,
	USER = 0x1900,
	SAID = 0x1a00,
};

enum { MEMORY = 0x1000, SIZE = 0x1000, STEPS = 16, BREAKS = 16 };

static const uint64_t PHYSICAL = 0x40000;    /* of the schedule's page */
static const uint64_t MAPPED = 0x7f0000000;  /* of the program */
static const uint64_t BOUND = 30000000;      /* ns */
static const uint64_t LONG = 10000000000ULL; /* ns, for what has to come */

/* What a resumption leads to. Without an address nothing comes, until the guest is interrupted. */
struct step {
	unsigned int cpu;
	uint64_t address, stack;
	uint64_t without;               /* where no breakpoint may be then; 0: anywhere */
	uint64_t thread;                /* that runs; 0: the reader */
	bool interrupts, watched, gone; /* gone: the reader says that it goes on */
	bool offers;                    /* the reader has come, for the next punch */
	bool over;                      /* the storm ends */
	uint32_t says;                  /* a mark, at MARK */
	const char *resumed;            /* the request that let it come: behind "vCont" */
};

struct guest {
	int fd;
	enum machine_isa isa;
	const struct step *steps; /* ended by one without `resumed` */
	uint64_t at;              /* next step */
	struct step stopped;      /* why it stands */
	bool physical, no_breaks, wrong, detached;
	uint64_t breaks[BREAKS], watch;
	uint8_t kernel[SIZE];
	struct schedule_page page;
	pthread_mutex_t lock; /* over all but fd and steps */
	pthread_t thread;
};

static void say(const struct guest *guest, const char *text)
{
	unsigned char sum = 0;
	char packet[8192];
	int length;

	for (const char *c = text; *c; c++)
		sum += (unsigned char)*c;
	length = snprintf(packet, sizeof(packet), "$%s#%02x", text, sum);
	(void)!send(guest->fd, packet, (size_t)length, MSG_NOSIGNAL);
}

static uint8_t *find(struct guest *guest, uint64_t address, size_t size)
{
	uint64_t from = guest->physical ? PHYSICAL : MEMORY;
	size_t all = guest->physical ? sizeof(guest->page) : SIZE;

	if (address < from || address - from + size > all)
		return NULL;
	return (guest->physical ? (uint8_t *)&guest->page : guest->kernel) + (address - from);
}

static void answer_memory(struct guest *guest, const char *request)
{
	char text[2 * 4096 + 1] = "OK";
	uint64_t address = 0;
	size_t size = 0;
	int begin = 0;
	uint8_t *memory;

	sscanf(request + 1, "%" SCNx64 ",%zx:%n", &address, &size, &begin);
	memory = find(guest, address, size);
	for (size_t i = 0; memory && i < size; i++) {
		if (*request == 'M')
			sscanf(request + 1 + begin + 2 * i, "%2hhx", &memory[i]);
		else
			snprintf(text + 2 * i, 3, "%02x", memory[i]);
	}
	say(guest, memory ? text : "E14");
}

/* Of x86-64: rax to r15 by gdb's order, rip, the flags, six segments, and the base of FS; of arm64:
 * x0 to x30, sp, pc, and the flags. */
static void answer_registers(const struct guest *guest)
{
	const bool arm = guest->isa == MACHINE_ARM64;
	const size_t words = arm ? 33 : 17;
	uint64_t values[33] = { 0 };
	uint32_t masked = guest->stopped.interrupts ? 0 : 0x80;
	uint32_t flags = arm ? 5 | masked : guest->stopped.interrupts ? 0x202 : 2;
	const uint8_t *bytes = (const uint8_t *)values;
	uint64_t thread = guest->stopped.thread ? guest->stopped.thread : guest->page.thread;
	char text[2 * sizeof(values) + 16 + 2 * (24 + sizeof(thread))];
	size_t end;

	values[arm ? 0 : 5] = SAID - (arm ? CODE_MARK_ARM64 : CODE_MARK_X86_64);
	values[arm ? 31 : 7] = guest->stopped.stack;
	values[arm ? 32 : 16] = guest->stopped.address;
	if (arm)
		values[30] = BACK;
	for (size_t i = 0; i < words * sizeof(*values); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	snprintf(text + 2 * words * sizeof(*values), 9, "%02x%02x0000", flags & 0xff, flags >> 8);
	bytes = (const uint8_t *)&thread;
	end = strlen(text);
	end += (size_t)snprintf(text + end, sizeof(text) - end, "%048d", 0);
	for (size_t i = 0; i < sizeof(thread) && !arm; i++)
		snprintf(text + end + 2 * i, 3, "%02x", bytes[i]);
	say(guest, text);
}

static void answer_break(struct guest *guest, const char *request)
{
	uint64_t address = strtoull(request + 3, NULL, 16), from = *request == 'Z' ? 0 : address;
	uint64_t to = *request == 'Z' ? address : 0;

	if (request[1] == '3')
		guest->watch = to;
	for (int i = 0; request[1] == '1' && i < BREAKS; i++)
		if (guest->breaks[i] == from) {
			guest->breaks[i] = to;
			break;
		}
	say(guest, guest->no_breaks ? "E22" : "OK");
}

static bool has_break(const struct guest *guest, uint64_t address)
{
	for (int i = 0; i < BREAKS; i++)
		if (guest->breaks[i] == address)
			return true;
	return false;
}

static void stop(struct guest *guest, unsigned int cpu, const char *signal, const char *more)
{
	char text[96];

	snprintf(text, sizeof(text), "T%sthread:p01.%02x;%s", signal, cpu + 1, more);
	say(guest, text);
}

static void resume(struct guest *guest, const char *how)
{
	const struct step *step = &guest->steps[guest->at];

	if (!step->resumed)
		return;
	guest->at++;
	if (strcmp(how, step->resumed) != 0) {
		printf("\n    step %" PRIu64 ": resumed by %s", guest->at, how);
		guest->wrong = true;
	}
	if (step->without && has_break(guest, step->without)) {
		printf("\n    step %" PRIu64 ": a breakpoint at %#" PRIx64, guest->at,
		       step->without);
		guest->wrong = true;
	}
	guest->page.over |= step->over;
	if (!step->address)
		return;
	guest->stopped = *step;
	if (step->gone)
		guest->page.gone = guest->page.go;
	guest->page.waiting += step->offers;
	memcpy(guest->kernel + SAID - MEMORY, &step->says, sizeof(step->says));
	/* It is only stopped where it was to be. */
	if (step->watched ? !guest->watch : !has_break(guest, step->address)) {
		printf("\n    step %" PRIu64 ": no breakpoint at %#" PRIx64, guest->at,
		       step->address);
		guest->wrong = true;
	}
	stop(guest, step->cpu, "05", step->watched ? "rwatch:7f0000000;" : "");
}

static void take_request(struct guest *guest, const char *request)
{
	if (!strncmp(request, "qSupported", 10))
		say(guest, "vContSupported+");
	else if (!strncmp(request, "Qqemu.PhyMemMode:", 17))
		guest->physical = request[17] == '1', say(guest, "OK");
	else if (*request == 'm' || *request == 'M')
		answer_memory(guest, request);
	else if (*request == 'Z' || *request == 'z')
		answer_break(guest, request);
	else if (*request == 'g')
		answer_registers(guest);
	else if (*request == 'D')
		guest->detached = true, say(guest, "OK");
	else if (!strncmp(request, "vCont;s", 7))
		stop(guest, guest->stopped.cpu, "05", "");
	else if (!strncmp(request, "vCont", 5))
		resume(guest, request + 5);
	else
		say(guest, "OK");
}

static bool next_byte(const struct guest *guest, char *byte)
{
	return recv(guest->fd, byte, 1, 0) == 1;
}

static void *serve(void *context)
{
	struct guest *guest = context;
	char text[8192], byte;

	while (next_byte(guest, &byte)) {
		size_t length = 0, digits = 0; /* of the checksum */

		if (byte == '\003')
			stop(guest, 0, "02", "");
		if (byte != '$')
			continue;
		while (length < sizeof(text) - 1 && next_byte(guest, &text[length]) &&
		       text[length] != '#')
			length++;
		text[length] = '\0';
		while (digits < 2 && next_byte(guest, &byte))
			digits++;
		if (digits < 2)
			break;
		pthread_mutex_lock(&guest->lock);
		take_request(guest, text);
		pthread_mutex_unlock(&guest->lock);
	}
	return NULL;
}

/* A hold as it is written; ended by one without a role. */
struct line {
	const char *hold, *at, *until;
};

/* Split is held in f until read is in g, and read, as it comes back, until split is in h. */
static const struct line both[] = { { "split", "entry of f", "read enters g" },
				    { "read", "return of g", "split enters h" },
				    { NULL, NULL, NULL } };

enum { HOLDS = 4 };

struct scene {
	struct guest guest;
	int far;
	struct schedule_hold holds[HOLDS];
	struct schedule_event until[HOLDS];
	struct conductor *conductor;
	unsigned int cpus; /* 0: two */
	struct series *series;
	bool wrong_magic, no_symbols, has_marks; /* has_marks: the kernel has the call for them */
};

static size_t build(struct scene *scene, const struct line *lines)
{
	size_t count = 0;
	char why[512];

	for (; lines[count].hold; count++) {
		struct schedule_hold *hold = &scene->holds[count];

		*hold = (struct schedule_hold){ .bound = BOUND,
						.until = { &scene->until[count], 1 } };
		CU_ASSERT_FATAL(
			!schedule_parse_role(lines[count].hold, hold->role, why, sizeof(why)) &&
			!schedule_parse_point(lines[count].at, &hold->at, why, sizeof(why)) &&
			!schedule_parse_event(lines[count].until, &scene->until[count], why,
					      sizeof(why)));
	}
	return count;
}

/* event: more of the event `schedule`, or NULL. */
static void begin(struct scene *scene, const struct line *lines, const struct step *steps,
		  json_t *more)
{
	static const uint64_t back = BACK;
	struct guest *guest = &scene->guest;
	struct conductor_config config = { .isa = guest->isa,
					   .qemu = INT_MAX,
					   .cpus = scene->cpus ?: 2 };
	json_t *event = json_pack("{s:I, s:s, s:i}", "page", (json_int_t)PHYSICAL, "magic",
				  "00000000000000110000000000000022", "reader_cpu", 1);
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	guest->fd = ends[0];
	guest->steps = steps;
	scene->far = config.stub = ends[1];
	memset(guest->kernel, 0x90, sizeof(guest->kernel));
	if (guest->isa == MACHINE_X86_64)
		memcpy(guest->kernel + STACK - MEMORY, &back, sizeof(back));
	guest->page.magic[0] = scene->wrong_magic ? 0x12 : 0x11;
	guest->page.magic[1] = 0x22;
	guest->page.waiting = 1;
	if (!scene->no_symbols)
		snprintf(guest->page.symbols, sizeof(guest->page.symbols),
			 "1000 T f\n1100 T g\n1200 T h\n1300 T end\n%s",
			 !scene->has_marks ? ""
			 : guest->isa == MACHINE_ARM64
				 ? "1400 T __arm64_sys_sched_get_priority_max\n1500 T end\n"
				 : "1400 T __x64_sys_sched_get_priority_max\n1500 T end\n");
	config.schedule = (struct schedule){ .holds = scene->holds, .count = build(scene, lines) };
	config.series = scene->series;
	json_object_update(event, more);
	json_decref(more);
	pthread_mutex_init(&guest->lock, NULL);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&guest->thread, NULL, serve, guest), 0);
	scene->conductor = conductor_start(&config, event);
	CU_ASSERT_PTR_NOT_NULL_FATAL(scene->conductor);
	json_decref(event);
}

/* Waits until a number in the guest's page has the wanted value. */
static void wait_for(struct guest *guest, const void *number, uint64_t wanted)
{
	uint64_t until = units_now() + LONG, value;

	do {
		units_sleep(1000000);
		pthread_mutex_lock(&guest->lock);
		memcpy(&value, number, sizeof(value));
		pthread_mutex_unlock(&guest->lock);
	} while (value != wanted && units_now() < until);
	CU_ASSERT_EQUAL(value, wanted);
}

/* Returns what became of the conductor. */
static int end(struct scene *scene)
{
	int r = conductor_stop(scene->conductor);

	shutdown(scene->far, SHUT_RDWR);
	pthread_join(scene->guest.thread, NULL);
	close(scene->far);
	close(scene->guest.fd);
	CU_ASSERT_FALSE(scene->guest.wrong);
	return r;
}

static void makes_a_passage(void)
{
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .resumed = ";c" },
		/* Split is held, and let go as read comes. */
		{ .cpu = 1, .address = G, .stack = STACK, .resumed = ";c:p1.2" },
		/* The stack of another call of g. */
		{ .cpu = 1, .address = BACK, .stack = STACK + 64, .resumed = ";c" },
		{ .cpu = 1, .address = BACK, .stack = STACK + 8, .resumed = ";c" },
		{ .cpu = 0, .address = H, .resumed = ";c:p1.1" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	/* A function of arm64 has where it comes back to in a register, and nothing on the
	 * stack. */
	static const struct step arm[] = {
		{ .cpu = 0, .address = F, .resumed = ";c" },
		{ .cpu = 1, .address = G, .stack = STACK, .resumed = ";c:p1.2" },
		{ .cpu = 1, .address = BACK, .stack = STACK + 64, .resumed = ";c" },
		{ .cpu = 1, .address = BACK, .stack = STACK, .resumed = ";c" },
		{ .cpu = 0, .address = H, .resumed = ";c:p1.1" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene, other = { .guest.isa = MACHINE_ARM64 };

	begin(&scene, both, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	CU_ASSERT_EQUAL(end(&scene), 0);
	begin(&other, both, arm, json_object());
	wait_for(&other.guest, &other.guest.page.made, 1);
	CU_ASSERT_EQUAL(end(&other), 0);
	CU_ASSERT_EQUAL(scene.guest.page.attached, 1);
	CU_ASSERT_EQUAL(scene.guest.page.passages, 1);
	CU_ASSERT_EQUAL(scene.guest.page.withstood, 0);
	CU_ASSERT(scene.guest.page.time > 0);
	CU_ASSERT_EQUAL(scene.guest.at, 6);
}

/* A thread that sleeps in a function may come back on another processor: that one is held. */
static void holds_where_a_thread_comes_back(void)
{
	static const struct line lines[] = { { "split", "return of f", "read enters g" },
					     { NULL, NULL, NULL } };
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .stack = STACK, .resumed = ";c" },
		{ .cpu = 2, .address = BACK, .stack = STACK + 8, .resumed = ";c" },
		{ .cpu = 1, .address = G, .resumed = ";c:p1.1;c:p1.2" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene = { .cpus = 3 };

	begin(&scene, lines, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	CU_ASSERT_EQUAL(end(&scene), 0);
}

/* What a reader calls that waits at `begin` is of no interest: others call it as well. */
static void lets_calls_pass_until_the_reader_goes(void)
{
	static const struct line lines[] = { { "read", "begin", "split enters f" },
					     { "split", "entry of f", "read returns from g" },
					     { NULL, NULL, NULL } };
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .without = G, .resumed = ";c" },
		{ .cpu = 1, .address = G, .stack = STACK, .gone = true, .resumed = ";c:p1.2" },
		{ .cpu = 1, .address = BACK, .stack = STACK + 8, .resumed = ";c:p1.2" },
		{ .without = G, .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene;

	begin(&scene, lines, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	wait_for(&scene.guest, &scene.guest.at, 4);
	CU_ASSERT_EQUAL(end(&scene), 0);
}

/* The reader says that it has come, or has read. next: for the next punch. unwatched: where no
 * breakpoint may be then; 0: anywhere. */
#define COMES(next, unwatched)                                                                     \
	{                                                                                          \
		.cpu = 1, .address = MARK, .says = CODE_MARK_OFFER, .offers = next,                \
		.without = unwatched, .resumed = ";c"                                              \
	}
#define HAS_READ(unwatched)                                                                        \
	{                                                                                          \
		.cpu = 1, .address = MARK, .says = CODE_MARK_REST, .without = unwatched,           \
		.resumed = ";c"                                                                    \
	}

/* Everybody may come to where passages begin, as when the run makes its files: that is watched for
 * a reader that has said that it has come. */
static void waits_for_the_reader_to_come(void)
{
	static const struct line begins[] = { { "read", "begin", "split enters f" },
					      { "split", "entry of f", "read enters g" },
					      { NULL, NULL, NULL } };
	/* Held before its access: once for each punch. */
	static const struct step once[] = {
		{ .cpu = 1, .address = MARK, .says = 7, .without = F, .resumed = ";c" },
		COMES(true, F),
		{ .cpu = 0, .address = F, .resumed = ";c" },
		{ .cpu = 1, .address = G, .gone = true, .without = MARK, .resumed = ";c:p1.2" },
		HAS_READ(F),
		COMES(true, F),
		/* No punch comes. */
		HAS_READ(0),
		COMES(true, F),
		{ .cpu = 0, .address = F, .resumed = ";c" },
		/* It comes for the next one before the passage is seen to be over. */
		{ .cpu = 1, .address = G, .gone = true, .offers = true, .resumed = ";c:p1.2" },
		{ .cpu = 0, .address = F, .resumed = ";c" },
		{ .cpu = 1, .address = G, .gone = true, .resumed = ";c:p1.2" },
		{ .without = F, .resumed = ";c" },
		{ .resumed = NULL },
	};
	/* Not held: each time until it has read. */
	static const struct line meets[] = { { "read", "entry of g", "split enters f" },
					     { NULL, NULL, NULL } };
	static const struct step often[] = {
		COMES(false, G),
		{ .cpu = 1, .address = G, .resumed = ";c" },
		{ .cpu = 0, .address = F, .resumed = ";c:p1.1" },
		{ .cpu = 1, .address = G, .resumed = ";c" },
		{ .cpu = 0, .address = F, .resumed = ";c:p1.1" },
		HAS_READ(0),
		{ .without = G, .resumed = ";c" },
		{ .resumed = NULL },
	};
	static const struct {
		const struct line *lines;
		const struct step *steps;
		uint64_t made, steps_all;
	} rows[] = { { begins, once, 3, ARRAY_SIZE(once) - 1 },
		     { meets, often, 2, ARRAY_SIZE(often) - 1 } };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		struct scene *scene = calloc(1, sizeof(*scene));

		scene->has_marks = true;
		scene->guest.isa = i % 2 ? MACHINE_ARM64 : MACHINE_X86_64;
		begin(scene, rows[i / 2].lines, rows[i / 2].steps, json_object());
		wait_for(&scene->guest, &scene->guest.page.made, rows[i / 2].made);
		wait_for(&scene->guest, &scene->guest.at, rows[i / 2].steps_all);
		CU_ASSERT_EQUAL(end(scene), 0);
		CU_ASSERT_EQUAL(scene->guest.page.passages, rows[i / 2].made);
		free(scene);
	}
}

/* While the reader sleeps, and looks whether it may go on, its system calls are no points of it,
 * and those of others on its processor never are. */
static void waits_for_the_reader_to_go(void)
{
	static const struct line lines[] = { { "read", "begin", "split enters f" },
					     { "split", "entry of f", "read enters g" },
					     { NULL, NULL, NULL } };
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .resumed = ";c" },
		{ .cpu = 1, .address = G, .stack = STACK, .resumed = ";c:p1.2" },
		{ .cpu = 1, .address = G, .thread = 2, .resumed = ";c:p1.2", .gone = true },
		{ .cpu = 1, .address = G, .stack = STACK, .resumed = ";c:p1.2" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene = { .guest.page.thread = 1 };

	begin(&scene, lines, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	CU_ASSERT_EQUAL(end(&scene), 0);
	CU_ASSERT_EQUAL(scene.guest.page.go, 1);
	CU_ASSERT_EQUAL(scene.guest.at, 5);
}

/* A miss of each kind, by its hold. */
static void misses_passages(void)
{
	static const struct line deadlock[] = { { "split", "entry of f", "read enters h" },
						{ "read", "entry of g", "split enters h" },
						{ NULL, NULL, NULL } };
	static const struct {
		const struct line *lines;
		struct step steps[5];
		unsigned int hold;
		enum schedule_miss why;
	} rows[] = {
		/* Read does not come. */
		{ both,
		  { { .cpu = 0, .address = F, .resumed = ";c" },
		    { .resumed = ";c:p1.2" },
		    { .resumed = ";c" },
		    { .resumed = NULL } },
		  0,
		  SCHEDULE_MISS_EXPIRED },
		/* It does, but never comes back: its hold is at code that is not run. */
		{ both,
		  { { .cpu = 0, .address = F, .resumed = ";c" },
		    { .cpu = 1, .address = G, .stack = STACK, .resumed = ";c:p1.2" },
		    { .resumed = ";c" },
		    { .resumed = ";c" },
		    { .resumed = NULL } },
		  1,
		  SCHEDULE_MISS_NEVER },
		/* Each waits for the other, and nobody runs. */
		{ deadlock,
		  { { .cpu = 0, .address = F, .resumed = ";c" },
		    { .cpu = 1, .address = G, .resumed = ";c:p1.2" },
		    { .resumed = ";c" },
		    { .resumed = NULL } },
		  0,
		  SCHEDULE_MISS_EXPIRED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scene *scene = calloc(1, sizeof(*scene));
		const struct schedule_page *page = &scene->guest.page;

		begin(scene, rows[i].lines, rows[i].steps, json_object());
		wait_for(&scene->guest, &page->missed[rows[i].hold][rows[i].why], 1);
		CU_ASSERT_EQUAL(end(scene), 0);
		CU_ASSERT_EQUAL(page->passages, 1);
		CU_ASSERT_EQUAL(page->made, 0);
		free(scene);
	}
}

/* A processor that is held with interrupts on serves them, and returns to the hold. */
static void serves_interrupts(void)
{
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .interrupts = true, .resumed = ";c" },
		{ .resumed = ";c:p1.2" },
		{ .cpu = 0, .address = F, .interrupts = true, .resumed = ";c" },
		{ .cpu = 1, .address = G, .stack = STACK, .resumed = ";c:p1.2" },
		{ .cpu = 1, .address = BACK, .stack = STACK + 8, .resumed = ";c" },
		{ .cpu = 0, .address = H, .resumed = ";c:p1.1" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene;

	begin(&scene, both, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	CU_ASSERT_EQUAL(end(&scene), 0);
	CU_ASSERT_EQUAL(scene.guest.page.passages, 1);
}

static const struct line of_a_program[] = { { "cat", "begin", "split enters f" },
					    { "split", "entry of f", "cat enters g" },
					    { NULL, NULL, NULL } };

/* Its reader is a program that has mapped the pages 0 to 2. */
static void begin_program(struct scene *scene, const struct line *lines, const struct step *steps)
{
	scene->guest.page.address[0] = MAPPED;
	scene->guest.page.last = 2;
	begin(scene, lines, steps, json_pack("{s:b}", "program", true));
}

/* A program is stopped where it takes a page, and waits there for the split. */
static void holds_a_program(void)
{
	static const struct step steps[] = {
		/* Nothing comes: the run is asked for a program. */
		{ .without = F, .resumed = ";c" },
		{ .cpu = 1, .address = USER, .watched = true, .resumed = ";c" },
		{ .cpu = 0, .address = F, .resumed = ";c:p1.1" },
		{ .cpu = 1, .address = G, .resumed = ";c:p1.2" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene;

	begin_program(&scene, of_a_program, steps);
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	CU_ASSERT_EQUAL(end(&scene), 0);
	CU_ASSERT_EQUAL(scene.guest.page.there, 1);
	CU_ASSERT_EQUAL(scene.guest.page.go, 0);
	CU_ASSERT_EQUAL(scene.guest.watch, 0);
}

/* It waits for split, which is held, or does not come: it goes on with the passage's end. */
static void lets_a_program_go(void)
{
	static const struct line deadlock[] = { { "cat", "begin", "split enters h" },
						{ "split", "entry of f", "cat enters g" },
						{ NULL, NULL, NULL } },
				 late[] = { { "cat", "begin", "split enters h" },
					    { "split", "entry of f", "split enters g" },
					    { NULL, NULL, NULL } };
	static const struct {
		const struct line *lines;
		unsigned int cpus;
		struct step steps[6];
	} rows[] = {
		/* Nobody runs. */
		{ deadlock,
		  2,
		  { { .without = F, .resumed = ";c" },
		    { .cpu = 1, .address = USER, .watched = true, .resumed = ";c" },
		    { .cpu = 0, .address = F, .resumed = ";c:p1.1" },
		    { .resumed = ";c" },
		    { .resumed = NULL } } },
		/* Another processor does, to no avail. */
		{ late,
		  3,
		  { { .without = F, .resumed = ";c" },
		    { .cpu = 1, .address = USER, .watched = true, .resumed = ";c" },
		    { .cpu = 0, .address = F, .resumed = ";c:p1.1;c:p1.3" },
		    { .resumed = ";c:p1.3" },
		    { .resumed = ";c" } } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scene *scene = calloc(1, sizeof(*scene));

		scene->cpus = rows[i].cpus;
		begin_program(scene, rows[i].lines, rows[i].steps);
		wait_for(&scene->guest, &scene->guest.page.missed[0][SCHEDULE_MISS_EXPIRED], 1);
		wait_for(&scene->guest, &scene->guest.at, 4 + i);
		CU_ASSERT_EQUAL(end(scene), 0);
		free(scene);
	}
}

/* A program that was stopped when the storm ended goes on at once: its run waits for it to end. */
static void lets_a_program_end(void)
{
	static const struct step steps[] = {
		{ .without = F, .resumed = ";c" },
		{ .cpu = 1, .address = USER, .watched = true, .interrupts = true, .resumed = ";c" },
		{ .over = true, .resumed = ";c:p1.1" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene;

	begin_program(&scene, of_a_program, steps);
	wait_for(&scene.guest, &scene.guest.at, 4);
	CU_ASSERT_EQUAL(end(&scene), 0);
	CU_ASSERT_EQUAL(scene.guest.page.passages, 0);
}

/* A reader without a role comes to a point of split, and begins no passage. */
static void lets_others_alone(void)
{
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .resumed = ";c" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene;

	begin(&scene, both, steps, json_pack("{s:i}", "other_cpus", 1));
	wait_for(&scene.guest, &scene.guest.at, 2);
	CU_ASSERT_EQUAL(end(&scene), 0);
	CU_ASSERT_EQUAL(scene.guest.page.passages, 0);
}

/* However many hits the run had before, that of a passage is not lost. */
static void keeps_the_hits_of_a_series(void)
{
	static const struct line lines[] = { { "split", "entry of f", "read enters g" },
					     { NULL, NULL, NULL } };
	static const struct step steps[] = {
		{ .cpu = 0, .address = F, .resumed = ";c" },
		{ .cpu = 1, .address = G, .resumed = ";c:p1.2" },
		{ .resumed = ";c" },
		{ .resumed = NULL },
	};
	static struct scene scene;
	static struct schedule_event points[2];
	struct schedule schedule = { .holds = scene.holds, .count = build(&scene, lines) };
	struct series_passage passage = { .punch = 0 };
	struct series series = { .points = points,
				 .point_count = ARRAY_SIZE(points),
				 .schedules = &schedule,
				 .count = 1,
				 .each = 1,
				 .passages = &passage };
	char why[512];

	CU_ASSERT_FATAL(!schedule_parse_event("split enters f", &points[0], why, sizeof(why)) &&
			!schedule_parse_event("read enters g", &points[1], why, sizeof(why)));
	scene.series = &series;
	begin(&scene, lines, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.made, 1);
	for (uint64_t i = 0; i < 10000; i++)
		conductor_hit(scene.conductor, 2 + i);
	conductor_hit(scene.conductor, 1);
	CU_ASSERT_EQUAL(end(&scene), 0);
	CU_ASSERT_EQUAL(series.done, 1);
	CU_ASSERT_EQUAL(passage.punch, 1);
	CU_ASSERT_TRUE(passage.hit);
}

/* What goes to standard error, by whichever thread. */
struct listening {
	FILE *file;
	int before;
};

static void listen_to(struct listening *listening)
{
	listening->file = tmpfile();
	listening->before = dup(STDERR_FILENO);
	CU_ASSERT_PTR_NOT_NULL_FATAL(listening->file);
	CU_ASSERT_FATAL(dup2(fileno(listening->file), STDERR_FILENO) >= 0);
}

static void hear(struct listening *listening, char *text, size_t size)
{
	size_t length;

	dup2(listening->before, STDERR_FILENO);
	close(listening->before);
	rewind(listening->file);
	length = fread(text, 1, size - 1, listening->file);
	text[length] = '\0';
	fclose(listening->file);
}

/* Errors before the first passage: what is said. The guest goes on. */
static void gives_up(void)
{
	static const struct line unknown[] = { { "split", "entry of nothing", "read enters g" },
					       { NULL, NULL, NULL } };
	static const struct step none[] = { { .resumed = NULL } };
	static const struct {
		const struct line *lines;
		bool wrong_magic, no_symbols, no_breaks;
		int r;
		const char *why, *said;
	} rows[] = {
		{ unknown, false, false, false, 0, "nothing is not a function of this kernel", "" },
		{ both, false, true, false, 0, "f", "" },
		{ both, true, false, false, -EPROTO, "", "by QEMU's gdb stub: Protocol error" },
		{ both, false, false, true, -ENOSPC, "",
		  "no breakpoint left; KVM has four at a time" },
	};
	struct listening listening;
	char said[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scene *scene = calloc(1, sizeof(*scene));
		const struct schedule_page *page = &scene->guest.page;

		scene->wrong_magic = rows[i].wrong_magic;
		scene->no_symbols = rows[i].no_symbols;
		scene->guest.no_breaks = rows[i].no_breaks;
		listen_to(&listening);
		begin(scene, rows[i].lines, none, json_object());
		CU_ASSERT_EQUAL(end(scene), rows[i].r);
		CU_ASSERT_TRUE(scene->guest.detached);
		hear(&listening, said, sizeof(said));
		if (!strstr(said, rows[i].said) || !*rows[i].said != !*said)
			printf("\n    row %zu: said \"%s\"", i, said);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].said));
		CU_ASSERT_EQUAL(!*rows[i].said, !*said);
		if (!strstr(page->why, rows[i].why))
			printf("\n    row %zu: why \"%s\"", i, page->why);
		CU_ASSERT_EQUAL(page->failed, *rows[i].why != 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(page->why, rows[i].why));
		free(scene);
	}
}

/* QEMU ends with its guest: that is no error of the conductor. */
static void outlives_qemu(void)
{
	static const struct step steps[] = { { .resumed = ";c" }, { .resumed = NULL } };
	static struct scene scene;

	begin(&scene, both, steps, json_object());
	wait_for(&scene.guest, &scene.guest.page.attached, 1);
	shutdown(scene.guest.fd, SHUT_RDWR);
	CU_ASSERT_EQUAL(end(&scene), 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "waits for the reader to come", waits_for_the_reader_to_come },
		{ "waits for the reader to go", waits_for_the_reader_to_go },
		{ "makes a passage", makes_a_passage },
		{ "holds where a thread comes back", holds_where_a_thread_comes_back },
		{ "lets calls pass until the reader goes", lets_calls_pass_until_the_reader_goes },
		{ "misses passages", misses_passages },
		{ "serves interrupts", serves_interrupts },
		{ "holds a program", holds_a_program },
		{ "lets a program go", lets_a_program_go },
		{ "lets a program end", lets_a_program_end },
		{ "lets others alone", lets_others_alone },
		{ "keeps the hits of a series", keeps_the_hits_of_a_series },
		{ "gives up", gives_up },
		{ "outlives QEMU", outlives_qemu },
		CU_TEST_INFO_NULL,
	};

	return run_suite("the conductor", tests);
}
