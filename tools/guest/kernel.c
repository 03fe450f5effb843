/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/kernel.h"
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "tools/guest/image.h"
#include "tools/guest/modules.h"
#include "tools/guest/script.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void take_line(void *context, const char *text)
{
	snprintf(context, PATH_MAX, "%s", text);
}

/* Finds the image. Debian keeps one in boot/, whose name ends in the release. */
static int find_image(const char *directory, char *image, size_t size)
{
	char path[PATH_MAX / 2];
	struct dirent *entry;
	DIR *boot;

	snprintf(path, sizeof(path), "%s/boot", directory);
	boot = opendir(path);
	if (!boot)
		return report(-errno, "%s", path);
	*image = '\0';
	while ((entry = readdir(boot)))
		if (!strncmp(entry->d_name, "vmlinuz-", 8))
			snprintf(image, size, "%s/%s", path, entry->d_name);
	closedir(boot);
	return *image ? 0
		      : report(-ENOENT, "%s: no kernel image; remove %s and try again", path,
			       directory);
}

enum { FLAVOUR = 16 };

/* The version of a kernel that is only known from the archive's lists. */
static const struct kernel_version unknown_version = { .major = 6, .minor = 18 };

/* Returns whether a version without a flavour stands for this one on this machine. */
static bool is_usual(const char *flavour)
{
	return !strcmp(flavour, guest_arches[guest_arch_here()].flavour);
}

/* Gets the directory of a version in the cache. That of cloud-amd64 has no flavour in its name. */
static const char *kernel_directory(const char *version, const char *flavour, char *path,
				    size_t size)
{
	bool plain = !strcmp(flavour, "cloud-amd64");
	char cache[PATH_MAX / 2];

	snprintf(path, size, "%s/kernels/%s%s%s", script_cache(cache, sizeof(cache)), version,
		 plain ? "" : "-", plain ? "" : flavour);
	return path;
}

static bool is_cached(const char *version, const char *flavour)
{
	char directory[PATH_MAX / 2], path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.complete",
		 kernel_directory(version, flavour, directory, sizeof(directory)));
	return !access(path, F_OK);
}

/* Gets the version for a release as by `uname -r`: the begin of "6.18.9+deb13-cloud-amd64"; for
 * "6.1.0-56-cloud-amd64", which does not contain its version, that of the kernel in the cache. Any
 * other text is taken for a version. */
static void version_of(const char *text, const char *flavour, char *version, size_t size)
{
	char pattern[PATH_MAX], cache[PATH_MAX / 2];
	size_t length = strlen(text), end = strlen(flavour) + 1;
	glob_t found;

	snprintf(version, size, "%s", text);
	if (length <= end || text[length - end] != '-' ||
	    strcmp(text + length - end + 1, flavour) != 0)
		return;
	snprintf(version, size, "%.*s", (int)strcspn(text, "+"), text);
	snprintf(pattern, sizeof(pattern), "%s/kernels/[0-9]*/boot/vmlinuz-%s",
		 script_cache(cache, sizeof(cache)), text);
	if (!glob(pattern, 0, NULL, &found)) {
		const char *name = found.gl_pathv[0] + strlen(cache) + strlen("/kernels/");

		snprintf(version, size, "%.*s", (int)strcspn(name, "/-"), name);
		globfree(&found);
	}
}

static bool is_word(const char *text)
{
	return !strcmp(text, "latest") || !strcmp(text, "stable");
}

/* Returns whether the archive's lists are needed to find the version. */
static bool stands_for_another(const char *text)
{
	const char *dot = strchr(text, '.');

	return is_word(text) || (dot && !strchr(dot + 1, '.'));
}

