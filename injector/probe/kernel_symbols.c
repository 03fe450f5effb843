/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/kernel_symbols.h"
#include "injector/base/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kernel_symbols {
	char *text;                  /* the list, which contains the names */
	struct kernel_symbol *items; /* by address */
	size_t count, room;
};

/* Parses a line: address, type, name, and perhaps a module. Ignores what is not a function. */
static int take(struct kernel_symbols *symbols, char *line)
{
	char *rest, *name;
	uint64_t address = strtoull(line, &rest, 16);

	if (rest == line || rest[0] != ' ' || !rest[1] || !strchr("tTwW", rest[1]) ||
	    rest[2] != ' ')
		return 0;
	if (symbols->count == symbols->room) {
		size_t room = symbols->room ? 2 * symbols->room : 1U << 17;
		void *more = realloc(symbols->items, room * sizeof(*symbols->items));

		if (!more)
			return -ENOMEM;
		symbols->items = more;
		symbols->room = room;
	}
	name = rest + 3;
	name[strcspn(name, " \t\r")] = '\0';
	symbols->items[symbols->count++] = (struct kernel_symbol){ address, name };
	return 0;
}

static int by_address(const void *left, const void *right)
{
	const struct kernel_symbol *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address) ?: strcmp(a->name, b->name);
}

struct kernel_symbols *kernel_symbols_parse(char *text)
{
	struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));
	char *save = NULL;
	int r = 0;

	if (!symbols) {
		free(text);
		return NULL;
	}
	symbols->text = text;
	for (char *line = strtok_r(text, "\n", &save); line && !r;
	     line = strtok_r(NULL, "\n", &save))
		r = take(symbols, line);
	if (r) {
		kernel_symbols_free(symbols);
		errno = -r;
		return NULL;
	}
	if (symbols->count)
		qsort(symbols->items, symbols->count, sizeof(*symbols->items), by_address);
	return symbols;
}

struct kernel_symbols *kernel_symbols_read(void)
{
	char *text;
	int r = text_file_read("/proc/kallsyms", &text, NULL);

	if (!r)
		return kernel_symbols_parse(text);
	errno = -r;
	return NULL;
}

bool kernel_symbols_usable(const struct kernel_symbols *symbols, char *why, size_t size)
{
	if (!symbols) {
		snprintf(why, size, "/proc/kallsyms: %s; a kernel with CONFIG_KALLSYMS is needed",
			 strerror(errno));
		return false;
	}
	if (!symbols->count) {
		snprintf(why, size,
			 "/proc/kallsyms lists no function; a kernel with CONFIG_KALLSYMS is "
			 "needed");
		return false;
	}
	/* Sorted by address: all are 0. */
	if (!symbols->items[symbols->count - 1].address) {
		snprintf(why, size,
			 "/proc/kallsyms hides where functions are; CAP_SYSLOG and a "
			 "kernel.kptr_restrict of 0 or 1 are needed");
		return false;
	}
	return true;
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->items);
	free(symbols->text);
	free(symbols);
}

const struct kernel_symbol *kernel_symbols_all(const struct kernel_symbols *symbols, size_t *count)
{
	*count = symbols->count;
	return symbols->items;
}

const struct kernel_symbol *kernel_symbols_find(const struct kernel_symbols *symbols,
						const char *name)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (!strcmp(symbols->items[i].name, name))
			return &symbols->items[i];
	return NULL;
}

/* The number of functions that begin at or before an address. */
static size_t count_to(const struct kernel_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->items[middle].address > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

const struct kernel_symbol *kernel_symbols_at(const struct kernel_symbols *symbols,
					      uint64_t address)
{
	size_t i = count_to(symbols, address);
	const struct kernel_symbol *best = i ? &symbols->items[i - 1] : NULL;

	while (i-- && symbols->items[i].address == best->address)
		if (strlen(symbols->items[i].name) <= strlen(best->name))
			best = &symbols->items[i];
	return best;
}

uint64_t kernel_symbols_end(const struct kernel_symbols *symbols, uint64_t address)
{
	size_t i = count_to(symbols, address);

	return i < symbols->count ? symbols->items[i].address : UINT64_MAX;
}
