/* SPDX-License-Identifier: Apache-2.0 */
/* Files: checked on the descriptor, bounded, whole or not at all. */
#include "base/file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int file_absolute(const char *path, char **ret, struct error *err)
{
	char here[PATH_MAX];

	if (path[0] == '/') {
		*ret = strdup(path);
		return *ret ? 0 : error_memory(err);
	}
	if (!getcwd(here, sizeof(here)))
		return error_errno(err, ERROR_FAILED, errno,
			"cannot tell the working directory");
	*ret = text_format("%s/%s", here, path);
	return *ret ? 0 : error_memory(err);
}

static int check_trust(const char *path, const struct stat *st,
	enum file_trust trust, struct error *err)
{
	mode_t bad = trust == FILE_PRIVATE ? 077 : 022;

	if (trust == FILE_ANY)
		return 0;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(err, ERROR_PERMISSION,
			"'%s' belongs to uid %u: it must belong to root or to "
			"you", path, (unsigned)st->st_uid);
	if (st->st_mode & bad)
		return error_set(err, ERROR_PERMISSION,
			"'%s' has mode %04o: others must not %s it; run "
			"chmod %s '%s'", path, (unsigned)st->st_mode & 07777,
			trust == FILE_PRIVATE ? "read" : "write",
			trust == FILE_PRIVATE ? "600" : "go-w", path);
	return 0;
}

int file_open(const char *path, enum file_trust trust, int *ret_fd,
	bool *ret_absent, struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	struct stat st;
	int r;

	if (ret_absent)
		*ret_absent = false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
		(trust == FILE_ANY ? 0 : O_NOFOLLOW));
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR) && ret_absent) {
		*ret_absent = true;
		*ret_fd = -1;
		return 0;
	}
	if (fd < 0)
		return error_access(err, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot stat '%s'", path);
	if (!S_ISREG(st.st_mode) &&
		!(trust == FILE_ANY && S_ISFIFO(st.st_mode)))
		return error_set(err, ERROR_FAILED,
			"'%s' is not a regular file", path);
	r = check_trust(path, &st, trust, err);
	if (r < 0)
		return r;
	if (fcntl(fd, F_SETFL, 0) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot use '%s'", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int file_read_fd(int fd, const char *name, struct buf *b, struct error *err)
{
	unsigned char chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		buf_put(b, chunk, (size_t)n);
		if (buf_failed(b))
			break;
	}
	wipe(chunk, sizeof(chunk));
	if (n < 0 && errno == EINTR)
		return error_set(err, ERROR_INTERRUPTED,
			"interrupted while '%s' was read", name);
	if (n < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s'", name);
	return buf_check(b, name, err);
}

int file_read(const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	int r;

	r = file_open(path, trust, &fd, ret_absent, err);
	if (r < 0 || fd < 0)
		return r;
	return file_read_fd(fd, path, b, err);
}

int file_write_fd(int fd, const void *p, size_t n, const char *name,
	struct error *err)
{
	const char *s = p;
	ssize_t w;

	while (n > 0) {
		w = write(fd, s, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot write '%s'", name);
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
}

int file_sync_dir_of(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = dir_of(path);
	CLEANUP(close_p) int fd = -1;

	if (!dir)
		return error_memory(err);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot sync directory '%s'", dir);
	return 0;
}

static int publish_file(const char *temp, const char *path, bool exclusive,
	struct error *err)
{
	if (exclusive ? link(temp, path) < 0 : rename(temp, path) < 0)
		return error_errno(err,
			errno == EEXIST ? ERROR_CONFLICT : ERROR_FAILED, errno,
			"cannot make '%s'", path);
	if (exclusive)
		unlink(temp);
	return file_sync_dir_of(path, err);
}

int file_make_beside(const char *path, char **ret_temp, int *ret_fd,
	struct error *err)
{
	CLEANUP(free_p) char *temp = text_format("%s.XXXXXX", path);
	int fd;

	if (!temp)
		return error_memory(err);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return error_access(err, errno,
			"cannot make a file beside '%s'", path);
	*ret_temp = steal(&temp);
	*ret_fd = fd;
	return 0;
}

int file_write_atomic(const char *path, const void *p, size_t n, mode_t mode,
	bool exclusive, struct error *err)
{
	CLEANUP(free_p) char *temp = NULL;
	CLEANUP(close_p) int fd = -1;
	int r = file_make_beside(path, &temp, &fd, err);

	if (r < 0)
		return r;
	r = file_write_fd(fd, p, n, path, err);
	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = error_errno(err, ERROR_FAILED, errno,
			"cannot write '%s'", path);
	if (r == 0)
		r = publish_file(temp, path, exclusive, err);
	if (r < 0)
		unlink(temp);
	return r;
}

/*
 * A new directory is synced into the one above, or what is synced in it later
 * could be lost with it. One that is there is no failure.
 */
static int make_dir(const char *path, mode_t mode, struct error *err)
{
	struct stat st;
	int e, r;

	if (mkdir(path, mode) == 0) {
		r = file_sync_dir_of(path, err);
		if (r < 0)
			rmdir(path); /* the next one tries again */
		return r;
	}
	e = errno;
	if (e == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (e == EEXIST)
		e = ENOTDIR;
	return error_access(err, e, "cannot make directory '%s'", path);
}

int file_make_dirs(const char *path, mode_t mode, struct error *err)
{
	CLEANUP(free_p) char *copy = strdup(path);
	char *p;
	int r;

	if (!copy)
		return error_memory(err);
	for (p = copy; ; p++) {
		char c = *p;

		if ((c != '/' && c != '\0') || (c == '/' && p == copy))
			continue;
		*p = '\0';
		r = make_dir(copy, mode, err);
		if (r < 0)
			return r;
		*p = c;
		if (c == '\0')
			return 0;
	}
}

int file_lock(const char *path, int *ret_fd, struct error *err)
{
	CLEANUP(close_p) int fd = -1;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_access(err, errno, "cannot open '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_errno(err,
			errno == EWOULDBLOCK ? ERROR_BUSY : ERROR_FAILED,
			errno, "cannot lock '%s'", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}