/* Sets flavour and architecture. "cloud", "rt" and "16k" stand for a flavour of `arch`. */
static int take_flavour(struct guest_kernel *kernel, const char *text, enum guest_arch arch,
			char flavour[FLAVOUR])
{
	const char *name = guest_arches[arch].name;

	snprintf(flavour, FLAVOUR, "%s", text);
	if (!strcmp(text, "cloud") || !strcmp(text, "rt"))
		snprintf(flavour, FLAVOUR, "%s-%s", text, name);
	else if (!strcmp(text, "16k"))
		snprintf(flavour, FLAVOUR, "arm64-16k");
	kernel->arch = guest_arch_of_flavour(flavour);
	return kernel->arch < GUEST_ARCHES
		       ? 0
		       : report(0,
				"%s: not a flavour of Debian's kernels; allowed: amd64, "
				"cloud-amd64, rt-amd64, arm64, cloud-arm64, rt-arm64, arm64-16k, "
				"or cloud, rt, 16k",
				text);
}

static void use_facts(struct guest_kernel *kernel, const struct image_facts *facts)
{
	kernel->arch = facts->arch;
	kernel->page_size = facts->page_size;
	memcpy(kernel->release, facts->release, sizeof(kernel->release));
	page_size_choose(facts->page_size);
}

static bool is_gzip(const char *path)
{
	unsigned char magic[2] = { 0 };
	FILE *file = fopen(path, "re");

	if (file && fread(magic, sizeof(magic), 1, file) != 1)
		magic[0] = 0;
	if (file)
		fclose(file);
	return magic[0] == 0x1f && magic[1] == 0x8b;
}

/* Takes a kernel that is in its directory. */
static int take_up(struct guest_kernel *kernel, const char *directory)
{
	struct image_facts facts;
	char plain[PATH_MAX];
	bool unpacked;

	if (find_image(directory, kernel->image, sizeof(kernel->image)))
		return -EIO;
	unpacked = snprintf(plain, sizeof(plain), "%s/vmlinux", directory) < (int)sizeof(plain) &&
		   !access(plain, R_OK);
	/* The packed image of x86-64 has its release in the header. */
	if (image_look(unpacked && is_gzip(kernel->image) ? plain : kernel->image, &facts))
		return -EIO;
	use_facts(kernel, &facts);
	snprintf(kernel->modules, sizeof(kernel->modules), "%s", directory);
	/* An unpacked image boots faster. */
	if (unpacked)
		memcpy(kernel->image, plain, sizeof(plain));
	return 0;
}

/* Parses the name of a kernel. version: holds as much as the kernel's name. kernel: gets its
 * architecture, and the version as far as the text has it. Returns 0 or -EINVAL (reported). */
static int understand(struct guest_kernel *kernel, const char *text, enum guest_arch arch,
		      char *version, char flavour[FLAVOUR])
{
	const char *colon = strchr(text, ':');
	char release[128];
	const char *named;

	snprintf(release, sizeof(release), "%.*s", (int)strcspn(text, ":"), text);
	named = colon ? colon + 1 : guest_arch_flavour_of(release);
	if (take_flavour(kernel, named ? named : guest_arches[arch].flavour, arch, flavour))
		return -EINVAL;
	version_of(release, flavour, version, sizeof(kernel->name));
	kernel->version = unknown_version;
	if (!is_word(version) &&
	    (kernel_parse(version, &kernel->version) || version[strspn(version, "0123456789.")]))
		return report(0,
			      "--kernel %s: a version is written like 6.18.9, a series like 6.18; "
			      "or latest, stable, or the release of a kernel in the cache",
			      text);
	return 0;
}

int guest_kernel_fetch(struct guest_kernel *kernel, const char *text, enum guest_arch arch)
{
	char version[sizeof(kernel->name)], flavour[FLAVOUR];
	const char *const arguments[] = { version, flavour, NULL };
	char directory[PATH_MAX] = "";
	int r = understand(kernel, text, arch, version, flavour);

	if (r)
		return r;
	if (!stands_for_another(version) && is_cached(version, flavour))
		kernel_directory(version, flavour, directory, sizeof(directory));
	else
		r = script_run("fetch-kernel", arguments, take_line, directory);
	if (!r)
		r = take_up(kernel, directory);
	if (r)
		return r;
	text = strrchr(directory, '/') + 1;
	if (kernel_parse(text, &kernel->version))
		return report(-EIO, "%s: not the directory of a version", directory);
	snprintf(kernel->name, sizeof(kernel->name), "%.*s%s%s", (int)strcspn(text, "-"), text,
		 is_usual(flavour) ? "" : ":", is_usual(flavour) ? "" : flavour);
	return 0;
}

