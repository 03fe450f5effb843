/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/random.h"
#include "injector/rules/lose_parts.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void lose_touch(struct lose *lose, const struct lose_identity *identity, bool data)
{
	struct lose_known *const *found = tfind(identity, &lose->known, lose_compare), *known;

	/* The log is empty. */
	if (!lose->first)
		return;
	if (found) {
		known = *found;
	} else {
		known = calloc(1, sizeof(*known));
		if (known)
			known->identity = *identity;
		if (!known || !tsearch(known, &lose->known, lose_compare)) {
			free(known);
			return;
		}
	}
	known->sync_to = lose->log_end;
	if (data)
		known->data_sync_to = lose->log_end;
}

uint64_t lose_position(const struct lose *lose, const struct lose_identity *identity, bool data)
{
	struct lose_known *const *found = tfind(identity, &lose->known, lose_compare);

	return !found ? 0 : data ? (*found)->data_sync_to : (*found)->sync_to;
}

static void forget_known(struct lose *lose)
{
	while (lose->known) {
		struct lose_known *known = *(struct lose_known **)lose->known;

		tdelete(known, &lose->known, lose_compare);
		free(known);
	}
}

void lose_append(struct lose *lose, struct lose_change *change)
{
	change->number = ++lose->log_end;
	change->generation = ++lose->generation;
	change->next = NULL;
	change->previous = lose->last;
	if (lose->last)
		lose->last->next = change;
	else
		lose->first = change;
	lose->last = change;
}

static void take_out(struct lose *lose, struct lose_change *change)
{
	if (change->previous)
		change->previous->next = change->next;
	else
		lose->first = change->next;
	if (change->next)
		change->next->previous = change->previous;
	else
		lose->last = change->previous;
}

void lose_free_change(struct lose *lose, struct lose_change *change)
{
	for (unsigned int i = 0; i < change->entry_count; i++) {
		lose_put_object(lose, change->entries[i].directory);
		lose_put_object(lose, change->entries[i].old);
		free(change->entries[i].name);
	}
	if (change->file)
		change->file->changes--;
	lose_put_object(lose, change->object);
	lose_free_attributes(change->attributes);
	free(change);
}

void lose_forget_changes(struct lose *lose)
{
	while (lose->first) {
		struct lose_change *change = lose->first;

		take_out(lose, change);
		lose_free_change(lose, change);
	}
	while (lose->pending) {
		struct lose_change *change = lose->pending;

		lose->pending = change->next;
		lose_free_change(lose, change);
	}
	forget_known(lose);
}

/* Forgets a file whose last name is durably removed: it cannot lose data. Another change in the log
 * may still restore a name. */
static void forget_removed(struct lose *lose, const struct lose_object *object)
{
	struct lose_file **link = &lose->files;
	struct lose_file *file = object ? lose_find_file(lose, &object->identity) : NULL;
	struct stat status;

	if (!file || file->changes || object->references > 1 || fstat(object->fd, &status) ||
	    status.st_nlink)
		return;
	while (*link != file)
		link = &(*link)->next;
	lose_forget_file(lose, link);
}

