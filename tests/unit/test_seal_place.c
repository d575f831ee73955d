/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that a secret is encrypted into: it is new, or the one that may be
 * replaced, and has its name only when it is whole. And tokenbridge-seal seen
 * from its caller.
 */
#include "tests/unit/unit.h"

#include "bridge/seal/place.h"
#include "bridge/seal/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define AGE "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

static char folder[64];
static struct seal_request q;
static struct buf message;
static char file[SEAL_FILE_LEN];
static int rename_fails, link_fails; /* with this errno; 0: not */

static struct answer {
	int sent, received;   /* they fail with this code; 0: not */
	struct error error;   /* that the other side tells */
	uint8_t frame[8];     /* the last short one */
	size_t frame_n;
	struct seal_request asked;
} answer;

int __real_renameat2(int from_dir, const char *from, int to_dir,
	const char *to, unsigned flags);
WRAP(int, renameat2, int from_dir, const char *from, int to_dir,
	const char *to, unsigned flags)
{
	if (!rename_fails)
		return __real_renameat2(from_dir, from, to_dir, to, flags);
	errno = rename_fails;
	return -1;
}

int __real_linkat(int from_dir, const char *from, int to_dir, const char *to,
	int flags);
WRAP(int, linkat, int from_dir, const char *from, int to_dir, const char *to,
	int flags)
{
	if (!link_fails)
		return __real_linkat(from_dir, from, to_dir, to, flags);
	errno = link_fails;
	return -1;
}

WRAP(int, process_start_bare, struct process *ret, const char *path,
	struct error *e)
{
	(void)e;
	assert_non_null(strstr(path, "tokenbridge-seal"));
	ret->socket = 99;
	return 0;
}

WRAP(void, process_stop, struct process *p, deadline_t until)
{
	assert_in_range(until - deadline_now(), 1, 2000);
	p->socket = -1;
}

WRAP(int, wire_send, int fd, const void *p, size_t n, deadline_t until,
	struct error *e)
{
	struct buf b;

	assert_int_equal(fd, 99);
	assert_in_range(until - deadline_now(), 9000, 45000);
	answer.frame_n = n < sizeof(answer.frame) ? n : 0;
	memcpy(answer.frame, p, answer.frame_n);
	if (!answer.frame_n) {
		buf_init(&b, WIRE_MAX);
		buf_put(&b, p, n);
		seal_request_done(&answer.asked);
		OK(seal_get_request(&b, &answer.asked, e));
		buf_done(&b);
	}
	return answer.sent ? error_set(e, answer.sent, "gone") : 0;
}

WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)until;
	assert_int_equal(fd, 99);
	assert_int_equal(cancel_fd, 7);
	if (answer.received)
		return error_set(e, answer.received, "gone");
	seal_put_answer(b, "1-2-3.4", answer.error.code ? &answer.error : NULL);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	enter_place(folder);
	memset(&q, 0, sizeof(q));
	memset(&answer, 0, sizeof(answer));
	rename_fails = link_fails = 0;
	snprintf(q.path, sizeof(q.path), "%s/a.pin", folder);
	strcpy(q.part, ".01234567.part");
	buf_init(&message, 100);
	buf_put_str(&message, "secret");
	return 0;
}

static int end(void **state)
{
	(void)state;
	seal_request_done(&answer.asked);
	buf_done(&message);
	leave_place(folder);
	return 0;
}

/* All of it, up to the name. */
static int put(struct seal_place *p)
{
	int r = seal_place_open(p, &q, &err);

	return r != 0 ? r : seal_place_write(p, &message, file, &err);
}

static void there_is(const char *name, bool there)
{
	assert_int_equal(access(name, F_OK), there ? 0 : -1);
}

/* ---- the file ---- */

