/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of lose.h share, all with the lock held: lose.c has the writes, lose_pages.c the
 * versions of pages, lose_sync.c the syncs, lose_log.c the log of changes, lose_change.c how they
 * come to be known, lose_crash.c puts back data, lose_tree.c names, lose_attributes.c attributes.
 */
#ifndef INJECTOR_RULES_LOSE_PARTS_H
#define INJECTOR_RULES_LOSE_PARTS_H

#include "injector/rules/lose.h"

#include <sys/stat.h>

struct lose_identity {
	uint64_t device, inode;
};

/* A page as it was when a generation began. */
struct version {
	struct version *newer;
	uint64_t generation;
	size_t size;  /* bytes that the file had of it */
	int64_t slot; /* in the spill; NO_SLOT: zeros */
	bool hole;    /* there was none */
};

enum { NO_SLOT = -1 };

struct lose_page {
	uint64_t number;
	struct lose_page *next, **link; /* of its file; what points at it */
	struct version *oldest;         /* the durable one; never NULL */
};

struct lose_file {
	struct lose_identity identity;
	struct hook_request request; /* has its cache dropped */
	struct lose_file *next;
	int fd;
	uint64_t size;              /* durable */
	uint64_t missed;            /* unsynced writes that were not remembered */
	uint64_t missed_generation; /* of the last of them */
	uint64_t changes;           /* in the log and under way */
	void *tree;                 /* of the pages, by tsearch(3) */
	struct lose_page *pages;
};

/* Under way, or, where writes are listed, not durable. */
struct lose_write {
	struct lose_write *next;
	struct hook_request request; /* on the file that is written */
	uint64_t offset, end;        /* bytes */
	uint64_t generation, ended;  /* before it, and when it had ended */
};

struct lose_sync {
	struct lose_sync *next;
	struct hook_request request;
	uint64_t generation; /* that it began */
	uint64_t size;       /* of the file then, or now if that is less; 0: nothing was unsynced */
	uint64_t position;   /* in the log up to which it makes durable */
};

/* A file or directory that is held, because it may have to come back or has names that may. */
struct lose_object {
	struct lose_identity identity;
	int fd; /* O_PATH */
	unsigned int references;
	unsigned int staged; /* its name while names are put back; 0: none */
};

/* A name in a directory, and what it was the name of before a change. */
struct lose_entry {
	struct lose_object *directory;
	char *name;
	struct lose_object *old; /* NULL: nothing */
};

enum lose_kind {
	CHANGE_NAMES,
	CHANGE_SIZE,      /* to `end` bytes */
	CHANGE_ZEROS,     /* from offset to end */
	CHANGE_ALLOCATED, /* the same */
	CHANGE_ATTRIBUTES,
};

/* lose_attributes.c */
struct lose_attributes {
	struct stat status;
	struct lose_xattr *xattrs;
};

struct lose_change {
	struct lose_change *next, *previous;
	uint64_t number; /* in the log; the request's while it is under way */
	enum lose_kind kind;
	struct lose_entry entries[2];
	unsigned int entry_count;
	struct lose_object *object; /* of attributes, as they were before */
	struct lose_attributes *attributes;
	struct lose_file *file; /* of all others */
	uint64_t offset, end;   /* bytes */
	uint64_t generation;    /* versions before it do not have it */
	bool grows;             /* the file is at least `end` bytes long by it */
};

/* Up to which change a sync of a file or directory must make the log durable. */
struct lose_known {
	struct lose_identity identity;
	uint64_t sync_to, data_sync_to;
};

/* lose_file.c, with the lock held: of structs that begin with a struct lose_identity, for
 * tsearch(3). */
int lose_compare(const void *a, const void *b);

static inline struct lose_identity lose_identity_of(const struct hook_request *request)
{
	return (struct lose_identity){ request->device, request->inode };
}

/* The file of a request; NULL: nothing is remembered of it. */
struct lose_file *lose_find_file(const struct lose *lose, const struct lose_identity *identity);

/* Makes it known as it is now. Returns 0 or -errno. */
int lose_add_file(struct lose *lose, const struct hook_request *request, struct lose_file **added);

/* The one or the other. */
int lose_need_file(struct lose *lose, const struct hook_request *request, struct lose_file **file);

/* Forgets a file and its pages. link: what points at it. */
void lose_forget_file(struct lose *lose, struct lose_file **link);

/* Forgets files that have nothing unsynced. */
void lose_forget_synced(struct lose *lose);

/* A copy of a request that outlives it. */
struct hook_request lose_keep_request(const struct hook_request *request);

/* A reference on the object that a descriptor is of, which is the object's from then on. NULL
 * without memory. */
