/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/space.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/random.h"
#include "injector/base/report.h"
#include "injector/base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 8, KEY_SAMPLE = 0x210, KEY_NEAR = 0x220, TRIES = 64 };

/* A kind of quantity for ranges. */
struct quantity {
	const char *name, *steps; /* allowed steps, for messages */
	int (*parse)(const char *text, uint64_t *value);
	const char *(*format)(uint64_t value, char *text, size_t size);
	bool doubles; /* without a step */
	bool even;    /* without a step: STEPS steps */
};

static int parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || end == text || *end || *text == '-' || *text == '+' ? -EINVAL : 0;
}

static const char *format_number(uint64_t value, char *text, size_t size)
{
	snprintf(text, size, "%ju", (uintmax_t)value);
	return text;
}

static const struct quantity quantities[] = {
	{ "number", "a number, or log", parse_number, format_number, false, false },
	{ "duration", "a duration, or log", units_parse_duration, units_format_duration, false,
	  true },
	{ "size", "a size, or log", units_parse_size, units_format_size, true, false },
};

static int add_value(struct space_key *key, const char *text, double number)
{
	struct space_value *more;

	for (size_t i = 0; i < key->count; i++)
		if (!strcmp(key->values[i].text, text))
			return 0;
	if (key->count == SPACE_VALUES_MAX)
		return report(0, "--vary %s: more than %d values; give a step, as in A..B:STEP",
			      key->path, SPACE_VALUES_MAX);
	more = realloc(key->values, (key->count + 1) * sizeof(*more));
	if (!more)
		return report(-ENOMEM, "the values of %s", key->path);
	key->values = more;
	more[key->count].number = number;
	more[key->count].text = strdup(text);
	return more[key->count].text ? (key->count++, 0) : report(-ENOMEM, "%s", key->path);
}

static int add_quantity(struct space_key *key, const struct quantity *quantity, uint64_t value)
{
	char text[64];

	return add_value(key, quantity->format(value, text, sizeof(text)), (double)value);
}

/* Rounds to two digits, as people would write the value, unless that leaves the range. */
static uint64_t tidy(double value, uint64_t from, uint64_t to)
{
	double unit = value < 10 ? 1 : pow(10, floor(log10(value)) - 1);
	uint64_t rounded = (uint64_t)(round(value / unit) * unit);

	if (rounded < from || rounded > to)
		rounded = (uint64_t)value;
	return rounded < from ? from : rounded > to ? to : rounded;
}

static int add_ratios(struct space_key *key, const struct quantity *quantity, uint64_t from,
		      uint64_t to)
{
	double least = from ? (double)from : fmax(1, (double)to / 1000);
	int r = from ? 0 : add_quantity(key, quantity, 0);

	for (int i = 0; i <= STEPS && !r; i++) {
		double value = least * pow((double)to / least, (double)i / STEPS);

		r = add_quantity(key, quantity,
				 i == STEPS   ? to
				 : i || !from ? tidy(value, from, to)
					      : from);
	}
	return r;
}

static int add_doublings(struct space_key *key, const struct quantity *quantity, uint64_t from,
			 uint64_t to)
{
	int r = from ? 0 : add_quantity(key, quantity, 0);

	for (uint64_t value = from ? from : 1; value < to && !r; value *= 2) {
		r = add_quantity(key, quantity, value);
		/* The next doubling would exceed `to`, and might overflow. */
		if (value > to / 2)
			break;
	}
	return r ? r : add_quantity(key, quantity, to);
}

static int add_steps(struct space_key *key, const struct quantity *quantity, uint64_t from,
		     uint64_t to, uint64_t step)
{
	int r = 0;

	for (uint64_t value = from; value <= to && !r; value += step) {
		r = add_quantity(key, quantity, value);
		if (to - value < step)
			break;
	}
	return r;
}

