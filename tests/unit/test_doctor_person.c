/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor says of one person's chances to log in. */
#include "tests/unit/login-look-parts.h"

#define BASE 2 /* rows of a login.db that is good */

static struct login_credential keys[40];

static int begin(void **state)
{
	set_up(state);
	memset(keys, 0, sizeof(keys));
	w.credentials = keys;
	q.user = "alice";
	return 0;
}

static void have(size_t i, const char *token)
{
	strcpy(keys[i].token, token);
	keys[i].slot = (uint32_t)i;
	keys[i].id_n = 10 + i;
	w.credentials_n = i + 1;
}

/* The only row besides. */
static void says(enum finding_status status, const char *text)
{
	OK(look());
	assert_int_equal(found.n, BASE + 1);
	told(BASE, status, "user", q.user, text, NULL);
	assert_int_equal(w.given, w.credentials_n);
}

/* ---- who it is ---- */

static void whom_the_machine_does_not_know_has_no_login(void **state)
{
	(void)state;
	add_service("sudo", HOST_PLAIN, &our_line, "");
	q.user = "nobody-x";
	looks("PShxk " DB "arNn");
	assert_int_equal(found.n, BASE + 1);
	told(BASE, FINDING_FAIL, "user", "nobody-x", "this machine knows no "
		"such user: every login by token is refused "
		"(PAM_USER_UNKNOWN), also with nouserok", NULL);
	assert_string_equal(w.foreseen, "");
	/* nor has anybody who is not asked about */
	q.user = NULL;
	looks("PShxk " DB "arNn");
	assert_int_equal(found.n, BASE);
	assert_string_equal(w.foreseen, "");
}

static void another_name_of_the_user_is_told(void **state)
{
	(void)state;
	q.user = "ALICE";
	looks("PShxk " DB "arNncs");
	assert_int_equal(found.n, BASE + 2);
	told(BASE, FINDING_OK, "user", "ALICE", "the user is 'alice' here, and "
		"is looked up under both names", NULL);
}

/* ---- the keys ---- */

#define KNOWS "'" DB "' has "

static void the_users_keys_are_counted(void **state)
{
	(void)state;
	says(FINDING_OK, KNOWS "0 keys for PAM; 0 for ssh");
	assert_string_equal(w.steps, "PShxk " DB "arNncs");
	have(0, "11111111");
	w.ssh_keys = 1;
	says(FINDING_OK, KNOWS "1 key for PAM, of token 11111111; 1 for ssh");
	have(1, "22222222");
	have(2, "11111111");
	w.ssh_keys = 3;
	says(FINDING_OK, KNOWS "3 keys for PAM, of token 11111111 or 22222222; "
		"3 for ssh");
	keys[1].verify_required = true;
	says(FINDING_OK, KNOWS "3 keys for PAM, of token 11111111 or 22222222, "
		"with PIN; 3 for ssh");
}

static void each_login_db_has_its_own(void **state)
{
	(void)state;
	add_service("a", HOST_PLAIN, &our_line, "/a.db");
	add_service("b", HOST_PLAIN, &our_line, "/b.db");
	have(0, "11111111");
	OK(look());
	assert_int_equal(found.n, 2 * BASE + 2);
	told(2 * BASE, FINDING_OK, "user", "alice",
		"'/a.db' has 1 key for PAM, of token 11111111; 0 for ssh",
		NULL);
	told(2 * BASE + 1, FINDING_OK, "user", "alice",
		"'/b.db' has 1 key for PAM, of token 11111111; 0 for ssh",
		NULL);
}

static void tokens_are_named_as_far_as_there_is_room(void **state)
{
	char token[LOGIN_TOKEN_LEN], want[600] = KNOWS "40 keys for PAM, of "
		"token ";
	size_t i, before = strlen(want);

	(void)state;
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		snprintf(token, sizeof(token), "%08zu", i);
		have(i, token);
		strcat(strcat(want, i ? " or " : ""), token);
	}
	want[before + 255] = '\0';
	strcat(want, "; 0 for ssh");
	says(FINDING_OK, want);
}

#define UNKNOWN "what '" DB "' says of the user is not known: "

static void what_cannot_be_read_of_the_user_is_told(void **state)
{
	(void)state;
	w.list = ERROR_CORRUPT;
	says(FINDING_UNKNOWN, UNKNOWN "no credentials");
	assert_string_equal(w.steps, "PShxk " DB "arNnc");
	w.list = 0;
	w.ssh_list = ERROR_CORRUPT;
	says(FINDING_UNKNOWN, UNKNOWN "no ssh keys");
	w.brief = true;
	says(FINDING_UNKNOWN, UNKNOWN "?");
	/* of one that is not open nothing more is said */
	w.open = ERROR_CORRUPT;
	looks("PShxk " DB "n");
	assert_int_equal(found.n, 1);
}

