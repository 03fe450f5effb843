/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the runs of a bisection by `foliostorm guest`. */
#ifndef TOOLS_BISECT_BISECT_GUEST_H
#define TOOLS_BISECT_BISECT_GUEST_H

#include "tools/bisect/bisect.h"

/* A runner that needs no context. */
extern const struct bisect_runner bisect_guest;

/* Output of the guest, in a run's directory. */
#define BISECT_LOG "guest.log"

#endif
