/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hooks may ask about a request: see struct hook_lookups. Paths are read again at each
 * open. */
#ifndef FUSEFS_LOOKUPS_H
#define FUSEFS_LOOKUPS_H

#include "injector/rules/hooks.h"

extern const struct hook_lookups layer_lookups;

#endif
