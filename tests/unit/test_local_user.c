/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a name or a number means, with an NSS that answers whatever a table
 * says; and the process that asks it for the helper.
 */
#include "bridge/login/auth/who.h"

#include "base/wire.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>

/* ---- NSS: the first row that fits ---- */

struct answer {
	const char *asked; /* NULL: asked by number */
	uid_t number;
	int error;         /* errno's; 0 with no name: there is none */
	const char *name;
	uid_t uid;
	size_t size;       /* that the entry takes */
	unsigned waits_ms;
};

static const struct answer *table;
static size_t rows;
static size_t largest; /* that was offered */

static int answer_with(const struct answer *a, struct passwd *pw, char *text,
	size_t size, struct passwd **ret)
{
	*ret = NULL;
	if (size > largest)
		largest = size;
	if (!a)
		return 0;
	usleep(a->waits_ms * 1000);
	if (a->size > size)
		return ERANGE;
	if (a->error || !a->name)
		return a->error;
	snprintf(text, size, "%s", a->name);
	*pw = (struct passwd){ .pw_name = text, .pw_uid = a->uid };
	*ret = pw;
	return 0;
}

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *text,
	size_t size, struct passwd **ret);
int __wrap_getpwuid_r(uid_t uid, struct passwd *pw, char *text, size_t size,
	struct passwd **ret);

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *text,
	size_t size, struct passwd **ret)
{
	const struct answer *found = NULL;
	size_t i;

	for (i = rows; i-- > 0;)
		if (table[i].asked && strcmp(table[i].asked, name) == 0)
			found = &table[i];
	return answer_with(found, pw, text, size, ret);
}

int __wrap_getpwuid_r(uid_t uid, struct passwd *pw, char *text, size_t size,
	struct passwd **ret)
{
	const struct answer *found = NULL;
	size_t i;

	for (i = rows; i-- > 0;)
		if (!table[i].asked && table[i].number == uid)
			found = &table[i];
	return answer_with(found, pw, text, size, ret);
}

static void use(const struct answer *with, size_t n)
{
	table = with;
	rows = n;
	largest = 0;
}
#define USE(with) use(with, ARRAY_LEN(with))

static const struct answer usual[] = {
	{ .asked = "games", .name = "games", .uid = 5 },
	{ .asked = "Games", .name = "Games", .uid = 5 },
	{ .asked = "CORP\\games", .name = "games", .uid = 5 },
	{ .number = 5, .name = "games", .uid = 5 },
	/* two names of one number */
	{ .asked = "toor", .name = "toor", .uid = 0 },
	{ .number = 0, .name = "root", .uid = 0 },
	/* names whose number is nobody's, or cannot be asked */
	{ .asked = "lost", .name = "lost", .uid = 70 },
	{ .asked = "half", .name = "half", .uid = 71 },
	{ .number = 71, .error = EIO },
	/* no name at all */
	{ .asked = "evil", .name = "a\nb", .uid = 72 },
	{ .asked = "empty", .name = "", .uid = 72 },
	{ .asked = "other", .name = "other", .uid = 73 },
	{ .number = 73, .name = "\033[2J", .uid = 73 },
	/* what sssd leaves when it does not run */
	{ .asked = "down", .error = ENOENT },
	{ .asked = "gone", .error = ESRCH },
	{ .number = 74, .error = ESRCH },
	/* numbers whose name is somebody else's, nobody's or not to be asked */
	{ .number = 80, .name = "games", .uid = 80 },
	{ .number = 81, .name = "absent", .uid = 81 },
	{ .number = 82, .name = "down", .uid = 82 },
};

/* ---- by name ---- */

