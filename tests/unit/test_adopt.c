/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that stands at AWS: what is adopted, what is there already, what is left
 * alone.
 */
#include "tests/unit/adopt-parts.h"

/* ---- all that there is ---- */

static void each_kind_is_taken_in_as_what_it_is(void **state)
{
	static const struct {
		const char *serial;
		enum registry_method method;
		bool token;
	} rows[] = {
		{ DEVICE("a"), REGISTRY_VIRTUAL, false },
		{ KEY, REGISTRY_FIDO, true },
		{ "GAKT12345678", REGISTRY_HARDWARE_TOTP, true },
		{ DEVICE("root"), REGISTRY_VIRTUAL, false },
	};
	const struct registry_binding *b;
	struct registry_token t;
	size_t i;

	(void)state;
	device_is(1, KEY, DEVICE_FIDO);
	device_is(2, "GAKT12345678", DEVICE_HARDWARE);
	device_is(3, "+15550100", DEVICE_SMS);
	x.root = DEVICE("root");
	x.users[2] = ""; /* whose name AWS does not tell cleanly */
	x.users_n = 3;
	OK(adopt());
	adopted_is("root root adopted\nalice a adopted\nalice key adopted\n"
		"alice GAKT12345678 adopted\nalice +15550100 other\n");
	asked_is("uvddgggg");
	assert_int_equal(done.users, 2);
	assert_int_equal(done.count[ADOPT_NEW], 4);
	assert_int_equal(done.count[ADOPT_OTHER], 1);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		b = binding(rows[i].serial);
		assert_non_null(b);
		assert_int_equal(b->method, rows[i].method);
		assert_string_equal(b->basis, "adopted");
		assert_int_equal(b->token[0] != '\0', rows[i].token);
		assert_string_equal(b->user, i == 3 ? ACCOUNT : "IDalice");
		assert_string_equal(b->user_name, i == 3 ? "root" : "alice");
		assert_null(b->oath_account);
		if (!rows[i].token)
			continue;
		token_is(b->token, &t);
		assert_int_equal(t.state, REGISTRY_ADOPTED);
		assert_int_equal(t.identifiers_n, i == 2);
		if (i == 2)
			assert_string_equal(registry_token_identifier(&t,
				REGISTRY_ID_TOTP_SERIAL), "GAKT12345678");
		registry_token_done(&t);
	}
	assert_null(binding("+15550100"));
	/* once more it is there */
	OK(adopt());
	adopted_is("root root present\nalice a present\nalice key present\n"
		"alice GAKT12345678 present\nalice +15550100 other\n");
	registry_bindings_done(&bindings);
}

static void what_is_bound_otherwise_is_told_and_left(void **state)
{
	char id[ID_LEN];
	struct registry_head before, after;

	(void)state;
	bind_device(NULL, ELSEWHERE, "IDalice", "alice", DEVICE("a"), id);
	bind_device(NULL, ACCOUNT, "IDeve", "eve", DEVICE("a"), id);
	OK(registry_head(reg, &before, &err));
	OK(adopt());
	adopted_is("alice a elsewhere\n");
	assert_string_equal(done.p[0].binding, id);
	OK(registry_head(reg, &after, &err));
	assert_int_equal(before.seq, after.seq);
	assert_int_equal(done.head.seq, after.seq);
	unbind(id);
	x.gone = true;
	OK(adopt());
	adopted_is("alice a underway\n");
	x.gone = false;
	q.only_look = true;
	OK(adopt());
	adopted_is("alice a adopted\n");
	assert_null(binding(DEVICE("a")));
	q.only_look = false;
	OK(adopt());
	assert_non_null(binding(DEVICE("a")));
	registry_bindings_done(&bindings);
}

static void what_a_run_has_is_left_to_it(void **state)
{
	struct journal j = { .fd = -1 };
	struct journal_facts f = { .kind = JOURNAL_ENROLL };

	(void)state;
	strcpy(f.account, ACCOUNT);
	strcpy(f.user, "alice");
	strcpy(f.serial, DEVICE("a"));
	new_id(j.id);
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	OK(adopt());
	adopted_is("alice a underway\n");
	OK(journal_end(&j, &err));
	journal_done(&j);
	OK(adopt());
	adopted_is("alice a adopted\n");
}

