/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel refuses is said, and nothing is left behind: pipes, sockets,
 * descriptors, random bytes. And what a program gives up before it begins.
 */
#include "base/capture.h"
#include "base/id.h"
#include "base/newfile.h"
#include "base/process.h"
#include "base/random.h"
#include "base/wire.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* ---- the kernel ---- */

static int pipes_left = 99, poll_fails, stat_fails, flags_fail, sockets_fail;
static ssize_t random_gives[3]; /* bytes, or -errno */
static size_t random_at;
static bool watched;     /* what process_harden does is noted */
static char noted[256];
static bool closed[3];   /* descriptors, as it sees them */

static void note(const char *fmt, ...) PRINTF(1, 2);
static void note(const char *fmt, ...)
{
	size_t n = strlen(noted);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(noted + n, sizeof(noted) - n, fmt, ap);
	va_end(ap);
}

#define FAILS_WITH(e) (errno = (e), -1)

int __real_pipe2(int pair[2], int flags);
WRAP(int, pipe2, int pair[2], int flags)
{
	return pipes_left-- > 0 ? __real_pipe2(pair, flags) :
		FAILS_WITH(EMFILE);
}

int __real_poll(struct pollfd *p, nfds_t n, int ms);
WRAP(int, poll, struct pollfd *p, nfds_t n, int ms)
{
	return poll_fails && n == 4 ? FAILS_WITH(poll_fails) :
		__real_poll(p, n, ms);
}

int __real_fstat64(int fd, struct stat *st);
WRAP(int, fstat64, int fd, struct stat *st)
{
	return stat_fails ? FAILS_WITH(stat_fails) : __real_fstat64(fd, st);
}

int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...)
{
	va_list ap;
	long value;

	va_start(ap, command);
	value = command == F_GETFD ? 0 : va_arg(ap, long);
	va_end(ap);
	if (watched && command == F_GETFD)
		return closed[fd] ? FAILS_WITH(EBADF) : 0;
	return flags_fail && command == F_SETFL ? FAILS_WITH(flags_fail) :
		__real_fcntl64(fd, command, value);
}

int __real_socketpair(int family, int type, int protocol, int pair[2]);
WRAP(int, socketpair, int family, int type, int protocol, int pair[2])
{
	return sockets_fail ? FAILS_WITH(sockets_fail) :
		__real_socketpair(family, type, protocol, pair);
}

WRAP(ssize_t, getrandom, void *p, size_t n, unsigned flags)
{
	ssize_t r = random_gives[random_at++];

	assert_int_equal(flags, 0);
	if (r > 0)
		memset(p, 0xab, n);
	return r < 0 ? FAILS_WITH((int)-r) : r;
}

WRAP(void, environment_clean, void)
{
	note("environment ");
}

WRAP(int, setrlimit64, int what, const struct rlimit *limit)
{
	note("limit:%d=%ld,%ld ", what == RLIMIT_CORE, (long)limit->rlim_cur,
		(long)limit->rlim_max);
	return 0;
}

int __real_prctl(int option, unsigned long a);
WRAP(int, prctl, int option, unsigned long a)
{
	note("dumpable:%d=%lu ", option == PR_SET_DUMPABLE, a);
	return 0;
}

WRAP(mode_t, umask, mode_t mode)
{
	note("umask:%03o ", (unsigned)mode);
	return 0;
}

__sighandler_t __real_signal(int number, __sighandler_t f);
WRAP(__sighandler_t, signal, int number, __sighandler_t f)
{
	if (!watched)
		return __real_signal(number, f);
	note("ignore:%s ", f != SIG_IGN ? "not" : number == SIGPIPE ? "pipe" :
		number == SIGXFSZ ? "size" : "other");
	return SIG_DFL;
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = (mode_t)va_arg(ap, int);
	va_end(ap);
	if (!watched)
		return __real_open64(path, flags, mode);
	assert_int_equal(flags, O_RDWR);
	note("open:%s ", path);
	return 0;
}

/* ---- what comes of it ---- */

static int descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += __real_fcntl64(fd, F_GETFD, 0L) >= 0;
	return n;
}

static int run_true(void)
{
	char name[] = "true";
	char *argv[] = { name, NULL };
	const struct capture c = { argv, 100, -1, deadline_in(20000) };
	CLEANUP(buf_done) struct buf out, words;
	int status;

	buf_init(&out, 100);
	return capture_run(&c, &out, &words, &status, &err);
}

static void a_pipe_that_cannot_be_had_is_said(void **state)
{
	int before = descriptors(), i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pipes_left = i;
		SAYS(ERROR_FAILED, "cannot make a pipe: Too many open files",
			run_true());
		assert_int_equal(descriptors(), before);
	}
	pipes_left = 99;
	poll_fails = ENOMEM;
	SAYS(ERROR_FAILED, "cannot wait for 'true': Cannot allocate memory",
		run_true());
	assert_int_equal(descriptors(), before);
	poll_fails = 0;
	OK(run_true());
	assert_int_equal(descriptors(), before);
}

