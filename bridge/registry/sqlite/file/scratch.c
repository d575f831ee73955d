/* SPDX-License-Identifier: Apache-2.0 */
/* A database under way. */
#include "bridge/registry/sqlite/file/scratch.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/registry/sqlite/file/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".scratch-"
#define RANDOM_LEN 6

static void unlink_all(const char *path)
{
	CLEANUP(free_p) char *journal = text_format("%s-journal", path);

	unlink(path);
	if (journal)
		unlink(journal);
}

/* ---- what was left behind ---- */

static bool is_scratch_of(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 &&
		strncmp(entry + n, MARK, strlen(MARK)) == 0 &&
		strlen(entry + n + strlen(MARK)) == RANDOM_LEN;
}

/* Nobody writes it: who does holds it locked until it has gone. */
static bool is_abandoned(const char *path)
{
	CLEANUP(close_p) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void remove_abandoned(const char *path)
{
	CLEANUP(free_p) char *dir = place_directory(path);
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct dirent *entry;
	DIR *d = dir ? opendir(dir) : NULL;

	while (d && (entry = readdir(d))) {
		CLEANUP(free_p) char *old = NULL;

		if (!is_scratch_of(entry->d_name, name))
			continue;
		old = text_format("%s/%s", dir, entry->d_name);
		if (old && is_abandoned(old))
			unlink_all(old);
	}
	if (d)
		closedir(d);
}

/* ---- a new one ---- */

int scratch_make(struct scratch *ret, const char *path, struct error *err)
{
	CLEANUP(free_p) char *name = text_format("%s" MARK "XXXXXX", path);
	struct stat st;
	int r;

	if (!name)
		return error_memory(err);
	if (lstat(path, &st) == 0)
		return error_set(err, ERROR_CONFLICT, "'%s' exists", path);
	r = place_check_directory(path, err);
	if (r < 0)
		return r;
	remove_abandoned(path);
	ret->lock = mkostemp(name, O_CLOEXEC); /* 0600 */
	if (ret->lock < 0)
		return error_access(err, errno,
			"cannot make a file beside '%s'", path);
	flock(ret->lock, LOCK_EX | LOCK_NB); /* new: nobody else has it */
	ret->path = steal(&name);
	return 0;
}

int scratch_publish(const struct scratch *s, const char *path,
	struct error *err)
{
	if (link(s->path, path) < 0)
		return error_errno(err,
			errno == EEXIST ? ERROR_CONFLICT : ERROR_FAILED, errno,
			"cannot make '%s'", path);
	unlink(s->path);
	return file_sync_dir_of(path, err);
}

void scratch_done(struct scratch *s)
{
	if (s->path)
		unlink_all(s->path);
	free(s->path);
	s->path = NULL;
	close_p(&s->lock);
}