static void apply(struct lose *lose, const struct lose_change *change)
{
	struct lose_file *file = change->file;

	if (change->kind == CHANGE_SIZE && !change->grows) {
		lose_cut_versions(file, change->end, change->generation);
		file->size = lose_lesser(file->size, change->end);
		for (struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
			if (sync->request.inode == file->identity.inode &&
			    sync->request.device == file->identity.device &&
			    sync->generation < change->generation)
				sync->size = lose_lesser(sync->size, change->end);
	}
	if (change->kind == CHANGE_ZEROS)
		lose_zero_versions(lose, file, change->offset, change->end, change->generation);
	if (change->grows)
		file->size = lose_greater(file->size, change->end);
}

static void make_durable(struct lose *lose, struct lose_change *change)
{
	struct lose_file *file = change->file;

	take_out(lose, change);
	if (change->file)
		apply(lose, change);
	for (unsigned int i = 0; i < change->entry_count; i++)
		forget_removed(lose, change->entries[i].old);
	forget_removed(lose, change->object);
	lose_free_change(lose, change);
	if (file)
		lose_forget_unused(lose, file);
	if (!lose->first)
		forget_known(lose);
}

void lose_durable_to(struct lose *lose, uint64_t position)
{
	while (lose->first && lose->first->number <= position)
		make_durable(lose, lose->first);
}

static bool has_entry(void *const *set, const struct lose_change *change)
{
	for (unsigned int i = 0; i < change->entry_count; i++)
		if (tfind(&change->entries[i], set, lose_compare_entries))
			return true;
	return false;
}

static void add_entries(void **set, const struct lose_change *change)
{
	for (unsigned int i = 0; i < change->entry_count; i++)
		tsearch(&change->entries[i], set, lose_compare_entries);
}

static bool is_of(const struct lose_change *change, const struct lose_identity *identity)
{
	bool is = (change->file && !lose_compare(&change->file->identity, identity)) ||
		  (change->object && !lose_compare(&change->object->identity, identity));

	for (unsigned int i = 0; i < change->entry_count; i++)
		is |= !lose_compare(&change->entries[i].directory->identity, identity);
	return is;
}

/*
 * A durable change of a name requires all earlier changes of it, and, for a rename, those of the
 * other name. So it collects them from the last change to the first.
 */
void lose_durable_of(struct lose *lose, const struct lose_identity *identity, uint64_t position)
{
	struct lose_change **chosen, *change;
	size_t count = 0, room = 0;
	void *set = NULL;

	for (change = lose->first; change; change = change->next)
		room++;
	chosen = room ? malloc(room * sizeof(*chosen)) : NULL;
	if (!chosen)
		return;
	for (change = lose->last; change; change = change->previous) {
		if (change->number > position ||
		    (!is_of(change, identity) && !has_entry(&set, change)))
			continue;
		add_entries(&set, change);
		chosen[count++] = change;
	}
	lose_end_set(set);
	while (count)
		make_durable(lose, chosen[--count]);
	free(chosen);
}

static uint64_t survive_in_order(struct lose *lose)
{
	uint64_t count = 0, survives;

	for (const struct lose_change *change = lose->first; change; change = change->next)
		count++;
	survives = random_value(lose->seed, RANDOM_LOSE, lose->crashes << 40) % (count + 1);
	for (uint64_t i = 0; i < survives; i++)
		make_durable(lose, lose->first);
	return survives;
}

/* The file of a change; NULL for a change of names. */
static const struct lose_identity *changed_file(const struct lose_change *change)
{
	return change->file     ? &change->file->identity
	       : change->object ? &change->object->identity
				: NULL;
}

/* Keeps each change or not, but none of a name or file that has lost an earlier one. */
static uint64_t survive_in_any_order(struct lose *lose)
{
	struct lose_change *next;
	void *lost = NULL, *files = NULL;
	uint64_t survives = 0;

	for (struct lose_change *change = lose->first; change; change = next) {
		uint64_t random =
			random_value(lose->seed, RANDOM_LOSE, lose->crashes << 40 | change->number);
		const struct lose_identity *file;

		next = change->next;
		file = changed_file(change);
		if (random & 1 && !has_entry(&lost, change) &&
		    !(file && tfind(file, &files, lose_compare))) {
			make_durable(lose, change);
			survives++;
			continue;
		}
		add_entries(&lost, change);
		if (file)
			tsearch(file, &files, lose_compare);
	}
	lose_end_set(lost);
	lose_end_set(files);
	return survives;
}

uint64_t lose_choose_changes(struct lose *lose)
{
	return lose->any_order ? survive_in_any_order(lose) : survive_in_order(lose);
}
