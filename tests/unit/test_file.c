/* SPDX-License-Identifier: Apache-2.0 */
/* Files: whom they trust, what stays of them when writing fails. */
#include "base/file.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static char place[64];

static int set_up(void **state)
{
	(void)state;
	umask(022);
	enter_place(place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

/* How many names stand in the directory. */
static size_t count(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

static int try_open(const char *path, enum file_trust trust)
{
	int fd = -1, r = file_open(path, trust, &fd, NULL, &err);

	assert_int_equal(r == 0, fd >= 0);
	if (fd >= 0) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	}
	close_p(&fd);
	return r;
}

static void a_file_is_trusted_by_its_mode(void **state)
{
	static const struct {
		mode_t mode;
		int trusted, private; /* results */
	} rows[] = {
		{ 0600, 0, 0 }, { 0400, 0, 0 }, { 0700, 0, 0 },
		{ 0644, 0, -ERROR_PERMISSION }, { 0640, 0, -ERROR_PERMISSION },
		{ 0604, 0, -ERROR_PERMISSION }, { 0601, 0, -ERROR_PERMISSION },
		{ 0620, -ERROR_PERMISSION, -ERROR_PERMISSION },
		{ 0602, -ERROR_PERMISSION, -ERROR_PERMISSION },
		{ 0666, -ERROR_PERMISSION, -ERROR_PERMISSION },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		write_file("f", "x", 1, rows[i].mode);
		assert_int_equal(try_open("f", FILE_ANY), 0);
		assert_int_equal(try_open("f", FILE_TRUSTED), rows[i].trusted);
		assert_int_equal(try_open("f", FILE_PRIVATE), rows[i].private);
		assert_int_equal(unlink("f"), 0);
	}
	write_file("f", "x", 1, 0640);
	SAYS(ERROR_PERMISSION, "chmod 600 'f'", try_open("f", FILE_PRIVATE));
	assert_int_equal(chmod("f", 0622), 0);
	SAYS(ERROR_PERMISSION, "chmod go-w 'f'", try_open("f", FILE_TRUSTED));
}

static void a_file_of_another_user_is_not_trusted(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	write_file("f", "x", 1, 0600);
	assert_int_equal(chown("f", 65534, 65534), 0);
	assert_int_equal(try_open("f", FILE_ANY), 0);
	SAYS(ERROR_PERMISSION, "uid 65534", try_open("f", FILE_TRUSTED));
	SAYS(ERROR_PERMISSION, ": it must belong to root or to you",
		try_open("f", FILE_PRIVATE));
}

/* As another one than root. */
static void roots_file_and_ones_own_are_trusted(void **state)
{
	static const uid_t owners[] = { 0, 65534, 65533, 1 };
	size_t i;
	int r;

	(void)state;
	if (geteuid() != 0)
		skip();
	write_file("f", "x", 1, 0644);
	assert_int_equal(chmod(".", 0755), 0);
	for (i = 0; i < ARRAY_LEN(owners); i++) {
		assert_int_equal(chown("f", owners[i], 0), 0);
		assert_int_equal(seteuid(65534), 0);
		r = try_open("f", FILE_TRUSTED);
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(r, i < 2 ? 0 : -ERROR_PERMISSION);
	}
}

static void a_link_is_followed_only_without_trust(void **state)
{
	(void)state;
	write_file("f", "x", 1, 0600);
	assert_int_equal(symlink("f", "link"), 0);
	assert_int_equal(try_open("link", FILE_ANY), 0);
	SAYS(ERROR_PERMISSION, "cannot open '",
		try_open("link", FILE_TRUSTED));
	SAYS(ERROR_PERMISSION, "cannot open '",
		try_open("link", FILE_PRIVATE));
}

static void what_is_no_regular_file_is_refused_without_blocking(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
	alarm(10);
	SAYS(ERROR_FAILED, "' is not a regular file",
		try_open("fifo", FILE_TRUSTED));
	SAYS(ERROR_FAILED, "' is not a regular file",
		try_open("fifo", FILE_PRIVATE));
	SAYS(ERROR_FAILED, "' is not a regular file",
		try_open("dir", FILE_ANY));
	SAYS(ERROR_FAILED, "' is not a regular file",
		try_open("dir", FILE_TRUSTED));
	SAYS(ERROR_FAILED, "cannot open '",
		try_open("socket", FILE_ANY));
	SAYS(ERROR_FAILED, "' is not a regular file",
		try_open("/dev/null", FILE_ANY));
	SAYS(ERROR_FAILED, "' is not a regular file",
		try_open("/dev/null", FILE_TRUSTED));
	alarm(0);
	close(s);
}

static void absence_is_success_where_the_caller_asks(void **state)
{
	bool absent = false;
	int fd = 5;

	(void)state;
	OK(file_open("none", FILE_TRUSTED, &fd, &absent, &err));
	assert_true(absent);
	assert_int_equal(fd, -1);
	write_text("f", "x");
	absent = false;
	OK(file_open("f/below", FILE_TRUSTED, &fd, &absent, &err));
	assert_true(absent);
	OK(file_open("f", FILE_TRUSTED, &fd, &absent, &err));
	assert_false(absent);
	close_p(&fd);
	SAYS(ERROR_FAILED, "'none'", file_open("none", FILE_ANY, &fd, NULL,
		&err));
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	absent = false;
	SAYS(ERROR_PERMISSION, "cannot open '",
		file_open("dangling", FILE_TRUSTED, &fd, &absent, &err));
	assert_false(absent);
}

static void reading_stops_at_the_limit(void **state)
{
	char big[40000];
	struct buf b;

	(void)state;
	memset(big, 'a', sizeof(big));
	write_file("f", big, sizeof(big), 0600);
	buf_init(&b, sizeof(big));
	OK(file_read("f", FILE_PRIVATE, &b, NULL, &err));
	assert_int_equal(b.n, sizeof(big));
	buf_done(&b);
	buf_init(&b, sizeof(big) - 1);
	SAYS(ERROR_FAILED, "larger than 39999 bytes",
		file_read("f", FILE_PRIVATE, &b, NULL, &err));
	buf_done(&b);
	write_file("f", "", 0, 0600);
	buf_init(&b, 0);
	OK(file_read("f", FILE_PRIVATE, &b, NULL, &err));
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void a_new_file_has_its_mode_whatever_the_umask(void **state)
{
	struct stat st;

	(void)state;
	umask(077);
	OK(file_write_atomic("f", "one", 3, 0644, false, &err));
	umask(0);
	OK(file_write_atomic("g", "two", 3, 0600, true, &err));
	umask(022);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(stat("g", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_file_is("f", "one");
	assert_int_equal(count("."), 2);
}

static void a_file_is_replaced_whole(void **state)
{
	struct stat before, after;

	(void)state;
	write_text("f", "the old one, which is longer");
	assert_int_equal(stat("f", &before), 0);
	OK(file_write_atomic("f", "new", 3, 0600, false, &err));
	assert_file_is("f", "new");
	assert_int_equal(stat("f", &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(count("."), 1);
}

static void exclusive_writing_keeps_what_is_there(void **state)
{
	(void)state;
	write_text("f", "old");
	SAYS(ERROR_CONFLICT, "cannot make '",
		file_write_atomic("f", "new", 3, 0600, true, &err));
	assert_file_is("f", "old");
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	SAYS(ERROR_CONFLICT, "cannot make '",
		file_write_atomic("dangling", "new", 3, 0600, true, &err));
	assert_int_equal(count("."), 2);
}

static void a_full_disk_keeps_the_old_file_and_leaves_nothing(void **state)
{
	struct rlimit old, small;
	char big[8192];
	int r;

	(void)state;
	memset(big, 'a', sizeof(big));
	write_text("f", "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = file_write_atomic("f", big, sizeof(big), 0600, false, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, -ERROR_FAILED);
	assert_non_null(strstr(err.text, "'f'"));
	assert_file_is("f", "old");
	assert_int_equal(count("."), 1);
	if (access("/dev/full", W_OK) == 0) {
		int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

		SAYS(ERROR_FAILED, "No space", file_write_fd(fd, "x", 1, "f",
			&err));
		close(fd);
	}
}

static void a_file_cannot_be_made_where_no_directory_is(void **state)
{
	(void)state;
	SAYS(ERROR_FAILED, "cannot make a file beside '",
		file_write_atomic("none/f", "x", 1, 0600, false, &err));
	SAYS(ERROR_FAILED, "cannot sync directory '",
		file_sync_dir_of("none/f", &err));
	assert_int_equal(mkdir("f", 0700), 0);
	SAYS(ERROR_FAILED, "cannot make '",
		file_write_atomic("f", "x", 1, 0600, false, &err));
	assert_int_equal(count("."), 1);
	OK(file_sync_dir_of("f", &err));
	OK(file_sync_dir_of("/f", &err));
}

static void directories_are_made_down_to_the_last(void **state)
{
	char long_path[128];
	struct stat st;

	(void)state;
	OK(file_make_dirs("a/b//c/", 0700, &err));
	assert_int_equal(stat("a/b/c", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(chmod("a/b", 0755), 0);
	OK(file_make_dirs("a/b/d", 0700, &err));
	assert_int_equal(stat("a/b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	snprintf(long_path, sizeof(long_path), "%s/x/y", place);
	OK(file_make_dirs(long_path, 0700, &err));
	OK(file_make_dirs("/", 0700, &err));
	OK(file_make_dirs(".", 0700, &err));
}

static void a_file_in_the_way_is_no_directory(void **state)
{
	(void)state;
	write_text("f", "x");
	SAYS(ERROR_FAILED, "'f'", file_make_dirs("f", 0700, &err));
	SAYS(ERROR_FAILED, "'f'", file_make_dirs("f/g", 0700, &err));
	SAYS(ERROR_FAILED, "cannot make directory '",
		file_make_dirs("", 0700, &err));
}

static void one_lock_at_a_time(void **state)
{
	int a = -1, b = -1;
	struct stat st;

	(void)state;
	OK(file_lock("lock", &a, &err));
	assert_int_equal(stat("lock", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	SAYS(ERROR_BUSY, "cannot lock '",
		file_lock("lock", &b, &err));
	assert_int_equal(b, -1);
	close_p(&a);
	OK(file_lock("lock", &b, &err));
	close_p(&b);
	assert_int_equal(symlink("lock", "link"), 0);
	SAYS(ERROR_PERMISSION, "cannot open '",
		file_lock("link", &b, &err));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_trusted_by_its_mode),
		TEST(a_file_of_another_user_is_not_trusted),
		TEST(roots_file_and_ones_own_are_trusted),
		TEST(a_link_is_followed_only_without_trust),
		TEST(what_is_no_regular_file_is_refused_without_blocking),
		TEST(absence_is_success_where_the_caller_asks),
		TEST(reading_stops_at_the_limit),
		TEST(a_new_file_has_its_mode_whatever_the_umask),
		TEST(a_file_is_replaced_whole),
		TEST(exclusive_writing_keeps_what_is_there),
		TEST(a_full_disk_keeps_the_old_file_and_leaves_nothing),
		TEST(a_file_cannot_be_made_where_no_directory_is),
		TEST(directories_are_made_down_to_the_last),
		TEST(a_file_in_the_way_is_no_directory),
		TEST(one_lock_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