static void a_spelling_leads_to_the_name_of_its_number(void **state)
{
	static const struct {
		const char *asked, *entry, *name;
		uid_t uid;
		size_t names;
	} want[] = {
		{ "games", "games", "games", 5, 1 },
		{ "Games", "Games", "games", 5, 2 },
		{ "CORP\\games", "games", "games", 5, 2 },
		{ "toor", "toor", "root", 0, 2 },
	};
	struct local_user u;
	struct user_names names;
	bool found;
	size_t i;

	(void)state;
	USE(usual);
	for (i = 0; i < ARRAY_LEN(want); i++) {
		char number[12];

		found = false;
		OK(local_user_look(want[i].asked, &u, &found, &err));
		assert_true(found);
		assert_string_equal(u.asked, want[i].asked);
		assert_string_equal(u.entry, want[i].entry);
		assert_string_equal(u.name, want[i].name);
		assert_int_equal(u.uid, want[i].uid);
		snprintf(number, sizeof(number), "%u", (unsigned)want[i].uid);
		assert_string_equal(u.uid_text, number);
		names = local_user_names(&u);
		assert_int_equal(names.n, want[i].names);
		assert_string_equal(names.p[0], want[i].name);
		assert_true(user_names_have(&names, want[i].asked));
		assert_true(user_names_have(&names, want[i].entry));
		assert_false(user_names_have(&names, "gamess"));
		OK(local_user_find(want[i].asked, &u, &err));
	}
}

static void only_who_was_asked_for_and_denied_is_not_there(void **state)
{
	struct local_user u = { .name = "kept" };
	bool found = true;

	(void)state;
	USE(usual);
	OK(local_user_look("absent", &u, &found, &err));
	assert_false(found);
	assert_string_equal(u.name, "kept");
	SAYS(ERROR_FAILED, "no local user 'absent'",
		local_user_find("absent", &u, &err));
	found = true;
	OK(local_user_look_number(99, &u, &found, &err));
	assert_false(found);
	assert_string_equal(u.name, "kept");
}

static void what_cannot_be_asked_is_never_nobody(void **state)
{
	static const struct {
		const char *name, *says;
	} want[] = {
		{ "down", "cannot look up the local user 'down': No such file" },
		{ "gone", "cannot look up the local user 'gone': No such proc" },
		{ "lost", "NSS gives 'lost' the number 70, and says that it is "
			"nobody's" },
		{ "half", "cannot look up whose the number 71 is that 'half' "
			"has: Input" },
		{ "evil", "the name that NSS answers is no name" },
		{ "empty", "the name that NSS answers is no name" },
		{ "other", "the name that NSS answers is no name" },
	};
	struct local_user u = { .name = "kept" };
	bool found;
	size_t i;

	(void)state;
	USE(usual);
	for (i = 0; i < ARRAY_LEN(want); i++) {
		SAYS(ERROR_FAILED, want[i].says, local_user_look(want[i].name,
			&u, &found, &err));
		SAYS(ERROR_FAILED, want[i].says, local_user_find(want[i].name,
			&u, &err));
		assert_string_equal(u.name, "kept");
	}
	FAILS(ERROR_USAGE, local_user_look("", &u, &found, &err));
	FAILS(ERROR_USAGE, local_user_look("a\nb", &u, &found, &err));
}

/* ---- by number ---- */

static void a_number_is_who_has_its_name_and_its_number(void **state)
{
	static const struct {
		uid_t uid;
		const char *says;
	} bad[] = {
		{ 74, "cannot look up whose the number 74 is: No such proc" },
		{ 80, "the number 80 the name 'games', and that name the "
			"number 5" },
		{ 81, "the number 81 the name 'absent', and that name to "
			"nobody" },
		{ 82, "cannot look up the local user 'down'" },
		{ 73, "the name that NSS answers is no name" },
	};
	struct local_user u = { .name = "kept" };
	bool found = false;
	size_t i;

	(void)state;
	USE(usual);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		SAYS(ERROR_FAILED, bad[i].says, local_user_look_number(
			bad[i].uid, &u, &found, &err));
		assert_string_equal(u.name, "kept");
	}
	OK(local_user_look_number(5, &u, &found, &err));
	assert_true(found);
	assert_string_equal(u.asked, "games");
	assert_string_equal(u.name, "games");
	assert_int_equal(u.uid, 5);
}

