/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/stop.h"
#include "tools/guest/snapshot.h"
#include "tools/guest/snapshot_make.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_generichash.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t read_limit(void)
{
	const char *text = getenv(SNAPSHOTS_LIMIT);
	uint64_t limit = SNAPSHOTS_MAX;

	if (!text || !*text)
		return limit;
	if (!strcmp(text, "0"))
		return 0;
	if (units_parse_size(text, &limit))
		report(0, SNAPSHOTS_LIMIT "=%s: not a size such as 4G, or 0; using 4G", text);
	return limit;
}

/* Describes the host. KVM's guests have its processor, which may be another after a restart. */
static void describe_host(FILE *to)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	char boot[64] = "";

	if (file && fgets(boot, sizeof(boot), file))
		fputs(boot, to);
	if (file)
		fclose(file);
}

int snapshot_key(const struct qemu_config *qemu, const struct initrd_archives *archives,
		 unsigned char *key)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return -ENOMEM;
	qemu_describe(to, qemu);
	if (qemu->accelerator == ACCELERATOR_KVM)
		describe_host(to);
	/* Their names are hashes of their content. */
	for (size_t i = 0; i < archives->count; i++)
		fprintf(to, "%s\n", strrchr(archives->paths[i], '/') + 1);
	fclose(to);
	crypto_generichash(key, SNAPSHOT_KEY, (const unsigned char *)text, size, NULL, 0);
	free(text);
	return 0;
}

/* Locks one byte of the lock file, chosen by the key, so that there is no file for each key.
 * Returns 0; -EINTR: stop_wanted(); other -errno. */
static int lock_key(const char *directory, const unsigned char *key, int *lock)
{
	char path[PATH_MAX];
	uint32_t byte;
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	memcpy(&byte, key, sizeof(byte));
	range.l_start = (off_t)byte;
	snprintf(path, sizeof(path), "%s/lock", directory);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0)
		return -errno;
	while (fcntl(*lock, F_OFD_SETLK, &range)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -errno;
		if (stop_wanted())
			return -EINTR;
		units_sleep(20000000);
	}
	return 0;
}

static int make(struct snapshot *snapshot, const struct qemu_config *qemu,
		const struct initrd_archives *archives, struct progress *progress,
		const char *directory, char *why, size_t size)
{
	_cleanup_close_ int to = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char about[128];
	int r;

	if (to < 0 || lseek(to, SNAPSHOT_HEADER, SEEK_SET) < 0) {
		snprintf(why, size, "%s: %s", directory, strerror(errno));
		return -errno;
	}
	r = snapshot_make(qemu, archives, to, progress, why, size);
	if (r)
		return r;
	snprintf(about, sizeof(about), "%s, %u processors, %u MiB, %s", qemu->kernel->name,
		 qemu->cpus, qemu->memory, accelerator_names[qemu->accelerator]);
	r = snapshot_keep(snapshot, to, about, read_limit());
	if (!r)
		r = snapshot_open(snapshot);
	if (r == -EFBIG)
		snprintf(why, size, "it is larger than " SNAPSHOTS_LIMIT " allows");
	else if (r)
		snprintf(why, size, "%s", strerror(-r));
	return r;
}

/* If the directory takes no lock, no snapshot is made. */
static int make_locked(struct snapshot *snapshot, const struct qemu_config *qemu,
		       const struct initrd_archives *archives, struct progress *progress)
{
	char directory[PATH_MAX / 2], why[512] = "";
	_cleanup_close_ int lock = -1;
	int r;

	if (!snapshot_directory(directory, sizeof(directory)))
		r = -errno;
	else
		r = lock_key(directory, snapshot->key, &lock);
	if (r) {
		snprintf(why, sizeof(why), "%s: %s", directory, strerror(-r));
	} else {
		/* Another process may have made it in the meantime. */
		if (!snapshot_open(snapshot))
			return 0;
		r = make(snapshot, qemu, archives, progress, directory, why, sizeof(why));
	}
	if (r && r != -EINTR)
		report(0, "no snapshot of %s can be kept (%s); booting it", qemu->kernel->name,
		       why);
	return r;
}

int snapshot_obtain(struct snapshot *snapshot, const struct qemu_config *qemu,
		    const struct initrd_archives *archives, struct progress *progress)
{
	int r;

	snapshot->fd = -1;
	if (!read_limit())
		return -ENOENT;
	r = snapshot_key(qemu, archives, snapshot->key);
	if (r)
		return r;
	r = snapshot_open(snapshot);
	if (r == -EBADMSG)
		report(0, "the snapshot %s is damaged or foreign; making it anew", snapshot->path);
	return r ? make_locked(snapshot, qemu, archives, progress) : 0;
}
