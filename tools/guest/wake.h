/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message to a guest that waits for its job; the job's archive follows it. */
#ifndef TOOLS_GUEST_WAKE_H
#define TOOLS_GUEST_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#define GUEST_WAKE_MAGIC UINT64_C(0x656b61776f696c6f) /* "oliowake" */

struct guest_wake {
	uint64_t magic;
	uint64_t size; /* of the archive, bytes */
	uint64_t now;  /* CLOCK_REALTIME ns of the host */
	unsigned char seed[32];
	unsigned char name[4]; /* random; makes the host name unique */
	unsigned char unused[4];
};

#endif
