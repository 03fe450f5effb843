/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_claim.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t BEAT = 5000000000; /* ns between touches */

void matrix_claim_name(struct matrix_claim *claim, const char *kernel, const char *name,
		       const char *scenario)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char digits[2 * sizeof(hash) + 1];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)scenario, strlen(scenario),
			   NULL, 0);
	sodium_bin2hex(digits, sizeof(digits), hash, sizeof(hash));
	snprintf(claim->cell, sizeof(claim->cell), "%s.%s.%.8s", kernel, name, digits);
}

static void path_of(const struct matrix_claims *claims, const struct matrix_claim *claim,
		    unsigned int number, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.%u", claims->directory, claim->cell, number);
}

static void done_path(const struct matrix_claims *claims, const struct matrix_claim *claim,
		      char *path, size_t size)
{
	snprintf(path, size, "%s/%s.done", claims->directory, claim->cell);
}

static void failed_path(const struct matrix_claims *claims, const struct matrix_claim *claim,
			char *path, size_t size)
{
	snprintf(path, size, "%s/%s.%u.failed", claims->directory, claim->cell, claim->number);
}

/* Whether the owner of the newest claim counts as alive. */
static bool is_alive(const struct matrix_claims *claims, const struct matrix_claim *claim,
		     uint64_t now)
{
	char path[PATH_MAX];

	failed_path(claims, claim, path, sizeof(path));
	return claim->number && now - claim->seen < claims->lease && access(path, F_OK);
}

/* Creates a file. Returns 0; -EEXIST; other -errno. */
static int make(const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	char owner[320], host[256] = "?";
	int length;

	if (fd < 0)
		return -errno;
	gethostname(host, sizeof(host) - 1);
	length = snprintf(owner, sizeof(owner), "%s process %d\n", host, getpid());
	/* For people only. */
	(void)!write(fd, owner, (size_t)length);
	return 0;
}

/* Finds the newest claim, and whether it was touched. */
static int look(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now)
{
	char path[PATH_MAX];
	struct stat status;
	uint64_t beat;

	for (;; claim->number++, claim->beat = 0) {
		path_of(claims, claim, claim->number + 1, path, sizeof(path));
		if (access(path, F_OK))
			break;
		claim->ours = false;
	}
	if (!claim->number)
		return 0;
	path_of(claims, claim, claim->number, path, sizeof(path));
	if (stat(path, &status))
		return report(-errno, "%s", path);
	beat = (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec;
	if (beat != claim->beat) {
		claim->beat = beat;
		claim->seen = now;
	}
	return 0;
}

int matrix_claim_take(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now)
{
	char path[PATH_MAX];
	int r;

	done_path(claims, claim, path, sizeof(path));
	if (!access(path, F_OK))
		return CLAIM_DONE;
	r = look(claims, claim, now);
	if (r)
		return r;
	if (is_alive(claims, claim, now))
		return CLAIM_BUSY;
	path_of(claims, claim, claim->number + 1, path, sizeof(path));
	r = make(path);
	if (r == -EEXIST)
		return CLAIM_BUSY;
	if (r)
		return report(r, "--claim: %s", path);
	claim->number++;
	claim->beaten = now;
	claim->ours = true;
	return CLAIM_OURS;
}

int matrix_claim_beat(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now)
{
	char path[PATH_MAX];

	if (!claim->ours || now - claim->beaten < BEAT)
		return 0;
	path_of(claims, claim, claim->number + 1, path, sizeof(path));
	if (!access(path, F_OK)) {
		claim->ours = false;
		return -ESTALE;
	}
	path_of(claims, claim, claim->number, path, sizeof(path));
	claim->beaten = now;
	return utimensat(AT_FDCWD, path, NULL, 0) ? report(-errno, "--claim: %s", path) : 0;
}

static int mark(const char *path)
{
	int r = make(path);

	return r && r != -EEXIST ? report(r, "--claim: %s", path) : 0;
}

int matrix_claim_done(const struct matrix_claims *claims, const struct matrix_claim *claim)
{
	char path[PATH_MAX];

	done_path(claims, claim, path, sizeof(path));
	return mark(path);
}

int matrix_claim_failed(const struct matrix_claims *claims, const struct matrix_claim *claim)
{
	char path[PATH_MAX];

	/* Another worker has it, or may take it. */
	if (!claim->ours)
		return 0;
	if (claim->number >= MATRIX_CLAIMS_MAX)
		return matrix_claim_done(claims, claim);
	failed_path(claims, claim, path, sizeof(path));
	return mark(path);
}
