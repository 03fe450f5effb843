/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays whose length the compiler knows. */
#ifndef INJECTOR_BASE_ARRAY_H
#define INJECTOR_BASE_ARRAY_H

/* How many items an array has. Not for pointers: gcc and clang warn of them. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
