/* SPDX-License-Identifier: Apache-2.0 */
/* A directory, whole or not at all. */
#include "base/folder.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MARK ".new-"
#define RANDOM_LEN 6
#define DEPTH_MAX 2 /* of what is written here */

static int folder_errno(const char *doing, const char *path, struct error *err)
{
	if (errno == EEXIST)
		return error_errno(err, ERROR_CONFLICT, errno, "cannot %s '%s'",
			doing, path);
	return error_access(err, errno, "cannot %s '%s'", doing, path);
}

int folder_open(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

DIR *folder_read(int fd)
{
	int own = folder_open(fd, ".");
	DIR *d = own < 0 ? NULL : fdopendir(own);

	if (!d)
		close_p(&own);
	return d;
}

/* ---- removing ---- */

/* Everything in it; links are not followed. */
static void empty_folder(int fd, int depth)
{
	DIR *d = folder_read(fd);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		CLEANUP(close_p) int below = -1;
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (depth > 1)
			below = folder_open(fd, name);
		if (below >= 0)
			empty_folder(below, depth - 1);
		unlinkat(fd, name, below >= 0 ? AT_REMOVEDIR : 0);
	}
	if (d)
		closedir(d);
}

static void remove_folder(const char *path, int fd)
{
	empty_folder(fd, DEPTH_MAX);
	rmdir(path);
}

static bool is_left_of(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 &&
		strncmp(entry + n, MARK, strlen(MARK)) == 0 &&
		strlen(entry + n + strlen(MARK)) == RANDOM_LEN;
}

/* Whoever writes one holds it locked. */
static void remove_if_abandoned(const char *path)
{
	CLEANUP(close_p) int fd = folder_open(AT_FDCWD, path);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
		flock(fd, LOCK_EX | LOCK_NB) == 0)
		remove_folder(path, fd);
}

static void remove_abandoned(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	CLEANUP(free_p) char *dir = slash ?
		strndup(path, (size_t)(slash - path) + 1) : strdup("./");
	const struct dirent *entry;
	DIR *d = dir ? opendir(dir) : NULL;

	while (d && (entry = readdir(d))) {
		CLEANUP(free_p) char *old = NULL;

		if (!is_left_of(entry->d_name, name))
			continue;
		old = text_format("%s%s", dir, entry->d_name);
		if (old)
			remove_if_abandoned(old);
	}
	if (d)
		closedir(d);
}

/* ---- making ---- */

/* Without slashes at its end, which would make the new one lie inside. */
static char *folder_name(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strndup(path, n);
}

static int make_beside(struct folder *f, struct error *err)
{
	CLEANUP(free_p) char *temp = text_format("%s" MARK "XXXXXX", f->path);

	if (!temp)
		return error_memory(err);
	if (!mkdtemp(temp)) /* 0700 */
		return folder_errno("make a directory beside", f->path, err);
	f->temp = steal(&temp);
	f->fd = folder_open(AT_FDCWD, f->temp);
	if (f->fd < 0)
		return folder_errno("open", f->temp, err);
	flock(f->fd, LOCK_EX | LOCK_NB); /* new: nobody else has it */
	return 0;
}

int folder_begin(struct folder *ret, const char *path, struct error *err)
{
	struct stat st;

	ret->path = folder_name(path);
	if (!ret->path)
		return error_memory(err);
	if (!path[0])
		return error_set(err, ERROR_USAGE, "the directory has no name");
	if (lstat(ret->path, &st) == 0)
		return error_set(err, ERROR_CONFLICT, "'%s' exists", ret->path);
	remove_abandoned(ret->path);
	return make_beside(ret, err);
}

/* The directory that `name` stands in; *ret_last is the name there. */
static int folder_of(const struct folder *f, const char *name,
	const char **ret_last)
{
	const char *slash = strchr(name, '/');
	CLEANUP(free_p) char *dir = NULL;

	*ret_last = slash ? slash + 1 : name;
	if (!slash)
		return folder_open(f->fd, ".");
	dir = strndup(name, (size_t)(slash - name));
	if (!dir || (mkdirat(f->fd, dir, 0700) < 0 && errno != EEXIST))
		return -1;
	return folder_open(f->fd, dir);
}

int folder_add(struct folder *f, const char *name, const void *p, size_t n,
	struct error *err)
{
	const char *last;
	CLEANUP(close_p) int dir = folder_of(f, name, &last);
	CLEANUP(close_p) int fd = dir < 0 ? -1 : openat(dir, last,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return folder_errno("make", name, err);
	r = file_write_fd(fd, p, n, name, err);
	if (r == 0 && (fsync(fd) < 0 || fsync(dir) < 0))
		r = folder_errno("write", name, err);
	return r;
}

/* Not every file system can refuse an existing name by itself. */
static int take_path(const struct folder *f)
{
	struct stat st;

	if (renameat2(AT_FDCWD, f->temp, AT_FDCWD, f->path,
		    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (lstat(f->path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(f->temp, f->path);
}

int folder_drop(struct folder *f, const char *name, struct error *err)
{
	return unlinkat(f->fd, name, 0) < 0 ?
		folder_errno("remove", name, err) : 0;
}

int folder_publish(struct folder *f, struct error *err)
{
	if (fsync(f->fd) < 0 || take_path(f) < 0)
		return folder_errno("make", f->path, err);
	free_p(&f->temp);
	return file_sync_dir_of(f->path, err);
}

void folder_done(struct folder *f)
{
	if (f->temp && f->fd >= 0)
		remove_folder(f->temp, f->fd);
	else if (f->temp)
		rmdir(f->temp);
	free_p(&f->temp);
	free_p(&f->path);
	close_p(&f->fd);
}
