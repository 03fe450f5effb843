/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/keys.h"
#include "injector/base/cleanup.h"
#include "tools/base/utf8.h"

#include <stdatomic.h>
#include <string.h>

static json_t *value_of(const struct key *key, const void *from)
{
	const void *at = (const char *)from + key->offset;

	if (key->always)
		return json_string(key->always);
	if (key->make)
		return key->make(at);
	return key->keys ? keys_object(key->keys, at) : NULL;
}

void keys_add(json_t *object, const struct key *keys, const void *from)
{
	for (const struct key *key = keys; key->name; key++) {
		json_t *value = key->flags & KEY_ADDED ? NULL : value_of(key, from);

		if (value || !(key->flags & (KEY_OPTIONAL | KEY_ADDED)))
			json_object_set_new(object, key->name, value ? value : json_null());
	}
}

json_t *keys_object(const struct key *keys, const void *from)
{
	json_t *object = json_object();

	keys_add(object, keys, from);
	return object;
}

const struct key *keys_find(const struct key *keys, const char *name)
{
	for (const struct key *key = keys; key->name; key++)
		if (!strcmp(key->name, name))
			return key;
	return NULL;
}

size_t keys_select(const struct key *keys, unsigned int flags, struct key *into, size_t size)
{
	size_t count = 0;

	for (const struct key *key = keys; key->name && count < size - 1; key++)
		if (key->flags & flags)
			into[count++] = *key;
	into[count] = (struct key)KEY_END;
	return count;
}

json_t *key_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *key_real_of(double value)
{
	return value < 0 ? NULL : json_real(value);
}

json_t *key_text_of(const char *text)
{
	json_t *string = json_string(text);
	_cleanup_free_ char *valid = NULL;

	if (string || !text)
		return string;
	/* File names and output of consoles and programs may not be UTF-8. */
	valid = utf8_valid(text);
	return json_string(valid ?: "?");
}

json_t *key_u64(const void *at)
{
	uint64_t value;

	/* The kernel's headers declare such fields with another type of the same size. */
	memcpy(&value, at, sizeof(value));
	return key_number(value);
}

json_t *key_counter(const void *at)
{
	return key_number(atomic_load((const _Atomic uint64_t *)at));
}

json_t *key_unsigned(const void *at)
{
	return key_number(*(const unsigned int *)at);
}

json_t *key_bool(const void *at)
{
	return json_boolean(*(const bool *)at);
}

json_t *key_string(const void *at)
{
	return key_text_of(*(const char *const *)at);
}

json_t *key_text(const void *at)
{
	return key_text_of(at);
}

json_t *key_text_or_null(const void *at)
{
	return *(const char *)at ? key_text_of(at) : NULL;
}

json_t *key_errno(const void *at)
{
	int error = *(const int *)at;
	const char *name = strerrorname_np(error < 0 ? -error : error);

	return error ? json_string(name ? name : "?") : NULL;
}

json_t *key_real(const void *at)
{
	return key_real_of(*(const double *)at);
}
