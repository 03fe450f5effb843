/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/trees.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "tests/hostile/identities.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define SCRIPT "#!/bin/true\n"

static const struct timespec made[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

struct plant {
	const char *name;
	mode_t mode; /* with S_IFMT */
	uid_t uid;
	gid_t gid;
	const char *text;            /* the content; the target of a link */
	int flags;                   /* of chattr */
	const char *access, *preset; /* access and default ACL, as lists for make_acl() */
};

#define FILE_OF(name, mode, uid, gid)                                                              \
	{                                                                                          \
		name, S_IFREG | (mode), uid, gid, SCRIPT, 0, NULL, NULL                            \
	}
#define DIRECTORY(name, mode, uid)                                                                 \
	{ name, S_IFDIR | (mode), uid, GROUP, NULL, 0, NULL, NULL },                               \
		FILE_OF(name "/in", 0644, OWNER, GROUP),                                           \
	{                                                                                          \
		name "/sub", S_IFDIR | 0755, OWNER, GROUP, NULL, 0, NULL, NULL                     \
	}

static const struct plant files[] = {
	FILE_OF("f000", 0000, OWNER, GROUP),   FILE_OF("f400", 0400, OWNER, GROUP),
	FILE_OF("f600", 0600, OWNER, GROUP),   FILE_OF("f640", 0640, OWNER, GROUP),
	FILE_OF("f660", 0660, OWNER, GROUP),   FILE_OF("f606", 0606, OWNER, GROUP),
	FILE_OF("f066", 0066, OWNER, GROUP),   FILE_OF("f222", 0222, OWNER, GROUP),
	FILE_OF("f644", 0644, OWNER, GROUP),   FILE_OF("f666", 0666, OWNER, GROUP),
	FILE_OF("f755", 0755, OWNER, GROUP),   FILE_OF("f750", 0750, OWNER, GROUP),
	FILE_OF("f4755", 04755, OWNER, GROUP), FILE_OF("f4777", 04777, OWNER, GROUP),
	FILE_OF("f2777", 02777, OWNER, GROUP), FILE_OF("f6777", 06777, OWNER, GROUP),
	FILE_OF("f2766", 02766, OWNER, GROUP), FILE_OF("f6666", 06666, OWNER, GROUP),
	FILE_OF("f2770", 02770, OWNER, GROUP), FILE_OF("root600", 0600, 0, 0),
	FILE_OF("root644", 0644, 0, 0),        FILE_OF("root6777", 06777, 0, 0),
};

static const struct plant directories[] = {
	DIRECTORY("d700", 0700, OWNER),        DIRECTORY("d755", 0755, OWNER),
	DIRECTORY("d775", 0775, OWNER),        DIRECTORY("d777", 0777, OWNER),
	DIRECTORY("d2775", 02775, OWNER),      DIRECTORY("d2777", 02777, OWNER),
	DIRECTORY("d1777", 01777, 0),          FILE_OF("d1777/strange", 0666, STRANGER, STRANGER),
	FILE_OF("d1777/root", 0666, 0, 0),     DIRECTORY("d555", 0555, OWNER),
	DIRECTORY("d711", 0711, OWNER),        DIRECTORY("d744", 0744, OWNER),
	DIRECTORY("d077", 0077, OWNER),        DIRECTORY("d770", 0770, OWNER),
	FILE_OF("source", 0666, OWNER, GROUP), FILE_OF("source600", 0600, OWNER, GROUP),
};

static const struct plant special[] = {
	{ "acl", S_IFREG | 0640, OWNER, GROUP, SCRIPT, 0, "u6 *6 g4 m6 o0", NULL },
	{ "masked", S_IFREG | 0640, OWNER, GROUP, SCRIPT, 0, "u6 *6 g4 m4 o0", NULL },
	{ "denied", S_IFREG | 0666, OWNER, GROUP, SCRIPT, 0, "u6 *0 g6 m6 o6", NULL },
	{ "presets", S_IFDIR | 0777, OWNER, GROUP, NULL, 0, NULL, "u7 *7 g5 m7 o0" },
	{ "closed", S_IFDIR | 0750, OWNER, GROUP, NULL, 0, "u7 *7 g5 m7 o0", NULL },
	{ "closed/in", S_IFREG | 0644, OWNER, GROUP, SCRIPT, 0, NULL, NULL },
	{ "fifo", S_IFIFO | 0600, OWNER, GROUP, NULL, 0, NULL, NULL },
	{ "fifo666", S_IFIFO | 0666, OWNER, GROUP, NULL, 0, NULL, NULL },
	{ "socket", S_IFSOCK | 0666, OWNER, GROUP, NULL, 0, NULL, NULL },
	{ "null", S_IFCHR | 0666, OWNER, GROUP, NULL, 0, NULL, NULL },
	{ "target", S_IFREG | 0600, OWNER, GROUP, SCRIPT, 0, NULL, NULL },
	{ "link", S_IFLNK | 0777, OWNER, GROUP, "target", 0, NULL, NULL },
	{ "dangling", S_IFLNK | 0777, OWNER, GROUP, "absent", 0, NULL, NULL },
	{ "sticky", S_IFDIR | 01777, 0, 0, NULL, 0, NULL, NULL },
	{ "sticky/link", S_IFLNK | 0777, STRANGER, STRANGER, "../open", 0, NULL, NULL },
	{ "sticky/fifo", S_IFIFO | 0666, STRANGER, STRANGER, NULL, 0, NULL, NULL },
	{ "sticky/file", S_IFREG | 0666, STRANGER, STRANGER, SCRIPT, 0, NULL, NULL },
	{ "open", S_IFREG | 0666, OWNER, GROUP, SCRIPT, 0, NULL, NULL },
	{ "append", S_IFREG | 0666, OWNER, GROUP, SCRIPT, FS_APPEND_FL, NULL, NULL },
	{ "fixed", S_IFREG | 0666, OWNER, GROUP, SCRIPT, FS_IMMUTABLE_FL, NULL, NULL },
	{ "growing", S_IFDIR | 0777, OWNER, GROUP, NULL, 0, NULL, NULL },
	{ "growing/in", S_IFREG | 0666, OWNER, GROUP, SCRIPT, 0, NULL, NULL },
};

static const struct {
	const struct plant *plants;
	size_t count;
} trees[TREES] = {
	[TREE_FILES] = { files, ARRAY_SIZE(files) },
	[TREE_DIRECTORIES] = { directories, ARRAY_SIZE(directories) },
	[TREE_SPECIAL] = { special, ARRAY_SIZE(special) },
};

/* Makes an ACL from a list such as "u6 *6 g4 m6 o0": owner, GUEST, group, mask, others. Returns its
 * size in bytes. Not with linux/posix_acl_xattr.h, which collides with headers of the C library. */
static size_t make_acl(const char *list, unsigned char *acl)
{
	static const struct {
		char letter;
		uint16_t tag;
		uint32_t id;
	} tags[] = { { 'u', 0x01, UINT32_MAX },
		     { '*', 0x02, GUEST },
		     { 'g', 0x04, UINT32_MAX },
		     { 'm', 0x10, UINT32_MAX },
		     { 'o', 0x20, UINT32_MAX } };
	const uint32_t version = 2;
	size_t size = sizeof(version);

	memcpy(acl, &version, sizeof(version));
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		uint16_t permissions = (uint16_t)(strchr(list, tags[i].letter)[1] - '0');

		memcpy(acl + size, &tags[i].tag, 2);
		memcpy(acl + size + 2, &permissions, 2);
		memcpy(acl + size + 4, &tags[i].id, 4);
		size += 8;
	}
	return size;
}

