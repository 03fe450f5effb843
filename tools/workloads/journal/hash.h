/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two hashes of a journal file: Bob Jenkins' lookup3 (public domain, 2006), which no library in
 * Debian provides, and siphash24, from libsodium.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_HASH_H
#define TOOLS_WORKLOADS_JOURNAL_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { JOURNAL_KEY_SIZE = 16 };

/*
 * lookup3's hashlittle2() of `length` bytes. *first, *second: the two seeds, replaced by the two
 * results.
 */
void journal_lookup3(const void *bytes, size_t length, uint32_t *first, uint32_t *second);

/* The hash of journal files without HEADER_INCOMPATIBLE_KEYED_HASH; in all files, xor_hash of
 * entries is made from it. Returns both results of lookup3, the first one in the upper 32 bits. */
uint64_t journal_hash_plain(const void *bytes, size_t length);

/* siphash24 with a key of JOURNAL_KEY_SIZE bytes, the file's file_id. */
uint64_t journal_hash_keyed(const void *bytes, size_t length, const uint8_t *key);

#endif