/* step: may be NULL. */
static int add_range(struct space_key *key, const struct quantity *quantity, uint64_t from,
		     uint64_t to, const char *step)
{
	bool ratios = step && !strcmp(step, "log");
	uint64_t width;

	if (from > to)
		return report(0, "--vary %s: the range ends before it begins", key->path);
	if (ratios && quantity->even)
		return add_ratios(key, quantity, from, to);
	if (ratios || (!step && quantity->doubles))
		return add_doublings(key, quantity, from, to);
	width = quantity->even && to - from >= STEPS ? (to - from) / STEPS : 1;
	if (step && (quantity->parse(step, &width) || !width))
		return report(0, "--vary %s: \"%s\" is not a step of %ss; allowed: %s", key->path,
			      step, quantity->name, quantity->steps);
	return add_steps(key, quantity, from, to, width);
}

/* Adds a word or range. item: modified. */
static int add_item(struct space_key *key, char *item)
{
	char *dots = strstr(item, ".."), *step = dots ? strchr(dots, ':') : NULL;
	uint64_t from, to;

	if (!*item)
		return report(0,
			      "--vary %s: an empty value; allowed: values parted by commas, or "
			      "ranges such as 1..8, 0us..1ms:log",
			      key->path);
	for (size_t i = 0; i < ARRAY_SIZE(quantities); i++) {
		const struct quantity *quantity = &quantities[i];

		if (dots)
			*dots = '\0';
		if (step)
			*step = '\0';
		if (dots && !quantity->parse(item, &from) && !quantity->parse(dots + 2, &to))
			return add_range(key, quantity, from, to, step ? step + 1 : NULL);
		if (step)
			*step = ':';
		if (dots)
			*dots = '.';
		if (!dots && !quantity->parse(item, &from))
			return add_value(key, item, (double)from);
	}
	if (dots)
		return report(0,
			      "--vary %s: \"%s\" is not a range; allowed: A..B of numbers, "
			      "durations or sizes, with :STEP or :log after it",
			      key->path, item);
	return add_value(key, item, NAN);
}

int space_add_key(struct space *space, const char *vary)
{
	const char *equals = strchr(vary, '=');
	_cleanup_free_ char *values = strdup(equals ? equals + 1 : "");
	char *rest = values, *item;
	struct space_key *key;
	int r = 0;

	if (!equals || equals == vary)
		return report(0, "--vary %s: expected KEY=VALUES, such as storm.aim=256..272",
			      vary);
	if (space->key_count == SPACE_KEYS_MAX)
		return report(0, "more than %d --vary", SPACE_KEYS_MAX);
	key = &space->keys[space->key_count];
	key->path = strndup(vary, (size_t)(equals - vary));
	if (!key->path || !values)
		return report(-ENOMEM, "--vary");
	for (size_t i = 0; i < space->key_count; i++)
		if (!strcmp(space->keys[i].path, key->path))
			r = report(0, "--vary %s is given twice", key->path);
	space->key_count++;
	while (!r && (item = strsep(&rest, ",")))
		r = add_item(key, item);
	key->numeric = true;
	for (size_t i = 0; i < key->count; i++)
		key->numeric &= !isnan(key->values[i].number);
	return r;
}

double space_size(const struct space *space)
{
	double size = 1;

	for (size_t i = 0; i < space->key_count; i++)
		size *= (double)space->keys[i].count;
	return size;
}

static bool is_there(const struct space *space, const struct space_setting *setting)
{
	for (size_t i = 1; i < space->count; i++)
		if (!memcmp(space->settings[i].value, setting->value,
			    space->key_count * sizeof(setting->value[0])))
			return true;
	return false;
}

/* Adds a setting if it is new and allowed. Returns whether it did. */
static bool take(struct space *space, const struct space_setting *setting)
{
	if (space->count == space->room || is_there(space, setting))
		return false;
	if (space->allowed && !space->allowed(space->context, setting)) {
		space->refused++;
		return false;
	}
	space->settings[space->count++] = *setting;
	return true;
}

static void take_all(struct space *space)
{
	size_t size = (size_t)space_size(space);

	for (size_t n = 0; n < size; n++) {
		struct space_setting setting = { { 0 } };
		size_t rest = n;

		for (size_t k = space->key_count; k-- > 0;) {
			setting.value[k] = (uint16_t)(rest % space->keys[k].count);
			rest /= space->keys[k].count;
		}
		take(space, &setting);
	}
	space->whole = true;
}