static void a_large_entry_gets_its_room_and_an_endless_one_ends(void **state)
{
	static const struct answer large[] = {
		{ .asked = "big", .name = "big", .uid = 5, .size = 100000 },
		{ .asked = "endless", .name = "endless", .uid = 5,
			.size = SIZE_MAX },
		{ .number = 5, .name = "big", .uid = 5, .size = 1 << 20 },
	};
	struct local_user u;
	bool found = false;

	(void)state;
	USE(large);
	OK(local_user_look("big", &u, &found, &err));
	assert_true(found);
	assert_int_equal(largest, 1 << 20);
	SAYS(ERROR_FAILED, "Numerical result out of range",
		local_user_look("endless", &u, &found, &err));
	assert_int_equal(largest, 1 << 20);
}

/* ---- the process that asks for the helper ---- */

/* What comes of it in place of its answer: that much of these bytes. */
static const char *instead;
static size_t instead_n;

int __real_wire_receive(int fd, struct buf *b, int cancel_fd, deadline_t until,
	struct error *e);
WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd,
	deadline_t until, struct error *e)
{
	int r = __real_wire_receive(fd, b, cancel_fd, until, e);

	if (r == 0 && instead) {
		buf_reset(b);
		buf_put(b, instead, instead_n);
	}
	return r;
}

static enum login_result ask(const char *name, uid_t uid, struct who *ret)
{
	const struct who_asked asked = { .name = name, .uid = uid };
	enum login_result r;

	memset(&err, 0, sizeof(err));
	memset(ret, 0, sizeof(*ret));
	r = who_look(&asked, deadline_in(20000), ret, &err);
	/* whom it started has ended, and was waited for */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return r;
}

static void the_helper_hears_what_nss_says(void **state)
{
	struct who w;

	(void)state;
	USE(usual);
	assert_int_equal(ask("Games", 0, &w), LOGIN_READY);
	assert_string_equal(w.user.asked, "Games");
	assert_string_equal(w.user.entry, "Games");
	assert_string_equal(w.user.name, "games");
	assert_int_equal(w.user.uid, 5);
	assert_string_equal(w.user.uid_text, "5");
	assert_int_equal(ask(NULL, 5, &w), LOGIN_READY);
	assert_string_equal(w.user.name, "games");
	assert_int_equal(ask("absent", 0, &w), LOGIN_UNKNOWN_USER);
	assert_string_equal(err.text, "this machine has no local user "
		"'absent'");
	assert_string_equal(w.user.name, "");
	assert_int_equal(ask(NULL, 99, &w), LOGIN_UNKNOWN_USER);
	assert_string_equal(err.text, "this machine has no local user of the "
		"number 99");
	assert_int_equal(ask("down", 0, &w), LOGIN_NO_RECORD);
	assert_non_null(strstr(err.text, "cannot look up"));
	assert_int_equal(ask(NULL, 80, &w), LOGIN_NO_RECORD);
	assert_int_equal(ask("evil", 0, &w), LOGIN_NO_RECORD);
	assert_string_equal(w.user.name, "");
}

/* A frame: result, number, its three names, the sandbox's two, the reason. */
#define FRAME(result, uid, asked, entry, name, why) result uid asked entry    \
	name "\0\0\0\7\0\0\0\7" why
#define FIVE "\0\0\0\5"
#define ALICE "\0\5alice"
#define NONE "\0\0"

