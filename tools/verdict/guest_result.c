/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/guest_result.h"
#include "tools/verdict/result_keys.h"

const struct key guest_keys[] = {
	{ "kernel", KEY_TEXT, NULL, "the requested version, or the name of the image", 0,
	  KEY_AT(key_string, struct guest_result, kernel) },
	{ "accelerator", KEY_TEXT, NULL, "kvm or tcg", 0,
	  KEY_AT(key_string, struct guest_result, accelerator) },
	{ "cpus", KEY_NUMBER, NULL, "number of processors", 0,
	  KEY_AT(key_unsigned, struct guest_result, cpus) },
	{ "memory_mib", KEY_NUMBER, "MiB", "size of the memory", 0,
	  KEY_AT(key_unsigned, struct guest_result, memory) },
	{ "boots", KEY_NUMBER, NULL,
	  "number of boots or restores; more than 1 if a guest died of something other "
	  "than the race",
	  0, KEY_AT(key_unsigned, struct guest_result, boots) },
	{ "restored", KEY_BOOLEAN, NULL, "the guest was restored from a snapshot instead of booted",
	  0, KEY_AT(key_bool, struct guest_result, restored) },
	{ "boot_seconds", KEY_REAL, "seconds",
	  "time from the start of QEMU to the start of the run", KEY_NULL,
	  KEY_AT(key_real, struct guest_result, boot_seconds) },
	{ "died", KEY_TEXT, NULL, "how the guest died; null: it did not", KEY_NULL,
	  KEY_AT(key_string, struct guest_result, died) },
	KEY_END,
};

json_t *guest_result_json(const struct guest_result *guest)
{
	return keys_object(guest_keys, guest);
}