static void two_at_once_are_one_after_the_other(void **state)
{
	char other[ID_LEN];

	(void)state;
	new_id(other);
	OK(registry_reserve(reg, "adopt", ACCOUNT, NULL, other, 60, &err));
	FAILS(ERROR_BUSY, adopt());
	OK(registry_release(reg, "adopt", ACCOUNT, other, &err));
	OK(adopt());
	/* and it lets go of it */
	OK(registry_reserve(reg, "adopt", ACCOUNT, NULL, other, 60, &err));
}

static void where_aws_does_not_answer_nothing_is_written(void **state)
{
	static const char all[] = "uvdg";
	size_t i;

	(void)state;
	for (i = 0; all[i]; i++) {
		fails_at(all[i], ERROR_REMOTE, "AccessDenied");
		SAYS(ERROR_REMOTE, "AWS says no", adopt());
		assert_null(binding(DEVICE("a")));
	}
	/* one who is gone meanwhile has none */
	fails_at('d', ERROR_REMOTE, "NoSuchEntity");
	OK(adopt());
	x.late = true;
	failing.question = 0;
	x.users_n = 2;
	OK(adopt());
	assert_non_null(strstr(said, "Asked for the devices of 1 of 2 users\n"
		"Asked for the devices of 2 of 2 users\n"));
	registry_bindings_done(&bindings);
}

/* ---- what holds it ---- */

static void a_credential_of_that_name_is_told_and_no_more(void **state)
{
	(void)state;
	q.only_look = true;
	x.cards_n = 3;
	memcpy(x.holds, "nyn", 3);
	x.cards[0].reader[0] = '0';
	x.cards[1].reader[0] = '1';
	x.cards[2].reader[0] = '2';
	x.cards[1].devinfo.has_serial = true;
	x.cards[1].devinfo.serial = 1001;
	OK(adopt());
	mfa_adopt_look(&run, &done);
	assert_true(done.p[0].is_held);
	assert_string_equal(said, "");
	/* of two none is meant */
	x.holds[2] = 'y';
	OK(adopt());
	mfa_adopt_look(&run, &done);
	assert_false(done.p[0].is_held);
	assert_int_equal(done.p[0].held_by, 0);
	x.cards[0].has_oath = x.cards[0].applet.locked = true;
	x.cards[1].applet.locked = true;
	mfa_adopt_look(&run, &done);
	assert_string_equal(said, "1 token was not asked whether they hold a "
		"virtual device's credential: a password protects it.\n");
	x.cards[1].has_oath = true;
	said[0] = '\0';
	mfa_adopt_look(&run, &done);
	assert_string_equal(said, "2 tokens were not asked whether they hold a "
		"virtual device's credential: a password protects it.\n");
	fails_at('o', ERROR_UNSUPPORTED, "");
	said[0] = '\0';
	mfa_adopt_look(&run, &done);
	assert_string_equal(said, "Tokens were not asked whether they hold a "
		"virtual device's credential: AWS says no\n");
	/* where none is wanted nobody is asked */
	done.p[0].kind = DEVICE_HARDWARE;
	asked[0] = '\0';
	mfa_adopt_look(&run, &done);
	done.p[0].kind = DEVICE_VIRTUAL;
	done.p[0].what = ADOPT_ELSEWHERE;
	mfa_adopt_look(&run, &done);
	done.p[0].what = ADOPT_PRESENT;
	done.p[0].token[0] = 'x';
	mfa_adopt_look(&run, &done);
	asked_is("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_adopt, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_is_taken_in_as_what_it_is),
		TEST(what_is_bound_otherwise_is_told_and_left),
		TEST(what_a_run_has_is_left_to_it),
		TEST(two_at_once_are_one_after_the_other),
		TEST(where_aws_does_not_answer_nothing_is_written),
		TEST(a_credential_of_that_name_is_told_and_no_more),
	};

	return cmocka_run_group_tests_name("adopt", tests, NULL, NULL);
}
