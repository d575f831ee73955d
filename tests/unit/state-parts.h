/* SPDX-License-Identifier: Apache-2.0 */
/* States of rollouts in a folder whose disk, locks and clock may fail. */
#ifndef TESTS_STATE_PARTS_H
#define TESTS_STATE_PARTS_H

#include "bridge/rollout/state.h"

#include "base/deadline.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#define HEAD "note,account,user,holder,method,label,serial\n"
#define ALICE ",123456789012,alice,,fido,,\n"
#define BOB ",123456789012,bob,,fido,,\n"
#define CAROL ",123456789012,carol,,fido,,\n"
#define ID(n) "00112233445566778899aabbccddee0" #n
#define FILE_OF(n) "registry.db.journal/" ID(n) ".rollout"

static struct {
	unsigned ids, busy, slept;
	int file_system, statfs_errno, opendir_errno, id, lock, dirs, sync;
	bool half, unsynced, unmended, over;
	void (*locked)(void); /* what another process does meanwhile */
} w;

static char place[64];
static struct rollout_state s;
static struct plan plan;

/* ---- doubles ---- */

WRAP(time_t, time, time_t *ret)
{
	(void)ret;
	return 86400;
}

WRAP(int, id_new, char ret[ID_LEN], struct error *e)
{
	snprintf(ret, ID_LEN, "00112233445566778899aabbccddee%02x", ++w.ids);
	return w.id < 0 ? error_set(e, -w.id, "no randomness") : 0;
}

WRAP(int, statfs64, const char *path, struct statfs *ret)
{
	assert_string_equal(path, "registry.db");
	memset(ret, 0, sizeof(*ret));
	ret->f_type = w.file_system;
	errno = w.statfs_errno;
	return w.statfs_errno ? -1 : 0;
}

DIR *__real_opendir(const char *path);
WRAP(DIR *, opendir, const char *path)
{
	errno = w.opendir_errno;
	return w.opendir_errno ? NULL : __real_opendir(path);
}

int __real_file_write_fd(int fd, const void *p, size_t n, const char *name,
	struct error *e);
WRAP(int, file_write_fd, int fd, const void *p, size_t n, const char *name,
	struct error *e)
{
	assert_string_equal(name, s.path ? s.path : name);
	OK(__real_file_write_fd(fd, p, w.half ? n / 2 : n, name, e));
	return w.half ? error_set(e, ERROR_CONFLICT, "disk full") : 0;
}

WRAP(int, fsync, int fd)
{
	assert_true(fd >= 0);
	errno = EIO;
	return w.unsynced ? -1 : 0;
}

int __real_ftruncate64(int fd, off_t size);
WRAP(int, ftruncate64, int fd, off_t size)
{
	errno = EIO;
	return w.unmended ? -1 : __real_ftruncate64(fd, size);
}

int __real_flock(int fd, int how);
WRAP(int, flock, int fd, int how)
{
	if (w.locked)
		w.locked();
	return __real_flock(fd, how);
}

WRAP(int, file_sync_dir_of, const char *path, struct error *e)
{
	(void)path;
	return w.sync < 0 ? error_set(e, -w.sync, "not synced") : 0;
}

int __real_file_make_dirs(const char *path, mode_t mode, struct error *e);
WRAP(int, file_make_dirs, const char *path, mode_t mode, struct error *e)
{
	assert_int_equal(mode, 0700);
	OK(__real_file_make_dirs(path, mode, e));
	return w.dirs < 0 ? error_set(e, -w.dirs, "no folder") : 0;
}

WRAP(int, file_lock, const char *path, int *ret_fd, struct error *e)
{
	assert_string_equal(path, "registry.db.journal/rollout.lock");
	*ret_fd = -1;
	if (w.lock < 0)
		return error_set(e, -w.lock, "no lock");
	if (w.busy == 0)
		return 0;
	w.busy--;
	return error_set(e, ERROR_BUSY, "somebody enters");
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	return ms;
}

WRAP(bool, deadline_passed, deadline_t d)
{
	assert_int_equal(d, 5000);
	return w.over;
}

WRAP(bool, deadline_sleep, deadline_t d, int fd)
{
	assert_int_equal(d, 20);
	assert_int_equal(fd, -1);
	w.slept++;
	return false;
}

/* ---- a folder with a plan ---- */

static void read_plan(const char *text)
{
	plan_done(&plan);
	OK(plan_parse(text, strlen(text), &plan, &err));
}

static int opens_as(const char *path, enum state_mode mode)
{
	state_done(&s);
	return state_open(&s, "registry.db", path, &plan, mode, &err);
}

static int opens(void)
{
	return opens_as("plan.csv", STATE_WORK);
}

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	s = (struct rollout_state){ .fd = -1 };
	enter_place(place);
	write_text("registry.db", "");
	write_text("plan.csv", "");
	write_text("other.csv", "");
	read_plan(HEAD ALICE BOB);
	return 0;
}

static int end(void **state)
{
	(void)state;
	state_done(&s);
	plan_done(&plan);
	leave_place(place);
	return 0;
}

/* A line about the plan of that name, as it is now. */
static char *plan_line(const char *id, const char *name)
{
	char digest[65];
	char *line;

	OK(plan_digest(&plan, plan.n, digest, &err));
	line = text_format("{\"v\":1,\"rollout\":\"%s\",\"plan\":\"%s/%s\","
		"\"rows\":%zu,\"digest\":\"%s\",\"time\":"
		"\"1970-01-02T00:00:00Z\"}\n", id, place, name, plan.n, digest);
	assert_non_null(line);
	return line;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

#endif
