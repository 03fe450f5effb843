/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/confined.h"
#include "tools/base/child.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sanitizers map terabytes, which would exceed RLIMIT_DATA. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAY_LIMIT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAY_LIMIT 0
#endif
#endif
#ifndef MAY_LIMIT
#define MAY_LIMIT 1
#endif

enum { SECONDS_MAX = 120, PATIENCE = 150000 };

struct decoding {
	int (*decode)(int from, int to);
	int from, to;
	uint64_t most;
};

/* Closes all descriptors but the standard streams and two, and gives up root's privileges. */
static void drop_all_but(int one, int other)
{
	enum { NOBODY = 65534 };
	const unsigned int low = (unsigned int)(one < other ? one : other);
	const unsigned int high = (unsigned int)(one < other ? other : one);

	if (low > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
	/* If that is not permitted, the process keeps its user. */
	if (!geteuid() && !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY))
		(void)!setresuid(NOBODY, NOBODY, NOBODY);
	/* Changing the user has cleared it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int decode_alone(void *context)
{
	enum { FAILED = 127 };
	const struct decoding *decoding = context;
	const struct rlimit file = { decoding->most, decoding->most };
	const struct rlimit memory = { CONFINED_MEMORY_MAX, CONFINED_MEMORY_MAX };
	const struct rlimit seconds = { SECONDS_MAX, SECONDS_MAX };

	if (MAY_LIMIT)
		setrlimit(RLIMIT_DATA, &memory);
	setrlimit(RLIMIT_FSIZE, &file);
	setrlimit(RLIMIT_CPU, &seconds);
	if (!freopen("/dev/null", "w", stderr))
		return FAILED;
	drop_all_but(decoding->from, decoding->to);
	return decoding->decode(decoding->from, decoding->to);
}

int confined_decode(int (*decode)(int from, int to), int from, int to, uint64_t most)
{
	struct decoding decoding = { .decode = decode, .from = from, .to = to, .most = most };
	struct child child = { .pid = 0 };
	int code, r = child_start(&child, decode_alone, &decoding);

	if (r)
		return r;
	if (!child_wait(&child, PATIENCE))
		child_kill(&child, 1000);
	code = child_exit_code(&child);
	return code < 0 || code > 125 ? -EBADMSG : code;
}
