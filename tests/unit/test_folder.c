/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that is there whole or not at all. */
#include "base/folder.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[64];

/* ---- a file system that fails ---- */

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_renameat2(int from, const char *old, int to, const char *new,
	unsigned flags);
int __real_renameat2(int from, const char *old, int to, const char *new,
	unsigned flags);

static int syncs, fail_sync; /* number of the one that fails; 0: none does */
static int rename_errno;     /* of a file system without RENAME_NOREPLACE */

int __wrap_fsync(int fd)
{
	syncs++;
	if (syncs == fail_sync) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

int __wrap_renameat2(int from, const char *old, int to, const char *new,
	unsigned flags)
{
	assert_int_equal(flags, RENAME_NOREPLACE);
	errno = rename_errno;
	return rename_errno ? -1 : __real_renameat2(from, old, to, new, flags);
}

static int fresh_place(void **state)
{
	(void)state;
	syncs = fail_sync = rename_errno = 0;
	enter_place(place);
	return 0;
}

static int drop_place(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

/* Names here, without those of the directory itself. */
static size_t count_names(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

#define FOLDER { NULL, NULL, -1 }

/* ---- tests ---- */

static void it_appears_whole_and_for_its_owner_only(void **state)
{
	struct folder f = FOLDER;

	(void)state;
	umask(0);
	OK(folder_begin(&f, "out", &err));
	OK(folder_add(&f, "a", "one", 3, &err));
	OK(folder_add(&f, "sub/b", "two", 3, &err));
	OK(folder_add(&f, "sub/c", "", 0, &err));
	assert_int_equal(access("out", F_OK), -1);
	OK(folder_publish(&f, &err));
	folder_done(&f);
	umask(077);
	assert_int_equal(mode_of("out"), 0700);
	assert_int_equal(mode_of("out/a"), 0600);
	assert_int_equal(mode_of("out/sub"), 0700);
	assert_file_is("out/a", "one");
	assert_file_is("out/sub/b", "two");
	assert_file_is("out/sub/c", "");
	assert_int_equal(count_names("."), 1);
	assert_null(f.path);
	assert_null(f.temp);
	assert_int_equal(f.fd, -1);
	/* each file and what it lies in, the folder and the one above */
	assert_int_equal(syncs, 8);
}

static void what_was_not_published_is_removed(void **state)
{
	struct folder f = FOLDER;

	(void)state;
	OK(folder_begin(&f, "out/", &err));
	OK(folder_add(&f, "a", "one", 3, &err));
	OK(folder_add(&f, "sub/b", "two", 3, &err));
	assert_int_equal(count_names("."), 1);
	folder_done(&f);
	assert_int_equal(count_names("."), 0);
	/* links are removed, and what they lead to is not */
	write_text("kept", "x");
	assert_int_equal(mkdir("also", 0700), 0);
	write_text("also/kept", "y");
	OK(folder_begin(&f, "out", &err));
	assert_int_equal(symlinkat("../kept", f.fd, "l"), 0);
	assert_int_equal(symlinkat("../also", f.fd, "m"), 0);
	folder_done(&f);
	assert_file_is("kept", "x");
	assert_file_is("also/kept", "y");
	assert_int_equal(count_names("."), 2);
}

static void a_name_that_exists_is_a_conflict(void **state)
{
	struct folder f = FOLDER;

	(void)state;
	write_text("file", "x");
	SAYS(ERROR_CONFLICT, "'file' exists", folder_begin(&f, "file", &err));
	folder_done(&f);
	SAYS(ERROR_CONFLICT, "'.' exists", folder_begin(&f, "./", &err));
	folder_done(&f);
	/* a link that leads nowhere is one, too */
	assert_int_equal(symlink("nowhere", "link"), 0);
	SAYS(ERROR_CONFLICT, "'link' exists", folder_begin(&f, "link/", &err));
	folder_done(&f);
	SAYS(ERROR_USAGE, "the directory has no name", folder_begin(&f, "",
		&err));
	folder_done(&f);
	SAYS(ERROR_FAILED, "cannot make a directory beside 'none/out': No such",
		folder_begin(&f, "none/out", &err));
	folder_done(&f);
	OK(folder_begin(&f, "out", &err));
	OK(folder_add(&f, "a", "one", 3, &err));
	SAYS(ERROR_CONFLICT, "cannot make 'a': File exists", folder_add(&f,
		"a", "two", 3, &err));
	OK(folder_add(&f, "s/a", "one", 3, &err));
	SAYS(ERROR_CONFLICT, "cannot make 's/a': File exists", folder_add(&f,
		"s/a", "two", 3, &err));
	SAYS(ERROR_FAILED, "cannot make 'a/b': Not a directory",
		folder_add(&f, "a/b", "two", 3, &err));
	folder_done(&f);
	assert_int_equal(count_names("."), 2);
}

/* Whoever came first has the name, on any file system. */
static void a_name_that_was_taken_meanwhile_is_not_replaced(void **state)
{
	static const int ways[] = { 0, EINVAL, ENOSYS };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		struct folder f = FOLDER;

		rename_errno = ways[i];
		OK(folder_begin(&f, "out", &err));
		assert_int_equal(mkdir("out", 0700), 0);
		SAYS(ERROR_CONFLICT, "cannot make 'out': File exists",
			folder_publish(&f, &err));
		folder_done(&f);
		assert_int_equal(count_names("."), 1);
		assert_int_equal(rmdir("out"), 0);
		OK(folder_begin(&f, "out", &err));
		OK(folder_publish(&f, &err));
		folder_done(&f);
		assert_int_equal(rmdir("out"), 0);
	}
	rename_errno = EACCES;
	{
		struct folder f = FOLDER;

		OK(folder_begin(&f, "out", &err));
		SAYS(ERROR_PERMISSION, "cannot make 'out': Permission denied",
			folder_publish(&f, &err));
		folder_done(&f);
	}
	assert_int_equal(count_names("."), 0);
}

static void what_cannot_be_synced_is_not_there(void **state)
{
	int n;

	(void)state;
	for (n = 1; n <= 4; n++) {
		struct folder f = FOLDER;
		int r;

		syncs = fail_sync = 0;
		OK(folder_begin(&f, "out", &err));
		syncs = 0;
		fail_sync = n;
		r = folder_add(&f, "a", "one", 3, &err);
		if (n <= 2) {
			assert_int_equal(r, -ERROR_FAILED);
			assert_string_equal(err.text, "cannot write 'a': "
				"Input/output error");
			folder_done(&f);
			assert_int_equal(count_names("."), 0);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(folder_publish(&f, &err), -ERROR_FAILED);
		assert_string_equal(err.text, n == 3 ? "cannot make 'out': "
			"Input/output error" : "cannot sync directory '.': "
			"Input/output error");
		folder_done(&f);
		/* by then it has its name */
		assert_int_equal(count_names("."), n == 3 ? 0 : 1);
	}
}

static void a_file_may_be_taken_away_again(void **state)
{
	struct folder f = FOLDER;

	(void)state;
	OK(folder_begin(&f, "out", &err));
	OK(folder_add(&f, "a", "one", 3, &err));
	OK(folder_drop(&f, "a", &err));
	SAYS(ERROR_FAILED, "cannot remove 'a': No such file", folder_drop(&f,
		"a", &err));
	OK(folder_publish(&f, &err));
	folder_done(&f);
	assert_int_equal(count_names("out"), 0);
}

static void what_a_killed_process_left_is_removed_by_the_next(void **state)
{
	static const char *const kept[] = { "out.new-12345", "out.new-1234567",
		"out2.new-123456", "out.old-123456", "other.new-123456",
		"out.new-locked" };
	struct folder f = FOLDER;
	size_t i;
	int fd;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(chdir("d"), 0);
	for (i = 0; i < ARRAY_LEN(kept); i++)
		assert_int_equal(mkdir(kept[i], 0700), 0);
	assert_int_equal(mkdir("out.new-abcdef", 0700), 0);
	assert_int_equal(mkdir("out.new-abcdef/sub", 0700), 0);
	write_text("out.new-abcdef/sub/x", "x");
	write_text("out.new-abcdef/y", "y");
	write_text("out.new-afile1", "no directory");
	/* somebody is at work in this one */
	fd = open("out.new-locked", O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	OK(folder_begin(&f, "out", &err));
	folder_done(&f);
	assert_int_equal(access("out.new-abcdef", F_OK), -1);
	for (i = 0; i < ARRAY_LEN(kept); i++)
		assert_int_equal(access(kept[i], F_OK), 0);
	assert_int_equal(access("out.new-afile1", F_OK), 0);
	close(fd);
	/* by a path as well as here, and not of another user */
	if (geteuid() == 0) {
		assert_int_equal(chown("out.new-locked", 65534, 0), 0);
		assert_int_equal(mkdir("out.new-abcdef", 0700), 0);
	}
	assert_int_equal(chdir(".."), 0);
	OK(folder_begin(&f, "d/out", &err));
	folder_done(&f);
	assert_int_equal(access("d/out.new-abcdef", F_OK), -1);
	assert_int_equal(access("d/out.new-locked", F_OK),
		geteuid() == 0 ? 0 : -1);
	assert_int_equal(access("d/out2.new-123456", F_OK), 0);
}

static void names_are_read_from_the_first_on(void **state)
{
	int fd;
	DIR *d;
	size_t n, round;

	(void)state;
	write_text("a", "x");
	fd = folder_open(AT_FDCWD, ".");
	assert_true(fd >= 0);
	for (round = 0; round < 2; round++) {
		d = folder_read(fd);
		assert_non_null(d);
		for (n = 0; readdir(d); n++)
			;
		assert_int_equal(n, 3);
		closedir(d);
	}
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(symlink(".", "here"), 0);
	assert_int_equal(folder_open(AT_FDCWD, "here"), -1);
	assert_int_equal(folder_open(AT_FDCWD, "a"), -1);
	assert_null(folder_read(-1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh_place, drop_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_appears_whole_and_for_its_owner_only),
		TEST(what_was_not_published_is_removed),
		TEST(a_name_that_exists_is_a_conflict),
		TEST(a_name_that_was_taken_meanwhile_is_not_replaced),
		TEST(what_cannot_be_synced_is_not_there),
		TEST(a_file_may_be_taken_away_again),
		TEST(what_a_killed_process_left_is_removed_by_the_next),
		TEST(names_are_read_from_the_first_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
