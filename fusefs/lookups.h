/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer's implementation of struct hook_lookups. path() reads the path again for each open. */
#ifndef FUSEFS_LOOKUPS_H
#define FUSEFS_LOOKUPS_H

#include "injector/rules/hooks.h"

extern const struct hook_lookups layer_lookups;

#endif
