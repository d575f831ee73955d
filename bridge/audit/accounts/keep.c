/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that results of accounts are kept in. */
#include "bridge/audit/accounts/keep.h"

#include "aws/config/arn.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_LEN 32
#define WHOLE ".jsonl"
#define HALF ".part"

static void result_name(const char *account, const char *end, char ret[NAME_LEN])
{
	snprintf(ret, NAME_LEN, "%.*s%s", ARN_ACCOUNT_LEN, account, end);
}

/* "123456789012.part": of ours, and no other file that somebody put there. */
static bool is_result_name(const char *name, const char *end)
{
	return strlen(name) == ARN_ACCOUNT_LEN + strlen(end) &&
		arn_is_account(name, ARN_ACCOUNT_LEN) &&
		strcmp(name + ARN_ACCOUNT_LEN, end) == 0;
}

static void remove_results(int fd, bool whole_too)
{
	DIR *d = folder_read(fd);
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (is_result_name(entry->d_name, HALF) ||
			(whole_too && is_result_name(entry->d_name, WHOLE)))
			unlinkat(fd, entry->d_name, 0);
	if (d)
		closedir(d);
}

static int keep_errno(const char *doing, const char *path, struct error *err)
{
	return error_access(err, errno, "cannot %s '%s'", doing, path);
}

static int check_owner(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return keep_errno("look at", path, err);
	if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return 0;
	return error_set(err, ERROR_PERMISSION, "'%s' holds what is known of "
		"accounts, and is another's or open to others: chmod 700", path);
}

static int lock_folder(struct keep *k, const char *path, struct error *err)
{
	CLEANUP(free_p) char *lock = text_format("%s/lock", path);
	struct error e;

	if (!lock)
		return error_memory(err);
	if (file_lock(lock, &k->lock, &e) >= 0)
		return 0;
	return e.code != ERROR_BUSY ? error_copy(err, &e) : error_set(err,
		ERROR_BUSY, "another audit works with '%s'", path);
}

static int open_named(struct keep *k, const char *path, struct error *err)
{
	int r = file_make_dirs(path, 0700, err);

	if (r < 0)
		return r;
	k->fd = folder_open(AT_FDCWD, path);
	if (k->fd < 0)
		return keep_errno("open", path, err);
	r = check_owner(k->fd, path, err);
	if (r >= 0)
		r = lock_folder(k, path, err);
	if (r >= 0)
		remove_results(k->fd, false);
	return r;
}

static int open_new(struct keep *k, struct error *err)
{
	const char *where = getenv("TMPDIR");
	int r;

	k->path = text_format("%s/tokenbridge-audit-XXXXXX",
		where && where[0] == '/' ? where : "/tmp");
	if (!k->path)
		return error_memory(err);
	if (!mkdtemp(k->path)) { /* 0700 */
		r = keep_errno("make", k->path, err);
		free_p(&k->path);
		return r;
	}
	k->fd = folder_open(AT_FDCWD, k->path);
	return k->fd < 0 ? keep_errno("open", k->path, err) : 0;
}

int keep_open(struct keep *ret, const char *path, struct error *err)
{
	return path ? open_named(ret, path, err) : open_new(ret, err);
}

void keep_done(struct keep *k)
{
	if (k->path && k->fd >= 0)
		remove_results(k->fd, true);
	if (k->path)
		rmdir(k->path);
	free_p(&k->path);
	close_p(&k->fd);
	close_p(&k->lock);
}

int keep_begin(const struct keep *k, const char *account, int *ret_fd,
	struct error *err)
{
	char name[NAME_LEN];
	int fd;

	result_name(account, HALF, name);
	unlinkat(k->fd, name, 0);
	fd = openat(k->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		O_CLOEXEC, 0600);
	if (fd < 0)
		return keep_errno("make", name, err);
	*ret_fd = fd;
	return 0;
}

int keep_finish(const struct keep *k, const char *account, struct error *err)
{
	char from[NAME_LEN], to[NAME_LEN];

	result_name(account, HALF, from);
	result_name(account, WHOLE, to);
	return renameat(k->fd, from, k->fd, to) < 0 ?
		keep_errno("name", to, err) : 0;
}

FILE *keep_read(const struct keep *k, const char *account, bool finished)
{
	CLEANUP(close_p) int fd = -1;
	char name[NAME_LEN];
	struct stat st;
	FILE *f;

	result_name(account, finished ? WHOLE : HALF, name);
	fd = openat(k->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
		O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		st.st_uid != geteuid() || (st.st_mode & 077))
		return NULL;
	f = fdopen(fd, "r");
	if (f)
		fd = -1;
	return f;
}

void keep_drop(const struct keep *k, const char *account)
{
	char name[NAME_LEN];

	result_name(account, HALF, name);
	unlinkat(k->fd, name, 0);
}
