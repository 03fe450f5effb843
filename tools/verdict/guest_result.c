/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/guest_result.h"
#include "tools/verdict/result_keys.h"

const struct key guest_keys[] = {
	{ "kernel", KEY_TEXT, NULL, "the version that was asked for, or the name of the image", 0,
	  KEY_AT(key_string, struct guest_result, kernel) },
	{ "accelerator", KEY_TEXT, NULL, "kvm or tcg", 0,
	  KEY_AT(key_string, struct guest_result, accelerator) },
	{ "cpus", KEY_NUMBER, NULL, "processors", 0,
	  KEY_AT(key_unsigned, struct guest_result, cpus) },
	{ "memory_mib", KEY_NUMBER, "MiB", "memory", 0,
	  KEY_AT(key_unsigned, struct guest_result, memory) },
	{ "boots", KEY_NUMBER, NULL,
	  "boots or restores: 1, or more where a guest died of something else than the race", 0,
	  KEY_AT(key_unsigned, struct guest_result, boots) },
	{ "restored", KEY_BOOLEAN, NULL, "from a snapshot of the booted guest, instead of booting",
	  0, KEY_AT(key_bool, struct guest_result, restored) },
	{ "boot_seconds", KEY_REAL, "seconds", "from the start of QEMU to the start of the run",
	  KEY_NULL, KEY_AT(key_real, struct guest_result, boot_seconds) },
	{ "died", KEY_TEXT, NULL, "how", KEY_NULL, KEY_AT(key_string, struct guest_result, died) },
	KEY_END,
};

json_t *guest_result_json(const struct guest_result *guest)
{
	return keys_object(guest_keys, guest);
}
