/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/leftover.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/remove_tree.h"
#include "injector/base/report.h"
#include "injector/memory/cgroup.h"
#include "injector/memory/zram.h"
#include "tools/machine/our_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

int leftover_identify_open(int fd, char *identity)
{
	struct file_identity found;
	int r = file_identity_of(fd, &found);

	if (!r)
		snprintf(identity, RECORD_IDENTITY_MAX, "%" PRIx64 ":%" PRIx64 ":%" PRIx64,
			 found.device, found.inode, found.birth);
	return r;
}

static int identify_directory(const char *path, char *identity)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : leftover_identify_open(fd, identity);
}

static bool parse_directory(const char *identity, struct file_identity *made)
{
	return sscanf(identity, "%" SCNx64 ":%" SCNx64 ":%" SCNx64, &made->device, &made->inode,
		      &made->birth) == 3;
}

static int remove_directory(const struct record *record, const struct record_entry *entry)
{
	struct file_identity made;

	if (parse_directory(entry->identity, &made))
		return remove_tree(entry->path, &made, !record->this_boot);
	return rmdir(entry->path) && errno != ENOENT ? -ESTALE : 0;
}

/* Returns whether it is still the directory that was made. */
static bool is_same_directory(const struct record_entry *entry)
{
	char identity[RECORD_IDENTITY_MAX];

	return !identify_directory(entry->path, identity) && !strcmp(identity, entry->identity);
}

static int remove_cgroup(const struct record *record, const struct record_entry *entry)
{
	(void)record;
	if (is_same_directory(entry))
		return cgroup_remove(entry->path);
	if (strcmp(entry->identity, RECORD_UNKNOWN))
		return access(entry->path, F_OK) ? 0 : -ESTALE;
	return rmdir(entry->path) && errno != ENOENT ? -ESTALE : 0;
}

static int take_controller(const struct record *record, const struct record_entry *entry)
{
	(void)record;
	return is_same_directory(entry) ? cgroup_take_memory(entry->path) : -ESTALE;
}

static int identify_mount(const char *path, char *identity)
{
	struct mount_identity found;
	int r = mount_identify(path, &found);

	if (!r)
		snprintf(identity, RECORD_IDENTITY_MAX, "%" PRIu64 ":%" PRIu64, found.id,
			 found.unique);
	return r;
}

static int remove_mount(const struct record *record, const struct record_entry *entry)
{
	struct mount_identity made = MOUNT_UNKNOWN;

	(void)record;
	if (sscanf(entry->identity, "%" SCNu64 ":%" SCNu64, &made.id, &made.unique) != 2)
		made = MOUNT_UNKNOWN;
	return our_mount_remove(entry->path, &made);
}

static int identify_zram(const char *path, char *identity)
{
	snprintf(identity, RECORD_IDENTITY_MAX, "%" PRIu64, zram_sequence(path));
	return 0;
}

static int remove_zram(const struct record *record, const struct record_entry *entry)
{
	uint64_t sequence = strtoull(entry->identity, NULL, 10);

	return zram_remove(entry->path, sequence, record->token);
}

static const struct kind {
	const char *what;
	int (*identify)(const char *path, char *identity);
	/* Returns -ESTALE if something else is there. */
	int (*remove)(const struct record *record, const struct record_entry *entry);
	bool survives; /* a restart */
	const char *complaint;
} kinds[] = {
	{ "directory", identify_directory, remove_directory, true, "cannot be removed" },
	{ "mount", identify_mount, remove_mount, false, "cannot be unmounted" },
	{ "cgroup", identify_directory, remove_cgroup, false, "cannot be removed" },
	{ "memory-controller", identify_directory, take_controller, false,
	  "its memory controller cannot be taken back" },
	{ "zram", identify_zram, remove_zram, false, "cannot be removed" },
};

static const struct kind *find(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].what, what))
			return &kinds[i];
	return NULL;
}

int leftover_identify(const char *what, const char *path, char *identity)
{
	const struct kind *kind = find(what);

	return kind ? kind->identify(path, identity) : -EINVAL;
}

int leftover_remove(const struct record *record, const struct record_entry *entry)
{
	const struct kind *kind = find(entry->what);
	char path[RECORD_ESCAPED_MAX];
	int r;

	if (!kind || (!kind->survives && !record->this_boot))
		return 0;
	r = kind->remove(record, entry);
	if (r == -ESTALE) {
		report(0, "%s: is not the %s that was made; it stays",
		       record_escape(entry->path, path), entry->what);
		return 0;
	}
	return r ? report(r, "%s: %s", record_escape(entry->path, path), kind->complaint) : 0;
}