/* Code of NSS's modules runs in that process: what it says is but input. */
static void an_answer_that_makes_no_sense_is_no_answer(void **state)
{
	static const struct {
		const char *frame;
		size_t n;
		enum login_result result;
	} frames[] = {
#define ROW(result, ...) { FRAME(__VA_ARGS__), sizeof(FRAME(__VA_ARGS__)) - 1, \
		result }
		ROW(LOGIN_READY, "G", FIVE, ALICE, ALICE, ALICE, NONE),
		ROW(LOGIN_READY, "r", FIVE, ALICE, ALICE, ALICE, NONE),
		ROW(LOGIN_UNKNOWN_USER, "o", FIVE, NONE, NONE, NONE, "\0\2no"),
		ROW(LOGIN_NO_RECORD, "d", FIVE, NONE, NONE, NONE, "\0\2no"),
		/* another result, another name, no name, no clean one */
		ROW(LOGIN_NO_RECORD, "n", FIVE, NONE, NONE, NONE, "\0\2no"),
		ROW(LOGIN_NO_RECORD, "r", FIVE, "\0\3bob", ALICE, ALICE, NONE),
		ROW(LOGIN_NO_RECORD, "r", FIVE, ALICE, NONE, ALICE, NONE),
		ROW(LOGIN_NO_RECORD, "r", FIVE, ALICE, ALICE, NONE, NONE),
		ROW(LOGIN_NO_RECORD, "r", FIVE, ALICE, "\0\3a\x1b" "b", ALICE,
			NONE),
		ROW(LOGIN_NO_RECORD, "r", FIVE, ALICE, ALICE, "\0\3a\nb",
			NONE),
		ROW(LOGIN_NO_RECORD, "o", FIVE, NONE, NONE, NONE, "\0\2\x1bx"),
		ROW(LOGIN_NO_RECORD, "r", FIVE, ALICE, ALICE, ALICE,
			NONE "more"),
		ROW(LOGIN_NO_RECORD, "r", FIVE, ALICE, ALICE, ALICE, "\0"),
	};
	const struct who_asked number = { .uid = 6 };
	struct who w;
	size_t i;

	(void)state;
	USE(usual);
	for (i = 1; i < ARRAY_LEN(frames); i++) {
		instead = frames[i].frame;
		instead_n = frames[i].n;
		if (ask("alice", 0, &w) != frames[i].result)
			fail_msg("row %zu: %s", i, err.text);
		if (i == 1) {
			assert_string_equal(w.user.name, "alice");
			assert_int_equal(w.user.uid, 5);
			assert_string_equal(w.user.uid_text, "5");
			assert_int_equal(w.sandbox.uid, 7);
			assert_int_equal(w.sandbox.gid, 7);
			continue;
		}
		assert_string_equal(w.user.name, "");
		assert_string_equal(err.text, i < 4 ? "no" : "the process that "
			"asks NSS answers what makes no sense");
	}
	/* whose the number 6 is was asked */
	instead = frames[1].frame;
	instead_n = frames[1].n;
	assert_int_equal(who_look(&number, deadline_in(20000), &w, &err),
		LOGIN_NO_RECORD);
	instead = NULL;
}

static void an_nss_that_hangs_is_left_at_the_deadline(void **state)
{
	static const struct answer slow[] = {
		{ .asked = "alice", .name = "alice", .uid = 5,
			.waits_ms = 60000 },
		{ .number = 5, .name = "alice", .uid = 5, .waits_ms = 60000 },
	};
	const struct who_asked name = { .name = "alice" }, number = { .uid = 5 };
	struct who w = { .user = { .name = "kept" } };
	int i, status;

	(void)state;
	USE(slow);
	assert_int_equal(who_look(&name, deadline_in(200), &w, &err),
		LOGIN_NO_RECORD);
	assert_string_equal(err.text, "NSS did not say in time who 'alice' is");
	assert_int_equal(who_look(&number, deadline_in(200), &w, &err),
		LOGIN_NO_RECORD);
	assert_string_equal(err.text,
		"NSS did not say in time whose the number 5 is");
	assert_string_equal(w.user.name, "kept");
	for (i = 0; i < 2; i++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		assert_int_equal(status, SIGKILL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spelling_leads_to_the_name_of_its_number),
		cmocka_unit_test(only_who_was_asked_for_and_denied_is_not_there),
		cmocka_unit_test(what_cannot_be_asked_is_never_nobody),
		cmocka_unit_test(a_number_is_who_has_its_name_and_its_number),
		cmocka_unit_test(
			a_large_entry_gets_its_room_and_an_endless_one_ends),
		cmocka_unit_test(the_helper_hears_what_nss_says),
		cmocka_unit_test(an_answer_that_makes_no_sense_is_no_answer),
		cmocka_unit_test(an_nss_that_hangs_is_left_at_the_deadline),
	};

	return cmocka_run_group_tests_name("local user", tests, NULL, NULL);
}
