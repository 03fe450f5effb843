/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of lose.h share. All functions need the lock held. lose.c has the writes,
 * lose_file.c files and objects, lose_pages.c versions of pages, lose_spill.c their bytes,
 * lose_sync.c syncs, lose_change.c changes from the request to the log, lose_log.c the log. A crash
 * restores data in lose_crash.c, names in lose_tree.c and lose_rebuild.c, attributes in
 * lose_attributes.c.
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
	size_t size;  /* bytes of it before the end of the file */
	int64_t slot; /* in the spill; NO_SLOT: zeros */
	bool hole;    /* the page was a hole */
};

enum { NO_SLOT = -1 };

struct lose_page {
	uint64_t number;
	struct lose_page *next, **link; /* in the file's list; the pointer to this one */
	struct version *oldest;         /* the durable one; never NULL */
};

/* A file with unsynced data or changes. */
struct lose_file {
	struct lose_identity identity;
	struct hook_request request; /* a copy, to evict it from the kernel's cache */
	struct lose_file *next;
	int fd;                     /* O_RDWR */
	uint64_t size;              /* durable */
	uint64_t missed;            /* unsynced writes that could not be recorded */
	uint64_t missed_generation; /* of the last of them */
	uint64_t changes;           /* in the log and in progress */
	bool unused;                /* see lose_forgets(); no request has come since */
	void *tree;                 /* of the pages, by tsearch(3) */
	struct lose_page *pages;
};

/* A write in progress, or, with each_write, not durable. */
struct lose_write {
	struct lose_write *next;
	struct hook_request request; /* its nodeid, inode, device: of the file written to */
	uint64_t offset, end;        /* bytes */
	uint64_t generation, ended;  /* lose->generation at its beginning and end */
};

/* A sync in progress. */
struct lose_sync {
	struct lose_sync *next;
	struct hook_request request;
	uint64_t generation; /* that it began */
	uint64_t size;       /* of the file then, reduced by truncations; 0: not recorded */
	uint64_t position;   /* in the log, up to which it makes changes durable */
};

/* A file or directory kept open, since a crash may restore it or names in it. */
struct lose_object {
	struct lose_identity identity; /* of the original, also if it is rebuilt */
	int fd;                        /* O_PATH */
	unsigned int references;
	unsigned int staged; /* its name in the temporary directory of a crash; 0: none */
};

/* A name in a directory, and the file to which it led before a change. */
struct lose_entry {
	struct lose_object *directory;
	char *name;
	struct lose_object *old; /* NULL: none */
};

enum lose_kind {
	CHANGE_NAMES,
	CHANGE_SIZE,      /* to `end` bytes */
	CHANGE_ZEROS,     /* from offset to end: punched or zeroed */
	CHANGE_ALLOCATED, /* from offset to end */
	CHANGE_ATTRIBUTES,
};

/* Owner, mode, times and extended attributes, of lose_attributes.c. */
struct lose_attributes {
	struct stat status;
	struct lose_xattr *xattrs;
};

struct lose_change {
	struct lose_change *next, *previous;
	uint64_t number; /* in the log; `unique` of the request while in progress */
	enum lose_kind kind;
	struct lose_entry entries[2]; /* of CHANGE_NAMES */
	unsigned int entry_count;
	struct lose_object *object;         /* of CHANGE_ATTRIBUTES */
	struct lose_attributes *attributes; /* before the change */
	struct lose_file *file;             /* of the other kinds */
	uint64_t offset, end;               /* bytes */
	uint64_t generation;                /* older versions are from before the change */
	bool grows;                         /* extends the file to `end` bytes */
};

/* The change up to which a sync of a file or directory makes the log durable. */
struct lose_known {
	struct lose_identity identity;
	uint64_t sync_to, data_sync_to; /* by fsync, by fdatasync */
};

/* lose_file.c: compares structs that begin with a struct lose_identity, for tsearch(3). */
int lose_compare(const void *a, const void *b);

static inline struct lose_identity lose_identity_of(const struct hook_request *request)
{
	return (struct lose_identity){ request->device, request->inode };
}

/* The file of that identity; NULL: nothing is recorded of it. */
struct lose_file *lose_find_file(const struct lose *lose, const struct lose_identity *identity);

/* Opens and adds the file of a request; its present size is durable. Returns 0 or -errno. */
int lose_add_file(struct lose *lose, const struct hook_request *request, struct lose_file **added);

/* Finds the file of a request, or adds it. Returns 0 or -errno. */
int lose_need_file(struct lose *lose, const struct hook_request *request, struct lose_file **file);

/* Closes and frees a file and its pages. link: the pointer to it. */
void lose_forget_file(struct lose *lose, struct lose_file **link);

/* Frees a file that is unused and that no change in the log concerns, if it has no name. */
void lose_forget_unused(struct lose *lose, struct lose_file *file);

/* Frees all files without unsynced data and changes. */
void lose_forget_synced(struct lose *lose);

/* A copy of a request that may outlive it: without plan and names. */
struct hook_request lose_keep_request(const struct hook_request *request);