static int set_acl(const char *path, const char *name, const char *list)
{
	unsigned char acl[64];

	return list ? lsetxattr(path, name, acl, make_acl(list, acl), 0) : 0;
}

static int set_flags(const char *path, int flags)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -1 : ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int make_node(const struct plant *plant, const char *path)
{
	switch (plant->mode & S_IFMT) {
	case S_IFDIR:
		return mkdir(path, 0700);
	case S_IFLNK:
		return symlink(plant->text, path);
	default:
		return mknod(path, plant->mode, S_ISCHR(plant->mode) ? makedev(1, 3) : 0);
	}
}

static int fill(const struct plant *plant, const char *path)
{
	_cleanup_close_ int fd = -1;

	if (!S_ISREG(plant->mode))
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, plant->text, strlen(plant->text)) < 0 ? -1 : 0;
}

static int make_plant(const struct plant *plant, const char *path)
{
	if (make_node(plant, path) || fill(plant, path) || lchown(path, plant->uid, plant->gid))
		return -errno;
	if (!S_ISLNK(plant->mode) && chmod(path, plant->mode & 07777))
		return -errno;
	if (S_ISREG(plant->mode) && lsetxattr(path, "user.mark", "value", 5, 0))
		return -errno;
	if (set_acl(path, "system.posix_acl_access", plant->access) ||
	    set_acl(path, "system.posix_acl_default", plant->preset))
		return -errno;
	return 0;
}

static void name_plant(char *full, const char *path, const struct plant *plant)
{
	snprintf(full, 256, "%s/%s", path, plant->name);
}

/* Whether a plant is in the list, or lies in an entry of the list. NULL: all are. */
static bool is_of(const char *name, const char *const *entries)
{
	size_t length = strcspn(name, "/");

	if (!entries)
		return true;
	for (; *entries; entries++)
		if (strlen(*entries) == length && !strncmp(*entries, name, length))
			return true;
	return false;
}

