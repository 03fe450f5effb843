/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks a configuration before anything is mounted. */
#ifndef FUSEFS_CHECK_H
#define FUSEFS_CHECK_H

#include "fusefs/layer.h"

/* Returns 0, or an error of layer_serve(), reported with a remedy. */
int check_config(const struct layer_config *config);

/* Reports that the kernel has no passthrough, with a remedy. Returns -EOPNOTSUPP. */
int check_report_no_passthrough(void);

/* Reports that the source cannot be stacked upon, with a remedy. Returns -ELOOP. */
int check_report_not_stackable(const char *source);

#endif