/* ---- their counters ---- */

#define COUNTED(lost, all, slot) lost " of the user's " all ": slot " slot     \
	" is bad; a login by it is refused (PAM_AUTHINFO_UNAVAIL)"

static void counters_that_cannot_be_read_are_told(void **state)
{
	(void)state;
	have(0, "11111111");
	have(1, "22222222");
	have(2, "33333333");
	w.uncounted = 1 << 1;
	OK(look());
	assert_int_equal(found.n, BASE + 2);
	told(BASE + 1, FINDING_FAIL, "login-counters", "alice",
		COUNTED("1", "3", "1"), PUBLISH);
	w.uncounted = 1 << 0 | 1 << 2;
	OK(look());
	told(BASE + 1, FINDING_FAIL, "login-counters", "alice",
		COUNTED("2", "3", "2"), PUBLISH);
	assert_int_equal(w.counters_opened, 0);
	/* where the file is not open, that is a row of its own */
	w.counters = ERROR_CORRUPT;
	OK(look());
	assert_int_equal(found.n, BASE + 1);
	w.counters = 0;
	w.no_path = true;
	FAILS(ERROR_FAILED, look());
	assert_int_equal(found.n, BASE);
}

/* ---- what would come of it ---- */

static void foresees(const char *want)
{
	OK(look());
	assert_string_equal(w.foreseen, want);
	assert_int_equal(w.given, 2 * w.credentials_n);
}

static void each_service_is_foreseen(void **state)
{
	(void)state;
	add_service("su", HOST_PLAIN, &our_line, "");
	foresees("su: alice, 0 of , known\n");
	have(0, "11111111");
	have(1, "22222222");
	foresees("su: alice, 2 of 11111111 or 22222222, known\n");
	w.plugged = true;
	foresees("su: alice, 2 plugged of 11111111 or 22222222, known\n");
	keys[0].verify_required = true;
	foresees("su: alice, 2 with PIN plugged of 11111111 or 22222222, "
		"known\n");
	w.plugged = keys[0].verify_required = false;
	add_service("at", HOST_PLAIN, &other_line, "/b.db");
	/* its login.db is nobody's, and was not read */
	foresees("su: alice, 2 of 11111111 or 22222222, known\n"
		"at: alice, 0 of , it was not read\n");
}

static void what_is_not_known_is_said(void **state)
{
	(void)state;
	add_service("su", HOST_PLAIN, &our_line, "/su.db");
	w.list = ERROR_CORRUPT;
	foresees("su: alice, 0 of , no credentials\n");
	w.brief = true;
	foresees("su: alice, 0 of , ?\n");
	w.brief = false;
	w.list = 0;
	w.open = ERROR_CORRUPT;
	OK(look());
	assert_string_equal(w.foreseen,
		"su: alice, 0 of , it is no login.db\n");
	w.open = 0;
	w.age = ERROR_REFUSED;
	OK(look());
	assert_string_equal(w.foreseen,
		"su: alice, 0 of , it is too old\n");
	w.age = 0;
	have(0, "11111111");
	w.uncounted = 1 << 0;
	foresees("su: alice, 1 of 11111111, slot 0 is bad\n");
	have(1, "22222222");
	foresees("su: alice, 2 of 11111111 or 22222222, known\n");
	w.uncounted = 1 << 0 | 1 << 1;
	foresees("su: alice, 2 of 11111111 or 22222222, slot 1 is bad\n");
}

static void who_could_not_be_looked_up_is_foreseen_all_the_same(void **state)
{
	(void)state;
	add_service("su", HOST_PLAIN, &our_line, "");
	q.user = "broken";
	looks("PShxk " DB "arNncs");
	assert_int_equal(found.n, BASE + 1);
	told(BASE, FINDING_UNKNOWN, "user", "broken", "NSS says no" REFUSED,
		NULL);
	assert_string_equal(w.foreseen, "su: broken, 0 of , NSS says no\n");
	w.brief = true;
	OK(look());
	assert_string_equal(w.foreseen, "su: broken, 0 of , ?\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whom_the_machine_does_not_know_has_no_login),
		TEST(another_name_of_the_user_is_told),
		TEST(the_users_keys_are_counted),
		TEST(each_login_db_has_its_own),
		TEST(tokens_are_named_as_far_as_there_is_room),
		TEST(what_cannot_be_read_of_the_user_is_told),
		TEST(counters_that_cannot_be_read_are_told),
		TEST(each_service_is_foreseen),
		TEST(what_is_not_known_is_said),
		TEST(who_could_not_be_looked_up_is_foreseen_all_the_same),
	};

	return cmocka_run_group_tests_name("doctor person", tests, NULL,
		NULL);
}
