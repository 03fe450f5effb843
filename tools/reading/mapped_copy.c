/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/mapped_copy.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

static _Thread_local sigjmp_buf out;
static _Thread_local volatile sig_atomic_t copying;

static void on_sigbus(int number)
{
	if (copying)
		siglongjmp(out, 1);
	signal(number, SIG_DFL);
	raise(number);
}

void mapped_copy_init(void)
{
	/* SA_NODEFER: left by siglongjmp(), which does not restore the mask here. */
	struct sigaction action = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
}

int mapped_copy(void *to, const void *from, size_t length)
{
	if (sigsetjmp(out, 0)) {
		copying = 0;
		return -ENODATA;
	}
	copying = 1;
	memcpy(to, from, length);
	copying = 0;
	return 0;
}

int mapped_load(uint64_t *to, const uint64_t *from)
{
	if (sigsetjmp(out, 0)) {
		copying = 0;
		return -ENODATA;
	}
	copying = 1;
	*to = __atomic_load_n(from, __ATOMIC_ACQUIRE);
	copying = 0;
	return 0;
}
