/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash of a file in a bundle. */
#ifndef TOOLS_BUNDLE_BUNDLE_HASH_H
#define TOOLS_BUNDLE_BUNDLE_HASH_H

#include "tools/bundle/bundle.h"

#include <sodium.h>

enum { BUNDLE_HASH = 2 * crypto_generichash_BYTES + 1 };

/* Writes the hash in hexadecimal digits. */
static inline void bundle_hash(const struct bundle_part *part, char text[BUNDLE_HASH])
{
	unsigned char hash[crypto_generichash_BYTES];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)part->data, part->size, NULL,
			   0);
	sodium_bin2hex(text, BUNDLE_HASH, hash, sizeof(hash));
}

#endif
