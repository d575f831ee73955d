/* SPDX-License-Identifier: Apache-2.0 */
/* The file of tokenbridge-seal. */
#include "bridge/seal/place.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new name changes neither number nor time of writing. */
static void sign(const struct stat *st, char ret[SEAL_FILE_LEN])
{
	snprintf(ret, SEAL_FILE_LEN, "%llx-%llx-%llx.%09ld",
		(unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		(unsigned long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

/* 1: nothing has the name; 0: what may be replaced */
static int look_at_name(const struct seal_place *p, struct error *err)
{
	char found[SEAL_FILE_LEN];
	struct stat st;

	if (fstatat(p->folder, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 1 : error_errno(err, ERROR_FAILED,
			errno, "cannot look at '%s'", p->path);
	sign(&st, found);
	if (S_ISREG(st.st_mode) && strcmp(found, p->replaces) == 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
		"'%s' is there already: it may be what somebody else's PIN is "
		"in; name a new file", p->path);
}

static int open_folder(struct seal_place *p, struct error *err)
{
	char folder[SEAL_PATH_MAX];
	int n = (int)(p->name - p->path);

	snprintf(folder, sizeof(folder), "%.*s", n, p->path);
	p->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->folder < 0)
		return error_access(err, errno,
			"cannot open the folder '%s'", folder);
	return 0;
}

int seal_place_open(struct seal_place *ret, const struct seal_request *q,
	struct error *err)
{
	int r;

	ret->path = q->path;
	ret->name = strrchr(q->path, '/') + 1;
	ret->replaces = q->replaces;
	if (snprintf(ret->part, sizeof(ret->part), "%s%s", ret->name,
		    q->part) >= (int)sizeof(ret->part))
		return error_set(err, ERROR_USAGE,
			"the name of '%s' is too long", q->path);
	r = open_folder(ret, err);
	if (r < 0)
		return r;
	unlinkat(ret->folder, ret->part, 0);
	r = look_at_name(ret, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (unlinkat(ret->folder, ret->name, 0) < 0 || fsync(ret->folder) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot remove '%s'", ret->path);
	return 0;
}

int seal_place_write(struct seal_place *p, const struct buf *b,
	char ret_file[SEAL_FILE_LEN], struct error *err)
{
	CLEANUP(close_p) int fd = openat(p->folder, p->part, O_WRONLY |
		O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	int r;

	if (fd < 0)
		return error_access(err, errno, "cannot make '%s'", p->path);
	p->is_made = true;
	r = file_write_fd(fd, b->p, b->n, p->path, err);
	if (r < 0)
		return r;
	if (fsync(fd) < 0 || fstat(fd, &st) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot sync '%s'", p->path);
	sign(&st, ret_file);
	return 0;
}

/* Also where the medium's format has no way to say that no name is taken. */
static int rename_new(const struct seal_place *p)
{
	if (renameat2(p->folder, p->part, p->folder, p->name,
		    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(p->folder, p->part, p->folder, p->name, 0) < 0)
		return -1;
	return unlinkat(p->folder, p->part, 0);
}

int seal_place_keep(struct seal_place *p, struct error *err)
{
	if (rename_new(p) < 0)
		return error_errno(err, errno == EEXIST ? ERROR_CONFLICT :
							  ERROR_FAILED,
			errno, "cannot give '%s' its name", p->path);
	p->is_made = false;
	if (fsync(p->folder) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot sync the folder of '%s'", p->path);
	return 0;
}

void seal_place_done(struct seal_place *p)
{
	if (p->is_made)
		unlinkat(p->folder, p->part, 0);
	close_p(&p->folder);
}
