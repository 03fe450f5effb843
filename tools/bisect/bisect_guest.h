/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of a bisection, made by `foliostorm guest`. */
#ifndef TOOLS_BISECT_BISECT_GUEST_H
#define TOOLS_BISECT_BISECT_GUEST_H

#include "tools/bisect/bisect.h"

/* A runner without context. */
extern const struct bisect_runner bisect_guest;

/* In the directory of a run: what its guest has said. */
#define BISECT_LOG "guest.log"

#endif