/* Sets times and flags last, innermost first: making a file changes the time of its directory. */
static int make_entries(enum tree tree, const char *path, const char *const *entries)
{
	char full[256];
	int r;

	for (size_t i = 0; i < trees[tree].count; i++) {
		if (!is_of(trees[tree].plants[i].name, entries))
			continue;
		name_plant(full, path, &trees[tree].plants[i]);
		r = make_plant(&trees[tree].plants[i], full);
		if (r)
			return r;
	}
	for (size_t i = trees[tree].count; i-- > 0;) {
		const struct plant *plant = &trees[tree].plants[i];

		if (!is_of(plant->name, entries))
			continue;
		name_plant(full, path, plant);
		if (utimensat(AT_FDCWD, full, made, AT_SYMLINK_NOFOLLOW) ||
		    (plant->flags && set_flags(full, plant->flags)))
			return -errno;
	}
	return utimensat(AT_FDCWD, path, made, 0) ? -errno : 0;
}

int tree_make(enum tree tree, const char *path)
{
	if (mkdir(path, 0777) || chmod(path, 0777))
		return -errno;
	return make_entries(tree, path, NULL);
}

/* Clears the flags of chattr only if removing fails. */
static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)at;
	if (!remove(path))
		return 0;
	if (type == FTW_DP || type == FTW_F)
		set_flags(path, 0);
	remove(path);
	return 0;
}

static void remove_entry(const char *path, const char *name)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", path, name);
	/* Nothing can be removed from a directory that chattr protects. */
	if (remove(full) && errno == EPERM)
		set_flags(full, 0);
	nftw(full, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int tree_restore(enum tree tree, const char *path, const char *const *changed)
{
	for (const char *const *entry = changed; *entry; entry++)
		remove_entry(path, *entry);
	return make_entries(tree, path, changed);
}

struct text {
	char *text;
	size_t size;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->text + text->size, TREE_TEXT - text->size, format, args);
	va_end(args);
	text->size += (size_t)length;
	if (text->size >= TREE_TEXT)
		abort();
}

static uint32_t sum_of(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint32_t sum = 2166136261U;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 16777619U;
	return sum;
}

static void add_attributes(struct text *text, const char *path)
{
	char names[1024], value[1024];
	ssize_t length = llistxattr(path, names, sizeof(names));

	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1) {
		ssize_t size = lgetxattr(path, name, value, sizeof(value));

		add(text, " %s=%zd:%08x", name, size, sum_of(value, size > 0 ? (size_t)size : 0));
	}
}

static void add_content(struct text *text, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char data[8192];
	ssize_t length = read(fd, data, sizeof(data));
	int flags = 0;

	add(text, " content %08x", sum_of(data, length > 0 ? (size_t)length : 0));
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		flags = -errno;
	add(text, " flags %x", (unsigned int)flags);
}

static void add_file(struct text *text, const char *path, const char *name)
{
	struct stat status;

	if (lstat(path, &status)) {
		add(text, "%s: %s\n", name, strerrorname_np(errno));
		return;
	}
	add(text, "%s: mode %o links %ju owner %u:%u rdev %jx", name, status.st_mode,
	    (uintmax_t)status.st_nlink, status.st_uid, status.st_gid, (uintmax_t)status.st_rdev);
	if (status.st_mtim.tv_sec != made[1].tv_sec)
		add(text, " touched");
	/* The size of a directory depends on XFS. */
	if (!S_ISDIR(status.st_mode))
		add(text, " size %jd", (intmax_t)status.st_size);
	if (S_ISREG(status.st_mode))
		add_content(text, path);
	add_attributes(text, path);
	add(text, "\n");
}

static void add_directory(struct text *text, const char *path, const char *prefix,
			  const char *const *looked_at)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	char full[512], name[256];

	for (int i = 0; i < count; i++) {
		const char *entry = entries[i]->d_name;
		bool is_dot = entry[0] == '.';

		snprintf(full, sizeof(full), "%s/%s", path, entry);
		snprintf(name, sizeof(name), "%s%s/", prefix, entry);
		if (!is_dot && !is_of(entry, looked_at)) {
			add(text, "%s\n", entry);
		} else if (!is_dot) {
			name[strlen(name) - 1] = '\0';
			add_file(text, full, name);
			strcat(name, "/");
			if (entries[i]->d_type == DT_DIR)
				add_directory(text, full, name, NULL);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void tree_describe(const char *path, const char *const *looked_at, char *text)
{
	struct text described = { .text = text };

	text[0] = '\0';
	add_file(&described, path, ".");
	add_directory(&described, path, "", looked_at);
}
