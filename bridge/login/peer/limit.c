/* SPDX-License-Identifier: Apache-2.0 */
/* Counting a user's attempts. */
#include "bridge/login/peer/limit.h"

#include "base/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MS 1000 /* others hold it as long as one read and one write take */
#define LOCK_AGAIN_MS 5

static size_t oldest(const struct limit_record *r)
{
	size_t i, at = 0;

	for (i = 1; i < LIMIT_TRIES; i++)
		if (r->begun[i] < r->begun[at])
			at = i;
	return at;
}

enum limit_word limit_judge(struct limit_record *r, int64_t now)
{
	size_t at = oldest(r);
	int64_t begun = r->begun[at];
	bool told = r->reached;

	if (begun > 0 && begun <= now && now - begun < LIMIT_MS) {
		r->reached = true;
		return told ? LIMIT_STANDS : LIMIT_REACHED;
	}
	r->begun[at] = now;
	r->reached = false;
	return LIMIT_FREE;
}

/* ---- the file: the record, whose bytes are locks too ---- */

static bool lock_byte(int fd, off_t at, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1,
	};

	return fcntl(fd, F_SETLK, &lock) == 0;
}

static bool lock_record(int fd)
{
	deadline_t until = deadline_in(LOCK_MS);
	bool locked;

	while (!(locked = lock_byte(fd, 0, F_WRLCK)) && !deadline_passed(until))
		deadline_sleep(deadline_in(LOCK_AGAIN_MS), -1);
	return locked;
}

/* Those behind the first byte, one for each that may run at once. */
static bool take_turn(int fd)
{
	off_t i;

	for (i = 1; i <= LIMIT_AT_ONCE; i++)
		if (lock_byte(fd, i, F_WRLCK))
			return true;
	return false;
}

/* What is no record of this build's is none. */
static int count_in(int fd, struct error *err)
{
	struct limit_record r = { .reached = false };
	enum limit_word word;

	if (pread(fd, &r, sizeof(r), 0) != (ssize_t)sizeof(r))
		memset(&r, 0, sizeof(r));
	word = limit_judge(&r, deadline_now());
	if (pwrite(fd, &r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return error_errno(err, ERROR_FAILED, errno,
			"cannot count the attempts of a user");
	if (word == LIMIT_FREE && !take_turn(fd))
		word = LIMIT_REACHED;
	return (int)word;
}

static int open_file(const char *folder, uid_t uid, struct error *err)
{
	char path[256];
	struct stat st;
	int fd;

	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make '%s'", folder);
	snprintf(path, sizeof(path), "%s/%lu", folder, (unsigned long)uid);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
		0600);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		st.st_uid != geteuid()) {
		error_errno(err, ERROR_FAILED, fd < 0 ? errno : EPERM,
			"cannot count attempts in '%s'", path);
		close_p(&fd);
		return -ERROR_FAILED;
	}
	return fd;
}

int limit_take(const char *folder, uid_t uid, int *ret_fd, struct error *err)
{
	CLEANUP(close_p) int fd = open_file(folder, uid, err);
	int r;

	if (fd < 0)
		return fd;
	if (!lock_record(fd))
		return error_set(err, ERROR_FAILED,
			"others hold the count of a user's attempts");
	r = count_in(fd, err);
	lock_byte(fd, 0, F_UNLCK);
	if (r == LIMIT_FREE) {
		*ret_fd = fd;
		fd = -1;
	}
	return r;
}