int guest_kernel_package(struct guest_kernel *kernel, const char *path)
{
	const char *const arguments[] = { "--package", path, NULL };
	static const char wanted[] = "name a package of a kernel, or a directory of them";
	char directory[PATH_MAX] = "";
	struct stat status;
	int r;

	if (access(path, R_OK) || stat(path, &status))
		return report(0, "%s: %s; %s", path, strerror(errno), wanted);
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return report(0, "%s: not a regular file; %s", path, wanted);
	r = script_run("fetch-kernel", arguments, take_line, directory);
	if (!r)
		r = take_up(kernel, directory);
	if (r)
		return r;
	snprintf(kernel->name, sizeof(kernel->name), "%s", kernel->release);
	return kernel_parse(kernel->release, &kernel->version)
		       ? report(0, "%s: its release %s is not a version", path, kernel->release)
		       : 0;
}

/* Takes an image; modules: a directory that is there, or NULL. */
static int take_own(struct guest_kernel *kernel, const char *image, const char *modules)
{
	struct image_facts facts;

	if (!realpath(image, kernel->image))
		return report(0, "%s: %s; name a bzImage, an arm64 Image or a vmlinux", image,
			      *image ? strerror(errno) : "the name of the image is empty");
	*kernel->modules = '\0';
	if (modules && !realpath(modules, kernel->modules))
		return report(-errno, "%s", modules), -EINVAL;
	if (image_look(kernel->image, &facts))
		return -EINVAL;
	use_facts(kernel, &facts);
	if (kernel_parse(kernel->release, &kernel->version))
		return report(0, "%s: its release %s is not a version", image, kernel->release);
	guest_kernel_name(kernel->image, kernel->name, sizeof(kernel->name));
	return 0;
}

/* Refuses what is no directory. option: that it was given with. */
static int check_directory(const char *option, const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return report(-errno, "%s %s", option, path), -EINVAL;
	return S_ISDIR(status.st_mode) ? 0 : (report(-ENOTDIR, "%s %s", option, path), -EINVAL);
}

int guest_kernel_tree(struct guest_kernel *kernel, const char *directory)
{
	static const char *const images[] = { "arch/x86/boot/bzImage", "arch/arm64/boot/Image" };
	char path[PATH_MAX];
	int r = check_directory("--tree", directory);

	if (r)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, images[i]);
		if (access(path, R_OK))
			continue;
		r = take_own(kernel, path, directory);
		if (!r)
			snprintf(kernel->name, sizeof(kernel->name), "%s", kernel->release);
		return r;
	}
	return report(0,
		      "--tree %s: neither %s nor %s is there; build the kernel first, or give its "
		      "directory of objects",
		      directory, images[0], images[1]);
}

int guest_kernel_own(struct guest_kernel *kernel, const char *image, const char *modules)
{
	int r = modules ? check_directory("--modules", modules) : 0;

	if (!r)
		r = take_own(kernel, image, modules);
	if (r || !modules || modules_have(modules, NULL))
		return r;
	return report(0,
		      "--modules %s: no module (*.ko, packed or not) is below it; name the "
		      "directory that they were installed in, or leave it out if everything is "
		      "built in",
		      modules);
}

static bool is_package(const char *text)
{
	size_t length = strlen(text);

	return length > 4 &&
	       (!strcmp(text + length - 4, ".deb") || !strcmp(text + length - 4, ".rpm"));
}

/* Returns whether it is a package or a directory of packages. */
static bool is_packed(const char *text)
{
	struct stat status;

	return is_package(text) || (!stat(text, &status) && S_ISDIR(status.st_mode));
}