static void a_file_that_cannot_be_looked_at_is_said(void **state)
{
	int before = descriptors(), fd = -7;
	bool absent;

	(void)state;
	stat_fails = EIO;
	SAYS(ERROR_FAILED, "cannot stat '/dev/null': Input/output error",
		file_open("/dev/null", FILE_ANY, &fd, &absent, &err));
	stat_fails = 0;
	flags_fail = EPERM;
	SAYS(ERROR_FAILED, "cannot use '/etc/passwd': Operation not permitted",
		file_open("/etc/passwd", FILE_ANY, &fd, &absent, &err));
	flags_fail = 0;
	assert_int_equal(fd, -7);
	assert_int_equal(descriptors(), before);
}

static void a_new_file_takes_the_place_of_files_alone(void **state)
{
	struct newfile *f = NULL;
	char place[64];

	(void)state;
	enter_place(place);
	assert_int_equal(symlink("there", "link"), 0);
	SAYS(ERROR_FAILED, "'link' is no regular file, and a new one would "
		"take its place", newfile_new(&f, "link", &err));
	SAYS(ERROR_FAILED, "'/dev/null' is no regular file",
		newfile_new(&f, "/dev/null", &err));
	assert_null(f);
	newfile_free(&f);
	newfile_free(NULL);
	write_text("old", "old");
	OK(newfile_new(&f, "old", &err));
	fputs("new", newfile_stream(f));
	assert_file_is("old", "old");
	newfile_free(&f);
	assert_file_is("old", "old");
	OK(newfile_new(&f, "old", &err));
	fputs("new", newfile_stream(f));
	OK(newfile_publish(&f, &err));
	assert_null(f);
	assert_file_is("old", "new");
	leave_place(place);
}

static void a_process_without_a_line_to_it_is_none(void **state)
{
	struct process p = PROCESS_INIT;
	char path[200];

	(void)state;
	sockets_fail = EMFILE;
	SAYS(ERROR_FAILED, "cannot make a socket pair: Too many open files",
		process_start(&p, "/bin/true", &err));
	sockets_fail = 0;
	assert_true(p.pid <= 0);
	memset(path, 'a', sizeof(path));
	path[sizeof(((struct sockaddr_un *)NULL)->sun_path)] = '\0';
	SAYS(ERROR_FAILED, "is too long for a socket",
		process_call(&p, path, deadline_in(0), &err));
	path[sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1] = '\0';
	SAYS(ERROR_FAILED, "cannot reach 'aaa",
		process_call(&p, path, deadline_in(0), &err));
}

static void random_bytes_are_all_there_or_none(void **state)
{
	char id[ID_LEN];
	unsigned char b[4];

	(void)state;
	random_gives[0] = -EINTR;
	random_gives[1] = 4;
	random_at = 0;
	OK(random_bytes(b, 4, &err));
	assert_memory_equal(b, "\xab\xab\xab\xab", 4);
	assert_int_equal(random_at, 2);
	random_gives[0] = 3;
	random_at = 0;
	SAYS(ERROR_FAILED, "the kernel gives no random bytes: Input/output "
		"error", random_bytes(b, 4, &err));
	random_gives[0] = -ENOSYS;
	random_at = 0;
	SAYS(ERROR_FAILED, "the kernel gives no random bytes: Function not "
		"implemented", id_new(id, &err));
	random_gives[0] = (ID_LEN - 1) / 2;
	random_at = 0;
	OK(id_new(id, &err));
	assert_true(id_is_valid(id));
	id[0] = 'A';
	assert_false(id_is_valid(id));
	id[0] = 'a';
	id[ID_LEN - 2] = '\0';
	assert_false(id_is_valid(id));
}

static void a_frame_has_a_limit_on_both_sides(void **state)
{
	static unsigned char much[WIRE_MAX + 1];
	CLEANUP(buf_done) struct buf b;
	int pair[2], small = 4096;

	(void)state;
	buf_init(&b, WIRE_MAX);
	assert_int_equal(__real_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	SAYS(ERROR_FAILED, "a frame of 65537 bytes is too long",
		wire_send(pair[0], much, WIRE_MAX + 1, deadline_in(5000),
			&err));
	SAYS(ERROR_TIMEOUT, "a helper process does not read",
		wire_send(pair[0], much, WIRE_MAX, deadline_in(50), &err));
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(__real_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[0], "\0\1\0\1", 4), 4);
	SAYS(ERROR_FAILED, "a helper process sent a frame of 65537 bytes",
		wire_receive(pair[1], &b, -1, deadline_in(5000), &err));
	close(pair[0]);
	close(pair[1]);
}

static void a_program_gives_up_what_would_betray_it(void **state)
{
	int i;

	(void)state;
	watched = true;
	process_harden();
	watched = false;
	assert_string_equal(noted, "environment limit:1=0,0 dumpable:1=0 "
		"umask:077 ignore:pipe ignore:size ");
	for (i = 0; i < 3; i++) {
		noted[0] = '\0';
		memset(closed, 0, sizeof(closed));
		closed[i] = true;
		watched = true;
		process_harden();
		watched = false;
		assert_non_null(strstr(noted, "size open:/dev/null "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_that_cannot_be_had_is_said),
		cmocka_unit_test(a_file_that_cannot_be_looked_at_is_said),
		cmocka_unit_test(a_new_file_takes_the_place_of_files_alone),
		cmocka_unit_test(a_process_without_a_line_to_it_is_none),
		cmocka_unit_test(random_bytes_are_all_there_or_none),
		cmocka_unit_test(a_frame_has_a_limit_on_both_sides),
		cmocka_unit_test(a_program_gives_up_what_would_betray_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
