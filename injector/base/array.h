/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The length of an array. */
#ifndef INJECTOR_BASE_ARRAY_H
#define INJECTOR_BASE_ARRAY_H

/* The number of items. Not for pointers: gcc and clang warn of them. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