static uint64_t draw(const struct space *space, uint64_t key, uint64_t number, uint64_t below)
{
	return random_value(space->seed, key, number) % below;
}

static struct space_setting any_setting(const struct space *space, uint64_t key, uint64_t number)
{
	struct space_setting setting = { { 0 } };

	for (size_t k = 0; k < space->key_count; k++)
		setting.value[k] = (uint16_t)draw(space, key, number * SPACE_KEYS_MAX + k,
						  space->keys[k].count);
	return setting;
}

/* Each key has its own order of strata. */
static int take_sample(struct space *space, size_t most)
{
	_cleanup_free_ uint16_t *strata = calloc(most * SPACE_KEYS_MAX, sizeof(*strata));

	if (!strata)
		return report(-ENOMEM, "a sample of settings");
	for (size_t k = 0; k < space->key_count; k++) {
		uint16_t *order = strata + k * most;

		for (size_t i = 0; i < most; i++)
			order[i] = (uint16_t)(i * space->keys[k].count / most);
		for (size_t i = most; i > 1; i--) {
			size_t other = draw(space, KEY_SAMPLE + k, i, i);
			uint16_t kept = order[i - 1];

			order[i - 1] = order[other];
			order[other] = kept;
		}
	}
	for (size_t i = 0; i < most; i++) {
		struct space_setting setting = { { 0 } };

		for (size_t k = 0; k < space->key_count; k++)
			setting.value[k] = strata[k * most + i];
		/* Replaces a refused combination by a random one. */
		for (uint64_t n = 0; !take(space, &setting) && n < TRIES; n++)
			setting = any_setting(space, KEY_SAMPLE + SPACE_KEYS_MAX, i * TRIES + n);
	}
	return 0;
}

int space_fill(struct space *space, size_t most, size_t room)
{
	space->room = room > most + 1 ? room : most + 1;
	space->settings = calloc(space->room, sizeof(*space->settings));
	if (!space->settings)
		return report(-ENOMEM, "the settings");
	space->count = 1;
	if (space_size(space) > (double)most)
		return take_sample(space, most);
	take_all(space);
	return 0;
}

/* Another value of a key: of quantities within an eighth of the values, of words any. */
static uint16_t other_value(const struct space *space, const struct space_key *key, uint16_t value,
			    uint64_t number)
{
	size_t reach = key->numeric ? key->count / 8 + 1 : key->count - 1;
	size_t low = value > reach ? value - reach : 0, high = value + reach, chosen;

	if (high > key->count - 1)
		high = key->count - 1;
	/* A value other than the present one, between low and high. */
	chosen = low + draw(space, KEY_NEAR, number, high - low);
	return (uint16_t)(chosen + (chosen >= value));
}

size_t space_near(void *context, size_t setting)
{
	struct space *space = context;

	for (uint64_t n = 0; n < TRIES && space->count < space->room; n++) {
		uint64_t number = space->count * TRIES + n;
		struct space_setting near = space->settings[setting];
		size_t k = draw(space, KEY_NEAR + 1, number, space->key_count);

		if (!setting)
			near = any_setting(space, KEY_NEAR + 2, number);
		else if (space->keys[k].count > 1)
			near.value[k] = other_value(space, &space->keys[k], near.value[k], number);
		if (take(space, &near))
			return space->count - 1;
	}
	return SIZE_MAX;
}

const char *space_describe(const struct space *space, size_t setting, char *text, size_t size)
{
	size_t used = 0;

	if (!setting) {
		snprintf(text, size, "as it is");
		return text;
	}
	*text = '\0';
	for (size_t k = 0; k < space->key_count; k++)
		used = append_text(text, size, used, "%s%s=%s", k ? " " : "", space->keys[k].path,
				   space->keys[k].values[space->settings[setting].value[k]].text);
	return text;
}

void space_release(struct space *space)
{
	for (size_t k = 0; k < space->key_count; k++) {
		for (size_t i = 0; i < space->keys[k].count; i++)
			free(space->keys[k].values[i].text);
		free(space->keys[k].values);
		free(space->keys[k].path);
	}
	free(space->settings);
}
