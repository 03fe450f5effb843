/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits in a guest for its job; the guest may be restored from a snapshot meanwhile. Then sets the
 * clock and the host name, adds the host's random seed to the kernel's entropy (used at once), and
 * passes the job on.
 *
 * usage: wake <PORT >ARCHIVE 3>EVENTS
 *
 * Writes {"type":"ready"} to EVENTS, then reads a struct guest_wake and the job's archive from
 * PORT. Exit codes: 0 if the whole archive was passed on, else 1.
 */
#include "tools/guest/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Reads `size` bytes. While the host has not opened the other end of the port, read() returns an
 * end of file. */
static bool read_all(void *to, size_t size)
{
	static const struct timespec moment = { .tv_nsec = 10000000 };

	for (size_t done = 0; done < size;) {
		ssize_t got = read(STDIN_FILENO, (char *)to + done, size - done);

		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (got > 0)
			done += (size_t)got;
		else
			nanosleep(&moment, NULL);
	}
	return true;
}

static bool write_all(const char *from, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t put = write(STDOUT_FILENO, from + done, size - done);

		if (put <= 0)
			return false;
		done += (size_t)put;
	}
	return true;
}

static void set_clock(uint64_t ns)
{
	const struct timespec now = { .tv_sec = (time_t)(ns / 1000000000),
				      .tv_nsec = (long)(ns % 1000000000) };

	if (clock_settime(CLOCK_REALTIME, &now))
		perror("wake: the clock");
}

/* Adds the seed, and has it used. Without the second step the kernel may use its old state, from
 * the snapshot, for a minute (crng_reseed_interval()). */
static void reseed(const struct guest_wake *wake)
{
	struct {
		int bits, size;
		unsigned char seed[sizeof(wake->seed)];
	} entropy = { .bits = 8 * sizeof(wake->seed), .size = sizeof(wake->seed) };
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	memcpy(entropy.seed, wake->seed, sizeof(wake->seed));
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &entropy) || ioctl(fd, RNDRESEEDCRNG))
		perror("wake: randomness");
	close(fd);
}

static void name(const struct guest_wake *wake)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "guest-%02x%02x%02x%02x", wake->name[0],
			      wake->name[1], wake->name[2], wake->name[3]);

	if (sethostname(text, (size_t)length))
		perror("wake: the host's name");
}

int main(void)
{
	static const char ready[] = "{\"type\":\"ready\"}\n";
	static char text[1 << 16];
	struct guest_wake wake;

	if (write(3, ready, sizeof(ready) - 1) < 0 || close(3) || !read_all(&wake, sizeof(wake)) ||
	    wake.magic != GUEST_WAKE_MAGIC)
		return 1;
	set_clock(wake.now);
	reseed(&wake);
	name(&wake);
	while (wake.size) {
		size_t part = wake.size < sizeof(text) ? wake.size : sizeof(text);

		if (!read_all(text, part) || !write_all(text, part))
			return 1;
		wake.size -= part;
	}
	return 0;
}