static void it_has_its_name_when_it_is_whole(void **state)
{
	struct seal_place p = SEAL_PLACE_INIT;
	struct stat st;
	char want[SEAL_FILE_LEN];

	(void)state;
	write_text("a.pin.01234567.part", "of a run that was killed");
	OK(put(&p));
	there_is("a.pin", false);
	assert_file_is("a.pin.01234567.part", "secret");
	OK(seal_place_keep(&p, &err));
	seal_place_done(&p);
	assert_int_equal(p.folder, -1);
	assert_file_is("a.pin", "secret");
	there_is("a.pin.01234567.part", false);
	assert_int_equal(stat("a.pin", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(want, sizeof(want), "%llx-%llx-%llx.%09ld",
		(unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
		(unsigned long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	assert_string_equal(file, want);
	/* the same file may be replaced, and no other one */
	SAYS(ERROR_CONFLICT, "/a.pin' is there already: it may be what "
		"somebody else's PIN is in; name a new file", put(&p));
	seal_place_done(&p);
	assert_file_is("a.pin", "secret");
	strcpy(q.replaces, file);
	OK(put(&p));
	there_is("a.pin", false);
	OK(seal_place_keep(&p, &err));
	seal_place_done(&p);
	there_is("a.pin", true);
}

static void what_is_not_kept_is_taken_away(void **state)
{
	struct seal_place p = SEAL_PLACE_INIT;

	(void)state;
	OK(put(&p));
	seal_place_done(&p);
	there_is("a.pin", false);
	there_is("a.pin.01234567.part", false);
}

static void a_medium_that_cannot_tell_whether_a_name_is_taken(void **state)
{
	static const int no_way[] = { EINVAL, ENOSYS };
	struct seal_place p = SEAL_PLACE_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(no_way); i++) {
		rename_fails = no_way[i];
		OK(put(&p));
		OK(seal_place_keep(&p, &err));
		seal_place_done(&p);
		assert_file_is("a.pin", "secret");
		there_is("a.pin.01234567.part", false);
		assert_int_equal(unlink("a.pin"), 0);
	}
	OK(put(&p));
	link_fails = EEXIST;
	SAYS(ERROR_CONFLICT, "cannot give '", seal_place_keep(&p, &err));
	assert_non_null(strstr(err.text, "/a.pin' its name: File exists"));
	rename_fails = EEXIST;
	link_fails = 0;
	FAILS(ERROR_CONFLICT, seal_place_keep(&p, &err));
	rename_fails = EIO;
	FAILS(ERROR_FAILED, seal_place_keep(&p, &err));
	seal_place_done(&p);
	there_is("a.pin", false);
	there_is("a.pin.01234567.part", false);
}

static void what_is_no_place_for_it_is_told(void **state)
{
	struct seal_place p = SEAL_PLACE_INIT;

	(void)state;
	assert_int_equal(mkdir("a.pin", 0700), 0);
	FAILS(ERROR_CONFLICT, put(&p));
	seal_place_done(&p);
	assert_int_equal(rmdir("a.pin"), 0);
	assert_int_equal(symlink("/etc/passwd", "a.pin"), 0);
	FAILS(ERROR_CONFLICT, put(&p));
	seal_place_done(&p);
	snprintf(q.path, sizeof(q.path), "%s/absent/a.pin", folder);
	SAYS(ERROR_FAILED, "cannot open the folder '", put(&p));
	seal_place_done(&p);
	snprintf(q.path, sizeof(q.path), "%s/%0500d", folder, 1);
	SAYS(ERROR_USAGE, "' is too long", put(&p));
	seal_place_done(&p);
	/* a name that the file system does not take */
	snprintf(q.path, sizeof(q.path), "%s/%0300d", folder, 1);
	SAYS(ERROR_FAILED, "cannot look at '", put(&p));
	seal_place_done(&p);
}

/* ---- its caller ---- */

static int order(struct sealing *s, struct recipients *to)
{
	struct secret secret = SECRET_INIT;
	const struct seal_order o = { to, "a.pin", ".x.part", "1-1-1.1",
		&secret, 7 };
	int r;

	OK(secret_set(&secret, "123456", 6, &err));
	r = seal_begin(s, &o, &err);
	secret_done(&secret);
	return r;
}

static void the_program_is_asked_and_answers(void **state)
{
	struct sealing s = SEALING_INIT;
	struct recipients to = { .n = 0 };
	char want[128];

	(void)state;
	OK(recipients_add(&to, AGE, strlen(AGE), &err));
	setenv("GNUPGHOME", "/g", 1);
	OK(order(&s, &to));
	assert_string_equal(s.file, "1-2-3.4");
	snprintf(want, sizeof(want), "%s/a.pin", folder);
	assert_string_equal(answer.asked.path, want);
	assert_string_equal(answer.asked.part, ".x.part");
	assert_string_equal(answer.asked.replaces, "1-1-1.1");
	assert_non_null(strstr(answer.asked.recipients, AGE));
	assert_int_equal(answer.asked.secret.n, 6);
	OK(seal_keep(&s, 7, &err));
	assert_int_equal(answer.frame_n, 1);
	assert_int_equal(answer.frame[0], 1);
	assert_string_equal(s.file, "1-2-3.4");
	error_set(&answer.error, ERROR_CONFLICT, "it is there");
	SAYS(ERROR_CONFLICT, "it is there", seal_keep(&s, 7, &err));
	answer.received = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "tokenbridge-seal did not answer: gone",
		seal_keep(&s, 7, &err));
	answer.received = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "gone", seal_keep(&s, 7, &err));
	assert_null(strstr(err.text, "did not answer"));
	answer.received = 0;
	answer.sent = ERROR_FAILED;
	SAYS(ERROR_FAILED, "tokenbridge-seal did not answer: gone",
		order(&s, &to));
	seal_done(&s);
	unsetenv("GNUPGHOME");
	recipients_done(&to);
}

static void a_path_names_a_file(void **state)
{
	static const char *const none[] = { "", "/", "a/", ".", "..", "a/..",
		"/tmp/.", "a\n" };
	char long_path[SEAL_PATH_MAX + 2], want[128];
	char *path = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(none); i++)
		SAYS(ERROR_USAGE, "' names no file", seal_path(none[i], &path,
			&err));
	assert_null(path);
	OK(seal_path("b/a.pin", &path, &err));
	snprintf(want, sizeof(want), "%s/b/a.pin", folder);
	assert_string_equal(path, want);
	free_p(&path);
	memset(long_path, 'x', SEAL_PATH_MAX);
	long_path[0] = '/';
	long_path[SEAL_PATH_MAX] = '\0';
	SAYS(ERROR_USAGE, "the path of the file is too long", seal_path(
		long_path, &path, &err));
	long_path[SEAL_PATH_MAX - 1] = '\0';
	OK(seal_path(long_path, &path, &err));
	assert_string_equal(path, long_path);
	free_p(&path);
	/* where one is may be gone */
	assert_int_equal(mkdir("gone", 0700), 0);
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir("../gone"), 0);
	SAYS(ERROR_FAILED, "cannot tell the working directory", seal_path("a",
		&path, &err));
	assert_int_equal(chdir(folder), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_has_its_name_when_it_is_whole),
		TEST(what_is_not_kept_is_taken_away),
		TEST(a_medium_that_cannot_tell_whether_a_name_is_taken),
		TEST(what_is_no_place_for_it_is_told),
		TEST(the_program_is_asked_and_answers),
		TEST(a_path_names_a_file),
	};

	return cmocka_run_group_tests_name("seal place", tests, NULL, NULL);
}
