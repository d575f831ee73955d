/* SPDX-License-Identifier: Apache-2.0 */
/* Where a registry's file is: who can change it, and how it gets its name. */
#include "bridge/registry/sqlite/file/place.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/registry/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- trust ---- */

char *place_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int place_check_owner(const char *path, const struct stat *st,
	struct error *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(err, ERROR_PERMISSION,
			"'%s' belongs to uid %u: a registry and its directory "
			"must belong to root or to you", path,
			(unsigned)st->st_uid);
	if (st->st_mode & 022)
		return error_set(err, ERROR_PERMISSION,
			"'%s' has mode %04o: others could write the registry; "
			"run chmod go-w '%s'", path,
			(unsigned)st->st_mode & 07777, path);
	return 0;
}

/* Who can write the directory can plant a journal, or another file. */
int place_check_directory(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = place_directory(path);
	struct stat st;

	if (!dir)
		return error_memory(err);
	if (stat(dir, &st) < 0)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot look into directory '%s'", dir);
	return place_check_owner(dir, &st, err);
}

bool registry_is_closed(const char *path)
{
	return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0 &&
		errno == EACCES;
}

static int place_say_closed(const char *path, struct error *err)
{
	return error_set(err, ERROR_PERMISSION,
		"registry '%s': permission denied: use sudo or --registry",
		path);
}

/*
 * By name and not on a descriptor: closing a descriptor of our own would drop
 * SQLite's locks on the same file. Nobody else can rename in the directory.
 */
int place_check(const char *path, bool *ret_absent, struct error *err)
{
	struct stat st;
	int r;

	*ret_absent = false;
	if (lstat(path, &st) < 0) {
		if (errno == EACCES)
			return place_say_closed(path, err);
		if (errno != ENOENT && errno != ENOTDIR)
			return error_errno(err, ERROR_PERMISSION, errno,
				"cannot look at registry '%s'", path);
		*ret_absent = true;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_PERMISSION,
			"registry '%s' is not a regular file", path);
	if (registry_is_closed(path))
		return place_say_closed(path, err);
	r = place_check_owner(path, &st, err);
	if (r < 0)
		return r;
	return place_check_directory(path, err);
}

bool place_is_writable(const char *path)
{
	return place_check_writable(path, NULL) == 0;
}

int place_check_writable(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = place_directory(path);

	if (!dir)
		return error_memory(err);
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0 &&
		faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	if (errno == EACCES)
		return place_say_closed(path, err);
	return error_errno(err, ERROR_PERMISSION, errno,
		"cannot write registry '%s' or its directory", path);
}

int place_check_room(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = place_directory(path);
	struct stat st;

	if (!dir)
		return error_memory(err);
	if (lstat(path, &st) == 0 || faccessat(AT_FDCWD, dir, W_OK | X_OK,
			AT_EACCESS) == 0 || errno != EACCES)
		return 0;
	return place_say_closed(path, err);
}

int place_make_directory(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = place_directory(path);

	if (!dir)
		return error_memory(err);
	return file_make_dirs(dir, 0700, err);
}