struct lose_object *lose_take_object(struct lose *lose, int fd);
void lose_put_object(struct lose *lose, struct lose_object *object);

/* For sets of struct lose_entry, by directory and name, of tsearch(3). */
int lose_compare_entries(const void *a, const void *b);

/* Frees a set of tsearch(3), but not what is in it. */
void lose_end_set(void *set);

/* lose_spill.c: makes room for a page and writes it; reads it; gives its room back. Return 0 and
 * the slot, or -errno. */
int lose_spill_put(struct lose_spill *spill, const void *page, int64_t *slot);
int lose_spill_get(const struct lose_spill *spill, int64_t slot, void *page);
void lose_spill_drop(struct lose_spill *spill, int64_t slot);
void lose_spill_release(struct lose_spill *spill);

/* lose_pages.c */
struct lose_page *lose_find_page(const struct lose_file *file, uint64_t number);
void lose_forget_page(struct lose *lose, struct lose_file *file, struct lose_page *page);

/* Keeps the pages from `first` to `last` from being taken for durable by a sync that began with the
 * generation or before. Returns the bytes kept, or -errno: some will be. */
int64_t lose_keep_pages(struct lose *lose, struct lose_file *file, uint64_t first, uint64_t last,
			uint64_t generation);

/* The same of those that have data between two bytes. */
int64_t lose_keep_data(struct lose *lose, struct lose_file *file, uint64_t from, uint64_t to,
		       uint64_t generation);

/* The bytes of a version, zeros where the file had none. Returns 0 or -errno. */
int lose_read_version(const struct lose *lose, const struct version *version,
		      unsigned char bytes[LOSE_PAGE]);

/* A page is durable as it was when the generation began. */
void lose_drop_older(struct lose *lose, struct lose_file *file, struct lose_page *page,
		     uint64_t generation);

/* Without a sync under way only the oldest versions can come to be durable. */
void lose_drop_newer(struct lose *lose, struct lose_file *file);

/* The versions from before a generation come to be as a change left them: no longer than `size`, or
 * zeros from `from` to `to`. */
void lose_cut_versions(struct lose_file *file, uint64_t size, uint64_t before);
void lose_zero_versions(struct lose *lose, struct lose_file *file, uint64_t from, uint64_t to,
			uint64_t before);

/* lose_sync.c: the generation of the last sync that is under way of a file; 0: there is none. */
uint64_t lose_last_sync(const struct lose *lose, const struct lose_identity *identity);
void lose_end_sync(struct lose *lose, const struct hook_request *request, int result);

/* A write with O_DSYNC has ended. */
void lose_end_durable_write(struct lose *lose, const struct lose_write *write);

/* lose_log.c: the log's end is what changed a file or directory last. data: fdatasync has to make
 * it durable too. */
void lose_touch(struct lose *lose, const struct lose_identity *identity, bool data);

/* Up to which change a sync of it makes durable. */
uint64_t lose_position(const struct lose *lose, const struct lose_identity *identity, bool data);

/* All changes up to `position` are durable, or, in any order, those of one file or directory. */
void lose_durable_to(struct lose *lose, uint64_t position);
void lose_durable_of(struct lose *lose, const struct lose_identity *identity, uint64_t position);

void lose_append(struct lose *lose, struct lose_change *change);
void lose_free_change(struct lose *lose, struct lose_change *change);
void lose_forget_changes(struct lose *lose);

/* Of the changes that are not durable those are chosen that survive all the same, and are durable
 * from then on. Returns how many. */
uint64_t lose_choose_changes(struct lose *lose);

/* lose_change.c: a request that changes names, size, space or attributes begins. Returns 0, or
 * -errno: the change is not remembered. */
int lose_change_begins(struct lose *lose, const struct hook_request *request);
void lose_change_ends(struct lose *lose, const struct hook_request *request, int result);
bool lose_changes(const struct hook_request *request);

/* lose_attributes.c: what a descriptor (O_PATH) is of has now; NULL: there is no memory. */
struct lose_attributes *lose_read_attributes(int fd);
void lose_free_attributes(struct lose_attributes *attributes);

/* Gives them to it. Returns 0 or the first -errno. */
int lose_put_attributes(int fd, const struct lose_attributes *attributes);

/* lose_tree.c: gives names back to what had them before the changes that are in the log. Returns 0
 * or the first -errno. */
int lose_put_back_names(struct lose *lose, const struct lose_witness *witness);

/* lose_rebuild.c: makes in a directory, by a name, what has lost its name. Returns a descriptor
 * (O_PATH) of what was made, or -errno. */
int lose_rebuild(int from, int directory, const char *name);

static inline uint64_t lose_lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t lose_greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
