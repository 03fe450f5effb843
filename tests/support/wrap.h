/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For suites that are linked with --wrap=NAME: wrap_NAME() is called in place of NAME(), and
 * real_NAME() is the function itself. The linker's own names are reserved ones.
 */
#ifndef TESTS_SUPPORT_WRAP_H
#define TESTS_SUPPORT_WRAP_H

#define WRAPS(name)   __asm__("__wrap_" #name)
#define IS_REAL(name) __asm__("__real_" #name)

#endif