int guest_kernel_foresee(struct guest_kernel *kernel, const char *text, enum guest_arch arch)
{
	char version[sizeof(kernel->name)], flavour[FLAVOUR];

	if (is_packed(text) || strchr(text, '/'))
		return guest_kernel_named(kernel, text, arch);
	return understand(kernel, text, arch, version, flavour);
}

int guest_kernel_named(struct guest_kernel *kernel, const char *text, enum guest_arch arch)
{
	char image[PATH_MAX], *modules;

	if (is_packed(text))
		return guest_kernel_package(kernel, text);
	if (!strchr(text, '/'))
		return guest_kernel_fetch(kernel, text, arch);
	snprintf(image, sizeof(image), "%s", text);
	modules = strchr(image, ':');
	if (modules)
		*modules++ = '\0';
	return guest_kernel_own(kernel, image, modules);
}

const char *guest_kernel_name(const char *text, char *name, size_t size)
{
	const char *slash = strrchr(text, '/');
	const char *colon = strchr(text, ':');

	/* IMAGE:MODULES */
	if (slash && colon)
		slash = memrchr(text, '/', (size_t)(colon - text));
	else
		colon = NULL;
	text = slash ? slash + 1 : text;
	snprintf(name, size, "%.*s", (int)(colon ? colon - text : PATH_MAX), text);
	return name;
}

struct listing {
	const char *flavour;
	json_t *list;
};

/* Adds a kernel to the list, unless it is there. */
static void list_kernel(json_t *list, const char *version, const char *flavour)
{
	bool usual = is_usual(flavour);
	char name[64];
	json_t *other;
	size_t i;

	snprintf(name, sizeof(name), "%s%s%s", version, usual ? "" : ":", usual ? "" : flavour);
	json_array_foreach (list, i, other)
		if (!strcmp(json_string_value(json_object_get(other, "kernel")), name))
			return;
	json_array_append_new(list,
			      json_pack("{s:s, s:s, s:s, s:b}", "kernel", name, "version", version,
					"flavour", flavour, "cached", is_cached(version, flavour)));
}

static void list_line(void *context, const char *version)
{
	const struct listing *listing = context;
	struct kernel_version parsed;

	if (!kernel_parse(version, &parsed))
		list_kernel(listing->list, version, listing->flavour);
}

int guest_kernel_versions(json_t **list, enum guest_arch arch, bool ask)
{
	struct listing listing = { guest_arches[arch].flavour, json_array() };
	const char *const arguments[] = { ask ? "--list" : "--listed", listing.flavour, NULL };
	int r = script_run("fetch-kernel", arguments, list_line, &listing);

	if (r) {
		json_decref(listing.list);
		listing.list = NULL;
	}
	*list = listing.list;
	return r;
}

static int compare_paths(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

int guest_kernel_cached(json_t *list, enum guest_arch arch)
{
	char pattern[PATH_MAX], version[KERNEL_TEXT_MAX], cache[PATH_MAX / 2];
	struct kernel_version parsed;
	glob_t found;
	int r;

	snprintf(pattern, sizeof(pattern), "%s/kernels/[0-9]*/.complete",
		 script_cache(cache, sizeof(cache)));
	r = glob(pattern, GLOB_NOSORT, NULL, &found);
	if (!r)
		qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), compare_paths);
	for (size_t i = 0; !r && i < found.gl_pathc; i++) {
		const char *name = found.gl_pathv[i] + strlen(cache) + strlen("/kernels/");
		size_t length = strcspn(name, "-/");
		char flavour[FLAVOUR] = "cloud-amd64";

		snprintf(version, sizeof(version), "%.*s", (int)length, name);
		if (name[length] == '-')
			snprintf(flavour, sizeof(flavour), "%.*s",
				 (int)strcspn(name + length + 1, "/"), name + length + 1);
		if (guest_arch_of_flavour(flavour) == arch && !kernel_parse(version, &parsed))
			list_kernel(list, version, flavour);
	}
	if (!r)
		globfree(&found);
	return r == GLOB_NOSPACE ? report(-ENOMEM, "the cache") : 0;
}