/* Returns a reference on the object of a descriptor, which the object owns from now on, also on
 * error. NULL without memory. put: drops a reference; NULL is allowed. */
struct lose_object *lose_take_object(struct lose *lose, int fd);
void lose_put_object(struct lose *lose, struct lose_object *object);

/* Compares entries by directory and name, for tsearch(3). */
int lose_compare_entries(const void *a, const void *b);

/* Frees a tree of tsearch(3), but not its items. */
void lose_end_set(void *set);

/* lose_spill.c: put writes a page to a free slot, get reads it, drop frees the slot (negative:
 * nothing), release closes the file. put and get return 0 or -errno. */
int lose_spill_put(struct lose_spill *spill, const void *page, int64_t *slot);
int lose_spill_get(const struct lose_spill *spill, int64_t slot, void *page);
void lose_spill_drop(struct lose_spill *spill, int64_t slot);
void lose_spill_release(struct lose_spill *spill);

/* lose_pages.c: find returns NULL if the page has no version; forget frees it with its versions. */
struct lose_page *lose_find_page(const struct lose_file *file, uint64_t number);
void lose_forget_page(struct lose *lose, struct lose_file *file, struct lose_page *page);

/* Records the pages from `first` to `last` as they are now, except those with a version of
 * `generation` or later. Returns the bytes recorded, or -errno: some pages are missed. */
int64_t lose_keep_pages(struct lose *lose, struct lose_file *file, uint64_t first, uint64_t last,
			uint64_t generation);

/* The same for the pages that have data between two bytes. */
int64_t lose_keep_data(struct lose *lose, struct lose_file *file, uint64_t from, uint64_t to,
		       uint64_t generation);

/* Reads a version, with zeros beyond the end of the file. Returns 0 or -errno. */
int lose_read_version(const struct lose *lose, const struct version *version,
		      unsigned char bytes[LOSE_PAGE]);

/* A page is durable as it was when the generation began: drops older versions, and the page if none
 * is left. */
void lose_drop_older(struct lose *lose, struct lose_file *file, struct lose_page *page,
		     uint64_t generation);

/* Drops all but the oldest versions: without a sync in progress the others never become durable. */
void lose_drop_newer(struct lose *lose, struct lose_file *file);

/* Applies a change to the versions from before its generation: cuts them to `size` bytes of the
 * file, or zeroes them from `from` to `to`. */
void lose_cut_versions(struct lose_file *file, uint64_t size, uint64_t before);
void lose_zero_versions(struct lose *lose, struct lose_file *file, uint64_t from, uint64_t to,
			uint64_t before);

/* lose_sync.c: the generation of the last sync of a file in progress; 0: none. */
uint64_t lose_last_sync(const struct lose *lose, const struct lose_identity *identity);
void lose_end_sync(struct lose *lose, const struct hook_request *request, int result);

/* A write with O_DSYNC has ended. */
void lose_end_durable_write(struct lose *lose, const struct lose_write *write);

/* lose_log.c: the last change in the log is one of the file or directory. data: fdatasync must make
 * it durable, too. */
void lose_touch(struct lose *lose, const struct lose_identity *identity, bool data);

/* The change up to which fsync, or fdatasync (data), of it makes the log durable. */
uint64_t lose_position(const struct lose *lose, const struct lose_identity *identity, bool data);

/* Makes changes up to `position` durable: all, or, in any order, those of a file or directory. */
void lose_durable_to(struct lose *lose, uint64_t position);
void lose_durable_of(struct lose *lose, const struct lose_identity *identity, uint64_t position);

/* The log owns an appended change. forget: frees all changes, also those in progress. */
void lose_append(struct lose *lose, struct lose_change *change);
void lose_free_change(struct lose *lose, struct lose_change *change);
void lose_forget_changes(struct lose *lose);

/* Makes a random choice of the changes in the log durable. Returns how many. */
uint64_t lose_choose_changes(struct lose *lose);

/* lose_change.c: whether a request changes names, size, space or attributes; it begins, it ends.
 * begins returns 0, or -errno: the change is not recorded. */
int lose_change_begins(struct lose *lose, const struct hook_request *request);
void lose_change_ends(struct lose *lose, const struct hook_request *request, int result);
bool lose_changes(const struct hook_request *request);

/* lose_attributes.c: reads the attributes of the file of a descriptor (O_PATH). NULL without
 * memory. */
struct lose_attributes *lose_read_attributes(int fd);
void lose_free_attributes(struct lose_attributes *attributes);

/* Sets the attributes of the file of a descriptor (O_PATH). Returns 0 or the first -errno. */
int lose_put_attributes(int fd, const struct lose_attributes *attributes);

/* lose_tree.c: restores names to their state before the changes in the log. witness: may be NULL.
 * Returns 0 or the first -errno. */
int lose_put_back_names(struct lose *lose, const struct lose_witness *witness);

/* lose_rebuild.c: makes a copy of a file without a name in a directory. from: O_PATH. Returns a
 * descriptor (O_PATH) of the copy, or -errno. */
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
