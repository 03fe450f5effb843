/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks a configuration before anything is mounted. */
#ifndef FUSEFS_CHECK_H
#define FUSEFS_CHECK_H

#include "fusefs/layer.h"

/* Returns 0, or why it cannot work: reported, with a remedy; the errors of layer_serve(). */
int check_config(const struct layer_config *config);

/* Says that the kernel has no passthrough, and what to do. Returns -EOPNOTSUPP. */
int check_report_no_passthrough(void);

/* Says that the source cannot be stacked upon, and what to do. Returns -ELOOP. */
int check_report_not_stackable(const char *source);

#endif
